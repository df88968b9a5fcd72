# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules of the layers find what they are there for."""

import pytest
from checks import layers

AMAZON = "ansible_collections.amazon.aws.plugins.module_utils"
OURS = "ansible_collections.fleetpatch.aws.plugins"


@pytest.mark.parametrize(
    "path, line",
    [
        ("plugins/modules/a.py", "import boto3"),
        ("plugins/modules/a.py", "from botocore.exceptions import ClientError"),
        ("plugins/modules/a.py", f"from {OURS}.module_utils._planner.waves import plan"),
        ("plugins/modules/a.py", f"from {AMAZON}._s3.common import X"),
        ("plugins/modules/a.py", "import yaml"),
        ("plugins/action/a.py", "import boto3"),
        ("plugins/filter/a.py", f"from {OURS}.module_utils._core.wait import Clock"),
        ("plugins/filter/a.py", f"from {OURS}.module_utils import _ssm"),
        ("plugins/module_utils/_core/a.py", "import botocore"),
        ("plugins/module_utils/_core/a.py", "from .._ssm import api"),
        ("plugins/module_utils/_core/a.py", f"from {AMAZON}.modules import AnsibleAWSModule"),
        ("plugins/module_utils/_ssm/windows/wire.py", "import botocore"),
        ("plugins/module_utils/_ssm/windows/api_tasks.py", "import botocore"),
        ("plugins/module_utils/_ssm/api.py", "import botocore"),
        ("plugins/module_utils/_ssm/windows/wire.py", "from ..._ec2.images import api"),
        ("plugins/module_utils/_ssm/windows/api.py", "from ..._planner import waves"),
        ("plugins/module_utils/_ssm/windows/api.py", "import requests"),
        ("plugins/module_utils/_planner/a.py", "import time"),
        ("plugins/module_utils/_planner/a.py", "from random import choice"),
        ("plugins/module_utils/_planner/a.py", "import subprocess"),
        ("plugins/module_utils/_planner/a.py", "from ansible.errors import AnsibleError"),
        ("plugins/module_utils/_planner/a.py", "from .._core import compare"),
        ("plugins/module_utils/_planner/a.py", "from .._core.wait import Clock"),
        ("plugins/module_utils/_planner/a.py", "from .._ssm import api"),
        ("plugins/module_utils/_planner/a.py", "from .._patch_run.gates import Settings"),
        ("plugins/module_utils/_declared/a.py", "from .._calendar.entries import Entry"),
        ("plugins/module_utils/_schedule/a.py", "from .._declared import window_sets"),
        ("plugins/module_utils/_schedule/a.py", "import ansible.errors"),
        ("plugins/module_utils/_patch_run/a.py", "import secrets"),
        ("plugins/module_utils/_core/words.py", "from ansible.module_utils.basic import env_fallback"),
        ("plugins/module_utils/_core/limits.py", "from .wait import Clock"),
        ("plugins/module_utils/_core/errors.py", "import time"),
        ("plugins/module_utils/_ssm/windows/wire.py", "from ..._schedule.clock import moment"),
        ("plugins/module_utils/_ssm/windows/limits.py", "from ..._declared import window_sets"),
        ("plugins/modules/a.py", f"from {OURS}.module_utils._schedule.clock import moment"),
        ("plugins/filter/a.py", f"from {OURS}.plugin_utils._render import page"),
        ("plugins/plugin_utils/a.py", "import boto3"),
        ("plugins/plugin_utils/a.py", f"from {OURS}.module_utils._ssm import api"),
        ("plugins/doc_fragments/a.py", "import yaml"),
        ("plugins/module_utils/helper.py", ""),
        ("plugins/module_utils/ssm/api.py", ""),
    ],
)
def test_forbidden_import(write, path, line):
    assert len(layers.import_findings(write(path, line))) == 1


@pytest.mark.parametrize(
    "path, line",
    [
        ("plugins/modules/a.py", f"from {AMAZON}.modules import AnsibleAWSModule"),
        ("plugins/modules/a.py", f"from {OURS}.module_utils._core.converge import converge"),
        ("plugins/modules/a.py", f"from {OURS}.module_utils._ssm import api"),
        ("plugins/action/a.py", f"from {OURS}.module_utils._planner.waves import plan"),
        ("plugins/action/a.py", f"from {OURS}.plugin_utils._live import tail"),
        ("plugins/action/a.py", "from ansible.plugins.action import ActionBase"),
        ("plugins/filter/a.py", f"from {OURS}.module_utils._planner.verdict import wave_verdict"),
        ("plugins/module_utils/_ssm/windows/api.py", "from botocore.exceptions import ClientError"),
        ("plugins/module_utils/_ssm/windows/api.py", "from . import wire"),
        ("plugins/module_utils/_ssm/windows/many.py", "from ..tags import api as tag_api"),
        ("plugins/module_utils/_ssm/connection.py", "from .._core.calls import Connection"),
        ("plugins/module_utils/_core/a.py", "from .wait import Clock"),
        ("plugins/module_utils/_core/a.py", "import time"),
        ("plugins/module_utils/_planner/a.py", "from datetime import datetime"),
        ("plugins/module_utils/_planner/a.py", "from .fleet import Host"),
        ("plugins/module_utils/_planner/a.py", "from .._schedule.clock import moment"),
        ("plugins/module_utils/_ssm/windows/limits.py", "from ..._schedule.clock import moment"),
        ("plugins/module_utils/_planner/a.py", "from .._core.errors import InvalidInput"),
        ("plugins/module_utils/_patch_run/a.py", "from .._planner.model import Plan"),
        ("plugins/module_utils/_core/limits.py", "from .errors import InvalidInput"),
        ("plugins/filter/a.py", f"from {OURS}.module_utils._declared.window_sets import windows_of"),
        ("plugins/filter/a.py", f"from {OURS}.plugin_utils._errors import filter_errors"),
    ],
)
def test_allowed_import(write, path, line):
    assert layers.import_findings(write(path, line)) == []


@pytest.mark.parametrize(
    "line", ["import ansible_collections.fleetpatch", "from plugins import x", "import ansible.errors"]
)
def test_local_aws_shares_nothing(write, line):
    assert len(layers.local_aws_findings(write("tests/local_aws/local_aws/a.py", line))) == 1


@pytest.mark.parametrize(
    "call", ["client.describe_instances()", "self.client.send_command(X=1)", "self._client.x()", "ssm_client.y()"]
)
def test_client_call_outside_of_api(write, call):
    assert len(layers.client_call_findings(write("plugins/modules/a.py", call))) == 1
    assert len(layers.client_call_findings(write("plugins/module_utils/_ssm/windows/facade.py", call))) == 2
    assert len(layers.client_call_findings(write("plugins/module_utils/_ssm/api.py", call))) == 3


def test_client_call_in_api_and_making_a_client(write):
    write("plugins/module_utils/_ssm/windows/api.py", "client.describe_instances()")
    assert layers.client_call_findings(write("plugins/modules/a.py", "module.client('ssm')")) == []


def test_fail_json(write):
    text = "def main():\n    module.fail_json(msg='a')\n\n\ndef other(module):\n    module.fail_json_aws(e)\n"
    write("plugins/module_utils/_core/errors.py", text)
    assert layers.fail_json_findings(write("plugins/modules/a.py", text)) == [
        "plugins/modules/a.py:6: module.fail_json_aws( outside of main(); raise an error of _core instead"
    ]


@pytest.mark.parametrize("text", ["import time\ntime.sleep(1)", "from time import sleep", "sleep(3)", "self.sleep(3)"])
def test_sleep(write, text):
    write("plugins/module_utils/_core/wait.py", "import time\ntime.sleep(1)\n")
    assert len(layers.sleep_findings(write("plugins/module_utils/_core/retry.py", text))) == 1


def test_sleep_of_a_clock_that_was_handed_in(write):
    assert (
        layers.sleep_findings(write("plugins/module_utils/_core/retry.py", "clock.sleep(1)\nself.clock.sleep(2)\n"))
        == []
    )


@pytest.mark.parametrize(
    "call", ["datetime.now()", "datetime.utcnow()", "date.today()", "uuid.uuid4()", "os.getenv('X')", "os.environ['X']"]
)
@pytest.mark.parametrize("path", ["_planner/a.py", "_schedule/a.py", "_patch_run/a.py", "_core/words.py"])
def test_pure_rooms_ask_for_nothing(write, path, call):
    assert len(layers.clock_findings(write(f"plugins/module_utils/{path}", call))) == 1


def test_pure_rooms_may_be_handed_the_time(write):
    assert (
        layers.clock_findings(write("plugins/module_utils/_planner/a.py", "def f(now):\n    return now.isoformat()"))
        == []
    )


def test_cycles(write):
    write("plugins/module_utils/_planner/a.py", "from .b import B")
    write("plugins/module_utils/_planner/b.py", "def late():\n    from . import c")
    root = write("plugins/module_utils/_planner/c.py", "from .._schedule.d import D\nfrom .a import A")
    write("plugins/module_utils/_schedule/d.py", "import datetime")
    assert layers.cycle_findings(root) == ["_planner.a imports _planner.b imports _planner.c imports _planner.a"]
    assert layers.cycle_findings(write("plugins/module_utils/_planner/c.py", "from .._schedule.d import D")) == []


def test_one_name_for_one_thing(write):
    write("plugins/module_utils/_planner/model.py", "class Plan:\n    pass")
    write("plugins/module_utils/_declared/windows.py", "class _Plan:\n    pass")
    write("plugins/module_utils/_core/errors.py", "class Plan:\n    pass")
    root = write("plugins/module_utils/_calendar/windows.py", "class Window:\n    pass")
    assert layers.name_findings(root) == [
        "module windows stands in plugins/module_utils/_calendar/windows.py and plugins/module_utils/_declared/windows.py",
        "class Plan stands in plugins/module_utils/_declared/windows.py and plugins/module_utils/_planner/model.py",
    ]


@pytest.mark.parametrize("path", ["plugins/module_utils/_planner/calendar.py", "tests/unit/email.py", "tools/types.py"])
def test_names_of_the_standard_library(write, path):
    assert len(layers.standard_name_findings(write(path, ""))) == 1
    assert layers.standard_name_findings(write(path, "").joinpath("other")) == []


def test_resource_is_a_name_of_packages_of_services(write):
    assert layers.standard_name_findings(write("plugins/module_utils/_ssm/windows/resource.py", "")) == []
    assert len(layers.standard_name_findings(write("plugins/module_utils/_core/resource.py", ""))) == 1
    assert len(layers.standard_name_findings(write("tests/unit/resource.py", ""))) == 2
