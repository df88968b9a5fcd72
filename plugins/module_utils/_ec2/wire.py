# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The tags that say what made a resource of EC2, and tags as a dict. Pure."""

from __future__ import annotations

RUN_TAG = "fleetpatch:run"
STEP_TAG = "fleetpatch:step"
INSTANCE_TAG = "fleetpatch:instance"


def tags_of(thing: dict) -> dict[str, str]:
    """The tag list of a thing as a dict."""
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags") or []}
