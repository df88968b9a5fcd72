# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How many automations run at once; the others wait as Pending, first in, first out.

Source: Systems Manager endpoints and quotas: 100 concurrent automations (500 with adaptive concurrency) and a queue of
1,000; 25 concurrent rate-control automations and a queue of 1,000.
"""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution

define(
    "automation_quotas",
    {"concurrent": 100, "adaptive": 500, "queue": 1000, "rate_concurrent": 25, "rate_queue": 1000, "nesting": 5},
    dict,
    "quotas of Automation; all are adjustable per account and Region",
)
define("adaptive_concurrency", False, bool, "/ssm/automation/enable-adaptive-concurrency")
assume("quotas.children", "children wait for a slot as Pending and are never refused", "adaptive-concurrency page")
assume("quotas.parents", "a rate-control parent uses one slot of both quotas", "Systems Manager quotas")


@dataclass(slots=True)
class Pool:
    """Of one account and Region. waiting: [(execution, life)]"""

    running: dict[str, Execution] = field(default_factory=dict)
    waiting: list[tuple[Execution, Callable[[Execution], Coroutine]]] = field(default_factory=list)


def _pool(execution: Execution) -> Pool:
    return state.store(execution.account, execution.region, "ssm.automation.pool", Pool)


def check(account: str, region: str, rate: bool) -> None:
    """Raises AutomationExecutionLimitExceededException when another execution would not even fit into the queue."""
    pool = state.store(account, region, "ssm.automation.pool", Pool)
    quotas = SWITCHES["automation_quotas"]
    if _free(pool, rate) and not any(bool(item[0].rate) == rate for item in pool.waiting):
        return
    queued = sum(1 for item in pool.waiting if item[0].parent is None and bool(item[0].rate) == rate)
    if queued >= quotas["rate_queue" if rate else "queue"]:
        raise AwsError(
            "AutomationExecutionLimitExceededException",
            "The number of simultaneously running Automation executions exceeded the allowable limit.",
        )


def _free(pool: Pool, rate: bool) -> bool:
    quotas = SWITCHES["automation_quotas"]
    if len(pool.running) >= quotas["adaptive" if SWITCHES["adaptive_concurrency"] else "concurrent"]:
        return False
    return not rate or sum(1 for item in pool.running.values() if item.rate) < quotas["rate_concurrent"]


def admit(execution: Execution, life: Callable[[Execution], Coroutine]) -> None:
    """Run life(execution) now, or when a slot is free."""
    pool = _pool(execution)
    pool.waiting.append((execution, life))
    _start(pool)


def _start(pool: Pool) -> None:
    blocked: set[bool] = set()
    position = 0
    while position < len(pool.waiting) and len(blocked) < 2:
        execution, life = pool.waiting[position]
        rate = bool(execution.rate)
        if rate in blocked or not _free(pool, rate):
            blocked.add(rate)
            if not rate:  # without a slot for a plain one there is none for a rate control either
                break
            position += 1
            continue
        pool.waiting.pop(position)
        pool.running[execution.id] = execution
        execution.task = clock.spawn(life(execution), f"automation {execution.id}")


def withdraw(execution: Execution) -> bool:
    """Take a waiting execution out of the queue; False when it is not there."""
    pool = _pool(execution)
    before = len(pool.waiting)
    pool.waiting = [item for item in pool.waiting if item[0] is not execution]
    return len(pool.waiting) < before


def release(execution: Execution) -> None:
    """The execution has ended: the next may start."""
    pool = _pool(execution)
    # An execution of an earlier world may end late, when its coroutine is collected; ids are the same in every world.
    if pool.running.get(execution.id) is execution:
        del pool.running[execution.id]
        _start(pool)
