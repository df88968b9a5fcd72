# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CloudWatch: one function is one API operation; lists come whole."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import answered_at
from ..._core.calls import api_call
from ..._core.calls import chunks
from ..._core.calls import next_token

# DescribeAlarms leaves out composite alarms unless it is asked for them.
TYPES = {"MetricAlarm": "MetricAlarms", "CompositeAlarm": "CompositeAlarms"}


@api_call("read alarms {names}")
def _alarms_page(client: Any, names: list[str], token: str | None) -> dict:
    return client.describe_alarms(AlarmNames=names, AlarmTypes=list(TYPES), MaxRecords=100, **next_token(token))


def list_alarms(aws: Connection, names: list[str]) -> tuple[list[dict], datetime | None]:
    """DescribeAlarms of metric and composite alarms, 100 names a call; names that do not exist are missing in the answer.

    Also the time by the clock of CloudWatch, None without names.
    """
    found, now = [], None
    for part in chunks(names, 100):
        alarms, now = _all_pages(partial(_alarms_page, aws, names=part))
        found += alarms
    return found, now


def _all_pages(fetch: Any) -> tuple[list[dict], datetime]:
    found, token = [], None
    while True:
        answer = fetch(token=token)
        found += [{**alarm, "Type": kind} for kind, key in TYPES.items() for alarm in answer.get(key) or []]
        following = answer.get("NextToken")
        if not following or following == token:
            return found, answered_at(answer)
        token = following
