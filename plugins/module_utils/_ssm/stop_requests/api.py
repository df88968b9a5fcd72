# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Parameter Store: one function is one API operation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..._core.calls import answered_at
from ..._core.calls import api_call


@api_call("read parameter {name}")
def find_parameter(client: Any, name: str) -> tuple[dict | None, datetime]:
    """GetParameters of one name: the parameter, or None when there is none, and the time by the service's own clock.

    GetParameter would say the same, but with an error that leaves no time.
    """
    answer = client.get_parameters(Names=[name])
    return next(iter(answer.get("Parameters") or []), None), answered_at(answer)
