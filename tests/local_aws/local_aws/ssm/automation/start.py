# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""StartAutomationExecution: the rules of its input, and how executions come into being."""

import copy
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from local_aws.framework import clock
from local_aws.framework import inproc
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.iam import model as iam_model
from local_aws.iam.needs import passing
from local_aws.ssm.automation import engine
from local_aws.ssm.automation import quotas
from local_aws.ssm.automation import rate
from local_aws.ssm.automation import targets
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import RateControl
from local_aws.ssm.automation.model import executions
from local_aws.ssm.automation.model import new_step
from local_aws.ssm.automation.model import set_status
from local_aws.ssm.automation.templates import resolve
from local_aws.ssm.automation.templates import text
from local_aws.ssm.automation.templates import wire
from local_aws.ssm.documents import model as documents
from local_aws.ssm.documents.model import Document
from local_aws.ssm.documents.parameters import SSM_DEFAULT
from local_aws.ssm.documents.parameters import ParameterError
from local_aws.ssm.documents.parameters import kind
from local_aws.ssm.documents.parameters import parse
from local_aws.ssm.tags import model as tags_model
from local_aws.sts import rules as sts_rules

ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+")
NOT_YET = ("TargetLocations", "TargetLocationsURL", "AlarmConfiguration")
TAGS = 5

define("children_inherit_tags", False, bool, "whether children carry the tags of their parent")
assume(
    "start.both_targets", "Targets with TargetMaps: InvalidAutomationExecutionParametersException", "Start…: TargetMaps"
)
assume("start.type", "a document that is no Automation document: AutomationDefinitionNotFoundException", "Start…")
assume("start.tags", "more than 5 tags: ValidationException", "StartAutomationExecution: Tags")
assume(
    "start.token",
    "a ClientToken is remembered without end, per account and Region",
    "StartAutomationExecution: ClientToken",
)
assume("start.target_value", "a target's value wins over the same name in Parameters", "TargetParameterName")
assume("start.bad_target", "a target's value that the document does not allow fails its child", "Targets")
assume("start.child_tags", "children do not carry the tags of their parent (switch)", "Tags")
assume("start.foreign_role", "an assume role of another account cannot be assumed", "iam:PassRole is for one account")


def invalid(message: str) -> AwsError:
    return AwsError("InvalidAutomationExecutionParametersException", message)


def start(ctx: Context, params: dict, parent: Execution | None = None) -> Execution:
    """Start an execution; parent: the one whose step starts it. Raises the errors of StartAutomationExecution."""
    token, digest = (params.get("ClientToken") or "").lower(), _digest(params)
    tokens = state.store(ctx.account, ctx.region, "ssm.automation.tokens")
    if token in tokens:
        known, execution_id = tokens[token]
        if known != digest:
            raise AwsError("IdempotentParameterMismatch", "The ClientToken was used with other parameters.")
        return executions(ctx.account, ctx.region)[execution_id]
    for name in NOT_YET:
        if params.get(name):
            raise AwsError("NotImplementedByEmulator", f"{name} is not implemented in the local AWS.", status=501)
    execution = prepare(ctx, params, parent)
    if execution.role_arn:
        iam_model.require(_caller(ctx, parent), "ssm", passing(ctx, execution.role_arn, "ssm.amazonaws.com"))
    if parent is None:
        quotas.check(ctx.account, ctx.region, execution.rate is not None)
    _enter(execution)
    tags_model.put(ctx.account, ctx.region, "Automation", execution.id, params.get("Tags"))
    if token:
        tokens[token] = (digest, execution.id)
    quotas.admit(execution, rate.life if execution.rate else engine.life)
    return execution


def _caller(ctx: Context, parent: Execution | None) -> Context:
    """Who starts an execution: a nested one is started by the role of its parent."""
    if parent is None or not parent.role_arn:
        return ctx
    return Context(ctx.account, ctx.region, ctx.access_key, inproc.session_arn(parent.role_arn), "automation")


def authorize_nested(ctx: Context, params: dict, parent: Execution) -> None:
    """A nested start does not pass the front. Raises AccessDeniedException."""
    iam_model.authorize(_caller(ctx, parent), "ssm", "StartAutomationExecution", params)


def _digest(params: dict) -> str:
    rest = {key: value for key, value in params.items() if key != "ClientToken"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, default=str).encode()).hexdigest()


def _enter(execution: Execution) -> None:
    executions(execution.account, execution.region)[execution.id] = execution
    if execution.parent is not None:
        execution.parent.children.append(execution)


def prepare(ctx: Context, params: dict, parent: Execution | None) -> Execution:
    """The execution that these parameters ask for, not begun. Raises the errors of StartAutomationExecution."""
    document = _document(ctx, params)
    if len(params.get("Tags", [])) > TAGS:
        raise AwsError("ValidationException", f"An automation can be started with at most {TAGS} tags.")
    tags_model.check(params.get("Tags", []))
    declared = document.content.get("parameters", {})
    control = _rate_control(params, declared, document)
    given = params.get("Parameters", {})
    by_target = _target_names(control)
    values = _values(ctx, declared, given, by_target)
    execution = Execution(
        id=state.new_uuid(),
        account=ctx.account,
        region=ctx.region,
        document=document,
        parameters={},
        values=values,
        executed_by=ctx.principal,
        access_key=ctx.access_key,
        role_arn=None,
        mode=params.get("Mode", "Auto"),
        parent=parent,
        depth=parent.depth + 1 if parent else 0,
        rate=control,
    )
    _put_in(execution, given)
    execution.role_arn = _role(ctx, execution)
    _fill(execution)
    return execution


def _put_in(execution: Execution, given: dict) -> None:
    """Put in what defaults refer to (AWS's published runbooks have such defaults), one level deep; set parameters."""
    values = execution.values
    for name, value in values.items():
        if name not in given and isinstance(value, (str, list)):
            values[name] = resolve(value, execution.lookup)
    execution.parameters = {
        name: wire(value) for name, value in values.items() if name in given or value not in ("", [], {})
    }


def _fill(execution: Execution) -> None:
    content = execution.document.content
    for name, definition in content.get("variables", {}).items():
        if "default" in definition:
            execution.variables[name] = copy.deepcopy(definition["default"])
    if execution.rate is None:
        execution.steps = [new_step(definition) for definition in content["mainSteps"]]


def _document(ctx: Context, params: dict) -> Document:
    name = params["DocumentName"]
    try:
        found = documents.find(ctx.account, ctx.region, name, params.get("DocumentVersion"))
    except AwsError as error:
        if error.code == "InvalidDocumentVersion":
            raise AwsError(
                "AutomationDefinitionVersionNotFoundException",
                f"Automation document {name} has no version {params['DocumentVersion']}.",
            ) from None
        raise AwsError("AutomationDefinitionNotFoundException", f"Automation document {name} not found.") from None
    if found.type != "Automation":
        raise AwsError("AutomationDefinitionNotFoundException", f"{name} is a document of type {found.type}.")
    return found


def _rate_control(params: dict, declared: dict, document: Document) -> RateControl | None:
    name, chosen, maps = params.get("TargetParameterName"), params.get("Targets"), params.get("TargetMaps")
    if chosen and maps:
        raise invalid("Targets and TargetMaps can't be specified together.")
    if name is not None and name not in declared:
        raise invalid(f"The target parameter {name} is not a parameter of the document.")
    if chosen and name is None:
        raise invalid("TargetParameterName is required when Targets is specified.")
    if name is not None and not chosen and not maps:
        raise invalid("Targets is required when TargetParameterName is specified.")
    for entry in maps or []:
        unknown = sorted(set(entry) - set(declared))
        if unknown:
            raise invalid(f"Parameter {unknown[0]} of TargetMaps is not defined in the document.")
        if not any(entry.values()):
            raise invalid("A map of TargetMaps has no values.")
    if not chosen and not maps:
        return None
    targets.check(chosen, maps, document.target_type)
    return RateControl(name, chosen, maps, params.get("MaxConcurrency") or "10", params.get("MaxErrors") or "0")


def _target_names(control: RateControl | None) -> set[str]:
    if control is None:
        return set()
    if control.maps:
        return set.intersection(*[set(entry) for entry in control.maps])
    return {control.parameter or ""}


def _values(ctx: Context, declared: dict, given: dict, by_target: set[str]) -> dict[str, Any]:
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise invalid(f"Parameter {unknown[0]} is not defined in the document.")
    values = {}
    for name, definition in declared.items():
        if name in given:
            values[name] = _parse(name, definition, given[name])
        elif "default" in definition:
            values[name] = _default(ctx, name, definition)
        elif name not in by_target:
            raise invalid(f"Parameter {name} is required and was not specified.")
    return values


def _parse(name: str, definition: dict, given: list[str]) -> Any:
    try:
        return parse(definition, given)
    except ParameterError as problem:
        raise invalid(f"Parameter {name}: {problem}.") from None


def _default(ctx: Context, name: str, definition: dict) -> Any:
    default = "" if definition["default"] is None else definition["default"]
    match = SSM_DEFAULT.fullmatch(default.strip()) if isinstance(default, str) else None
    if match is None:
        return copy.deepcopy(default)
    client = inproc.client("ssm", ctx.account, ctx.region)
    try:
        found = client.get_parameter(Name=match.group(1) + (match.group(2) or ""))["Parameter"]
    except client.exceptions.ClientError as error:
        raise invalid(f"Parameter {name}: the Parameter Store parameter {match.group(1)}: {error}.") from None
    if found["Type"] == "SecureString":
        raise invalid(f"Parameter {name}: {match.group(1)} is a SecureString, which a document cannot refer to.")
    given = found["Value"].split(",") if kind(definition) == "StringList" else [found["Value"]]
    return _parse(name, definition, given)


def _role(ctx: Context, execution: Execution) -> str | None:
    wanted = text(resolve(execution.document.content.get("assumeRole", ""), execution.lookup)).strip()
    if not wanted:
        return None
    match = ROLE.fullmatch(wanted)
    if not match:
        raise invalid("The format of the supplied assume role ARN is invalid.")
    if match.group(1) != ctx.account or not sts_rules.assumable_by_service(wanted, "ssm.amazonaws.com"):
        raise invalid("The defined assume role is unable to be assumed.")
    return wanted


def _child(parent: Execution, target: str, overrides: dict[str, list[str]]) -> Execution:
    child = Execution(
        id=state.new_uuid(),
        account=parent.account,
        region=parent.region,
        document=parent.document,
        parameters={**parent.parameters, **overrides},
        values=dict(parent.values),
        executed_by=parent.executed_by,
        access_key=parent.access_key,
        role_arn=parent.role_arn,
        mode=parent.mode,
        parent=parent,
        depth=parent.depth,
        target=target,
    )
    _fill(child)
    _enter(child)
    if SWITCHES["children_inherit_tags"]:
        mine = tags_model.listed(parent.account, parent.region, "Automation", parent.id)
        tags_model.put(child.account, child.region, "Automation", child.id, mine)
    return child


def start_child(
    parent: Execution, target: str, overrides: dict[str, list[str]], watch: Callable[[Execution], Coroutine]
) -> Execution:
    """Start the child of one target; watch(child) runs beside it."""
    child = _child(parent, target, overrides)
    declared = parent.document.content.get("parameters", {})
    parent.rate.running += 1
    life = engine.life
    try:
        for name, given in overrides.items():
            child.values[name] = parse(declared[name], given)
    except ParameterError as problem:
        child.message = f"Parameter {name}: {problem}."
        life = _refused
    clock.spawn(watch(child), f"watch {child.id}")
    quotas.admit(child, life)
    return child


def _refused(child: Execution) -> Coroutine:
    set_status(child, None, "InProgress")
    quotas.release(child)
    set_status(child, None, "Failed")
    return
    yield


def unstarted_child(parent: Execution, target: str, overrides: dict[str, list[str]]) -> Execution:
    """The execution of a target that was never started, where the switch asks for one."""
    child = _child(parent, target, overrides)
    child.message = "The error threshold was reached before this target was started."
    set_status(child, None, "Cancelled")
    child.start = None
    return child
