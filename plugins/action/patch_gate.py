# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Checks all gates of a run on the controller, which keeps the plan; the module of the same name has the documentation."""

from __future__ import annotations

import copy

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.wait import Clock
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.wait import Deadline
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import gate
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import recheck
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.gates import PlannedRun
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import Record
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _gate_settings
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import action_errors

SPEC = {
    "at": {"type": "str", "required": True, "choices": list(gate.PLACES)},
    "plan": {"type": "dict", "default": {}},
    "wave": {"type": "str", "default": ""},
    "gates": _gate_settings.OPTION,
    "records": {"type": "list", "elements": "dict", "default": []},
    "max_unavailable": {"type": "str", "default": ""},
    "check_busy": {"type": "bool", "default": True},
    "document_name": {"type": "str", "default": "fleetpatch-PatchHost"},
    "began": {"type": "str", "default": ""},
    "left_out": {"type": "dict", "default": {}},
    "age": {"type": "float", "default": 0},
    "closed": {"type": "list", "elements": "dict"},
    "wait_timeout": {"type": "int", "default": 300},
    "wait_interval": {"type": "int", "default": 15},
}
# Taken as they are: validating copies them, and a fleet has many hosts.
AS_GIVEN = ("plan", "records")


class ActionModule(ActionBase):
    """Reads what the gates need in one module, waits for those that waiting can open, and fails with those that are closed."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        arguments = checked(self._task.args)
        with action_errors("The gates cannot be checked", "the plan, a record or a closed gate"):
            answer = self._answer(arguments, task_vars)
        result.update(changed=False, **answer)
        if answer["closed"]:
            result.update(failed=True, msg=messages(answer["closed"]))
        return result

    def _answer(self, arguments, task_vars):
        """{closed, began, gone, left_out}, by what other tasks found, by what the plan found before the run, or by a look at AWS."""
        at = arguments["at"]
        known = {"began": arguments["began"], "gone": [], "left_out": arguments["left_out"]}
        if arguments["closed"] is not None:
            return {**known, "closed": gate.placed(arguments["closed"], at)}
        if at == gate.RUN:
            return {**known, "closed": gate.placed(arguments["plan"]["gates"], at)}
        run = PlannedRun.from_dict(arguments["plan"])
        run.wave(arguments["wave"])
        return self._wait(arguments, run, task_vars)

    def _wait(self, arguments, run, task_vars):
        """Look until every gate is open, one is closed that waiting cannot open, or wait_timeout expires."""
        settings = _gate_settings.settings_of(arguments["gates"])
        records = [Record.from_dict(record) for record in arguments["records"]]
        deadline = Deadline.after(Clock(), arguments["wait_timeout"])
        at, wave, began = arguments["at"], arguments["wave"], arguments["began"]
        shown = ""
        while True:
            asked = gate.to_read(run, settings, at, wave, arguments["check_busy"])
            read = self._read(asked, arguments, task_vars) if asked else {}
            began = began or (gate.run_began(read["time"], arguments["age"]) if read else "")
            limits = {"records": records, "max_unavailable": arguments["max_unavailable"]}
            closed = gate.closed_at(run, read, settings, at, wave, since=began, **limits)
            if not closed or not gate.may_open(closed) or not deadline.pause(arguments["wait_interval"]):
                found = recheck.left_out(run.plan, wave, read.get("instances") or ())
                left_out = {**arguments["left_out"], **found}
                return {"closed": closed, "began": began, "gone": read.get("gone") or [], "left_out": left_out}
            if messages(closed) != shown:  # hours of the same line hide what changed
                shown = messages(closed)
                Display().display(f"  waiting: {shown}")

    def _read(self, asked, arguments, task_vars):
        connection = {key: value for key, value in self._task.args.items() if key not in SPEC}
        read = self._execute_module(
            module_name="fleetpatch.aws.patch_gate_info",
            module_args={**connection, "document_name": arguments["document_name"], **asked},
            task_vars=task_vars,
        )
        if read.get("failed"):
            raise AnsibleActionFail(f"What the gates need could not be read: {read.get('msg', read)}")
        return read


def messages(closed):
    return "; ".join(one["message"] for one in closed)


def checked(given):
    """The options with their types and defaults. Raises AnsibleActionFail for what is unknown, missing or of another type."""
    spec = {key: value for key, value in {**aws_argument_spec(), **SPEC}.items() if key not in AS_GIVEN}
    # The validator writes the defaults of suboptions into the spec.
    found = ArgumentSpecValidator(copy.deepcopy(spec)).validate(
        {key: value for key, value in given.items() if key not in AS_GIVEN}
    )
    problems = list(found.error_messages)
    arguments = {**found.validated_parameters, **{key: given.get(key, SPEC[key]["default"]) for key in AS_GIVEN}}
    if not problems and arguments["closed"] is None:
        problems += [] if arguments["plan"] else ["plan is required unless closed is given"]
        problems += (
            [] if arguments["wave"] or arguments["at"] == gate.RUN else [f"wave is required at {arguments['at']}"]
        )
    if problems:
        raise AnsibleActionFail(f"patch_gate: {'; '.join(problems)}")
    return arguments
