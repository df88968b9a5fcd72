# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The folder of a run on the controller. AWS is the ledger of what was done; this keeps what was planned and what is shown."""

from __future__ import annotations

import json
import os
import pathlib
import re

from ansible.errors import AnsibleError

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import SCHEMA

from . import _files

# Bytes of the files of a run: the least, and how many times its plan. Pages, reports with the messages of failed hosts, and one more of
# the largest file while it is replaced.
_LEAST, _TIMES = 1 << 20, 20

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


class RunDirectory:
    """<directory>/<run id>. Files appear whole or not at all, so that a controller that dies leaves none half written."""

    def __init__(self, directory: str, run_id: str) -> None:
        if not RUN_ID.fullmatch(run_id):
            raise AnsibleError(f"run id {run_id!r}: must be 1-40 letters, digits, dots, underscores and hyphens")
        self.run_id = run_id
        self.path = pathlib.Path(os.path.expanduser(directory)) / run_id

    def read_plan(self) -> dict | None:
        """The saved plan, or None. Raises AnsibleError that names the file when this version cannot read it."""
        path = self.path / "plan.json"
        if not path.exists():
            return None
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise AnsibleError(f"saved plan {path}: not valid JSON: {error}") from error
        schema = document.get("schema") if isinstance(document, dict) else None
        if schema != SCHEMA:
            raise AnsibleError(
                f"saved plan {path}: has schema {schema!r}, but this version of the collection reads {SCHEMA}; complete the run "
                "with the version that planned it, or start a new run"
            )
        if document.get("run_id") != self.run_id:
            raise AnsibleError(f"saved plan {path}: belongs to run {document.get('run_id')!r}, not to {self.run_id!r}")
        return document

    def read_report(self) -> dict | None:
        """The report of an earlier start of the run, or None when it is missing or damaged."""
        try:
            report = json.loads((self.path / "report.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return report if isinstance(report, dict) and report.get("run_id") == self.run_id else None

    def reserve(self, document: dict) -> None:
        """Check that the files of a run with this plan can be written. Raises AnsibleError that says why not."""
        size = _LEAST + _TIMES * len(json.dumps(document, separators=(",", ":")))
        try:
            _files.reserve(self.path, size)
        except OSError as error:
            raise AnsibleError(
                f"{self.path}: cannot take the files of run {self.run_id}, about {size // 1024} KiB: {error.strerror or error}; make room or "
                "choose another directory (patch_run_directory). Nothing was changed in AWS"
            ) from error

    def keep_plan(self, document: dict, text: str, html: str) -> None:
        """Save a plan. The JSON is written last, because it marks the plan as saved."""
        self.write("plan.txt", text)
        self.write("plan.html", html)
        self.write("plan.json", json.dumps(document, separators=(",", ":")))

    def write(self, name: str, text: str) -> pathlib.Path:
        """Write a file of the run in one step. Returns its path. Raises AnsibleError that names it and says why it cannot be written."""
        file = self.path / name
        try:
            _files.write_whole(file, text.encode())
        except OSError as error:
            raise AnsibleError(
                f"{file}: cannot be written: {error.strerror or error}; make room or choose another directory (patch_run_directory)"
            ) from error
        return file
