# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Parameter Store: one function is one API operation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..._core.calls import answered_at
from ..._core.calls import api_call
from ..._core.retry import PROTECTED
from ..._core.tags import to_wire as tags_to_wire

EXISTS = "ParameterAlreadyExists"


@api_call("read the parameters {names}")
def find_parameters(client: Any, names: list[str]) -> tuple[dict[str, dict], datetime]:
    """GetParameters, at most 10 names: name to parameter of those that exist, and the time by the service's own clock.

    GetParameter would say the same, but with an error that leaves no time.
    """
    answer = client.get_parameters(Names=names)
    return {one["Name"]: one for one in answer.get("Parameters") or []}, answered_at(answer)


@api_call("write parameter {name}", PROTECTED)
def create_parameter(client: Any, name: str, value: str, description: str, tags: dict[str, str]) -> None:
    """PutParameter of a new parameter; refused with EXISTS when there is one. Tags and Overwrite exclude each other."""
    client.put_parameter(Name=name, Value=value, Type="String", Description=description, Tags=tags_to_wire(tags))


@api_call("write parameter {name}", PROTECTED)
def update_parameter(client: Any, name: str, value: str) -> None:
    """PutParameter over a parameter that exists; its tags and its description stay."""
    client.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
