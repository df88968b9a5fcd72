# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Results without secrets: a short hash stands for a sensitive value, so that a change of it is still seen. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from .errors import FleetpatchError

# What `secrets` gives for a key that is to be left out altogether.
LEFT_OUT = object()


def checksum(text: str) -> str:
    """ "sha256:" and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()}"


def fingerprint(text: str) -> str:
    """ "sha256:" and 16 hexadecimal digits; the same text has the same fingerprint in every run."""
    return checksum(text)[: len("sha256:") + 16]


def redacted(value: Any, secrets: Callable[[dict], dict]) -> Any:
    """A copy of the value in which `secrets` has replaced members of every dict in it, at any depth.

    secrets(one dict) -> {key: replacement}. What it returns is not searched again.
    """
    if isinstance(value, list):
        return [redacted(item, secrets) for item in value]
    if not isinstance(value, dict):
        return value
    replaced = secrets(value)
    members = {key: replaced[key] if key in replaced else redacted(item, secrets) for key, item in value.items()}
    return {key: member for key, member in members.items() if member is not LEFT_OUT}


def quiet(options: dict, work: Callable[[], dict]) -> dict:
    """The result of a module's work with these options in place of its own, which Ansible returns with every result.

    A failure carries them too.
    """
    invocation = {"invocation": {"module_args": options}}
    try:
        return {**work(), **invocation}
    except FleetpatchError as error:
        error.results = {**error.results, **invocation}
        raise
