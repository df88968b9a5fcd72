# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Elastic Load Balancing: one function is one API operation; lists come whole."""

from __future__ import annotations

from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.errors import ServiceError


@api_call("list target groups")
def _groups_page(client: Any, marker: str | None) -> dict:
    return client.describe_target_groups(PageSize=400, **({"Marker": marker} if marker else {}))


def list_target_groups(aws: Connection) -> list[dict]:
    """DescribeTargetGroups: all of the Region, 400 a page. By names it would fail for one that does not exist without naming it."""
    found, marker = [], None
    while True:
        answer = _groups_page(aws, marker=marker)
        found += answer.get("TargetGroups") or []
        following = answer.get("NextMarker")
        if not following:
            return found
        if following == marker:
            raise ServiceError("The service returned the same page of target groups twice", code="repeated_page")
        marker = following


@api_call("read the health of the targets of {arn}", missing=("TargetGroupNotFound", "TargetGroupNotFoundException"))
def target_health(client: Any, arn: str) -> list[dict]:
    """DescribeTargetHealth: every target of one group; the answer has no pages."""
    return client.describe_target_health(TargetGroupArn=arn).get("TargetHealthDescriptions") or []
