# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Makes the calendar of windows on the controller; the module of the same name has the documentation."""

from __future__ import annotations

import datetime
import zoneinfo

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.fleetpatch.aws.plugins.module_utils._calendar.entries import ENVIRONMENT_TAGS
from ansible_collections.fleetpatch.aws.plugins.module_utils._calendar.window_calendar import range_of
from ansible_collections.fleetpatch.aws.plugins.module_utils._calendar.window_calendar import window_calendar
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _calendar_files
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _calendar_ics
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _calendar_page
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _calendar_text
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import action_errors

STRINGS = {"type": "list", "elements": "str"}
FREEZE = {
    "name": {"type": "str", "required": True},
    "start": {"type": "str", "required": True},
    "end": {"type": "str", "required": True},
    "timezone": {"type": "str"},
    "environments": STRINGS,
    "why": {"type": "str"},
}
FORMATS = {"html": _calendar_page.render, "ics": _calendar_ics.render, "text": _calendar_text.render}
SUFFIXES = {"html": "html", "ics": "ics", "text": "txt"}
SPEC = {
    "windows": {"type": "list", "elements": "dict"},
    "results": {"type": "list", "elements": "dict"},
    "freezes": {"type": "list", "elements": "dict", "default": [], "options": FREEZE},
    "change_calendars": {"type": "list", "elements": "dict", "default": []},
    "start": {"type": "str"},
    "weeks": {"type": "int", "default": 6},
    "timezone": {"type": "str", "default": "UTC"},
    "environment_tags": {**STRINGS, "default": list(ENVIRONMENT_TAGS)},
    "generated_at": {"type": "str"},
    "directory": {"type": "path"},
    "formats": {**STRINGS, "choices": list(FORMATS), "default": ["html", "text"]},
    "path_html": {"type": "path"},
    "path_ics": {"type": "path"},
    "path_text": {"type": "path"},
    "show": {"type": "bool", "default": True},
}


class ActionModule(ActionBase):
    """Makes the calendar from windows that were read before, and keeps it as files where asked."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(SPEC, required_one_of=[("windows", "results")])
        windows = [*(options["windows"] or ()), *windows_of(options["results"] or ())]
        with action_errors("patch_calendar", "a window"):
            model = model_of(options, windows)
        text = _calendar_text.render(model)
        files = {path: text if kind == "text" else FORMATS[kind](model) for kind, path in wanted_paths(options).items()}
        kept = [_calendar_files.keep(path, content, self._task.check_mode) for path, content in files.items()]
        if options["show"]:
            Display().display(text)
        result.update(changed=any(one["changed"] for one in kept), calendar=model, text=text)
        result.update({f"{kind}_path": path for kind, path in wanted_paths(options).items()})
        if self._task.diff:
            result["diff"] = [one["diff"] for one in kept if one["changed"]]
        return result


def model_of(options, windows):
    """The model of the calendar. Raises ScheduleError for an option, AnsibleError for a change calendar."""
    zone = options["timezone"]
    generated_at = options["generated_at"] or today(zone)
    begin, end = range_of(options["start"], options["weeks"], generated_at, zone)
    freezes = []
    for number, document in enumerate(options["change_calendars"]):
        if not document.get("name") or not isinstance(document.get("content"), str):
            raise AnsibleActionFail(f"patch_calendar: change_calendars[{number}]: name and content are required")
        freezes += _calendar_ics.freezes_of(document, begin, end, zone)
    return window_calendar(
        windows,
        [*options["freezes"], *freezes],
        generated_at=generated_at,
        start=options["start"],
        weeks=options["weeks"],
        timezone=zone,
        environment_tags=options["environment_tags"],
    )


def today(timezone):
    """The beginning of the present day: a calendar made twice on one day is the same."""
    try:
        now = datetime.datetime.now(zoneinfo.ZoneInfo(timezone))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return "1970-01-01"  # the calendar refuses the time zone, with its name
    return now.date().isoformat()


def windows_of(results):
    """Windows of a loop over [account, region], each with its account and region. Raises AnsibleActionFail for one that failed."""
    found = []
    for number, result in enumerate(results):
        item = result.get("item")
        if not isinstance(item, (list, tuple)) or len(item) != 2:
            raise AnsibleActionFail(f"patch_calendar: results[{number}]: item must be [account, region], not {item!r}")
        account, region = item
        name = account.get("name", "") if isinstance(account, dict) else account
        if result.get("failed") or "windows" not in result:
            reason = result.get("msg") or "the result has no windows"
            raise AnsibleActionFail(f"patch_calendar: results[{number}] ({name}, {region}): {reason}")
        found += [{**window, "account": str(name or ""), "region": str(region)} for window in result["windows"]]
    return found


def wanted_paths(options):
    """{format: path} of the files to write: those with a path of their own, and the formats in the directory."""
    named = {kind: options[f"path_{kind}"] for kind in FORMATS if options[f"path_{kind}"]}
    if not options["directory"]:
        return named
    folder = options["directory"].rstrip("/") or "/"
    inside = {kind: f"{folder}/calendar.{SUFFIXES[kind]}" for kind in FORMATS if kind in options["formats"]}
    return {**inside, **named}
