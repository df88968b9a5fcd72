# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an association may contain, checked with the names of the options before anything is sent. Pure.

Sources: the API model of CreateAssociation; user guide "Reference: Cron and rate expressions for Systems Manager". Which
fields of cron expressions associations take is written nowhere in full and is left to the service, and so are the document
and its parameters.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Iterable

from ..._core.limits import refuse
from ..._core.limits import require
from ..._core.limits import wrong_count
from ..._core.limits import wrong_form
from ..._core.limits import wrong_length
from ..._core.limits import wrong_number
from ..._schedule import refusals

NAME = re.compile(r"[a-zA-Z0-9_.\-]{3,128}")
ASSOCIATION_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DOCUMENT = re.compile(r"[a-zA-Z0-9_.:/\-]{3,128}")
VERSION = re.compile(r"\$LATEST|\$DEFAULT|[1-9][0-9]*")
CONCURRENCY = re.compile(r"[1-9][0-9]{0,6}|[1-9][0-9]?%|100%")
ERRORS = re.compile(r"[1-9][0-9]{0,6}|0|[1-9][0-9]%|[0-9]%|100%")
ROLE = re.compile(r"arn:aws(-[^:]+)?:iam::[0-9]{12}:role/.+")
ROLE_NAME = re.compile(r"[\w+=,.@/\-]{1,64}")
EXCLUDED = re.compile(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|\d{12}")
RATE = re.compile(r"rate\((\d{1,9}) +(minute|hour|day)(s?)\)")
MINUTES = {"minute": 1, "hour": 60, "day": 1440}
AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)\)")
# Patch compliance of this document is written by the document itself (user guide, AWS-RunPatchBaselineAssociation).
MANUAL_ONLY = "AWS-RunPatchBaselineAssociation"


def check(model: dict, given: Iterable[str]) -> None:
    """Raise InvalidInput with the option's name for the fields in given (all of them for a new association)."""
    given = set(given)
    checks = {
        "association_name": lambda value: _like(
            "association_name", value, NAME, "3–128 letters, digits, underscores, dots or hyphens"
        ),
        "document_name": _document,
        "document_version": lambda value: _like("document_version", value, VERSION, "$LATEST, $DEFAULT or a number"),
        "targets": lambda value: _targets("targets", value, 5),
        "target_maps": _maps,
        "target_locations": _locations,
        "automation_target_parameter_name": lambda value: _long("automation_target_parameter_name", value, 1, 50),
        "max_concurrency": lambda value: _rate_control("max_concurrency", value, CONCURRENCY),
        "max_errors": lambda value: _rate_control("max_errors", value, ERRORS),
        "output_location": _output,
        "alarm_configuration": _alarms,
        "duration": lambda value: require("duration", wrong_number(value, 1, 24)),
        "association_dispatch_assume_role": _role,
    }
    for option, function in checks.items():
        if option in given and model[option] is not None:
            function(model[option])
    _together(model, given)


def _like(option: str, value: str, pattern: re.Pattern, words: str) -> None:
    require(option, wrong_form(value, pattern, words))


def _long(option: str, value: str, least: int, most: int) -> None:
    require(option, wrong_length(value, least, most))


def _few(option: str, items: list | dict, most: int, least: int = 0) -> None:
    require(option, wrong_count(items, least, most))


def _document(name: str) -> None:
    _like("document_name", name, DOCUMENT, "3–128 letters, digits and _.:/-")


def _role(arn: str) -> None:
    _long("association_dispatch_assume_role", arn, 1, 512)
    _like("association_dispatch_assume_role", arn, ROLE, "the ARN of a role")


def _rate_control(option: str, value: str, pattern: re.Pattern) -> None:
    _like(option, value, pattern, "a number or a percentage")


def _targets(option: str, targets: list[dict], most: int) -> None:
    _few(option, targets, most)
    for target in targets:
        _long(f"{option}.key", target["key"], 1, 163)
        if target["key"] == "tag:":
            refuse(f"{option}.key", "'tag:' must be followed by the key of a tag")
        _few(f"{option}.values", target["values"], 50, least=1)
        if "" in target["values"]:
            refuse(f"{option}.values", "must have no empty value")


def _maps(maps: list[dict]) -> None:
    _few("target_maps", maps, 300)
    for one in maps:
        _few("target_maps", one, 20, least=1)
        for key, values in one.items():
            _long("target_maps", key, 1, 50)
            _few("target_maps", values, 25)
            for value in values:
                _long("target_maps", value, 1, 50)


def _locations(locations: list[dict]) -> None:
    _few("target_locations", locations, 100)
    for number, one in enumerate(locations):
        option = f"target_locations[{number}]"
        for name in ("accounts", "regions"):
            _few(f"{option}.{name}", one[name], 50)
        _few(f"{option}.exclude_accounts", one["exclude_accounts"], 5000)
        for account in one["exclude_accounts"]:
            _like(f"{option}.exclude_accounts", account, EXCLUDED, "an account or an organizational unit")
        _like(f"{option}.execution_role_name", one["execution_role_name"], ROLE_NAME, "the name of a role")
        _targets(f"{option}.targets", one["targets"], 1)
        for name in ("target_location_max", "targets_max"):
            for what, pattern in (("concurrency", CONCURRENCY), ("errors", ERRORS)):
                if one[f"{name}_{what}"] is not None:
                    _rate_control(f"{option}.{name}_{what}", one[f"{name}_{what}"], pattern)


def _output(location: dict) -> None:
    if not location:
        return
    if "s3_bucket_name" not in location:
        refuse("output_location.s3_bucket_name", "is required with s3_key_prefix and s3_region")
    for name, least, most in (("s3_bucket_name", 3, 63), ("s3_key_prefix", 1, 500), ("s3_region", 3, 20)):
        if name in location:
            _long(f"output_location.{name}", location[name], least, most)


def _alarms(alarms: dict) -> None:
    if not alarms:
        return
    _few("alarm_configuration.alarms", alarms["alarms"], 1)
    for name in alarms["alarms"]:
        _long("alarm_configuration.alarms", name.strip(), 1, 255)


# What must fit together


def _together(model: dict, given: set[str]) -> None:
    if given & {"schedule_expression", "schedule_offset", "apply_only_at_cron_interval"}:
        _schedule(model)
    if given & {"targets", "target_maps"} and model["targets"] and model["target_maps"]:
        refuse("target_maps", "is mutually exclusive with targets")
    if given & {"targets", "automation_target_parameter_name"} and model["automation_target_parameter_name"]:
        if not (model["targets"] or model["target_maps"]):
            refuse("targets", "is required with automation_target_parameter_name")
    if given & {"document_name", "sync_compliance"}:
        name = (model["document_name"] or "").rpartition("/")[2]
        if name == MANUAL_ONLY and model["sync_compliance"] != "MANUAL":
            refuse("sync_compliance", f"must be MANUAL for {MANUAL_ONLY}, which reports its own compliance")


def _schedule(model: dict) -> None:
    expression, apply_only, offset = (
        model[name] for name in ("schedule_expression", "apply_only_at_cron_interval", "schedule_offset")
    )
    kind = _kind(expression)
    if apply_only and kind in ("none", "rate"):
        what = "a rate expression" if kind == "rate" else "no schedule_expression"
        refuse("apply_only_at_cron_interval", f"is not supported with {what}")
    if kind == "at" and not apply_only:
        refuse("apply_only_at_cron_interval", "must be true for an at expression")
    if offset is None:
        return
    require("schedule_offset", wrong_number(offset, 1, 6))
    if kind != "cron":
        refuse("schedule_offset", "is supported with a cron expression only")
    if not apply_only:
        refuse("schedule_offset", "requires apply_only_at_cron_interval")


def _kind(expression: str | None) -> str:
    """none, cron, rate or at."""
    if expression is None:
        return "none"
    option = "schedule_expression"
    _long(option, expression, 1, 256)
    require(option, refusals.wrong_schedule(expression) if expression.startswith("cron(") else None)
    if expression.startswith("rate("):
        _rate(option, expression)
        return "rate"
    if expression.startswith("at("):
        _at(option, expression)
        return "at"
    if not re.fullmatch(r"cron\(.+\)", expression):
        refuse(option, f"{expression!r} must be cron(...), rate(...) or at(...)")
    return "cron"


def _rate(option: str, expression: str) -> None:
    found = RATE.fullmatch(expression)
    if not found or (int(found[1]) == 1) == bool(found[3]):
        refuse(option, f"{expression!r} must be a rate such as rate(30 minutes), rate(1 hour) or rate(15 days)")
    minutes = int(found[1]) * MINUTES[found[2]]
    if not 30 <= minutes < 31 * MINUTES["day"]:
        refuse(option, f"{expression!r} must be at least 30 minutes and less than 31 days")


def _at(option: str, expression: str) -> None:
    found = AT.fullmatch(expression)
    try:
        valid = bool(found and datetime.fromisoformat(found[1]))
    except ValueError:
        valid = False
    if not valid:
        refuse(option, f"{expression!r} must be a time in UTC such as at(2026-03-31T02:00:00)")


def doubts(given: dict) -> list[str]:
    """What AWS's page leaves open about the schedule, for warnings."""
    expression = given.get("schedule_expression")
    words = refusals.doubtful_schedule(expression, association=True) if expression else None
    return [f"schedule_expression: {words}"] if words else []
