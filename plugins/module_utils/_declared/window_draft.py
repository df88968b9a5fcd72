# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options that every set takes, and one window with its target and task made from them."""

from __future__ import annotations

import dataclasses
import textwrap
import typing as t

from .._schedule.expressions import describe
from .._schedule.expressions import schedule_of
from .._schedule.schedule_error import ScheduleError
from . import option_values as values
from .option_values import Option
from .set_error import SetError

PATCH_GROUP = "Patch Group"
# documents that take Operation; others get it only when it is asked for
PATCH_DOCUMENTS = ("AWS-RunPatchBaseline", "AWS-RunPatchBaselineWithHooks", "AWS-ApplyPatchBaseline")
_ARN = r"arn:[a-z\-]+:{}:.*"
_SNS = {
    "arn": Option(values.text(20, 2048, _ARN.format("sns"), "the ARN of an SNS topic"), required=True),
    "events": Option(
        values.listed(values.one_of("All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed")), ("All",)
    ),
    "type": Option(values.one_of("Command", "Invocation"), "Command"),
    # Run Command publishes with a role of its own, which is not the role of the task (SendCommand, ServiceRoleArn)
    "role": Option(values.text(20, 2048, _ARN.format("iam"), "the ARN of a role"), required=True),
}
COMMON: dict[str, Option] = {
    "state": Option(values.one_of("present", "absent"), "present"),
    "enabled": Option(values.flag, True),
    "name_prefix": Option(values.text(0, 64, r"[a-zA-Z0-9_\-.]*", "made of letters, digits, _ - and ."), ""),
    "description": Option(values.text(1, 128)),
    "timezone": Option(values.zone, "UTC"),
    "start_date": Option(values.date, ""),
    "end_date": Option(values.date, ""),
    "duration": Option(values.number(1, 24, "number of hours"), 1),
    "cutoff": Option(values.number(0, 23, "number of hours"), 0),
    "allow_unassociated_targets": Option(values.flag, True),
    "tag_key": Option(values.text(1, 128), PATCH_GROUP),
    "target_tags": Option(values.mapped(values.listed(values.tag_value(), least=0), 1, 5)),
    "instance_ids": Option(
        values.listed(values.text(10, 20, r"i-(\w{8}|\w{17})|mi-\w{17}", "the id of an instance or managed node"))
    ),
    "resource_groups": Option(values.listed(values.text(1, 128))),
    "owner_information": Option(values.text(1, 128)),
    "document": Option(values.text(1, 1600), "AWS-RunPatchBaseline"),
    "document_version": Option(values.text(1, 8, r"\$DEFAULT|\$LATEST|[1-9][0-9]*", "$DEFAULT, $LATEST or a number")),
    "operation": Option(values.one_of("Scan", "Install")),
    "reboot_option": Option(values.one_of("RebootIfNeeded", "NoReboot")),
    "parameters": Option(values.mapped(values.listed(values.text(0, 65536))), {}),
    "max_concurrency": Option(values.concurrency, "10%"),
    "max_errors": Option(values.errors, "10%"),
    "priority": Option(values.number(0, 10**6), 1),
    "cutoff_behavior": Option(values.one_of("CONTINUE_TASK", "CANCEL_TASK"), "CONTINUE_TASK"),
    "service_role_arn": Option(values.text(20, 2048, _ARN.format("iam"), "the ARN of a role")),
    "timeout_seconds": Option(values.number(30, 2592000, "number of seconds")),
    "comment": Option(values.text(1, 100)),
    "output_s3_bucket": Option(values.text(3, 63)),
    "output_s3_prefix": Option(values.text(1, 500)),
    "output_log_group": Option(values.text(1, 512)),
    "sns": Option(values.nested(_SNS)),
    "alarm": Option(values.text(1, 255)),
    "tags": Option(values.mapped(values.tag_value()), {}),
}
_TARGETS = ("target_tags", "instance_ids", "resource_groups")


@dataclasses.dataclass(frozen=True, slots=True)
class WindowDraft:
    """What a kind of set decides of a window; all else comes from the options.

    tags: of the hosts, {key: values}, all of them at once. lead: the words before the schedule in the description.
    """

    name: str
    schedule: str
    tags: t.Mapping[str, t.Sequence[str]]
    lead: str = "Unattended patching"
    offset: int = 0
    target: str = "Hosts"
    start_date: str | None = None  # None leaves what a window that exists already has
    keep_start: bool = False


def window_of(draft: WindowDraft, options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The declaration of one window; what is not asked for is said to be empty, so that it is cleared where somebody set it.

    Raises SetError for what AWS refuses.
    """
    name = options["name_prefix"] + draft.name
    if not values.NAME.fullmatch(name):
        raise SetError(
            f"name_prefix: the name of the window would be {name!r}; names must be 3–128 characters of a-z A-Z 0-9 _ - ."
        )
    if options["state"] == "absent":
        return {"name": name, "state": "absent"}
    _check_times(name, draft, options)
    declared = {
        "name": name,
        "description": options["description"] or _description(draft, options["timezone"]),
        "schedule": draft.schedule,
        "schedule_timezone": options["timezone"],
        "schedule_offset": draft.offset,
        "start_date": draft.start_date if draft.start_date is not None else options["start_date"],
        "end_date": options["end_date"],
        "duration": options["duration"],
        "cutoff": options["cutoff"],
        "allow_unassociated_targets": options["allow_unassociated_targets"],
        "enabled": options["enabled"],
        "targets": [_target(draft, options)],
        "tasks": [_task(draft, options)],
        "tags": dict(options["tags"]),
    }
    if draft.keep_start:
        del declared["start_date"]
    return declared


def _check_times(name: str, draft: WindowDraft, options: t.Mapping[str, t.Any]) -> None:
    """CreateMaintenanceWindow: nothing starts in the last `cutoff` hours, so the duration has to be longer."""
    if options["cutoff"] >= options["duration"]:
        raise SetError(
            f"cutoff: {options['cutoff']} is not less than duration {options['duration']}: {name} would never start anything"
        )
    try:
        schedule_of(draft.schedule, options["timezone"], draft.offset, options["start_date"], options["end_date"])
    except ScheduleError as error:
        raise SetError(f"{name}: {error}") from error


def _description(draft: WindowDraft, timezone: str) -> str:
    said = f"{draft.lead} {describe(draft.schedule, timezone, draft.offset)}"
    return textwrap.shorten(said, 128, placeholder=" ...")


def _target(draft: WindowDraft, options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    given = [name for name in _TARGETS if options[name]]
    if len(given) > 1:
        raise SetError(f"{given[1]}: mutually exclusive with {given[0]}; a set has one kind of target")
    made: dict[str, t.Any] = {"name": draft.target}
    if options["instance_ids"]:
        made["instance_ids"] = list(options["instance_ids"])
    elif options["resource_groups"]:
        made["resource_groups"] = list(options["resource_groups"])
    else:
        made["tags"] = {key: list(found) for key, found in (options["target_tags"] or draft.tags).items()}
    made["owner_information"] = options["owner_information"] or ""
    return made


def _task(draft: WindowDraft, options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    operation = options["operation"]
    made = {
        "name": f"Patch{operation}" if operation else "Run",
        "task_type": "RUN_COMMAND",
        "task_arn": options["document"],
        "targets": [draft.target],
        "priority": options["priority"],
        "max_concurrency": options["max_concurrency"],
        "max_errors": options["max_errors"],
        "cutoff_behavior": options["cutoff_behavior"],
        "alarm_configuration": {"alarms": [options["alarm"]] if options["alarm"] else []},
        "run_command": _run_command(options),
    }
    if options["service_role_arn"]:
        # not cleared without it: AWS then answers with the service-linked role, which nobody declared
        made["service_role_arn"] = options["service_role_arn"]
    return made


def _run_command(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    parameters = {key: list(found) for key, found in options["parameters"].items()}
    for key, option in (("Operation", "operation"), ("RebootOption", "reboot_option")):
        if options[option]:
            if key in parameters:
                raise SetError(f"parameters.{key}: use the option {option} instead")
            parameters[key] = [options[option]]
    sns, log_group = options["sns"], options["output_log_group"]
    made = {
        "comment": options["comment"],
        "document_version": options["document_version"],
        "output_s3_bucket_name": options["output_s3_bucket"],
        "output_s3_key_prefix": options["output_s3_prefix"],
        "timeout_seconds": options["timeout_seconds"],
        "parameters": parameters,
        "notification_config": {"arn": sns["arn"], "events": list(sns["events"]), "type": sns["type"]} if sns else None,
        "service_role_arn": sns["role"] if sns else None,
        "cloudwatch_output_config": {"log_group_name": log_group, "output_enabled": True} if log_group else None,
    }
    if options["output_s3_prefix"] and not options["output_s3_bucket"]:
        raise SetError("output_s3_prefix: requires output_s3_bucket")
    return {key: value for key, value in made.items() if value is not None}
