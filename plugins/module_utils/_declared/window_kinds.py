# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The kinds of sets: a few options in, the windows that somebody would otherwise write one by one."""

from __future__ import annotations

import dataclasses
import typing as t

from . import option_values as values
from .option_values import DAY_CODES
from .option_values import Option
from .option_values import slug
from .set_error import SetError
from .window_draft import WindowDraft
from .window_draft import window_of

Options = t.Mapping[str, t.Any]
Windows = list[dict[str, t.Any]]
_HOUR = values.number(0, 23, "hour")
_GROUPS = values.listed(values.tag_value(1))
_MOST_OFFSET = 6  # days, ScheduleOffset of CreateMaintenanceWindow
_FURTHEST = 20  # days after the second Tuesday that are still sure to be days after the fourth


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """A kind of set. options: its own. defaults: those of the common options that differ. make: options -> windows."""

    options: t.Mapping[str, Option]
    defaults: t.Mapping[str, t.Any]
    make: t.Callable[..., Windows]
    dated: bool = False  # make takes today and the windows that exist, too


def matrix(options: Options) -> Windows:
    """Every n-th weekday at every hour, one window and one patch group each.

    Names and groups as dan-farmer/ssm-patching-setup gave them; 0 and 7 are one Sunday, called 0.
    """
    days = dict.fromkeys(day % 7 for day in options["days"])
    made = []
    for week in options["weeks"]:
        for day in days:
            for hour in options["hours"]:
                draft = WindowDraft(
                    name=f"Week{week}Day{day}Unattended{hour:02}00",
                    schedule=f"cron(00 {hour:02} ? * {DAY_CODES[day]}#{week} *)",
                    tags={options["tag_key"]: [f"Week {week} Day {day} - Unattended - {hour:02}:00"]},
                )
                made.append(window_of(draft, options))
    return made


def environments(options: Options) -> Windows:
    """One window for each environment: on weekday nights, or on weekend mornings."""
    twice = sorted(set(options["nights"]) & set(options["mornings"]))
    if twice:
        raise SetError(f"mornings: {twice[0]} is in nights, too; an environment has one window")
    made = []
    for names, code, hour, word, lead in (
        (options["nights"], "MON-FRI", options["night_hour"], "WeekdayNights", "on weekday nights"),
        (options["mornings"], "SAT,SUN", options["morning_hour"], "WeekendMornings", "on weekend mornings"),
    ):
        for name in names:
            tags = {options["tag_key"]: options["groups"].get(name, (name,))}
            schedule = f"cron(0 {hour} ? * {code} *)"
            draft = WindowDraft(f"{slug(name)}-{word}", schedule, tags, f"Patching {lead},")
            made.append(window_of(draft, options))
    unknown = sorted(set(options["groups"]) - set(options["nights"]) - set(options["mornings"]))
    if unknown:
        raise SetError(f"groups.{unknown[0]}: not an environment of nights or mornings")
    return made


def roles(options: Options) -> Windows:
    """One window a month for each role of servers."""
    made = []
    for role, day in options["roles"].items():
        draft = WindowDraft(
            name=f"{slug(role)}-{day.replace('#', '')}",
            schedule=f"cron(0 {options['hour']} ? * {day} *)",
            tags={options["tag_key"]: [role]},
            lead=f"Patching of {role}",
        )
        made.append(window_of(draft, options))
    return made


def daily(options: Options) -> Windows:
    """One window on every day, or by any other schedule."""
    draft = WindowDraft(
        name=options["name"],
        schedule=options["schedule"],
        tags={options["tag_key"]: options["patch_groups"]},
        lead="Patching",
        target=options["target_name"],
    )
    return [window_of(draft, options)]


def zones(options: Options) -> Windows:
    """One install window for each Availability Zone, each some days after the one before, and one scan window for all.

    AWS windows know hosts by tags, ids and resource groups, not by zone: the hosts carry their zone in a tag.
    """
    group = {options["tag_key"]: options["patch_groups"]}
    made = []
    for number, zone in enumerate(options["zones"]):
        offset = number * options["stagger_days"]
        if offset > _MOST_OFFSET:
            raise SetError(
                f"stagger_days: {zone} would be patched {offset} days after the first zone; an offset has at most {_MOST_OFFSET} days"
            )
        draft = WindowDraft(
            name=f"{options['label']}-PatchInstall-{zone}",
            schedule=options["schedule"],
            tags={**group, options["zone_tag"]: [zone]},
            lead=f"Patching in {zone}",
            offset=offset,
        )
        made.append(window_of(draft, options))
    if options["scan"]:
        scanning = {
            **options,
            "operation": "Scan",
            "max_concurrency": options["scan_max_concurrency"],
            "max_errors": options["scan_max_errors"],
        }
        draft = WindowDraft(
            f"{options['label']}-PatchScan-All-AZs", options["scan_schedule"], group, "Scan of all zones"
        )
        made.append(window_of(draft, scanning))
    return made


def patch_tuesday(options: Options) -> Windows:
    """The second Tuesday of the month plus days, for one or several groups.

    An offset has at most six days, but the second Tuesday plus 7 is always the third, plus 14 the fourth.
    """
    if bool(options["rings"]) == bool(options["patch_groups"]):
        raise SetError("rings: set either rings, {patch group: days}, or patch_groups with days_after")
    rings = options["rings"] or {group: options["days_after"] for group in options["patch_groups"]}
    by_day: dict[int, list[str]] = {}
    for group, days in rings.items():
        by_day.setdefault(days, []).append(group)
    made = []
    for days, groups in by_day.items():
        draft = WindowDraft(
            name=f"PatchTuesdayPlus{days}",
            schedule=f"cron(0 {options['hour']} ? * TUE#{2 + days // 7} *)",
            tags={options["tag_key"]: groups},
            lead=f"Patch Tuesday plus {days} days:",
            offset=days % 7,
        )
        made.append(window_of(draft, options))
    return made


def scan(options: Options) -> Windows:
    """A window that only scans."""
    if options["patch_groups"] is None and not any(
        options[name] for name in ("target_tags", "instance_ids", "resource_groups")
    ):
        raise SetError("patch_groups: missing; set patch_groups, target_tags, instance_ids or resource_groups")
    tags = {options["tag_key"]: options["patch_groups"] or ()}
    return [window_of(WindowDraft(options["name"], options["schedule"], tags, "Scan"), options)]


def default(options: Options) -> Windows:
    """The window of hosts that no other window takes, by the patch group Default."""
    draft = WindowDraft(
        options["name"], options["schedule"], {options["tag_key"]: [options["patch_group"]]}, "Default window"
    )
    return [window_of(draft, options)]


def _days_after(name: str, value: t.Any) -> int:
    try:
        return values.number(0, _FURTHEST, "number of days")(name, value)
    except SetError as error:
        raise SetError(
            f"{error}: a window starts at most {_MOST_OFFSET} days after the day of its schedule, and the fourth Tuesday, "
            "14 days after the second, is the last that every month has"
        ) from error


_NAME = Option(values.text(3, 128, values.NAME.pattern, "3 to 128 letters, digits, _ - and ."))
_INSTALL = {"operation": "Install"}


def _named(name: str) -> Option:
    return dataclasses.replace(_NAME, default=name)


KINDS: dict[str, Kind] = {
    "matrix": Kind(
        {
            "weeks": Option(values.listed(values.number(1, 5, "week of the month")), (1, 2)),
            "days": Option(values.listed(values.number(0, 7, "day of the week")), (2, 3)),
            "hours": Option(values.listed(_HOUR), (3, 4)),
        },
        {**_INSTALL, "max_concurrency": "2", "max_errors": "1"},
        matrix,
    ),
    "environments": Kind(
        {
            "nights": Option(values.listed(values.text(1, 64), 0), ("Sandbox", "Development", "Test")),
            "mornings": Option(values.listed(values.text(1, 64), 0), ("Acceptance", "Production")),
            "groups": Option(values.mapped(_GROUPS), {}),
            "night_hour": Option(_HOUR, 22),
            "morning_hour": Option(_HOUR, 6),
        },
        {**_INSTALL, "duration": 5, "cutoff": 1},
        environments,
    ),
    "roles": Kind(
        {
            "roles": Option(
                values.mapped(values.nth_weekday, 1),
                {
                    "Management Server": "TUE#1",
                    "Web Server": "THU#1",
                    "Application Server": "THU#2",
                    "Database Server": "THU#3",
                },
            ),
            "hour": Option(_HOUR, 23),
        },
        {**_INSTALL, "duration": 6, "cutoff": 2, "max_concurrency": "5", "max_errors": "1"},
        roles,
    ),
    "daily": Kind(
        {
            "name": _named("OSMaintenanceWindow"),
            "schedule": Option(values.schedule, "cron(0 4 ? * * *)"),
            "patch_groups": Option(_GROUPS, ("Production",)),
            "target_name": _named("SSMPatchManager"),
        },
        {
            **_INSTALL,
            "timezone": "America/New_York",
            "duration": 2,
            "cutoff": 1,
            "allow_unassociated_targets": False,
            "owner_information": "SSM Patch manager",
            "max_concurrency": "1",
            "max_errors": "1",
            "priority": 0,
        },
        daily,
    ),
    "zones": Kind(
        {
            "zones": Option(values.listed(values.text(3, 40, r"[a-z0-9\-]+", "an Availability Zone")), required=True),
            "patch_groups": Option(_GROUPS, required=True),
            "zone_tag": Option(values.text(1, 128), "AZ"),
            "label": Option(values.text(1, 64, r"[a-zA-Z0-9_\-.]+", "made of letters, digits, _ - and ."), "Fleet"),
            "schedule": Option(values.schedule, "cron(0 2 ? * MON *)"),
            "stagger_days": Option(values.number(0, 6, "number of days"), 1),
            "scan": Option(values.flag, True),
            "scan_schedule": Option(values.schedule, "cron(0 10 * * ? *)"),
            "scan_max_concurrency": Option(values.concurrency, "8"),
            "scan_max_errors": Option(values.errors, "2"),
        },
        {**_INSTALL, "max_concurrency": "4", "max_errors": "1"},
        zones,
    ),
    "patch_tuesday": Kind(
        {
            "rings": Option(values.mapped(_days_after)),
            "patch_groups": Option(_GROUPS),
            "days_after": Option(_days_after, 2),
            "hour": Option(_HOUR, 3),
        },
        {**_INSTALL, "duration": 4, "cutoff": 1},
        patch_tuesday,
    ),
    "scan": Kind(
        {
            "name": _named("PatchScan"),
            "schedule": Option(values.schedule, "cron(0 10 * * ? *)"),
            "patch_groups": Option(_GROUPS),
        },
        {"operation": "Scan", "duration": 2, "cutoff": 1},
        scan,
    ),
    "default": Kind(
        {
            "name": _named("Default_maintenance_window"),
            "schedule": Option(values.schedule, "cron(0 5 ? * FRI *)"),
            "patch_group": Option(values.tag_value(1), "Default"),
        },
        {**_INSTALL, "duration": 6, "cutoff": 1},
        default,
    ),
}
