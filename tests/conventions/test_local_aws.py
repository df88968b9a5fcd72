# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules for the rooms of the local AWS find what they are there for."""

import pytest
from checks import local_aws

ROOM = "tests/local_aws/local_aws"
REASON = "a grammar of its own, with its parser"


@pytest.mark.parametrize(
    "name", ["sts/operations", "ssm/windows/model", "ssm/windows/tasks/wire", "ses/control", "fleet/disks", "testing"]
)
def test_names_that_need_no_reason(write, name):
    assert local_aws.name_findings(write(f"{ROOM}/{name}.py", ""), {}) == []


@pytest.mark.parametrize("name", ["sts/trust", "ssm/windows/window_operations", "ec2/platforms"])
def test_another_name_needs_a_reason(write, name):
    root = write(f"{ROOM}/{name}.py", "")
    assert len(local_aws.name_findings(root, {})) == 1
    assert len(local_aws.name_findings(root, {f"{name}.py": "short"})) == 1
    assert local_aws.name_findings(root, {f"{name}.py": REASON}) == []
    assert local_aws.name_findings(root, {f"{name.rpartition('/')[0]}/": REASON}) == []


def test_a_reason_that_nothing_needs(write):
    root = write(f"{ROOM}/sts/operations.py", "")
    assert len(local_aws.name_findings(root, {"sts/trust.py": REASON, "ssm/": REASON})) == 2


def test_the_framework_imports_no_service(write):
    write(f"{ROOM}/framework/front.py", "from local_aws.framework import clock\nimport moto\n")
    write(f"{ROOM}/sts/operations.py", "from local_aws.framework import clock\nfrom local_aws.ssm import tags\n")
    assert local_aws.framework_findings(write(f"{ROOM}/framework/clock.py", "import heapq\n")) == []
    bad = "def f():\n    from local_aws.fleet import machine\n    from local_aws import scenario\n"
    assert len(local_aws.framework_findings(write(f"{ROOM}/framework/clock.py", bad))) == 2


def test_operations_stand_where_they_are_found(write):
    text = '@op("sts", "AssumeRole")\ndef assume_role(ctx, params):\n    return {}\n'
    assert local_aws.operation_findings(write(f"{ROOM}/sts/operations.py", text)) == []
    assert len(local_aws.operation_findings(write(f"{ROOM}/sts/rules.py", text))) == 1


def test_tests_stand_beside_what_they_test(write):
    write(f"{ROOM}/sts/operations.py", "")
    write("tests/local_aws/tests/sts/test_trust.py", "")
    write("tests/local_aws/tests/helpers/words.py", "")
    assert local_aws.mirror_findings(write("tests/local_aws/tests/test_command_line.py", "")) == []
    assert len(local_aws.mirror_findings(write("tests/local_aws/tests/run/test_trust.py", ""))) == 1
