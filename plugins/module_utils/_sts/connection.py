# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The connection to STS."""

from __future__ import annotations

from typing import Any

from .._core.calls import SDK_CONFIG
from .._core.calls import Connection


def connect(module: Any) -> Connection:
    """The connection of a module (AnsibleAWSModule)."""
    return Connection(module.client("sts", config=SDK_CONFIG))
