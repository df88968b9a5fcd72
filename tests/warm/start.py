# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Starts warm/modules.py, and says which environment variables make Ansible use it."""

from __future__ import annotations

import contextlib
import os
import pathlib
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


def _wait(process: subprocess.Popen, socket: pathlib.Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"warm/modules.py does not answer; its exit status is {process.poll()}")
        time.sleep(0.02)
