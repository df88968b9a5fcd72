# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a maintenance window may contain, checked with the names of the options before anything is sent. Pure.

Sources: the API model of CreateMaintenanceWindow, RegisterTargetWithMaintenanceWindow, RegisterTaskWithMaintenanceWindow
and MaintenanceWindowTaskInvocationParameters; the quotas of maintenance windows in the AWS General Reference. None is
what was not given. Schedules and time zones that AWS certainly refuses are refused here; doubts() has what its pages leave open.
"""

from __future__ import annotations

import re

from ..._core.limits import refuse
from ..._core.limits import require
from ..._core.limits import wrong_count
from ..._core.limits import wrong_form
from ..._core.limits import wrong_length
from ..._core.limits import wrong_letters
from ..._core.limits import wrong_number
from ..._schedule import refusals
from . import wire

NAME = re.compile(r"[a-zA-Z0-9_\-.]{3,128}")
NAME_WORDS = "3–128 letters, digits, underscores, dots or hyphens"
WINDOW_ID = re.compile(r"mw-[0-9a-f]{17}")
ITEM_ID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
INSTANCE_ID = re.compile(r"i-(\w{8}|\w{17})|mi-\w{17}")
SCHEDULE = re.compile(r"(cron|rate|at)\([^()]+\)")
TIMEZONE = re.compile(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*")
DOCUMENT_VERSION = re.compile(r"\$LATEST|\$DEFAULT|[1-9][0-9]*")
CONCURRENCY = re.compile(r"[1-9][0-9]{0,6}|[1-9][0-9]?%|100%")
ERRORS = re.compile(r"0|[1-9][0-9]{0,6}|[1-9]?[0-9]%|100%")
# How long texts may be: (least, most), "" being a way to clear where the least is 1.
DESCRIPTION = (0, 128)
WINDOW_TEXTS = {"description": DESCRIPTION, "schedule": (1, 256)}
TARGET_TEXTS = {"description": DESCRIPTION, "owner_information": (0, 128)}
TASK_TEXTS = {"description": DESCRIPTION, "task_arn": (1, 1600)}
BLOCK_TEXTS = {
    "run_command": {
        "comment": (0, 100),
        "document_hash": (0, 256),
        "output_s3_bucket_name": (3, 63),
        "output_s3_key_prefix": (0, 500),
    },
    "automation": {},
    "lambda": {"client_context": (1, 8000), "qualifier": (1, 128), "payload": (0, 4096)},
    "step_functions": {"input": (0, 4096), "name": (1, 80)},
}
# Quotas that are not in the model.
TARGETS_PER_WINDOW = 100
TASKS_PER_WINDOW = 20
TARGETS_PER_TASK = 10
ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.+")


def _matches(option: str, value: str | None, pattern: re.Pattern, words: str) -> None:
    if value is not None:
        require(option, wrong_form(value, pattern, words))


def name(option: str, value: str | None) -> None:
    """The name of a window, a target or a task."""
    _matches(option, value, NAME, NAME_WORDS)


def _texts(prefix: str, given: dict, limits: dict) -> None:
    for option, (least, most) in limits.items():
        value = given.get(option)
        if value is not None:
            size = value.encode("utf-8", "surrogateescape") if option == "payload" else value
            require(f"{prefix}{option}", wrong_length(size, least, most, secret=True))


def _range(option: str, value: int | None, least: int, most: int | None = None) -> None:
    if value is not None:
        require(option, wrong_number(value, least, most))


def _few(option: str, items: list | dict, most: int) -> None:
    require(option, wrong_count(items, 0, most))


def tags(option: str, given: dict | None) -> None:
    """Tags of the window."""
    for key, value in (given or {}).items():
        require(option, wrong_letters(key, 1, 128, "_.:/=+-@"), wrong_letters(value, 0, 256, "_.:/=+-@"))


# Windows


def window(given: dict) -> None:
    """What was given of the window itself, each option alone. Raises InvalidInput."""
    name("name", given["name"])
    _texts("", given, WINDOW_TEXTS)
    _matches(
        "schedule",
        given["schedule"],
        SCHEDULE,
        "an expression such as cron(0 2 ? * SUN *), rate(7 days) or at(2026-03-31T02:00:00)",
    )
    _matches(
        "schedule_timezone", given["schedule_timezone"] or None, TIMEZONE, "the name of a time zone such as Europe/Rome"
    )
    if given["schedule"]:
        require("schedule", refusals.wrong_schedule(given["schedule"]))
    if given["schedule_timezone"]:
        require("schedule_timezone", refusals.wrong_timezone(given["schedule_timezone"]))
    _range("schedule_offset", given["schedule_offset"], 0, 6)
    _range("duration", given["duration"], 1, 24)
    _range("cutoff", given["cutoff"], 0, 23)
    for option in ("start_date", "end_date"):
        if given[option]:
            date(option, given[option])


def doubts(given: dict) -> list[str]:
    """What AWS's pages leave open about the options of a window, for warnings."""
    judged = (("schedule", refusals.doubtful_schedule), ("schedule_timezone", refusals.doubtful_timezone))
    found = [(option, judge(given[option])) for option, judge in judged if given.get(option)]
    return [f"{option}: {words}" for option, words in found if words]


def date(option: str, text: str) -> None:
    """A date of ISO 8601."""
    try:
        wire.instant(text)
    except ValueError:
        refuse(option, f"{text!r} must be a date such as 2026-03-31T02:00:00Z")


def together(model: dict) -> None:
    """What the fields of a window say of one another; those that are not there are not looked at. Raises InvalidInput."""
    duration, cutoff, schedule = model["duration"], model["cutoff"], model["schedule"]
    if cutoff is not None and duration is not None and cutoff >= duration:
        refuse("cutoff", f"{cutoff} must be less than duration {duration}")
    if model["schedule_offset"] and schedule and not schedule.startswith("cron("):
        refuse("schedule_offset", f"is supported with cron expressions only, not with {schedule}")
    start, end = model["start_date"], model["end_date"]
    if start and end and wire.instant(end) <= wire.instant(start):
        refuse("end_date", f"{end} must be after start_date {start}")


# Targets


def target(prefix: str, given: dict) -> None:
    """What was given of a target; prefix is like "targets[0].". Raises InvalidInput."""
    name(f"{prefix}name", given["name"])
    _matches(f"{prefix}window_target_id", given["window_target_id"], ITEM_ID, "an id of a target (a UUID)")
    _texts(prefix, given, TARGET_TEXTS)
    selection = given["selection"]
    if selection is None:
        return
    kinds = [kind for kind in ("tags", "instance_ids", "resource_groups") if selection[kind]]
    if selection["resource_type_filters"] and not selection["resource_groups"]:
        kinds.append("resource_type_filters")
    if len(kinds) != 1:
        said = " and ".join(kinds) + " are given together" if kinds else "nothing is selected"
        refuse(f"{prefix}tags", f"{said}; exactly one of tags, instance_ids, resource_groups is required")
    _tag_keys(f"{prefix}tags", selection["tags"])
    ids(f"{prefix}instance_ids", selection["instance_ids"])
    for option, most in (("resource_groups", 1), ("resource_type_filters", 5)):
        _few(f"{prefix}{option}", selection[option], most)
    wanted = "RESOURCE_GROUP" if kinds[0].startswith("resource") else "INSTANCE"
    if given["resource_type"] not in (None, wanted):
        refuse(f"{prefix}resource_type", f"{given['resource_type']} does not go with {kinds[0]}, which is {wanted}")


def _tag_keys(option: str, given: dict) -> None:
    _few(option, given, 5)
    if sum(not values for values in given.values()) > 1:
        refuse(
            option,
            "only one tag can have no values: AWS takes a node that has any of several tag keys, not all of them",
        )
    for key, values in given.items():
        _few(f"{option}[{key}]", values, 50)
        require(option, wrong_letters(key, 1, 159, "_.:/=-@"))  # 163 with "tag:" before it


def ids(option: str, given: list[str]) -> None:
    """Ids of managed nodes."""
    _few(option, given, 50)
    for one in given:
        _matches(
            option, one, INSTANCE_ID, "an id of a managed node such as i-0123456789abcdef0 or mi-0123456789abcdef0"
        )


# Tasks


def task(prefix: str, given: dict) -> None:
    """What was given of a task, in canonical form; prefix is like "tasks[0].". Raises InvalidInput."""
    name(f"{prefix}name", given["name"])
    _matches(f"{prefix}window_task_id", given["window_task_id"], ITEM_ID, "an id of a task (a UUID)")
    _texts(prefix, given, TASK_TEXTS)
    _range(f"{prefix}priority", given["priority"], 0)
    _matches(
        f"{prefix}max_concurrency",
        given["max_concurrency"],
        CONCURRENCY,
        "a number such as 5 or a percentage such as 10%",
    )
    _matches(f"{prefix}max_errors", given["max_errors"], ERRORS, "a number such as 0 or a percentage such as 10%")
    _matches(f"{prefix}service_role_arn", given["service_role_arn"] or None, ROLE, "the ARN of a role")
    alarms = (given["alarm_configuration"] or {}).get("alarms", [])
    _few(f"{prefix}alarm_configuration.alarms", alarms, 1)
    for alarm in alarms:
        require(f"{prefix}alarm_configuration.alarms", wrong_length(alarm.strip() and alarm, 1, 255))
    _task_targets(prefix, given)
    for option, texts in BLOCK_TEXTS.items():
        if given[option] is not None:
            _texts(f"{prefix}{option}.", given[option], texts)
            _block(f"{prefix}{option}.", given[option])


def _task_targets(prefix: str, given: dict) -> None:
    if given["targets"] and given["instance_ids"]:
        refuse(f"{prefix}instance_ids", "is mutually exclusive with targets of the window")
    _few(f"{prefix}targets", given["targets"] or [], TARGETS_PER_TASK)
    ids(f"{prefix}instance_ids", given["instance_ids"] or [])


def _block(prefix: str, given: dict) -> None:
    _matches(
        f"{prefix}document_version", given.get("document_version"), DOCUMENT_VERSION, "$DEFAULT, $LATEST or a number"
    )
    _range(f"{prefix}timeout_seconds", given.get("timeout_seconds"), 30, 2592000)
    group = given.get("cloudwatch_output_config", {}).get("log_group_name")
    require(f"{prefix}cloudwatch_output_config.log_group_name", wrong_length(group or "", 0, 512))
    if "automation" in prefix:
        _automation(f"{prefix}parameters", given.get("parameters", {}))


def _automation(option: str, parameters: dict) -> None:
    _few(option, parameters, 200)
    for key, values in parameters.items():
        require(option, wrong_length(key, 1, 50))
        _few(f"{option}.{key}", values, 50)
        for value in values:
            require(f"{option}.{key}", wrong_length(value, 1, 512, secret=True))


def whole_task(prefix: str, model: dict, given: dict) -> None:
    """A task as it will be: what must be there. Raises InvalidInput."""
    for option in ("task_type", "task_arn"):
        if model[option] is None:
            refuse(f"{prefix}{option}", "is required for a new task")
    own = wire.BLOCKS[model["task_type"]][0]
    for option, _member, _table in wire.BLOCKS.values():
        if option != own and given[option] is not None:
            refuse(f"{prefix}{option}", f"does not go with task_type {model['task_type']}, which takes {own}")
    if model["task_type"] == "STEP_FUNCTIONS" and not model["task_arn"].startswith("arn:"):
        refuse(f"{prefix}task_arn", f"{model['task_arn']!r} must be the ARN of a state machine")
    targets = model["targets"] or model["instance_ids"]
    if not targets and model["task_type"] == "RUN_COMMAND":
        refuse(f"{prefix}targets", "targets of the window or instance_ids are required for a RUN_COMMAND task")
    for option in ("max_concurrency", "max_errors"):
        if targets and model[option] is None:
            refuse(f"{prefix}{option}", "is required for a task with targets")
        if not targets and given[option] is not None:
            refuse(f"{prefix}{option}", "is not supported for a task without targets")


def unassociated(prefix: str, model: dict, window_model: dict) -> None:
    """Nodes of a task that are in no target of the window, which must allow them (CreateMaintenanceWindow). Raises InvalidInput.

    Where the window was only listed, whether it does is not known, and left to the service.
    """
    if window_model["allow_unassociated_targets"] is not False:
        return
    registered = {one for target_model in window_model["targets"] for one in target_model["instance_ids"]}
    for one in model["instance_ids"]:
        if one not in registered:
            refuse(
                f"{prefix}instance_ids", f"{one} is in no target of the window, and allow_unassociated_targets is false"
            )
