# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The error of approvals."""

from __future__ import annotations

from .._core.errors import InvalidInput


class ApprovalError(InvalidInput):
    """A plan that is not the one that was made or approved; the text says everything that differs."""
