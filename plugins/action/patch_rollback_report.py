# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Shows a rollback before and after, on the controller; the module of the same name has the documentation."""

from __future__ import annotations

import json

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.rollback import RollbackPlan
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.rollback_report import rollback_report
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _rollback
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _rundir
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import action_errors

SPEC = {
    "directory": {"type": "path", "required": True},
    "plan": {"type": "dict", "required": True},
    "records": {"type": "list", "elements": "dict"},
    "scan": {"type": "dict", "default": {}},
    "states": {"type": "list", "elements": "dict", "default": []},
    "stop": {"type": "dict", "default": {}},
    "price": {"type": "float", "default": 0.0},
}


class ActionModule(ActionBase):
    """Shows the plan of a rollback, or makes and keeps its report."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(SPEC)
        with action_errors("patch_rollback_report", "the plan, a record or a patch state"):
            answer = self._preview(options) if options["records"] is None else self._report(options)
        Display().display(answer["text"])
        result.update(changed=False, **answer)
        return result

    def _preview(self, options):
        plan = options["plan"]
        return {"text": _rollback.preview_text(plan, options["price"]), "totals": plan["totals"]}

    def _report(self, options):
        report = rollback_report(
            RollbackPlan.from_dict(options["plan"]),
            options["records"],
            scan=options["scan"],
            states=options["states"],
            stop=options["stop"],
            price=options["price"],
        ).to_dict()
        told = {key: report[key] for key in ("outcome", "message", "totals", "without_root_volume")}
        told["hosts"] = [brief(host) for wave in report["waves"] for host in wave["hosts"]]
        paths = {} if self._task.check_mode else keep(options["directory"], report)
        return {**told, **paths, "text": _rollback.report_text(report)}


def brief(host):
    """A host as notices tell it: the words of a run, and the reason."""
    known = {key: host[key] for key in ("instance_id", "name", "image_id", "message", "next_step", "start", "end")}
    return {**known, "outcome": host["outcome"] if host["outcome"] in ("rolled_back", "not_started") else "failed"}


def keep(directory, report):
    """Write both forms of the report into the folder of the run; gives their paths."""
    folder = _rundir.RunDirectory(directory, report["run_id"])
    name = "rollback" if report["rollback_id"] == report["run_id"] else f"rollback-{report['rollback_id']}"
    return {
        "html_path": str(folder.write(f"{name}.html", _rollback.report_html(report))),
        "json_path": str(folder.write(f"{name}.json", json.dumps(report, indent=1))),
    }
