# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The tag keys of patch groups."""

from __future__ import annotations

# "Patch Group" was the only spelling until instance metadata allowed tags; there a tag key holds no space (Systems Manager user
# guide, "Patch groups"). With both on a host the first one counts.
PATCH_GROUP_KEYS = ("Patch Group", "PatchGroup")
