# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Auto Scaling: one function is one API operation; lists come whole."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import next_token
from ..._core.calls import paged


@api_call("list launch configurations")
def _configurations_page(client: Any, token: str | None) -> dict:
    return client.describe_launch_configurations(MaxRecords=100, **next_token(token))


def list_launch_configurations(aws: Connection) -> list[dict]:
    """DescribeLaunchConfigurations: all of them."""
    return list(paged(partial(_configurations_page, aws), "LaunchConfigurations"))


@api_call("list Auto Scaling groups")
def _groups_page(client: Any, token: str | None) -> dict:
    return client.describe_auto_scaling_groups(MaxRecords=100, **next_token(token))


def list_groups(aws: Connection) -> list[dict]:
    """DescribeAutoScalingGroups: all of them."""
    return list(paged(partial(_groups_page, aws), "AutoScalingGroups"))
