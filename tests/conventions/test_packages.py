# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules of the packages of resources find what they are there for."""

import pytest
from checks import packages

UTILS = "plugins/module_utils"
REASON = {f"{UTILS}/_ssm/windows/predict.py": "targets and tasks are matched here, 250 lines without an effect"}


@pytest.mark.parametrize(
    "name", ["api", "wire", "options", "limits", "resource", "many", "run", "watch", "control", "read"]
)
def test_names_of_a_resource(write, name):
    assert packages.name_findings(write(f"{UTILS}/_ssm/windows/{name}.py", ""), {}) == []


@pytest.mark.parametrize(
    "path",
    [
        "_ssm/windows/predict.py",
        "_ssm/windows/api_tasks.py",
        "_ssm/windows/connection.py",
        "_ssm/windows/tasks/api.py",
        "_ssm/windows.py",
        "_ssm/api.py",
        "_ssm/transform.py",
    ],
)
def test_other_names(write, path):
    root = write(f"{UTILS}/{path}", "")
    assert len(packages.name_findings(root, {})) == 1


def test_a_reason_is_needed_and_said(write):
    root = write(f"{UTILS}/_ssm/windows/predict.py", "")
    assert packages.name_findings(root, REASON) == []
    assert len(packages.name_findings(root, dict.fromkeys(REASON, "because"))) == 1


def test_a_reason_that_nothing_needs_any_more(write):
    assert len(packages.name_findings(write(f"{UTILS}/_ssm/connection.py", ""), REASON)) == 1


def test_the_service_itself_and_the_other_rooms(write):
    write(f"{UTILS}/_ssm/wire.py", "")
    write(f"{UTILS}/_core/anything.py", "")
    assert packages.name_findings(write(f"{UTILS}/_planner/waves.py", ""), {}) == []


@pytest.mark.parametrize(
    "line",
    [
        "from . import api",
        "from .api import get_window",
        "from .. import connection",
        "from ..connection import READS",
        "from .resource import Desired",
        "from ..tags import api as tag_api",
    ],
)
@pytest.mark.parametrize("file", ["_ssm/windows/wire.py", "_ssm/windows/limits.py"])
def test_what_is_pure_calls_nothing(write, line, file):
    for other in ("_ssm/connection.py", "_ssm/windows/api.py", "_ssm/windows/resource.py", "_ssm/tags/api.py"):
        write(f"{UTILS}/{other}", "")
    assert len(packages.pure_findings(write(f"{UTILS}/{file}", line))) == 1


@pytest.mark.parametrize(
    "line", ["from . import wire", "from .wire import WINDOW", "from ..wire import iso", "from ..._core import limits"]
)
def test_what_is_pure_imports_what_is_pure(write, line):
    write(f"{UTILS}/_core/limits.py", "")
    write(f"{UTILS}/_ssm/wire.py", "")
    write(f"{UTILS}/_ssm/windows/wire.py", "")
    assert packages.pure_findings(write(f"{UTILS}/_ssm/windows/limits.py", line)) == []


def test_tests_without_what_they_test(write):
    write(f"{UTILS}/_ssm/windows/wire.py", "")
    write(f"tests/unit/{UTILS}/_ssm/windows/test_wire.py", "")
    write(f"tests/unit/{UTILS}/_ssm/windows/conftest.py", "")
    root = write(f"tests/unit/{UTILS}/_planner/test_all_of_it.py", "")
    assert packages.mirror_findings(root) == []
    write(f"tests/unit/{UTILS}/_ssm/test_windows.py", "")
    assert packages.mirror_findings(write(f"tests/unit/{UTILS}/_core/test_nothing.py", "")) == [
        f"tests/unit/{UTILS}/_core/test_nothing.py: there is no {UTILS}/_core/nothing.py",
        f"tests/unit/{UTILS}/_ssm/test_windows.py: there is no {UTILS}/_ssm/windows.py",
    ]


WALK = "| step | function | gives |\n|---|---|---|\n| 1 | {} | a window |\n"


@pytest.mark.parametrize(
    "cell, findings",
    [
        ("`_ssm/windows/many.py` `make_many`, `api.py` `list_windows`", 0),
        ("module `ssm_maintenance_windows` `items_of`, with `_ssm/windows/many.py` `LISTED`", 0),
        ("`_ssm/windows/many.py` `Wanted.label`", 0),
        ("`_ssm/windows/many.py` `make_more`", 1),
        ("`_ssm/windows/many.py`, `wire.py` `window_to_wire`", 1),
        ("`_ssm/windows/api.py` `make_many`", 1),
    ],
)
def test_a_walk_names_what_is_there(write, cell, findings):
    text = "LISTED = ()\n\n\nclass Wanted:\n    label = None\n\n\ndef make_many():\n    local = 1\n"
    write(f"{UTILS}/_ssm/windows/many.py", text)
    write(f"{UTILS}/_ssm/windows/api.py", "def list_windows():\n    pass\n")
    assert len(packages.walk_findings(write("CONTRIBUTING.md", WALK.format(cell)))) == findings
