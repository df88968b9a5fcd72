# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Execution previews: what a runbook would touch."""

import re
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from typing import Any

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation import targets
from local_aws.ssm.automation.model import Execution

MUTATING, READING, UNKNOWN = "Mutating", "NonMutating", "Undetermined"
READS = re.compile(r"(describe|list|get|search|lookup|batch_?get|head|select|query|scan)", re.IGNORECASE)
BY_API = {"aws:executeAwsApi", "aws:assertAwsResourceProperty", "aws:waitForAwsResourceProperty"}
IMPACT = {
    **dict.fromkeys(("approve", "branch", "pause", "sleep", "updateVariable"), READING),
    **dict.fromkeys(("changeInstanceState", "copyImage", "createImage", "createStack", "createTags"), MUTATING),
    **dict.fromkeys(("deleteImage", "deleteStack", "runInstances"), MUTATING),
    **dict.fromkeys(("executeAutomation", "executeScript", "executeStateMachine", "invokeLambdaFunction"), UNKNOWN),
    **dict.fromkeys(("invokeWebhook", "runCommand"), UNKNOWN),
}
INPUTS = ("Parameters", "TargetParameterName", "Targets", "TargetMaps")

define(
    "preview_seconds",
    {"pending": 2, "in_progress": 5},
    dict,
    "virtual seconds that an execution preview stays in a state",
)
assume(
    "preview.impact",
    "aws:executeScript is Undetermined; aws:approve, branch, pause, sleep and updateVariable are NonMutating; an API"
    " operation counts by its name; the steps of a loop count once and the loop itself does not.",
    "AutomationExecutionPreview.StepPreviews describes the three kinds",
)
assume("preview.zero", "kinds of steps that do not occur are left out of StepPreviews", "StepPreviews")
assume(
    "preview.targets",
    "TargetType is AWS::EC2::Instance for targets by tag or instance, else the document's own, else Parameter; without"
    " targets there are no TargetPreviews.",
    "TargetPreview",
)
assume("preview.failed", "targets that cannot be resolved make the preview Failed, with the reason", "StatusMessage")


@dataclass
class Preview:
    """One preview. found: members of AutomationExecutionPreview."""

    id: str
    execution: Execution
    locations: list[dict]
    status: str = "Pending"
    message: str | None = None
    ended: datetime | None = None
    found: dict[str, Any] | None = None


def previews(ctx: Context) -> dict[str, Preview]:
    return state.store(ctx.account, ctx.region, "execution_previews")


def life(made: Preview) -> Generator[Any, Any, None]:
    yield SWITCHES["preview_seconds"]["pending"]
    made.status = "InProgress"
    yield SWITCHES["preview_seconds"]["in_progress"]
    made.ended = clock.now()
    try:
        made.found = _look(made)
        made.status = "Success"
    except AwsError as refused:
        made.status, made.message = "Failed", refused.message


def _look(made: Preview) -> dict[str, Any]:
    places = places_of(made)
    impacts = Counter(_impacts(made.execution.document.content["mainSteps"]))
    kinds: Counter[str] = Counter()
    for place in places:
        if place.rate is not None:
            kinds[_kind(place)] += len(targets.resolve(place))
    return {
        "StepPreviews": dict(impacts),
        "Regions": list(dict.fromkeys(place.region for place in places)),
        "TargetPreviews": [{"Count": count, "TargetType": kind} for kind, count in kinds.items()],
        "TotalAccounts": len({place.account for place in places}),
    }


def places_of(made: Preview) -> list[Execution]:
    """The execution in each account and Region; a location's own targets come before those of the whole."""
    found = []
    for one in made.locations:
        control = made.execution.rate
        if one.get("Targets") and control is not None:
            control = replace(control, targets=one["Targets"])
        for account in one["Accounts"]:
            found += [replace(made.execution, account=account, region=name, rate=control) for name in one["Regions"]]
    return found or [made.execution]


def _kind(execution: Execution) -> str:
    key = execution.rate.targets[0]["Key"] if execution.rate.targets else ""
    if key == "InstanceIds" or key.startswith("tag:") or key in ("AWS::EC2::Instance", targets.ALL):
        return "AWS::EC2::Instance"
    return (execution.document.target_type or "").lstrip("/") or "Parameter"


def _impacts(steps: list[dict]) -> list[str]:
    found = []
    for step in steps:
        inputs, action = step.get("inputs") or {}, step["action"]
        if action == "aws:loop":
            found += _impacts(inputs.get("Steps") or [])
        elif action in BY_API:
            found.append(_of_api(str(inputs.get("Api", ""))))
        elif action == "aws:changeInstanceState" and str(inputs.get("CheckStateOnly", "")).lower() == "true":
            found.append(READING)
        else:
            found.append(IMPACT[action.removeprefix("aws:")])
    return found


def _of_api(name: str) -> str:
    if "{{" in name:
        return UNKNOWN
    return READING if READS.match(name) else MUTATING
