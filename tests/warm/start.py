# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Starts warm/modules.py, says which environment variables make Ansible use it, and runs playbooks with it."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import typing as t

HERE = pathlib.Path(__file__).resolve().parent
READY_SECONDS = 120


@contextlib.contextmanager
def warm_modules(interpreter: str = sys.executable) -> t.Iterator[dict[str, str]]:
    """Yield the variables for `ansible-playbook`, for as long as the processes live. Raises RuntimeError."""
    with tempfile.TemporaryDirectory(prefix="warm-") as name:
        folder = pathlib.Path(name)
        for kept_there in ("payloads", "templates"):
            (folder / kept_there).mkdir()
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ANSIBLE_", "PYTHON"))}
        process = subprocess.Popen([interpreter, str(HERE / "modules.py"), str(folder / "socket")], env=kept)
        try:
            _wait(process, folder / "socket")
            yield {
                "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
                "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection"),
                "ANSIBLE_PIPELINING": "true",
                "FLEETPATCH_WARM_MODULES": str(folder / "socket"),
                "FLEETPATCH_WARM_PAYLOADS": str(folder / "payloads"),
                "FLEETPATCH_WARM_TEMPLATES": str(folder / "templates"),
            }
        finally:
            process.terminate()
            process.wait()


def run_playbook(
    argv: t.Sequence[str], folder: pathlib.Path, environment: t.Mapping[str, str], timeout: float
) -> tuple[int, str]:
    """Exit status and output of ansible-playbook (argv[0] is its path) as a fork of a process that has imported Ansible.

    environment: with the variables of warm_modules. Raises TimeoutError with the output; then its session is killed.
    """
    request = {"argv": list(argv), "cwd": str(folder), "env": dict(environment)}
    with socket.socket(socket.AF_UNIX) as server, tempfile.TemporaryFile("w+") as output:
        server.connect(environment["FLEETPATCH_WARM_MODULES"])
        socket.send_fds(server, [json.dumps(request).encode()], [output.fileno(), output.fileno()])
        with server.makefile() as answers:
            pid = int(answers.readline())
            server.settimeout(timeout)
            try:
                status = answers.readline()
            except TimeoutError:
                os.killpg(pid, signal.SIGKILL)
                raise TimeoutError(_read(output)) from None
        return int(status or -signal.SIGKILL), _read(output)


def _read(output: t.Any) -> str:
    output.seek(0)
    return output.read()


def _wait(process: subprocess.Popen, path: pathlib.Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not path.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"warm/modules.py does not answer; its exit status is {process.poll()}")
        time.sleep(0.02)
