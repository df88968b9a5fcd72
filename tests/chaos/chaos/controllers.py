# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Controllers: the real playbooks as processes, and the ways in which they are killed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import signal
import subprocess
import time
import typing as t

import psutil
from driver import Operator

# A process that an end by signal does not reach within this time (real seconds) is killed.
GRACE = 30.0


@dataclasses.dataclass
class Controller:
    """One start of a playbook. key: the access key that tells its calls from those of others."""

    number: int
    playbook: str
    process: subprocess.Popen
    key: str
    output: pathlib.Path
    check: bool = False
    killed: str = ""
    begun: float = dataclasses.field(default_factory=time.time)

    @property
    def title(self) -> str:
        """The playbook, and whether it only looks."""
        return f"{self.playbook} --check" if self.check else self.playbook

    def ended(self) -> bool:
        return self.process.poll() is not None

    def wait(self, timeout: float) -> bool:
        """Whether it ended within so many real seconds."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True


class _Keyed:
    """A local AWS as it is seen with one access key."""

    def __init__(self, aws: t.Any, key: str) -> None:
        self._aws, self._key = aws, key

    def env(self) -> dict[str, str]:
        return {**self._aws.env(), "AWS_ACCESS_KEY_ID": self._key}


def start(
    aws: t.Any, folder: pathlib.Path, number: int, playbook: str, variables: t.Mapping[str, t.Any], check: bool = False
) -> Controller:
    """Start a playbook in the folder `controller`; its output goes into a file beside that folder."""
    home = folder / "controller"
    home.mkdir(exist_ok=True)
    key = f"LOCALAWS0CHAOS{number:05d}"
    output = folder / f"{number}-{playbook}.txt"
    with output.open("w", encoding="utf-8") as stream:
        process = Operator(home, _Keyed(aws, key)).start(
            playbook, *(["--check"] if check else []), output=stream, modules={}, **variables
        )
    return Controller(number, playbook, process, key, output, check)


def family(process: subprocess.Popen) -> list[psutil.Process]:
    """The process and all that descend from it. Ansible's workers lead sessions of their own, so a group is not enough."""
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(process.pid)
        return [parent, *parent.children(recursive=True)]
    return []


def kill_machine(process: subprocess.Popen) -> None:
    """The controller's machine is gone: nothing of it works on."""
    for _round in range(3):  # what was forked while the list was made
        for one in family(process):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


def send(process: subprocess.Popen, number: signal.Signals, group: bool = False) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number) if group else os.kill(process.pid, number)


def left_in(folder: pathlib.Path) -> list[psutil.Process]:
    """Living processes that work in a folder, whoever started them."""
    found = []
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if one.status() != psutil.STATUS_ZOMBIE and one.cwd() == str(folder):
                found.append(one)
    return found


def settle(folder: pathlib.Path, patience: float) -> list[str]:
    """Wait until nothing works in the folder any more; kills what still does, and gives its command lines."""
    deadline = time.monotonic() + patience
    while left_in(folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    found = []
    for one in left_in(folder):
        with contextlib.suppress(psutil.Error):
            found.append(" ".join(one.cmdline())[:200])
            one.kill()
    return found
