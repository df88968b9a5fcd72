# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Maintenance windows, their targets and tasks: wire <-> model. Pure.

In a model the targets of a window are sorted by name, its tasks by priority and name, and their ids stand beside them in
target_ids and task_ids: AWS assigns them. `unknown` holds members that a newer SDK may know; they are sent again where
not sending would clear them.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from datetime import timezone
from typing import Any

from ..._core import redact
from ..._core.compare import said
from ..wire import iso

EMPTY = (None, "", [], {})
WINDOW = {
    "name": "Name",
    "description": "Description",
    "schedule": "Schedule",
    "schedule_timezone": "ScheduleTimezone",
    "schedule_offset": "ScheduleOffset",
    "start_date": "StartDate",
    "end_date": "EndDate",
    "duration": "Duration",
    "cutoff": "Cutoff",
    "allow_unassociated_targets": "AllowUnassociatedTargets",
    "enabled": "Enabled",
}
ASSIGNED = {
    "window_id": "WindowId",
    "next_execution_time": "NextExecutionTime",
    "created_date": "CreatedDate",
    "modified_date": "ModifiedDate",
}
TARGET = {"name": "Name", "owner_information": "OwnerInformation", "description": "Description"}
TASK = {
    "name": "Name",
    "task_type": "TaskType",
    "task_arn": "TaskArn",
    "priority": "Priority",
    "max_concurrency": "MaxConcurrency",
    "max_errors": "MaxErrors",
    "service_role_arn": "ServiceRoleArn",
    "cutoff_behavior": "CutoffBehavior",
    "description": "Description",
}
NOTIFICATION = {"arn": "NotificationArn", "events": "NotificationEvents", "type": "NotificationType"}
CLOUDWATCH = {"log_group_name": "CloudWatchLogGroupName", "output_enabled": "CloudWatchOutputEnabled"}
# task type: (option, member of TaskInvocationParameters, {option: member, or (member, its own options)})
BLOCKS = {
    "RUN_COMMAND": (
        "run_command",
        "RunCommand",
        {
            "comment": "Comment",
            "cloudwatch_output_config": ("CloudWatchOutputConfig", CLOUDWATCH),
            "document_hash": "DocumentHash",
            "document_hash_type": "DocumentHashType",
            "document_version": "DocumentVersion",
            "notification_config": ("NotificationConfig", NOTIFICATION),
            "output_s3_bucket_name": "OutputS3BucketName",
            "output_s3_key_prefix": "OutputS3KeyPrefix",
            "parameters": "Parameters",
            "service_role_arn": "ServiceRoleArn",
            "timeout_seconds": "TimeoutSeconds",
        },
    ),
    "AUTOMATION": ("automation", "Automation", {"document_version": "DocumentVersion", "parameters": "Parameters"}),
    "LAMBDA": (
        "lambda",
        "Lambda",
        {"client_context": "ClientContext", "qualifier": "Qualifier", "payload": "Payload"},
    ),
    "STEP_FUNCTIONS": ("step_functions", "StepFunctions", {"input": "Input", "name": "Name"}),
}
SELECTION = ("tags", "instance_ids", "resource_groups", "resource_type_filters")
# What a role is called that AWS filled in because none was given.
SERVICE_LINKED = ":role/aws-service-role/"


# Values


def instant(text: str) -> datetime:
    """A date of ISO 8601 as an aware time in UTC; without a zone it is in UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)


def date_text(value: Any) -> str | None:
    """A date as UTC text, because AWS may echo it in another form; what is not a date stays as it is."""
    if not isinstance(value, str) or not value:
        return iso(value) or None
    try:
        return iso(instant(value))
    except ValueError:
        return value


def json_text(value: Any) -> str | None:
    """Payloads and inputs are JSON: two texts that mean the same become the same text; other text stays as it is."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    if isinstance(value, str):
        try:
            parsed = json.loads(value)
        except ValueError:
            return value
        value = parsed if isinstance(parsed, (dict, list)) else value
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def role(arn: str | None) -> str | None:
    """The role of a task: the service-linked role is what AWS fills in where none is given, so its ARN is the same as "" (none)."""
    return "" if arn and SERVICE_LINKED in arn else arn


def ordered(items: list[dict], ids: list, *first: str) -> tuple[list[dict], list]:
    """Items and their ids in the order of models: by the fields in first, then by content."""

    def key(pair: tuple) -> tuple:
        item = pair[0]
        return (*[(item[name] is None, item[name] or 0) for name in first], json.dumps(item, sort_keys=True))

    pairs = sorted(zip(items, ids, strict=True), key=key)
    return [item for item, _id in pairs], [one for _item, one in pairs]


# Windows


def window_to_model(raw: dict) -> dict:
    """GetMaintenanceWindow, or an identity of DescribeMaintenanceWindows (which has less): the fields of the window itself."""
    model = {option: None if raw.get(member) in EMPTY else raw[member] for option, member in WINDOW.items()}
    for name in ("start_date", "end_date"):
        model[name] = date_text(model[name])
    model["schedule_offset"] = model["schedule_offset"] or None
    for name, member in ASSIGNED.items():
        model[name] = date_text(raw.get(member)) if name != "window_id" else raw[member]
    known = {*WINDOW.values(), *ASSIGNED.values(), "ResponseMetadata"}
    model["unknown"] = {member: value for member, value in raw.items() if member not in known and value not in EMPTY}
    return model


def window_to_wire(model: dict) -> dict:
    """All members that say something."""
    return {member: model[option] for option, member in WINDOW.items() if model[option] not in EMPTY}


# Targets


def selection_to_model(pairs: list[dict]) -> dict:
    """Key and Values of targets in the words of the options; `other` holds what these cannot say."""
    model: dict = {"tags": {}, "instance_ids": [], "resource_groups": [], "resource_type_filters": []}
    names = {
        "instanceids": "instance_ids",
        "resource-groups:name": "resource_groups",
        "resource-groups:resourcetypefilters": "resource_type_filters",
    }
    other = []
    for pair in pairs:
        key, values = pair["Key"], pair.get("Values") or []
        if key.startswith("tag:"):
            model["tags"][key[4:]] = sorted(set(values))
        elif key == "tag-key" and len(values) == 1:
            model["tags"][values[0]] = []
        elif key.lower() in names:
            model[names[key.lower()]] = sorted(set(values))
        else:
            other.append({"key": key, "values": sorted(values)})
    return {**model, **({"other": other} if other else {})}


def selection_to_wire(model: dict) -> list[dict]:
    """Targets of RegisterTargetWithMaintenanceWindow; a tag without values is a tag-key."""
    pairs = [
        {"Key": f"tag:{key}", "Values": values} if values else {"Key": "tag-key", "Values": [key]}
        for key, values in sorted(model["tags"].items())
    ]
    for option, key in (
        ("instance_ids", "InstanceIds"),
        ("resource_groups", "resource-groups:Name"),
        ("resource_type_filters", "resource-groups:ResourceTypeFilters"),
    ):
        if model[option]:
            pairs.append({"Key": key, "Values": model[option]})
    return pairs + [{"Key": pair["key"], "Values": pair["values"]} for pair in model.get("other", [])]


def target_to_model(raw: dict) -> dict:
    """A target of DescribeMaintenanceWindowTargets, without its id."""
    model = {option: raw.get(member) or None for option, member in TARGET.items()}
    known = {*TARGET.values(), "WindowId", "WindowTargetId", "ResourceType", "Targets"}
    return {
        **model,
        "resource_type": raw.get("ResourceType"),
        **selection_to_model(raw.get("Targets") or []),
        **_unknown(raw, known),
    }


def target_to_wire(model: dict) -> dict:
    """All members that say something; UpdateMaintenanceWindowTarget takes no ResourceType."""
    wire = {member: model[option] for option, member in TARGET.items() if model[option]}
    return {**wire, "ResourceType": model["resource_type"], "Targets": selection_to_wire(model)}


def labels(targets: list[dict], ids: list) -> dict[str, str]:
    """{id: what a task calls the target}: its name where that is unique in the window, else the id."""
    names = [target["name"] for target in targets]
    return {
        one: target["name"] if target["name"] and names.count(target["name"]) == 1 else one
        for target, one in zip(targets, ids, strict=True)
        if one
    }


# Tasks


def task_to_model(raw: dict, named: dict[str, str]) -> dict:
    """A task of GetMaintenanceWindowTask, without its id; named are the labels of the window's targets."""
    model: dict = {option: None if raw.get(member) in EMPTY else raw[member] for option, member in TASK.items()}
    pairs = {pair["Key"].lower(): pair.get("Values") or [] for pair in raw.get("Targets") or []}
    model["targets"] = [named.get(one, one) for one in pairs.get("windowtargetids", [])]
    model["instance_ids"] = sorted(set(pairs.get("instanceids", [])))
    if not model["targets"] and not model["instance_ids"]:
        # "the system inserts a placeholder value of 1, which may be reported in the response" (GetMaintenanceWindowTask)
        model["max_concurrency"] = model["max_errors"] = None
    model["service_role_arn"] = role(model["service_role_arn"]) or None
    model["cutoff_behavior"] = model["cutoff_behavior"] or "CONTINUE_TASK"
    model["alarm_configuration"] = _alarm_to_model(raw.get("AlarmConfiguration"))
    parameters = raw.get("TaskInvocationParameters") or {}
    for option, member, table in BLOCKS.values():
        model[option] = None
        if raw.get("TaskType") in BLOCKS and BLOCKS[raw["TaskType"]][0] == option:
            model[option] = block(option, _named(parameters.get(member) or {}, table))
    known = {*TASK.values(), "Targets", "AlarmConfiguration", "TaskInvocationParameters", "WindowId", "WindowTaskId"}
    return {**model, **_unknown(raw, known)}


def task_to_wire(model: dict, ids: dict[str, str]) -> dict:
    """All members that say something, the invocation parameters whole; ids are {label: id} of the window's targets."""
    wire = {member: model[option] for option, member in TASK.items() if model[option] is not None}
    pairs = {
        "WindowTargetIds": [ids.get(label, label) for label in model["targets"]],
        "InstanceIds": model["instance_ids"],
    }
    targets = [{"Key": key, "Values": values} for key, values in pairs.items() if values]
    if targets:
        wire["Targets"] = targets
    if model["alarm_configuration"]:
        alarm = model["alarm_configuration"]
        wire["AlarmConfiguration"] = {
            "IgnorePollAlarmFailure": alarm["ignore_poll_alarm_failure"],
            "Alarms": [{"Name": name} for name in alarm["alarms"]],
        }
    option, member, table = BLOCKS[model["task_type"]]
    wire["TaskInvocationParameters"] = {member: _members(model[option] or {}, table)}
    return wire


def _alarm_to_model(raw: dict | None) -> dict | None:
    names = [alarm["Name"] for alarm in (raw or {}).get("Alarms") or []]
    return {"alarms": names, "ignore_poll_alarm_failure": bool(raw.get("IgnorePollAlarmFailure"))} if names else None


def block(option: str, given: dict) -> dict:
    """The invocation parameters of a task in one form: nothing that is empty, or the same as not there."""
    result = {name: value for name, value in given.items() if value not in EMPTY}
    if result.get("document_version") == "$DEFAULT":
        del result["document_version"]
    for name in {"cloudwatch_output_config", "notification_config"} & set(result):
        inner = {key: value for key, value in result.pop(name).items() if value not in EMPTY and value is not False}
        if inner:
            result[name] = {key: sorted(set(value)) if key == "events" else value for key, value in inner.items()}
    for name in ({"payload"} if option == "lambda" else {"input"} if option == "step_functions" else set()) & set(
        result
    ):
        result[name] = json_text(result[name])
    return result


def _named(raw: dict, table: dict) -> dict:
    """Members -> options; members that the table does not have are kept under "unknown"."""
    result, known = {}, set()
    for option, entry in table.items():
        member, inner = entry if isinstance(entry, tuple) else (entry, None)
        known.add(member)
        if raw.get(member) not in EMPTY:
            result[option] = _named(raw[member], inner) if inner else raw[member]
    return {**result, **_unknown(raw, known)}


def _members(model: dict, table: dict) -> dict:
    """Options -> members."""
    result = dict(model.get("unknown", {}))
    for option, entry in table.items():
        member, inner = entry if isinstance(entry, tuple) else (entry, None)
        if option in model:
            value = model[option]
            result[member] = _members(value, inner) if inner else value
    if "Payload" in result and isinstance(result["Payload"], str):
        result["Payload"] = result["Payload"].encode("utf-8", "surrogateescape")
    return result


def _unknown(raw: dict, known: set) -> dict:
    rest = {name: value for name, value in raw.items() if name not in {*known, "ResponseMetadata"}}
    kept = {name: value for name, value in rest.items() if value not in EMPTY}
    return {"unknown": kept} if kept else {}


# As they are returned: with the ids of targets and tasks, without what may be a secret.
#
# The API model calls sensitive: parameters of Run Command, the payload of Lambda, the input of Step Functions, the
# information for the owner, and descriptions. A fingerprint stands for each, so that a change is seen, except for
# descriptions, which are there to be read, and for the words with which a patching task is read.
SECRET = {"run_command": "parameters", "lambda": "payload", "step_functions": "input"}
# Words of AWS-RunPatchBaseline, and pseudo parameters: they say what a window does, and are no secrets.
PLAIN = re.compile(r"|Scan|Install|RebootIfNeeded|NoReboot|(\{\{|\[\[)\s*[A-Z_]+\s*(\}\}|\]\])")


def finished(result: Any) -> Any:
    """A result of the kernel, or a part of it: every model in it gets its ids, and nothing sensitive stays in clear."""
    if isinstance(result, list):
        return [finished(item) for item in result]
    if not isinstance(result, dict):
        return result
    if "field" in result or "schedule" in result:  # a change, or a model
        return redacted(_with_ids(result))
    return {key: _shown_diff(value) if key == "diff" else finished(value) for key, value in result.items()}


def _shown_diff(value: dict | list) -> dict | list:
    """Of a diff, or a list of them: only what says something, as the kernel has it."""
    if isinstance(value, list):
        return [_shown_diff(one) for one in value]
    return {key: said(finished(side)) if key in ("before", "after") else side for key, side in value.items()}


def _with_ids(model: dict) -> dict:
    shown = {name: value for name, value in model.items() if name not in ("target_ids", "task_ids", "unknown")}
    for kind, option in (("target", "window_target_id"), ("task", "window_task_id")):
        if model.get(f"{kind}s"):  # in a diff only what there is
            items = zip(model[f"{kind}s"], model[f"{kind}_ids"], strict=True)
            shown[f"{kind}s"] = [{**item, option: one} for item, one in items]
    return shown


def redacted(value: Any) -> Any:
    """Models, changes or options without what is sensitive."""
    return redact.redacted(value, _secrets)


def _secrets(one: dict) -> dict:
    found = {key: one[key] for key in ("tags", "parameters") if key in one}  # words of the user
    found["unknown"] = redact.LEFT_OUT
    if isinstance(one.get("owner_information"), str) and one["owner_information"]:
        found["owner_information"] = _hash(one["owner_information"])
    for kind, member in SECRET.items():
        given = one.get(kind)
        if isinstance(given, dict) and given.get(member) is not None:
            shown = _parameters(given[member]) if kind == "run_command" else _hash(given[member])
            found[kind] = redacted({**given, member: shown})
    return found


def _parameters(given: Any) -> Any:
    if isinstance(given, dict):
        return {key: _parameters(value) for key, value in given.items()}
    if isinstance(given, list):
        return [_parameters(value) for value in given]
    return given if isinstance(given, str) and PLAIN.fullmatch(given) else _hash(given)


def _hash(value: Any) -> str:
    return redact.fingerprint(json_text(value) if isinstance(value, (str, bytes, dict, list)) else str(value))
