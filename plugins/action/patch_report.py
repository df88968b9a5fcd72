# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Writes the report of a run on the controller; the module of the same name has the documentation."""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import Record
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import RunReport
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import run_report
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _interrupt
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _notices
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _report_files
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _rundir
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import action_errors

# Checked by hand: validating an argument spec copies the records, and a fleet has many.
REQUIRED = ("run_id", "directory", "records")


class ActionModule(ActionBase):
    """Makes the report from the kept plan and the records of the waves."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        arguments = self._task.args
        missing = [name for name in REQUIRED if name not in arguments]
        unknown = sorted(set(arguments) - set(REQUIRED) - {"stop", "final", "show", "passed", "reboots", "approved_by"})
        if missing or unknown:
            words = [
                f"{word} {', '.join(names)}" for word, names in (("missing", missing), ("unknown", unknown)) if names
            ]
            raise AnsibleActionFail(f"patch_report: options {'; '.join(words)}")
        folder = _rundir.RunDirectory(arguments["directory"], arguments["run_id"])
        document = folder.read_plan()
        if document is None:
            raise AnsibleActionFail(
                f"Run {arguments['run_id']} has no plan in {folder.path}; there is nothing to report"
            )
        final = boolean(arguments.get("final", True))
        with action_errors(f"patch_report: run {arguments['run_id']}", "a record"):
            earlier = folder.read_report()
            report = run_report(
                Plan.from_dict(document),
                [Record.from_dict(record) for record in arguments["records"]],
                arguments.get("stop") or None,
                final,
                RunReport.from_dict(earlier) if earlier else None,
                arguments.get("passed") or (),
                arguments.get("reboots") or None,
                arguments.get("approved_by") or None,
            ).to_dict()
        report["notices"] = _notices.read(folder)
        try:
            paths = {} if self._task.check_mode else _report_files.keep(folder, report, document)
        finally:
            # Also a report that cannot be written.
            if final and boolean(arguments.get("show", True)):
                Display().display(_report_files.text(report))
            if final:
                _interrupt.end(arguments["run_id"])
        result.update({"changed": False, **{key: report[key] for key in ("outcome", "message", "totals")}, **paths})
        return result
