# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The error of declared sets."""

from __future__ import annotations

from .._core.errors import InvalidInput


class SetError(InvalidInput):
    """A set, copy or declaration that cannot be used; the text names it and the option."""
