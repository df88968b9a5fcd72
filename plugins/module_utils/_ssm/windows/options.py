# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of one maintenance window, once: for the module of one window and for the one of many."""

from __future__ import annotations

import re
from typing import Any

from ..._core.limits import refuse
from ..._core.tags import text as as_text
from ..._core.tags import values_of as tag_values
from ..wire import parameters_to_wire
from . import limits
from . import wire
from .predict import Desired

TARGET = {
    "name": {"type": "str"},
    "window_target_id": {"type": "str"},
    "resource_type": {"type": "str", "choices": ["INSTANCE", "RESOURCE_GROUP"]},
    "tags": {"type": "dict"},
    "instance_ids": {"type": "list", "elements": "str"},
    "resource_groups": {"type": "list", "elements": "str"},
    "resource_type_filters": {"type": "list", "elements": "str"},
    "owner_information": {"type": "str"},
    "description": {"type": "str"},
}
ALARMS = {
    "alarms": {"type": "list", "elements": "str", "required": True},
    "ignore_poll_alarm_failure": {"type": "bool", "default": False},
}
NOTIFICATION = {
    "arn": {"type": "str"},
    "events": {
        "type": "list",
        "elements": "str",
        "choices": ["All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"],
    },
    "type": {"type": "str", "choices": ["Command", "Invocation"]},
}
CLOUDWATCH_OUTPUT = {
    "log_group_name": {"type": "str"},
    "output_enabled": {"type": "bool"},
}
RUN_COMMAND = {
    "comment": {"type": "str"},
    "cloudwatch_output_config": {"type": "dict", "options": CLOUDWATCH_OUTPUT},
    "document_hash": {"type": "str"},
    "document_hash_type": {"type": "str", "choices": ["Sha256", "Sha1"]},
    "document_version": {"type": "str"},
    "notification_config": {"type": "dict", "options": NOTIFICATION},
    "output_s3_bucket_name": {"type": "str"},
    "output_s3_key_prefix": {"type": "str", "no_log": False},
    "parameters": {"type": "dict"},
    "service_role_arn": {"type": "str"},
    "timeout_seconds": {"type": "int"},
}
AUTOMATION = {
    "document_version": {"type": "str"},
    "parameters": {"type": "dict"},
}
LAMBDA = {
    "client_context": {"type": "str"},
    "qualifier": {"type": "str"},
    "payload": {"type": "raw"},
}
STEP_FUNCTIONS = {
    "input": {"type": "raw"},
    "name": {"type": "str"},
}
TASK = {
    "name": {"type": "str"},
    "window_task_id": {"type": "str"},
    "task_type": {"type": "str", "choices": ["RUN_COMMAND", "AUTOMATION", "LAMBDA", "STEP_FUNCTIONS"]},
    "task_arn": {"type": "str"},
    "targets": {"type": "list", "elements": "str"},
    "window_target_ids": {"type": "list", "elements": "str"},
    "instance_ids": {"type": "list", "elements": "str"},
    "priority": {"type": "int"},
    "max_concurrency": {"type": "str"},
    "max_errors": {"type": "str"},
    "service_role_arn": {"type": "str"},
    "cutoff_behavior": {"type": "str", "choices": ["CONTINUE_TASK", "CANCEL_TASK"]},
    "description": {"type": "str"},
    "alarm_configuration": {"type": "dict", "options": ALARMS},
    "run_command": {"type": "dict", "options": RUN_COMMAND},
    "automation": {"type": "dict", "options": AUTOMATION},
    "lambda": {"type": "dict", "options": LAMBDA},
    "step_functions": {"type": "dict", "options": STEP_FUNCTIONS},
}
WINDOW = {
    "name": {"type": "str"},
    "window_id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "description": {"type": "str"},
    "schedule": {"type": "str"},
    "schedule_timezone": {"type": "str"},
    "schedule_offset": {"type": "int"},
    "start_date": {"type": "str"},
    "end_date": {"type": "str"},
    "duration": {"type": "int"},
    "cutoff": {"type": "int"},
    "allow_unassociated_targets": {"type": "bool"},
    "enabled": {"type": "bool"},
    "targets": {"type": "list", "elements": "dict", "options": TARGET},
    "purge_targets": {"type": "bool", "default": True},
    "tasks": {"type": "list", "elements": "dict", "options": TASK},
    "purge_tasks": {"type": "bool", "default": True},
}


# The friendlier spelling of the pseudo parameters, which Ansible's templates do not touch.
PSEUDO = re.compile(
    r"\[\[\s*(RESOURCE_ID|TARGET_ID|WINDOW_ID|WINDOW_TASK_ID|WINDOW_EXECUTION_ID|TASK_EXECUTION_ID|INVOCATION_ID)\s*\]\]"
)


def desired_of(options: dict) -> Desired:
    """The options of WINDOW. Raises InvalidInput, with the option's name, for what can never be."""
    window_id = options["window_id"]
    if window_id is not None:
        window_id = window_id.rpartition("/")[2]  # the last part of an ARN
        if not limits.WINDOW_ID.fullmatch(window_id):
            refuse("window_id", f"{options['window_id']!r} must be an id such as mw-0123456789abcdef0")
    window = {option: options[option] for option in wire.WINDOW}
    limits.window(window)
    for option in ("start_date", "end_date"):
        window[option] = wire.date_text(window[option]) if window[option] else window[option]
    limits.together({name: value or None for name, value in window.items()} | {"cutoff": window["cutoff"]})
    targets = _each("targets", options["targets"], wanted_target, limits.target)
    tasks = _each("tasks", options["tasks"], _wanted_task, limits.task)
    return Desired(
        name=options["name"],
        window_id=window_id,
        absent=options["state"] == "absent",
        window=window,
        targets=targets,
        tasks=tasks,
        purge_targets=options["purge_targets"],
        purge_tasks=options["purge_tasks"],
    )


def _each(option: str, items: list[dict] | None, wanted: Any, check: Any) -> list[dict] | None:
    if items is None:
        return None
    result = []
    for number, item in enumerate(items):
        result.append(wanted(item))
        check(f"{option}[{number}].", result[-1])
    for key in ("name", "window_target_id", "window_task_id"):
        values = [item[key] for item in result if item.get(key)]
        for number, item in enumerate(result):
            if item.get(key) and values.count(item[key]) > 1:
                refuse(f"{option}[{number}].{key}", f"{item[key]!r} is given more than once")
    return result


def wanted_target(options: dict) -> dict:
    """The options of one target in one form; `selection` is None where nothing is selected."""
    given = {name: options[name] for name in (*wire.TARGET, "window_target_id", "resource_type")}
    given["window_target_id"] = _lower(given["window_target_id"])
    given["selection"] = None
    if any(options[name] is not None for name in wire.SELECTION):
        lists = {name: sorted(set(options[name] or [])) for name in wire.SELECTION if name != "tags"}
        given["selection"] = {"tags": _tag_values(options["tags"] or {}), **lists}
    return given


def _lower(one: str | None) -> str | None:
    """An id as AWS writes it."""
    return one and one.lower()


def _tag_values(tags: dict) -> dict[str, list[str]]:
    """{key: values}; one value may stand alone, None and [] mean any value."""
    listed = {as_text(key): tag_values(f"tags.{key}", [] if value is None else value) for key, value in tags.items()}
    return {key: sorted(set(values)) for key, values in listed.items()}


def _wanted_task(options: dict) -> dict:
    given = {name: options[name] for name in (*wire.TASK, "window_task_id", "alarm_configuration")}
    both = [options[name] for name in ("targets", "window_target_ids") if options[name] is not None]
    given["targets"] = list(dict.fromkeys(one for some in both for one in some)) if both else None
    ids = options["instance_ids"]
    given["instance_ids"] = None if ids is None else sorted(set(ids))
    given["window_task_id"] = _lower(given["window_task_id"])
    given["service_role_arn"] = wire.role(given["service_role_arn"])
    for option, _member, _table in wire.BLOCKS.values():
        given[option] = None if options[option] is None else _wanted_block(option, options[option])
    return given


def _wanted_block(option: str, options: dict) -> dict:
    given = _pseudo({name: value for name, value in options.items() if value is not None})
    if "parameters" in given:
        given["parameters"] = parameters_to_wire(given["parameters"])
    return wire.block(option, given)


def _pseudo(value: Any) -> Any:
    if isinstance(value, str):
        return PSEUDO.sub(r"{{\1}}", value)
    if isinstance(value, dict):
        return {key: _pseudo(item) for key, item in value.items()}
    return [_pseudo(item) for item in value] if isinstance(value, list) else value
