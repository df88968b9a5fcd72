# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A pytest plugin: CPU seconds of each test with its fixtures and the processes that it waited for, one line each at the end.

CPU seconds and not time: other load on the machine hardly changes them. counts.py reads the lines.
"""

import os
import pathlib
import resource

import pytest

_spent: dict[str, float] = {}


def cpu_seconds():
    """User and system seconds of this process, of its children that have ended, and of its family that lives (Linux)."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) + sum(map(_of_living, _children("self")))


def _children(pid):
    return [child for file in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for child in _read(file).split()]


def _of_living(pid):
    """Seconds of a process and its family; 0 when it has just ended."""
    fields = _read(pathlib.Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    ticks = sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK") + sum(map(_of_living, _children(pid)))


def _read(path):
    try:
        return path.read_text()
    except OSError:
        return ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    item.cpu_at_start = cpu_seconds()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "teardown":
        # user_properties travel from the workers of pytest-xdist
        report.user_properties.append(("cpu", cpu_seconds() - item.cpu_at_start))
    return report


def pytest_runtest_logreport(report):
    if report.when == "teardown":
        _spent[report.nodeid] = dict(report.user_properties).get("cpu", 0.0)


def pytest_terminal_summary(terminalreporter):
    for nodeid, seconds in sorted(_spent.items(), key=lambda one: -one[1])[:50]:
        terminalreporter.write_line(f"cpu {seconds:.2f} s {nodeid}")
