# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Blocks of argument specifications that several modules share; the doc fragments of the same names describe them."""

from __future__ import annotations

TAGS = {
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def waiting(timeout: int, interval: float) -> dict:
    """wait, wait_timeout and wait_interval (seconds), and the file for the progress."""
    return {
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": timeout},
        "wait_interval": {"type": "float", "default": interval},
        "progress_path": {"type": "path"},
    }
