# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import ssm_automation_execution
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_automation_execution_info as module

RUN = {"document_name": "work-on-host", "target_parameter_name": "Host", "run_id": "r1", "wait_interval": 0.2}


@pytest.fixture(name="fast")
def fixture_fast(aws):
    aws.clock(rate=600)
    return aws


def test_by_run_and_by_id(fast, run_module):
    made = run_module(ssm_automation_execution, targets=["ok-1", "bad-1"], max_errors="1", **RUN)
    found = run_module(module, run_id="r1")
    assert found["summary"]["failed"] == 1 and not found.get("failed")
    assert found["targets"] == made["targets"]
    ids = [execution["execution_id"] for execution in made["executions"]]
    again = run_module(module, execution_ids=ids)
    assert again["executions"] == found["executions"]
    assert again["executions"][0]["document_name"] == "work-on-host"
    assert run_module(module, run_id="r1", attempt=2)["executions"] == []


def test_by_filter(fast, run_module):
    run_module(ssm_automation_execution, targets=["ok-1", "bad-1"], max_errors="1", **RUN)
    failed = run_module(module, filter_key="ExecutionStatus", filter_value="Failed")["executions"]
    assert [execution["target"] for execution in failed] == ["bad-1"]
    assert len(run_module(module, filter_key="DocumentNamePrefix", filter_value="work", limit=2)["executions"]) == 2


@pytest.mark.parametrize("options", [{}, {"run_id": "r", "execution_ids": ["x"]}, {"filter_key": "TagKey"}])
def test_options(aws, run_module, options):
    assert run_module(module, **options)["failed"]


def test_unknown_id(aws, run_module):
    result = run_module(module, execution_ids=["00000000-0000-4000-8000-000000000000"])
    assert result["failure"]["code"] == "AutomationExecutionNotFoundException"
