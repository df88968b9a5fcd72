# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Ownership: the tags of everything that this collection creates, which purging and teardown rely on. Pure."""

from __future__ import annotations

import re

from .errors import InvalidInput

OWNER_TAG = "fleetpatch:owner"
OWNER = "fleetpatch"
DEPLOYMENT_TAG = "fleetpatch:deployment"
DEPLOYMENT = re.compile(r"[A-Za-z0-9_.\-]{1,64}")


def check_deployment(name: str, option: str = "deployment") -> str:
    """The name of a deployment, if it is one. Raises InvalidInput: it ends in tags and in confirmations by hand."""
    if not isinstance(name, str) or not DEPLOYMENT.fullmatch(name):
        raise InvalidInput(f"{option}: {name!r} must be 1–64 letters, digits, underscores, dots and hyphens")
    return name


def owned_tags(deployment: str) -> dict[str, str]:
    """The tags of what a deployment creates. Raises InvalidInput."""
    return {OWNER_TAG: OWNER, DEPLOYMENT_TAG: check_deployment(deployment)}


def is_ours(tags: dict[str, str] | None, deployment: str) -> bool:
    """Whether these are tags of what the deployment created: both, exactly."""
    tags = tags or {}
    return tags.get(OWNER_TAG) == OWNER and tags.get(DEPLOYMENT_TAG) == deployment
