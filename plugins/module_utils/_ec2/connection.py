# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The connection to EC2, and a limit of all its requests."""

from __future__ import annotations

from typing import Any

from .._core.calls import SDK_CONFIG
from .._core.calls import Connection

# "Filtering resources" in the EC2 API reference: 200 values for each filter.
FILTER_VALUES = 200


def connect(module: Any) -> Connection:
    """The connection of a module (AnsibleAWSModule)."""
    return Connection(module.client("ec2", config=SDK_CONFIG))
