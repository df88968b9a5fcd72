# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A signal ends a run in a report that says so.

Ansible ends its workers at SIGINT and SIGTERM and carries out no rescue or always. Tasks work in processes that are forked from the one that
gets the signal, so they leave there, in files of its own temporary folder, which runs are under way and at what.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import sys
import threading
import typing as t

from ansible import constants as C
from ansible.utils.display import Display

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import interrupted
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import RunReport
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan

from . import _files
from . import _notices
from . import _report_files
from . import _rundir

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PREFIX = "fleetpatch-run-"


def begin(folder: _rundir.RunDirectory) -> None:
    """The run is under way, until `end`."""
    _keep({"directory": str(folder.path.absolute().parent), "run_id": folder.run_id, "work": {}})


def end(run_id: str) -> None:
    """The run has its last report."""
    _file(run_id).unlink(missing_ok=True)


@contextlib.contextmanager
def working(arguments: t.Mapping[str, t.Any], kind: str, progress: str) -> t.Iterator[None]:
    """Meanwhile a module works for a run. arguments: its options. kind: image or patch. progress: the file that it appends to."""
    run_id = str(arguments.get("run_id") or "")
    known = _read(_file(run_id)) if run_id else None
    if known is None:
        yield
        return
    hosts = [str(one) for one in arguments.get("instance_ids") or arguments.get("targets") or ()]
    work = {"wave": str(arguments.get("step") or ""), "kind": kind, "hosts": hosts, "progress": progress}
    _keep({**known, "work": work})
    try:
        yield
    finally:
        _keep({**known, "work": {}})


def watch() -> None:
    """Report at a signal, before what Ansible does then. For the process that forks the workers; anywhere else there is nothing to report."""
    if (
        threading.current_thread() is not threading.main_thread()
        or "ansible.executor.task_queue_manager" not in sys.modules
    ):
        return
    for number in SIGNALS:
        before = signal.getsignal(number)
        if callable(before) and not isinstance(before, _Handler):
            signal.signal(number, _Handler(before))


class _Handler:
    def __init__(self, before: t.Callable[[int, t.Any], t.Any]) -> None:
        self._before, self._process = before, os.getpid()

    def __call__(self, number: int, frame: t.Any) -> None:
        if os.getpid() == self._process:
            # Whatever goes wrong here, the signal ends the process.
            with contextlib.suppress(Exception):
                report_all(signal.Signals(number).name)
        self._before(number, frame)


def report_all(by: str) -> None:
    """Write and show the report of every run of this process that is under way. by: the name of the signal."""
    for file in sorted(pathlib.Path(C.DEFAULT_LOCAL_TMP).glob(f"{_PREFIX}*")):
        known = _read(file)
        if known is not None:
            file.unlink(missing_ok=True)
            _report(known, by)


def _report(known: t.Mapping[str, t.Any], by: str) -> None:
    folder = _rundir.RunDirectory(known["directory"], known["run_id"])
    document, earlier = folder.read_plan(), folder.read_report()
    work = known["work"]
    begun = bool(work) and os.path.exists(work["progress"]) and os.path.getsize(work["progress"]) > 0
    report = interrupted.interrupted_report(
        Plan.from_dict(document), RunReport.from_dict(earlier) if earlier else None, by, work, begun
    ).to_dict()
    report["notices"] = _notices.read(folder)
    try:
        _report_files.keep(folder, report, document)
    finally:
        Display().display(_report_files.text(report))
        # SIGTERM ends the process without that.
        sys.stdout.flush()


def _file(run_id: str) -> pathlib.Path:
    return pathlib.Path(C.DEFAULT_LOCAL_TMP) / f"{_PREFIX}{run_id}"


def _keep(known: t.Mapping[str, t.Any]) -> None:
    _files.write_whole(_file(known["run_id"]), json.dumps(known).encode())


def _read(file: pathlib.Path) -> dict[str, t.Any] | None:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
