# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Start processes so that every one of them is gone in the end: after success, failure, Ctrl-C, SIGTERM and SIGHUP.

Killing a process group is not enough: Ansible's workers and molecule's servers make sessions of their own. On Linux
this process therefore adopts orphans (PR_SET_CHILD_SUBREAPER) and ends its whole family; elsewhere the groups must do.
"""

import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
GRACE = 5.0
STEP_GRACE = 15.0  # a step ends its own family first, which takes up to GRACE


class Stopped(BaseException):
    """A signal asked to stop; `code` is the exit status that tells so (128 + number)."""

    def __init__(self, number):
        super().__init__(number)
        self.code = 128 + number


def _prctl(option, value):
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def adopt_orphans():
    """Make descendants whose parent died children of this process (Linux)."""
    if sys.platform == "linux":
        _prctl(PR_SET_CHILD_SUBREAPER, 1)


def stop_on_signals():
    """Turn SIGINT, SIGTERM and SIGHUP into Stopped, once; more of them do not disturb the cleaning up."""

    def handler(number, _frame):
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        raise Stopped(number)

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, handler)


def _in_child():
    # Without a thread in the parent this is safe; it ends the child also when the parent is killed with SIGKILL.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command, **options):
    """A process that leads a session of its own. Same arguments as subprocess.Popen."""
    command = [str(part) for part in command]
    return subprocess.Popen(command, start_new_session=True, preexec_fn=_in_child, **options)


def family():
    """Pids of all living descendants of this process (Linux: by /proc; elsewhere none, the groups must do)."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            if fields[0] != "Z":
                parents[int(stat.parent.name)] = int(fields[1])
    found, seen = [os.getpid()], set()
    while found:
        parent = found.pop()
        children = [pid for pid, theirs in parents.items() if theirs == parent and pid not in seen]
        seen.update(children)
        found.extend(children)
    return seen


def _reap():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _send(pids, groups, number):
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def settle(seconds=3.0):
    """Give descendants that are ending by themselves that long. Returns how many are left."""
    deadline = time.monotonic() + seconds
    while family() and time.monotonic() < deadline:
        _reap()
        time.sleep(0.05)
    return len(family())


def end_family(groups=(), grace=GRACE):
    """End every descendant (and the given process groups): SIGTERM, after `grace` seconds SIGKILL. Returns how many there were."""
    found = family()
    _send(found, groups, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while family() and time.monotonic() < deadline:
        _reap()
        time.sleep(0.05)
    for _ in range(20):  # a family that keeps forking needs more than one round
        alive = family()
        if not alive:
            break
        _send(alive, groups, signal.SIGKILL)
        time.sleep(0.05)
        _reap()
    return len(found)


def end(process, grace=GRACE):
    """End one process started by start() and its group."""
    if process.poll() is None:
        _send([], [process.pid], signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    _send([], [process.pid], signal.SIGKILL)
    process.wait()


def run(command, **options):
    """Run to the end and return the exit status."""
    process = start(command, **options)
    try:
        return process.wait()
    finally:
        end(process)
