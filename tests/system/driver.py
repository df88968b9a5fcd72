# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Runs the playbooks as a user does, in a process of their own, against a local AWS in this process.

`run` hands playbook and modules to tests/warm, which costs half; with ordinary=True everything runs as on a user's machine. `start` does the same
with modules=warm(); by default its modules are ordinary processes, which a kill reaches, and only what they are started with is warm.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import typing as t

from warm.start import run_playbook
from warm.start import warm_modules

import permissions

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTIONS = ROOT / ".cache" / "collections"
INVENTORY = """plugin: amazon.aws.aws_ec2
regions: [{region}]
hostnames: [instance-id]
"""


until_the_end = contextlib.ExitStack()


@functools.cache
def warm() -> dict[str, str]:
    """The variables for modules that are forks of warm processes, which live until the end of the tests."""
    return until_the_end.enter_context(warm_modules())


def warm_controller() -> dict[str, str]:
    """The variables for ordinary modules: without the connection that hands them to a warm process."""
    return {
        name: value
        for name, value in warm().items()
        if name not in ("ANSIBLE_CONNECTION_PLUGINS", "ANSIBLE_PIPELINING")
    }


class Operator:
    """Somebody with a shell: a folder, an inventory, the playbooks, and a local AWS to aim them at."""

    def __init__(
        self, folder: pathlib.Path, aws: t.Any, region: str = "us-east-1", ordinary: bool = False, **variables: t.Any
    ) -> None:
        self.folder = folder
        self.ordinary = ordinary
        self.aws = aws
        self.variables = {
            "patch_run_assume_role": permissions.AUTOMATION,
            "patch_run_poll_interval": 1,
            "patch_run_retry_delay": 0,
            "patch_run_gate_wait": 0,
            "patch_run_everything": True,
            **variables,
        }
        (folder / "fleet.aws_ec2.yml").write_text(INVENTORY.format(region=region), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        kept["PATH"] = f"{pathlib.Path(sys.executable).parent}:{kept.get('PATH', '')}"
        return {
            **kept,
            **self.aws.env(),
            "PWD": str(self.folder),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
        }

    def start(
        self,
        playbook: str | pathlib.Path = "patch",
        *arguments: str,
        output: t.Any = subprocess.PIPE,
        modules: t.Mapping[str, str] | None = None,
        **variables: t.Any,
    ) -> subprocess.Popen:
        """Start a playbook as the leader of a session.

        output: where it writes, a file or a pipe that somebody reads; modules: environment variables that say how modules run,
        by default as ordinary processes.
        """
        if modules is None:
            modules = {} if self.ordinary else warm_controller()
        return subprocess.Popen(
            self._command(playbook, arguments, variables),
            cwd=self.folder,
            env={**permissions.acting(playbook, self.environment()), **modules},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(
        self,
        playbook: str | pathlib.Path = "patch",
        *arguments: str,
        expect: int | None = 0,
        timeout: float = 480,
        **variables: t.Any,
    ) -> str:
        run = self._run_ordinary if self.ordinary else self._run_warm
        try:
            status, output = run(playbook, arguments, variables, timeout)
        except TimeoutError as late:
            raise AssertionError(f"{playbook} still runs after {timeout} s:\n{late}") from None
        if expect is not None:
            assert status == expect, output
        return output

    def _run_ordinary(self, playbook, arguments, variables, timeout) -> tuple[int, str]:
        process = self.start(playbook, *arguments, modules={}, **variables)
        try:
            output, _nothing = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            kill_group(process)
            output, _nothing = process.communicate()
            raise TimeoutError(output) from None
        return process.returncode, output

    def _run_warm(self, playbook, arguments, variables, timeout) -> tuple[int, str]:
        environment = {**permissions.acting(playbook, self.environment()), **warm()}
        return run_playbook(self._command(playbook, arguments, variables), self.folder, environment, timeout)

    def _command(self, playbook, arguments, variables) -> list[str]:
        command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "-i", "fleet.aws_ec2.yml"]
        # A name of the collection, or the path of a playbook of the test's own.
        command += [f"fleetpatch.aws.{playbook}" if isinstance(playbook, str) else str(playbook)]
        return [*command, "-e", json.dumps({**self.variables, **variables}), *arguments]

    def report(self, run_id: str) -> dict[str, t.Any]:
        path = self.folder / "fleetpatch-runs" / run_id / "report.json"
        return json.loads(path.read_text(encoding="utf-8"))

    def plan(self, run_id: str) -> dict[str, t.Any]:
        path = self.folder / "fleetpatch-runs" / run_id / "plan.json"
        return json.loads(path.read_text(encoding="utf-8"))


def kill_group(process: subprocess.Popen) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def wait_until(condition: t.Callable[[], bool], timeout: float, what: str) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout} s there is still no {what}")
        time.sleep(0.05)
