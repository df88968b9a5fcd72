# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Makes notices of a run on the controller, and keeps what became of them; the module of the same name has the documentation."""

from __future__ import annotations

import datetime
import json
import platform

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.notice import EVENTS
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.notice import ONCE
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.notice import Occasion
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.notice import notice
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import RunReport
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _notices
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _rundir
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import action_errors

SPEC = {
    "event": {"type": "str", "required": True, "choices": list(EVENTS)},
    "run_id": {"type": "str", "default": ""},
    "directory": {"type": "path", "default": "./fleetpatch-runs"},
    "run": {"type": "dict", "default": {}},
    "wave": {"type": "str", "default": ""},
    "attempt": {"type": "int", "default": 0},
    "retries": {"type": "int", "default": 0},
    "starts_at": {"type": "str", "default": ""},
    "hosts": {"type": "list", "elements": "dict", "default": []},
    "message": {"type": "str", "default": ""},
    "report_url": {"type": "str", "default": ""},
    "page": {"type": "str", "default": ""},
    "subject_prefix": {"type": "str", "default": ""},
    "attach_report": {"type": "bool", "default": False},
    "channels": {"type": "list", "elements": "str", "default": []},
    "deliveries": {"type": "list", "elements": "dict"},
}
# Before a run its plan is what there is to read.
BEFORE = ("announced", "started")


class ActionModule(ActionBase):
    """Turns an event into what is sent, or keeps and warns about what was not sent."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(SPEC)
        folder = _rundir.RunDirectory(arguments["directory"], arguments["run_id"]) if arguments["run_id"] else None
        if arguments["deliveries"] is not None:
            kept = keep(folder, arguments, self._task.check_mode)
            result.update(changed=False, deliveries=kept)
            return result
        now = datetime.datetime.now(datetime.timezone.utc)
        with action_errors("patch_notice", "the plan or report of the run"):
            result.update(changed=False, **make(folder, arguments, now))
        return result


def make(folder, arguments, now):
    """The notice and the channels that do not have it yet. now: an aware time."""
    plan, report = documents(folder, arguments["run"])
    told = _notices.read(folder) if folder else []
    report_at, is_link = place(folder, arguments["report_url"], arguments["event"], arguments["page"])
    event = arguments["event"]
    made = notice(
        Occasion(
            event=event,
            plan=plan,
            report=report,
            **{name: arguments[name] for name in ("wave", "attempt", "retries", "starts_at", "hosts", "message")},
            report_at=report_at,
            controller="" if is_link or not report_at else platform.node(),
            prefix=arguments["subject_prefix"],
            now=now,
            resumed=event == "started" and (report is not None or any(entry["event"] == "started" for entry in told)),
        )
    )
    if made is None:
        return {"send": False, "channels": [], "msg": "the run has no hosts; nothing is sent"}
    if event == "started" and report is not None and report.outcome == "completed":
        return {"send": False, "channels": [], "msg": "the run was completed before; nothing is sent"}
    channels = [
        channel
        for channel in arguments["channels"]
        if event not in ONCE or not _notices.is_told(told, event, arguments["wave"], arguments["attempt"], channel)
    ]
    files = [folder.path / name for name in ("report.html", "report.csv")] if folder else []
    attached = [str(path) for path in files if path.exists()] if arguments["attach_report"] else []
    shown = {name: made[name] for name in ("tone", "title", "subject", "subject_ascii", "text", "slack", "facts")}
    return {
        "send": bool(channels),
        "channels": channels,
        "msg": (made["subject"] if channels or not arguments["channels"] else "all channels have received it already"),
        **shown,
        "html": _notices.render_mail(made),
        "facts_json": json.dumps(made["facts"]),
        "attachments": attached if event in ("completed", "failed", "rolled_back") else [],
    }


def documents(folder, run):
    """Plan and report of the run, or None: what is given, and the files of its folder."""
    plan = _notices.read_json(folder, "plan.json") if folder else None
    report = _notices.read_json(folder, "report.json") if folder else None
    if run:
        plan, report = (plan, run) if "outcome" in run else (run, report)
    return read_plan(plan) if plan else None, RunReport.from_dict(report) if report else None


def place(folder, url, event, page=""):
    """Where a person finds the page of the run, and whether that is a link."""
    name = page or ("plan.html" if event in BEFORE else "report.html")
    if url:
        return (f"{url.rstrip('/')}/{folder.run_id}/{name}" if folder else url), True
    return (str(folder.path / name) if folder and (folder.path / name).exists() else ""), False


def keep(folder, arguments, check_mode):
    """Keep what became of a notice on each channel, and warn of what did not arrive."""
    time = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    about = {"event": arguments["event"], "wave": arguments["wave"], "attempt": arguments["attempt"], "time": time}
    entries = [
        {
            **about,
            "channel": str(one.get("channel") or ""),
            "sent": bool(one.get("sent")),
            "reason": str(one.get("reason") or ""),
            "id": str(one.get("id") or ""),
        }
        for one in arguments["deliveries"]
    ]
    for entry in entries:
        if not entry["sent"] and not check_mode:
            through = f" through {entry['channel']}" if entry["channel"] else ""
            Display().warning(
                f"The notice {entry['event']!r} was not sent{through}: {entry['reason']}. Patching is not affected."
            )
    if folder and entries and not check_mode:
        _notices.add(folder, entries)
    return entries
