# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is kept of an association, its versions and its executions."""

import re
from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from typing import Any

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation.model import TERMINAL
from local_aws.ssm.automation.model import executions as automations
from local_aws.ssm.commands import model as commands_model
from local_aws.ssm.commands import statuses

RUNNING = ("Pending", "InProgress")

define(
    "association_quotas",
    {"associations": 2000, "versions": 1000},
    dict,
    "active associations of an account and Region, versions of one (API AssociationLimitExceeded, "
    "AssociationVersionLimitExceeded)",
)
define(
    "association_no_targets",
    "Pending",
    ["Pending", "Success", "Failed"],
    "the status of a run whose targets resolve to nothing",
)
assume(
    "association.status",
    "a run is Failed when one of its targets did not end in Success, however many MaxErrors allows",
    "AssociationOverview.Status names Pending, Success and Failed only",
)
assume(
    "association.target-status",
    "a target is Pending, InProgress, Success or Failed; DetailedStatus is the one of the command or automation",
    "AssociationExecutionTarget.Status",
)
assume("association.no-targets", "a run without targets has the detailed status NoTargets (switch)", "not documented")


@dataclass
class Version:
    """One version. content: the members of CreateAssociation that belong to a version."""

    number: int
    content: dict[str, Any]
    created: datetime


@dataclass
class Execution:
    """One run. sources: what was started, as (RunCommand or Automation, id). error: (status, detailed status).

    alarms: TriggeredAlarms.
    """

    id: str
    version: int
    created: datetime
    content: dict[str, Any]
    sources: list[tuple[str, str]] = field(default_factory=list)
    ended: datetime | None = None
    error: tuple[str, str] | None = None
    alarms: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Target:
    """What became of one target of a run."""

    id: str
    type: str
    status: str
    details: str
    last: datetime
    source: tuple[str, str]


@dataclass
class Association:
    """An association. executions: newest first. life: the coroutine that starts its runs. status: of the old style only."""

    id: str
    account: str
    region: str
    created: datetime
    versions: list[Version]
    executions: list[Execution] = field(default_factory=list)
    updated: datetime | None = None
    life: clock.Task | None = None
    status: dict[str, Any] | None = None
    hidden: int = 0

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    @property
    def old_style(self) -> bool:
        return "InstanceId" in self.latest.content


def book(account: str, region: str) -> dict[str, Association]:
    """The associations of an account and Region by id, oldest first."""
    return state.store(account, region, "ssm.associations")


def missing(what: str) -> AwsError:
    return AwsError("AssociationDoesNotExist", f"Association {what} does not exist.")


def find(ctx: Context, association_id: str) -> Association:
    """The association; raises AssociationDoesNotExist, also while it is new and reads are eventually consistent."""
    found = book(ctx.account, ctx.region).get(association_id.lower())
    if found is None:
        raise missing(association_id)
    return seen(found, association_id)


def find_old(ctx: Context, name: str, instance_id: str) -> Association:
    """The association that was made with the deprecated InstanceId; raises AssociationDoesNotExist."""
    for found in book(ctx.account, ctx.region).values():
        content = found.latest.content
        if found.old_style and (content["Name"], content["InstanceId"]) == (name, instance_id):
            return found
    raise missing(f"of {name} with {instance_id}")


def seen(found: Association, what: str) -> Association:
    """Count a read of an association that is still hidden."""
    if found.hidden > 0:
        found.hidden -= 1
        raise missing(what)
    return found


def version_of(association: Association, wanted: str | None) -> Version:
    """A version by its number; raises InvalidAssociationVersion."""
    if wanted in (None, "$LATEST"):
        return association.latest
    if int(wanted) > len(association.versions):
        raise AwsError("InvalidAssociationVersion", f"Association {association.id} has no version {wanted}.")
    return association.versions[int(wanted) - 1]


def targets_of(association: Association, execution: Execution) -> list[Target]:
    """The targets of a run as they are now."""
    found: list[Target] = []
    for source in execution.sources:
        find_targets = _of_command if source[0] == "RunCommand" else _of_automation
        found += find_targets(association, execution, source)
    return found


def _of_command(association: Association, execution: Execution, source: tuple[str, str]) -> list[Target]:
    command = commands_model.book(association.account, association.region)[source[1]]
    found = []
    for invocation in command.invocations.values():
        ends = [plugin.end for plugin in invocation.plugins if plugin.end]
        status = _status(statuses.INVOCATION[invocation.details], invocation.details in statuses.TERMINAL)
        last = max(ends, default=execution.created)
        found.append(Target(invocation.instance_id, "ManagedInstance", status, invocation.details, last, source))
    return found


def _of_automation(association: Association, execution: Execution, source: tuple[str, str]) -> list[Target]:
    parent = automations(association.account, association.region)[source[1]]
    found = []
    for one in parent.children if parent.rate else [parent]:
        good = one.status in ("Success", "CompletedWithSuccess")
        status = "Success" if good else _status(one.status, one.status in TERMINAL)
        name = re.sub(r"\s", "", one.target or one.id)[:100]
        kind = "ManagedInstance" if name.startswith(("i-", "mi-")) else "Automation"
        found.append(Target(name, kind, status, one.status, one.end or execution.created, source))
    return found


def _status(status: str, terminal: bool) -> str:
    if status == "Success" or not terminal:
        return status if status in ("Success", "Pending") else "InProgress"
    return "Failed"


def counts(association: Association, execution: Execution) -> Counter:
    """How many targets have which status."""
    return Counter(target.status for target in targets_of(association, execution))


def status_of(association: Association, execution: Execution) -> tuple[str, str]:
    """(Status, DetailedStatus) of a run."""
    if execution.error:
        return execution.error
    if execution.ended is None:
        return ("InProgress", "InProgress") if execution.sources else ("Pending", "Pending")
    found = counts(association, execution)
    if not found:
        return SWITCHES["association_no_targets"], "NoTargets"
    return ("Success", "Success") if set(found) == {"Success"} else ("Failed", "Failed")


def overview(association: Association) -> dict[str, Any]:
    """AssociationOverview: of the newest run."""
    if not association.executions:
        return {"Status": "Pending", "DetailedStatus": "Creating"}
    execution = association.executions[0]
    status, details = status_of(association, execution)
    found = counts(association, execution)
    shown = {"Status": "Pending" if status in RUNNING else status, "DetailedStatus": details}
    if found:
        shown["AssociationStatusAggregatedCount"] = dict(sorted(found.items()))
    return shown
