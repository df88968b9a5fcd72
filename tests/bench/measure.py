# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Runs a command and measures it: wall time, and the memory of it and all its children together."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
import urllib.request

import psutil

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "local_aws"))

from local_aws import testing  # noqa: E402

BIN = pathlib.Path(sys.executable).parent


@dataclasses.dataclass
class Measured:
    """seconds of wall time; mib: highest proportional set size of the whole process tree (forks share pages)."""

    seconds: float
    mib: float
    output: str
    status: int


def _tree_mib(process: psutil.Process) -> float:
    total = 0
    for one in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.Error, FileNotFoundError, ProcessLookupError):
            total += one.memory_full_info().pss
    return total / 2**20


def run(command: list[str], folder: pathlib.Path, environment: dict[str, str], keep: bool = True) -> Measured:
    """Run a command to its end. keep False throws the standard output away."""
    peak = [0.0]
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            [str(BIN / command[0]), *command[1:]],
            cwd=folder,
            env=environment,
            stdout=out if keep else subprocess.DEVNULL,
            stderr=out,
        )
        watched = psutil.Process(process.pid)
        over = threading.Event()

        def sample() -> None:
            while not over.wait(0.25):
                with contextlib.suppress(psutil.Error):
                    peak[0] = max(peak[0], _tree_mib(watched))

        sampler = threading.Thread(target=sample)
        sampler.start()
        status = process.wait()
        over.set()
        sampler.join()
        out.seek(0)
        return Measured(time.monotonic() - started, peak[0], out.read(), status)


def environment(aws: t.Any, folder: pathlib.Path) -> dict[str, str]:
    """What ansible needs to find the collection and the local AWS."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {
        **kept,
        **aws.env(),
        "PWD": str(folder),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_NOCOLOR": "1",
    }


class Server:
    """A local AWS in a process of its own, so that its work does not slow the measured one more than AWS would."""

    def __init__(self, url: str) -> None:
        self.control = testing.Control(url)
        self.url = url

    def env(self) -> dict[str, str]:
        return self.control.env()


@contextlib.contextmanager
def local_aws(scenario: dict, folder: pathlib.Path) -> t.Iterator[Server]:
    """Start one on a free port, with the scenario; stop it at the end."""
    path = folder / "scenario.json"
    path.write_text(json.dumps(scenario), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "local_aws", "--port", str(port), "--scenario", str(path)]
    with open(folder / "local_aws.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=ROOT / "tests" / "local_aws", stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process, folder / "local_aws.log")
        yield Server(url)
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen, log: pathlib.Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"{url}/_emu/health", timeout=2):
                return
        time.sleep(0.1)
    raise SystemExit(f"the local AWS did not start:\n{log.read_text(encoding='utf-8')}")


def inventory(folder: pathlib.Path) -> None:
    """The aws_ec2 inventory of the one Region."""
    text = "plugin: amazon.aws.aws_ec2\nregions: [us-east-1]\nhostnames: [instance-id]\n"
    (folder / "fleet.aws_ec2.yml").write_text(text, encoding="utf-8")


def verdict(name: str, value: float, limit: float) -> bool:
    """Print a figure against its limit; gives whether it holds.

    A figure is a count, or a ratio to a yardstick of the same run: seconds say more of the load of the machine than of the code.
    """
    holds = value <= limit
    print(f"  {'ok  ' if holds else 'OVER'} {name}: {value:.2f} (limit {limit:g})", flush=True)
    return holds
