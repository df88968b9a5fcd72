# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The maintenance windows of an account and Region, and the rules that all their operations share."""

import hashlib
import json
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from typing import Any

from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define

Values = dict[str, Any]
LINKED_ROLE = "arn:aws:iam::{}:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"

define(
    "window_quotas",
    {"windows": 50, "tasks": 20, "targets": 100, "targets_per_task": 10, "running": 5},
    dict,
    "quotas of maintenance windows per account and Region (Systems Manager endpoints and quotas)",
)
define("window_default_priority", 1, int, "the priority of a task that was registered without one")
assume("windows.token", "a ClientToken is remembered without end, per operation, account and Region", "ClientToken")
assume("windows.filters", "a filter key that the operation does not name: ValidationException", "Filters")


@dataclass(slots=True)
class Window:
    """values, targets and tasks: members of the API by their names; targets and tasks by id, in order of registration.

    anchor: from when its schedule counts (creation, or the last change of the schedule). timer: the coroutine that
    starts it next.
    """

    id: str
    account: str
    region: str
    values: Values
    created: datetime
    modified: datetime
    anchor: datetime
    targets: dict[str, Values] = field(default_factory=dict)
    tasks: dict[str, Values] = field(default_factory=dict)
    timer: Any = None
    deleted: bool = False


@dataclass(slots=True)
class Book:
    """tokens: {(operation, token): (digest of the request, answer)}; executions by id, oldest first.

    running and waiting: executions that hold a slot of the quota, and those that wait for one.
    """

    windows: dict[str, Window] = field(default_factory=dict)
    tokens: dict[tuple[str, str], tuple[str, dict]] = field(default_factory=dict)
    executions: dict[str, Any] = field(default_factory=dict)
    running: list[Any] = field(default_factory=list)
    waiting: list[Any] = field(default_factory=list)


def book(account: str, region: str) -> Book:
    """What is known of maintenance windows there."""
    return state.store(account, region, "ssm.windows", Book)


def invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def find(ctx: Context, window_id: str) -> Window:
    """Raises DoesNotExistException."""
    found = book(ctx.account, ctx.region).windows.get(window_id)
    if found is None:
        raise AwsError("DoesNotExistException", f"Maintenance window {window_id} does not exist")
    return found


def find_target(window: Window, target_id: str) -> Values:
    """Raises DoesNotExistException."""
    found = window.targets.get(target_id)
    if found is None:
        text = f"Maintenance window target {target_id} does not exist in maintenance window {window.id}"
        raise AwsError("DoesNotExistException", text)
    return found


def find_task(window: Window, task_id: str) -> Values:
    """Raises DoesNotExistException."""
    found = window.tasks.get(task_id)
    if found is None:
        text = f"Maintenance window task {task_id} does not exist in maintenance window {window.id}"
        raise AwsError("DoesNotExistException", text)
    return found


def priority(task: Values) -> int:
    """Lower numbers run first."""
    return task.get("Priority", SWITCHES["window_default_priority"])


def limit_reached(what: str, limit: int) -> AwsError:
    return AwsError("ResourceLimitExceededException", f"The limit of {limit} {what} has been reached.")


def remembered(ctx: Context, operation: str, params: dict) -> dict | None:
    """The answer that was given to the same request with the same token. Raises IdempotentParameterMismatch."""
    known = book(ctx.account, ctx.region).tokens.get((operation, params.get("ClientToken", "")))
    if known is None:
        return None
    if known[0] != _digest(params):
        raise AwsError("IdempotentParameterMismatch", "The client token was used with other parameters before.")
    return known[1]


def remember(ctx: Context, operation: str, params: dict, answer: dict) -> dict:
    """Keep the answer under the request's token; returns it."""
    if params.get("ClientToken"):
        key = (operation, params["ClientToken"])
        book(ctx.account, ctx.region).tokens[key] = (_digest(params), answer)
    return answer


def _digest(params: dict) -> str:
    rest = {key: value for key, value in params.items() if key != "ClientToken"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, default=str).encode()).hexdigest()


def filters(params: dict, allowed: tuple[str, ...]) -> dict[str, list[str]]:
    """{key: values} of a request's Filters. Raises ValidationException."""
    found: dict[str, list[str]] = {}
    for one in params.get("Filters") or []:
        if one.get("Key") not in allowed:
            raise invalid(f"The filter key {one.get('Key')} is not valid. Valid keys: {', '.join(allowed)}.")
        found.setdefault(one["Key"], []).extend(one.get("Values") or [])
    return found


def matches(values: Values, wanted: dict[str, list[str]], members: dict[str, str]) -> bool:
    """Whether values fit filters {key: values}; members: {key: member}. Values of one key are alternatives."""
    return all(str(values.get(members[key], "")) in texts for key, texts in wanted.items())


def answer(name: str, found: list, token: str | None) -> dict:
    """The answer of a list operation."""
    return {name: found, **({"NextToken": token} if token else {})}
