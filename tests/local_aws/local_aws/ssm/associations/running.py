# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How associations run: one coroutine for the times of an association, one for each run."""

from collections.abc import Generator
from collections.abc import Iterator
from datetime import datetime
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError
from moto.cloudwatch.models import cloudwatch_backends

from local_aws.framework import clock
from local_aws.framework import inproc
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.associations import schedule
from local_aws.ssm.associations.model import Association
from local_aws.ssm.associations.model import Execution
from local_aws.ssm.associations.rules import NO_OP
from local_aws.ssm.automation.model import executions as automations
from local_aws.ssm.commands import model as commands_model
from local_aws.ssm.commands import rules as commands_rules
from local_aws.ssm.commands import statuses
from local_aws.ssm.documents import model as documents

Coroutine = Generator[Any, Any, None]
LOOK = 60.0
CHUNK = 50  # values of one target

define(
    "association_concurrency",
    "100%",
    ["100%", "50"],
    "MaxConcurrency of an association that has none: 100% (API) or 50 (user guide)",
)
assume(
    "association.max-errors",
    "MaxErrors of an association that has none is 100%",
    "user guide, targets and rate controls; the API names no default",
)
assume(
    "association.targets",
    "several targets mean the nodes of any of them; they are found anew at each run, and nodes that join in between wait "
    "for the next run",
    "user guide, targets and rate controls: any instance with at least one of those tags; new ones are run at once",
)
assume(
    "association.overlap",
    "a run that is due while the former one still runs ends that one: its commands are cancelled, it is TimedOut",
    "user guide, About State Manager",
)
assume("association.target-locations", "associations with TargetLocations are kept, but never run", "TargetLocations")
assume("association.calendars", "CalendarNames are kept, but do not gate the runs", "CalendarNames")
assume(
    "association.alarm",
    "an alarm in the state ALARM, or one that cannot be found (unless IgnorePollAlarmFailure), before a run or while it runs "
    "(read every minute): the run is cancelled and Failed",
    "AlarmConfiguration",
)
assume("association.rate", "a rate counts from the creation or the last change, which run at once", "not documented")


def begin(association: Association) -> None:
    """Start the life of an association that is new or was changed; the life before it ends."""
    stop(association)
    # In the background: associations recur for ever, and a jump to idle must end.
    association.life = clock.spawn(_live(association), f"association {association.id}", background=True)


def stop(association: Association) -> None:
    """No more runs; one that has begun goes on."""
    if association.life is not None:
        association.life.cancel()


def _live(association: Association) -> Coroutine:
    content, since = association.latest.content, clock.now()
    if not content.get("ApplyOnlyAtCronInterval"):
        run(association)
    for moment in schedule.times(content.get("ScheduleExpression"), content.get("ScheduleOffset"), since):
        yield (moment - clock.now()).total_seconds()
        run(association)


def run(association: Association) -> None:
    """Start one run, unless the association has TargetLocations."""
    if association.latest.content.get("TargetLocations"):
        return
    for former in association.executions[:1]:
        if former.ended is None:
            _cancel(association, former)
    execution = Execution(state.new_uuid(), association.latest.number, clock.now(), association.latest.content)
    association.executions.insert(0, execution)
    clock.spawn(_run(association, execution), f"run of association {association.id}")


def _cancel(association: Association, execution: Execution, why: str = "TimedOut") -> None:
    execution.error = ("Failed", why)
    client = inproc.client("ssm", association.account, association.region)
    for kind, source in execution.sources:
        try:
            if kind == "RunCommand":
                client.cancel_command(CommandId=source)
            else:
                client.stop_automation_execution(AutomationExecutionId=source, Type="Cancel")
        except ClientError:
            pass  # it has ended


def _alarmed(association: Association, execution: Execution) -> bool:
    """Whether the alarm says stop; notes TriggeredAlarms."""
    configuration = execution.content.get("AlarmConfiguration") or {"Alarms": []}
    known = cloudwatch_backends[association.account][association.region].alarms
    for alarm in [] if execution.alarms else configuration["Alarms"]:
        found = known.get(alarm["Name"])
        if found is None and not configuration.get("IgnorePollAlarmFailure"):
            execution.alarms.append({"Name": alarm["Name"], "State": "UNKNOWN"})
        elif found is not None and found.state_value == "ALARM":
            execution.alarms.append({"Name": alarm["Name"], "State": "ALARM"})
    return bool(execution.alarms)


def _run(association: Association, execution: Execution) -> Coroutine:
    content = execution.content
    try:
        if _alarmed(association, execution):
            raise AwsError("AlarmTriggered")
        document = documents.find(
            association.account, association.region, content["Name"], content.get("DocumentVersion")
        )
        if document.type == "Automation":
            yield from _automation(association, execution)
        else:
            yield from _commands(association, execution, document)
    except (ClientError, AwsError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else error.code
        execution.error = execution.error or ("Failed", code)
    execution.ended = clock.now()


def _deadline(execution: Execution) -> datetime | None:
    content = execution.content
    if not content.get("Duration") or not content.get("ApplyOnlyAtCronInterval"):
        return None
    return execution.created + timedelta(hours=content["Duration"])


def _wait(association: Association, execution: Execution, event: clock.Event) -> Coroutine:
    """Until the event or a look; when Duration has passed, what runs is cancelled."""
    deadline = _deadline(execution)
    left = LOOK if deadline is None else (deadline - clock.now()).total_seconds()
    if left <= 0 and execution.error is None:
        _cancel(association, execution)
    if execution.error is None and _alarmed(association, execution):
        _cancel(association, execution, "AlarmTriggered")
    yield (event, min(left, LOOK) if left > 0 else LOOK)


def _commands(association: Association, execution: Execution, document: documents.Document) -> Coroutine:
    client = inproc.client("ssm", association.account, association.region)
    sent = []
    for targets in _groups(association, execution.content):
        command_id = client.send_command(**_command(association, execution.content, document), Targets=targets)[
            "Command"
        ]["CommandId"]
        execution.sources.append(("RunCommand", command_id))
        sent.append(commands_model.book(association.account, association.region)[command_id])
    for command in sent:
        while command.details not in statuses.COMMAND_TERMINAL:
            yield from _wait(association, execution, command.changed)


def _groups(association: Association, content: dict) -> Iterator[list[dict]]:
    """Targets of the commands: several targets of an association are alternatives, those of a command are not."""
    targets = content.get("Targets") or [{"Key": "InstanceIds", "Values": [content.get("InstanceId")]}]
    groups = [one for one in targets if one["Key"].lower().startswith("resource-groups:")]
    if len(targets) == 1 or len(groups) == len(targets):
        yield targets
        return
    ctx = Context(association.account, association.region)
    ids = list(dict.fromkeys(node for one in targets for node in commands_rules.by_targets(ctx, [one])))
    for start in range(0, len(ids), CHUNK):
        yield [{"Key": "InstanceIds", "Values": ids[start : start + CHUNK]}]


def _command(association: Association, content: dict, document: documents.Document) -> dict:
    given = dict(content.get("Parameters") or {})
    if content.get("SyncCompliance") == "MANUAL":
        given["AssociationId"] = [association.id]
    request = {
        "DocumentName": content["Name"],
        "DocumentVersion": content.get("DocumentVersion"),
        "Parameters": given,
        "MaxConcurrency": content.get("MaxConcurrency", SWITCHES["association_concurrency"]),
        "MaxErrors": content.get("MaxErrors", "100%"),
        "AlarmConfiguration": content.get("AlarmConfiguration"),
        **(content.get("OutputLocation") or {}).get("S3Location", {}),
    }
    return {name: value for name, value in request.items() if value is not None}


def _automation(association: Association, execution: Execution) -> Coroutine:
    content = execution.content
    client = inproc.client("ssm", association.account, association.region)
    targets = [one for one in content.get("Targets") or [] if one["Key"] != NO_OP]
    rated = bool(targets or content.get("TargetMaps"))
    request = {
        "DocumentName": content["Name"],
        "DocumentVersion": content.get("DocumentVersion"),
        "Parameters": content.get("Parameters"),
        "Targets": targets or None,
        "TargetMaps": content.get("TargetMaps") or None,
        "TargetParameterName": content.get("AutomationTargetParameterName") if rated else None,
        "MaxConcurrency": content.get("MaxConcurrency") or (SWITCHES["association_concurrency"] if rated else None),
        "MaxErrors": content.get("MaxErrors") or ("100%" if rated else None),
    }
    wanted = {name: value for name, value in request.items() if value is not None}
    execution_id = client.start_automation_execution(**wanted)["AutomationExecutionId"]
    execution.sources.append(("Automation", execution_id))
    started = automations(association.account, association.region)[execution_id]
    while not started.done.is_set:
        yield from _wait(association, execution, started.done)
