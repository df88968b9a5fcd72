# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The error of gates."""

from __future__ import annotations

from .._core.errors import InvalidInput


class GateError(InvalidInput):
    """A gate that is declared in a way that cannot be understood; the text names it."""
