# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who works on nodes: executions of the patch runbook and patch commands that are not over. A few lists, no call per node."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..._core.calls import Connection
from ..automation import api as automation_api
from ..automation import wire as automation_wire
from ..commands import api as command_api
from ..documents.wire import PATCHING_DOCUMENTS
from ..documents.wire import short_name
from ..tags import api as tag_api

# API AutomationExecutionStatus: those of an execution that is not over. The others that are not over belong to change requests.
UNFINISHED = ["Pending", "InProgress", "Waiting", "Cancelling"]
# API CommandInvocation, Status: the node has the command, or may still get it.
_OPEN_INVOCATIONS = frozenset({"Pending", "InProgress", "Delayed", "Cancelling"})
_IDENTITY = re.compile(r"fleetpatch:run:([A-Za-z0-9_.\-]+):([A-Za-z0-9_.\-]+):([0-9]+)")


def unfinished(aws: Connection, document_name: str = "") -> list[dict]:
    """The executions that are not over and that no other one started, with `nodes`: ids of what they work on."""
    listed = automation_api.list_unfinished_executions(aws, document_name, UNFINISHED)
    if document_name:
        listed = [one for one in listed if short_name(one.get("DocumentName") or "") == short_name(document_name)]
    parents = [one for one in listed if not _parent(one)]
    own = {one["AutomationExecutionId"]: {**one, "nodes": set(automation_wire.targets_of(one))} for one in parents}
    children = {one["AutomationExecutionId"]: one for one in listed if _parent(one)}
    for child in children.values():
        parent = _parent(child)
        if parent in children:
            continue  # started by a step of a child
        if parent not in own:  # the parent is over before its children are when somebody cancels it
            own[parent] = {**automation_api.get_execution(aws, execution_id=parent), "nodes": set()}
        own[parent]["nodes"].update([child["Target"]] if child.get("Target") else [])
    return list(own.values())


def automations(aws: Connection) -> int:
    """How many executions of the account and Region run or wait for a place, children included."""
    return len(automation_api.list_unfinished_executions(aws, "", UNFINISHED))


def _parent(execution: dict) -> str | None:
    return execution.get("ParentAutomationExecutionId")


def identity(aws: Connection, execution_id: str) -> tuple[str, str, int] | None:
    """(run id, step, attempt) of an execution by its tags, or None when no run started it."""
    for key in tag_api.list_tags(aws, kind="Automation", resource_id=execution_id):
        found = _IDENTITY.fullmatch(key)
        if found:
            return found[1], found[2], int(found[3])
    return None


def of_run(aws: Connection, run_id: str, document_name: str = "") -> list[dict]:
    """The executions of a run that are not over, of all its steps and attempts: {execution_id, step, attempt}."""
    found = []
    for execution in unfinished(aws, document_name):
        mark = identity(aws, execution["AutomationExecutionId"])
        if mark and mark[0] == run_id:
            found.append({"execution_id": execution["AutomationExecutionId"], "step": mark[1], "attempt": mark[2]})
    return sorted(found, key=lambda one: (one["step"], one["attempt"], one["execution_id"]))


def read(aws: Connection, instance_ids: list[str], document_name: str, run_id: str = "") -> list[dict]:
    """What else works on these nodes, as {kind, id, run_id, step, document, status, instance_ids}; kind is execution or command.

    Executions of the run itself are left out, and so are commands on the nodes that they work on: those are its own.
    """
    if not instance_ids:
        return []
    found, covered = [], set()
    for execution, nodes in _touching(aws, unfinished(aws, document_name), set(instance_ids)):
        mark = identity(aws, execution["AutomationExecutionId"])
        covered.update(nodes)
        if not (mark and mark[0] == run_id):
            found.append(_model("execution", execution, nodes, mark))
    return found + list(_commands(aws, set(instance_ids) - covered))


def _touching(aws: Connection, executions: list[dict], wanted: set[str]) -> Iterator[tuple[dict, set[str]]]:
    for execution in executions:
        nodes = execution["nodes"]
        if not nodes:  # a person started the runbook for one node
            given = (
                automation_api.get_execution(aws, execution_id=execution["AutomationExecutionId"]).get("Parameters")
                or {}
            )
            nodes = set(given.get("InstanceId") or [])
        if nodes & wanted:
            yield execution, nodes & wanted


def _model(kind: str, found: dict, nodes: set[str], mark: tuple[str, str, int] | None) -> dict:
    return {
        "kind": kind,
        "id": found["AutomationExecutionId" if kind == "execution" else "CommandId"],
        "run_id": mark[0] if mark else "",
        "step": mark[1] if mark else "",
        "document": found.get("DocumentName"),
        "status": found.get("AutomationExecutionStatus" if kind == "execution" else "Status"),
        "instance_ids": sorted(nodes),
    }


def _commands(aws: Connection, wanted: set[str]) -> Iterator[dict]:
    if not wanted:
        return
    for command in command_api.list_commands(aws, {"ExecutionStage": "Executing"}):
        if short_name(command.get("DocumentName") or "") not in PATCHING_DOCUMENTS:
            continue
        named = set(command.get("InstanceIds") or [])
        if named and not named & wanted:
            continue
        # A command to many nodes is under way until the last one is done with it.
        rows = command_api.list_invocations(aws, command["CommandId"])
        nodes = {row["InstanceId"] for row in rows if row.get("Status") in _OPEN_INVOCATIONS} & wanted
        if nodes:
            mark = _IDENTITY.match(command.get("Comment") or "")
            yield _model("command", command, nodes, (mark[1], mark[2], int(mark[3])) if mark else None)
