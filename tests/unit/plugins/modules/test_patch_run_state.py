# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is kept of a run in Parameter Store: written once, and never less final than before."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.run_parameters import api
from ansible_collections.fleetpatch.aws.plugins.modules import patch_gate_info
from ansible_collections.fleetpatch.aws.plugins.modules import patch_run_state as module

NAME = "/fleetpatch/run/spring"


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 0}})


@pytest.fixture(name="keep")
def fixture_keep(aws, run_module):
    return lambda state, **more: run_module(module, run_id="spring", state=state, **more)


def operations(aws):
    return [call["operation"] for call in aws.control.calls(source="client")]


def test_a_state_is_written_once_and_read_with_the_request_to_stop(aws, keep, run_module):
    given = {"wave": "data.use1a", "attempts": 2, "summary": "{{ 1 of 2 }} hosts"}
    checked = keep("running", check=True, **given)
    assert checked["changed"] and operations(aws) == ["GetParameters"]
    made = keep("running", **given)
    aws.control.clear_calls()
    again = keep("running", **given)
    assert made["changed"] and not again["changed"] and operations(aws) == ["GetParameters"]
    read = run_module(patch_gate_info, run_id="spring")["run"]
    assert again["run"] == read == {**checked["run"], "time": read["time"]}
    assert read["message"] == "{ { 1 of 2 } } hosts", "a pair of braces would be a reference to a parameter"
    tags = aws.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=NAME)["TagList"]
    assert tags == [{"Key": "fleetpatch:owner", "Value": "fleetpatch"}]


@pytest.mark.parametrize(
    ("first", "then", "kept", "code"),
    [
        ("running", "completed", "completed", None),
        ("completed", "running", "completed", None),
        ("completed", "rolled_back", "rolled_back", None),
        ("rolled_back", "running", "rolled_back", "run_finished"),
        ("rolled_back", "completed", "rolled_back", "run_finished"),
    ],
)
def test_what_is_over_stays_over(keep, first, then, kept, code):
    keep(first, summary="before")
    answer = keep(then, summary="after")
    assert (answer.get("failure") or {}).get("code") == code
    assert answer["run"]["state"] == kept
    if code:
        assert "before" in answer["msg"] and "another patch_run_id" in answer["msg"]


def test_a_state_that_another_controller_wrote_in_between_is_overwritten(aws, keep, monkeypatch):
    find, write = api.find_parameters, aws.client("ssm").put_parameter

    def found_before_the_other_one(*given, **named):
        monkeypatch.setattr(api, "find_parameters", find)
        answer = find(*given, **named)
        write(Name=NAME, Type="String", Value='{"state": "running", "wave": "one"}')
        return answer

    monkeypatch.setattr(api, "find_parameters", found_before_the_other_one)
    assert keep("completed", wave="two")["run"]["wave"] == "two"
    codes = [call["error"] for call in aws.control.calls(operation="PutParameter")]
    assert codes == [None, "ParameterAlreadyExists", None]
    assert not keep("completed", wave="two")["changed"]
