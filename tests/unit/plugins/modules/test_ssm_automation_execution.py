# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import collections
import dataclasses
import datetime
import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import Following
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import api
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import control
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import run as automation
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.automation import wire
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_automation_execution as module

DEFAULTS = {name: option.get("default") for name, option in module.SPEC.items()}


class Runner:
    """Calls what the module calls, on the clock of the local AWS."""

    def __init__(self, aws, connection):
        self.aws, self.connection, self.lines = aws, connection, []

    def run(self, targets, check=False, **options):
        """The result, or the results of the error with failure and failed, as the module would print them."""
        given = {"document_name": "work-on-host", "target_parameter_name": "Host", "run_id": "r1", "step": "w1"}
        params = {**DEFAULTS, **given, "targets": targets, **options}
        following = Following(
            params["wait"], params["wait_timeout"], params["wait_interval"], params["step_details"], self.lines.append
        )
        try:
            request = module.request_of(params)
            if check:
                return control.preview(self.connection("ssm"), request, following)
            return automation.execute(self.connection("ssm"), request, following)
        except errors.FleetpatchError as error:
            return {**error.results, "failed": True, "msg": error.message, "code": error.code}

    def starts(self):
        """The requests of StartAutomationExecution that were carried out or answered without an error."""
        calls = self.aws.calls(service="ssm", operation="StartAutomationExecution", source="client")
        return [call["params"] for call in calls]

    def parents(self):
        """How many executions with targets there really are."""
        listed = self.aws.client("ssm").get_paginator("describe_automation_executions").paginate().build_full_result()
        return [one for one in listed["AutomationExecutionMetadataList"] if one.get("TargetParameterName")]


@pytest.fixture(name="runner")
def fixture_runner(aws, connection):
    return Runner(aws, connection)


def outcomes(result):
    return {target["target"]: target["outcome"] for target in result["targets"]}


def names(word, count):
    return [f"{word}-{number}" for number in range(count)]


def test_all_succeed(runner):
    result = runner.run(names("ok", 3))
    assert (result["changed"], result["outcome"]) == (True, "succeeded")
    assert outcomes(result) == dict.fromkeys(names("ok", 3), "succeeded")
    assert result["summary"]["total"] == result["summary"]["succeeded"] == 3
    [execution] = result["executions"]
    assert (execution["status"], execution["adopted"], execution["targets"]) == ("Success", False, 3)
    assert [step["name"] for step in result["targets"][0]["steps"]] == ["choose", "minute", "hour", "crash"]


def test_progress_is_one_line_for_each_change(runner):
    runner.run(names("ok", 3), max_concurrency="1", wait_interval=20)
    told = [line.rsplit(", ", 1) for line in runner.lines]
    assert [text for text, _time in told] == [
        "wave w1 attempt 1: 0 done, 1 running, 0 failed, 2 pending",
        "wave w1 attempt 1: 1 done, 1 running, 0 failed, 1 pending",
        "wave w1 attempt 1: 2 done, 1 running, 0 failed, 0 pending",
        "wave w1 attempt 1: 3 done, 0 running, 0 failed, 0 pending",
    ]
    assert told[0][1] == "00:00:00" and told[-1][1] >= "00:03:00"


@pytest.mark.parametrize("parent_status", ["success", "failed", "completed_with_failure"])
@pytest.mark.parametrize("summary", [True, False])
@pytest.mark.parametrize("unstarted", ["absent", "cancelled"])
def test_the_verdict_comes_from_the_children(runner, parent_status, summary, unstarted):
    runner.aws.switches(
        parent_status=parent_status, targets_summary=summary, progress_counters=summary, unstarted_children=unstarted
    )
    result = runner.run(["ok-1", "bad-1", "ok-2"], max_errors="1", max_concurrency="1")
    assert result["failed"] and result["code"] == "run_failed" and result["outcome"] == "failed"
    assert outcomes(result) == {"ok-1": "succeeded", "bad-1": "failed", "ok-2": "succeeded"}
    bad = result["targets"][1]
    assert bad["failed_step"] == "crash" and "no-such-document" in bad["failure_message"]
    assert "bad-1" in result["msg"]
    stopped = runner.run(["bad-1", "ok-1", "ok-2"], attempt=2, max_concurrency="1")
    assert outcomes(stopped) == {"bad-1": "failed", "ok-1": "not_started", "ok-2": "not_started"}
    assert stopped["summary"]["not_started"] == 2


def test_second_call_starts_nothing(runner):
    first = runner.run(names("ok", 3))
    again = runner.run(names("ok", 3))
    assert again["changed"] is False
    assert [e["execution_id"] for e in again["executions"]] == [e["execution_id"] for e in first["executions"]]
    assert again["executions"][0]["adopted"] is True
    assert outcomes(again) == outcomes(first)
    assert len(runner.starts()) == 1


def test_second_call_follows_what_is_running(runner):
    first = runner.run(["slow-1"], wait=False)
    assert (first["outcome"], first["changed"]) == ("running", True)
    again = runner.run(["slow-1"])
    assert (again["outcome"], again["changed"], again["executions"][0]["adopted"]) == ("succeeded", False, True)
    assert len(runner.starts()) == 1


def test_only_targets_that_are_not_covered_are_started(runner):
    runner.run(["ok-1", "ok-2"])
    result = runner.run(["ok-2", "ok-3", "ok-1"])
    assert outcomes(result) == dict.fromkeys(["ok-1", "ok-2", "ok-3"], "succeeded")
    assert [execution["targets"] for execution in result["executions"]] == [2, 1]
    assert runner.starts()[1]["TargetMaps"] == [{"Host": ["ok-3"]}]


def test_another_attempt_starts_again_and_attempts_are_not_mixed_up(runner):
    runner.run(["ok-1"], attempt=1)
    result = runner.run(["ok-1"], attempt=10)
    assert result["changed"] and len(result["executions"]) == 1
    assert runner.run(["ok-1"], attempt=1)["changed"] is False
    assert len(runner.starts()) == 2


def test_not_started_targets_of_an_attempt_stay_so(runner):
    targets = ["bad-1", "ok-1"]
    runner.run(targets, max_concurrency="1")
    again = runner.run(targets, max_concurrency="1")
    assert again["changed"] is False and outcomes(again) == {"bad-1": "failed", "ok-1": "not_started"}
    assert len(runner.starts()) == 1


@pytest.mark.parametrize("code, count", [("InternalServerError", 1), ("InternalServerError", 20), ("throttle", 3)])
def test_an_error_before_the_start_is_repeated_and_one_after_it_starts_nothing_twice(runner, code, count):
    phase = "before" if code == "throttle" else "after"
    runner.aws.faults(service="ssm", operation="StartAutomationExecution", phase=phase, code=code, count=count)
    result = runner.run(["ok-1", "ok-2"])
    assert result["outcome"] == "succeeded"
    assert len(runner.parents()) == 1
    assert len({start["ClientToken"] for start in runner.starts()}) == 1


def test_a_start_that_never_comes_is_an_error(runner):
    fault = {"service": "ssm", "operation": "StartAutomationExecution", "code": "InternalServerError", "count": -1}
    runner.aws.faults(fault)
    result = runner.run(["ok-1"])
    assert result["failed"] and result["code"] == "InternalServerError" and "work-on-host" in result["msg"]
    assert outcomes(result) == {"ok-1": "unknown"}  # no answer: it may have been started
    assert runner.parents() == []


@pytest.mark.parametrize("code", ["throttle", "AccessDeniedException"])
def test_a_start_without_an_answer_that_cannot_be_looked_for_is_unknown(runner, code):
    start = {"service": "ssm", "operation": "StartAutomationExecution", "phase": "after", "count": -1}
    runner.aws.faults({**start, "code": "InternalServerError"})
    runner.aws.faults(service="ssm", operation="DescribeAutomationExecutions", code=code, count=-1, skip=1)
    result = runner.run(["ok-1"])
    assert result["failed"] and result["code"] == "InternalServerError"
    assert outcomes(result) == {"ok-1": "unknown"}


def test_a_start_that_is_refused_is_not_started(runner):
    runner.aws.faults(service="ssm", operation="StartAutomationExecution", code="AccessDeniedException", count=-1)
    result = runner.run(["ok-1"])
    assert result["failed"] and outcomes(result) == {"ok-1": "not_started"}
    assert "AccessDenied" in result["targets"][0]["failure_message"]


def test_expired_credentials_are_no_used_token(runner):
    """AWS says "The security token included in the request is expired"."""
    fault = {"service": "ssm", "operation": "StartAutomationExecution", "code": "ExpiredTokenException", "count": -1}
    runner.aws.faults({**fault, "message": "The security token included in the request is expired"})
    before = runner.aws.clock()["timestamp"]
    result = runner.run(["ok-1"])
    assert result["failed"] and result["code"] == "ExpiredTokenException"
    assert outcomes(result) == {"ok-1": "not_started"} and runner.aws.clock()["timestamp"] - before < 5


def test_tags_that_are_denied_after_the_start_do_not_hide_what_runs(runner):
    runner.aws.faults(service="ssm", operation="AddTagsToResource", code="AccessDeniedException", count=-1)
    result = runner.run(["ok-1"], tags={f"t{number}": number for number in range(5)})
    assert result["failed"] and result["code"] == "AccessDeniedException" and result["changed"] is True
    assert outcomes(result) == {"ok-1": "unknown"} and len(result["executions"]) == 1
    assert result["targets"][0]["execution_id"] == result["executions"][0]["execution_id"]


def test_the_identity_cannot_be_overridden(runner):
    runner.run(["ok-1"], tags={"fleetpatch:owner": "somebody", "fleetpatch:run:r1:w1:1": "x"})
    assert runner.run(["ok-1"])["executions"][0]["adopted"] is True
    tags = {tag["Key"]: tag["Value"] for tag in runner.starts()[0]["Tags"]}
    assert tags == {"fleetpatch:owner": "fleetpatch", "fleetpatch:run:r1:w1:1": "1"}


def test_a_used_token_leads_to_the_execution(runner):
    """The first search does not see the execution yet; AWS refuses the token, because the budget is another one."""
    first = runner.run(["ok-1"], wait=False)
    key = {"Filters": [{"Key": "TagKey", "Values": ["fleetpatch:run:r1:w1:1"]}]}
    connection, hidden = runner.connection("ssm"), []

    class Late:
        """The client, whose first answer to a search by tag lags behind."""

        def __getattr__(self, name):
            return getattr(connection.client, name)

        def describe_automation_executions(self, **request):
            if request["Filters"] == key["Filters"] and not hidden:
                hidden.append(request)
                return {"AutomationExecutionMetadataList": []}
            return connection.client.describe_automation_executions(**request)

    runner.connection = lambda service: dataclasses.replace(connection, client=Late())
    result = runner.run(["ok-1"], max_errors="1")
    assert hidden and len(runner.starts()) == 2
    assert (result["outcome"], result["executions"][0]["adopted"], result["changed"]) == ("succeeded", True, False)
    assert result["executions"][0]["execution_id"] == first["executions"][0]["execution_id"]
    assert len(runner.parents()) == 1


def test_idempotent_parameter_mismatch_looks_again(runner):
    runner.aws.faults(
        service="ssm", operation="StartAutomationExecution", code="IdempotentParameterMismatch", phase="after", count=1
    )
    result = runner.run(["ok-1"])
    assert result["outcome"] == "succeeded" and result["executions"][0]["adopted"] is True
    assert len(runner.parents()) == 1


def test_a_mismatch_without_an_execution_is_reported(runner):
    runner.aws.faults(service="ssm", operation="StartAutomationExecution", code="IdempotentParameterMismatch", count=-1)
    result = runner.run(["ok-1"])
    assert result["failed"] and result["code"] == "IdempotentParameterMismatch"


def test_reads_are_throttled_and_denied(runner):
    runner.aws.faults(service="ssm", operation="DescribeAutomationExecutions", code="throttle", count=4, skip=1)
    runner.aws.faults(service="ssm", operation="GetAutomationExecution", code="InternalServerError", count=2)
    assert runner.run(["ok-1"])["outcome"] == "succeeded"
    runner.aws.faults(service="ssm", operation="DescribeAutomationExecutions", code="AccessDeniedException", count=-1)
    denied = runner.run(["ok-1"], step="w2")
    assert denied["failed"] and denied["code"] == "AccessDeniedException"
    assert outcomes(denied) == {"ok-1": "unknown"}  # an earlier call may have started it
    assert len(runner.starts()) == 1  # access denied is not "nothing found"


@pytest.mark.parametrize("operation", ["GetAutomationExecution", "DescribeAutomationExecutions"])
def test_reads_that_are_throttled_for_minutes_end_nothing(runner, operation):
    skip = 1 if operation.startswith("Describe") else 0  # the search for earlier starts is no look
    runner.aws.faults(service="ssm", operation=operation, code="throttle", count=30, skip=skip)
    assert runner.run(["ok-1", "ok-2"])["outcome"] == "succeeded"
    assert any("looking again: Could not" in line for line in runner.lines)


def test_tiny_pages_and_late_reads(runner):
    runner.aws.switches(page_size=1, eventual_reads=2, steps_bound=1)
    result = runner.run(names("ok", 4), step_details="all")
    assert outcomes(result) == dict.fromkeys(names("ok", 4), "succeeded")
    assert [len(target["steps"]) for target in result["targets"]] == [4, 4, 4, 4]


def test_an_execution_that_is_not_visible_yet(runner):
    runner.aws.faults(
        service="ssm", operation="GetAutomationExecution", code="AutomationExecutionNotFoundException", count=2
    )
    assert runner.run(["ok-1"])["outcome"] == "succeeded"


def test_deadline_with_several_executions(runner):
    runner.run(["slow-1"], wait=False)
    runner.aws.clock(advance=1)
    executions = runner.connection("ssm")
    request = module.request_of(
        {
            **DEFAULTS,
            "document_name": "work-on-host",
            "target_parameter_name": "Host",
            "run_id": "r1",
            "step": "w1",
            "targets": ["slow-2"],
        }
    )
    api.start_execution(executions, **wire.start_to_wire(request, ["slow-2"], 2, 0))
    result = runner.run(["slow-1", "slow-2", "ok-1"], wait_timeout=60)
    assert result["code"] == "deadline_exceeded"
    assert outcomes(result) == {"slow-1": "running", "slow-2": "running", "ok-1": "not_started"}


def test_deadline(runner):
    result = runner.run(["ok-1", "slow-1", "slow-2"], wait_timeout=300, max_concurrency="2")
    assert result["failed"] and result["code"] == "deadline_exceeded" and result["outcome"] == "running"
    assert outcomes(result) == {"ok-1": "succeeded", "slow-1": "running", "slow-2": "running"}
    assert runner.run(["ok-1", "slow-1", "slow-2"])["outcome"] == "succeeded"


def test_a_thousand_targets(runner):
    """4 starts, an exact budget over all of them, and never more than 3 reads in a second."""
    targets = names("ok", 1000)
    for position in (5, 240, 300, 700):
        targets[position] = f"bad-{position}"
    result = runner.run(targets, max_errors="4", max_concurrency="10%", step_details="none")
    starts = runner.starts()
    assert [len(start["TargetMaps"]) for start in starts] == [250] * 4
    assert [start["MaxErrors"] for start in starts] == ["4", "2", "1", "0"]
    assert {start["MaxConcurrency"] for start in starts} == {"100"}
    assert result["summary"]["succeeded"] == 996 and result["summary"]["failed"] == 4
    assert_pace(runner.aws)


def assert_pace(aws):
    reads = ("GetAutomationExecution", "DescribeAutomationExecutions", "DescribeAutomationStepExecutions")
    moments = sorted(
        datetime.datetime.fromisoformat(call["time"]).timestamp()
        for call in aws.calls(service="ssm", source="client")
        if call["operation"] in reads
    )
    assert all(later - first >= 1.0 for first, later in zip(moments, moments[3:], strict=False))


def test_a_spent_budget_ends_the_wave(runner):
    targets = ["bad-0", "bad-1", *names("ok", 598)]
    result = runner.run(targets, max_errors="1", max_concurrency="1")
    assert len(runner.starts()) == 1
    assert result["summary"] == {**result["summary"], "failed": 2, "not_started": 598, "total": 600}
    assert "no more targets were started" in result["msg"]


def test_errors_that_use_the_budget_up_exactly_let_the_wave_go_on(runner):
    targets = [*names("bad", 2), *names("ok", 299)]
    result = runner.run(targets, max_errors="2", max_concurrency="100%", step_details="failed")
    assert [start["MaxErrors"] for start in runner.starts()] == ["2", "0"]
    assert result["summary"]["succeeded"] == 299


def test_a_crash_between_two_pieces_is_resumed(runner):
    targets = names("ok", 301)
    runner.aws.faults(
        service="ssm", operation="StartAutomationExecution", code="AccessDeniedException", count=1, skip=1
    )
    crashed = runner.run(targets, max_concurrency="100%")
    assert crashed["failed"] and crashed["summary"]["not_started"] == 150
    result = runner.run(targets, max_concurrency="100%")
    assert result["outcome"] == "succeeded" and [e["adopted"] for e in result["executions"]] == [True, False]
    counted = collections.Counter(one["Host"][0] for start in runner.starts() for one in start["TargetMaps"])
    assert len(runner.parents()) == 2 and max(counted.values()) == 2  # the refused start was sent again, once


def test_check_mode(runner):
    before = len(runner.aws.calls(service="ssm"))
    result = runner.run(names("ok", 301), check=True, max_concurrency="10%")
    assert result["changed"] is True
    assert [would["targets"] for would in result["would_start"]] == [151, 150]
    assert not any(call["mutating"] for call in runner.aws.calls(service="ssm")[before:])
    runner.run(["ok-1"], step="w2")
    assert runner.run(["ok-1"], step="w2", check=True)["changed"] is False
    assert runner.run(["ok-1", "ok-2"], step="w2", check=True)["would_start"][0]["targets"] == 1


def test_check_mode_misses_a_parameter_that_is_needed(runner):
    options = {"target_parameter_name": None, "parameters": {"Note": "x"}}
    assert runner.run(None, check=True, **options)["code"] == "missing_parameter"
    assert runner.run(None, **options)["failed"] and runner.parents() == []
    assert runner.run(None, check=True, target_parameter_name=None, parameters={"Host": "ok"})["changed"] is True


@pytest.mark.parametrize(
    "options, code",
    [
        ({"document_name": "no-such-runbook"}, "InvalidDocument"),
        ({"parameters": {"Typo": "x"}}, "unknown_parameter"),
        ({"target_parameter_name": "host"}, "unknown_parameter"),
    ],
)
def test_check_mode_sees_what_aws_would_refuse(runner, options, code):
    assert runner.run(["ok-1"], check=True, **options)["code"] == code
    assert runner.run(["ok-1"], **options)["failed"]
    assert runner.parents() == []


@pytest.mark.parametrize(
    "options",
    [
        {"targets": []},
        {"targets": ["a", "a"]},
        {"targets": ["x" * 51]},
        {"targets": ["a"], "run_id": "with space"},
        {"targets": ["a"], "step": "a:b"},
        {"targets": ["a"], "max_errors": "many"},
    ],
)
def test_refused_before_anything_is_sent(runner, options):
    result = runner.run(**{"targets": ["a"], **options})
    assert result["failed"] and runner.aws.calls(service="ssm", source="client") == []


def test_identity_belongs_to_one_document(runner):
    runner.run(["ok-1"])
    result = runner.run(["ok-1"], document_name="another")
    assert result["failed"] and result["code"] == "other_document"


def test_without_targets(runner):
    result = runner.run(None, target_parameter_name=None, parameters={"Host": "ok"})
    assert (result["outcome"], result["changed"], outcomes(result)) == ("succeeded", True, {"": "succeeded"})
    assert runner.run(None, target_parameter_name=None, parameters={"Host": "ok"})["changed"] is False
    failed = runner.run(None, target_parameter_name=None, parameters={"Host": "bad"}, step="w2")
    assert failed["failed"] and failed["targets"][0]["failed_step"] == "crash"


def test_seven_tags(runner):
    """AWS takes five at the start."""
    result = runner.run(["ok-1"], tags={f"t{number}": number for number in range(5)})
    execution_id = result["executions"][0]["execution_id"]
    tags = runner.aws.client("ssm").list_tags_for_resource(ResourceType="Automation", ResourceId=execution_id)[
        "TagList"
    ]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "fleetpatch:run:r1:w1:1": "1",
        "fleetpatch:owner": "fleetpatch",
        **{f"t{number}": str(number) for number in range(5)},
    }


class Altered:
    """A client whose answers of one operation are altered, as AWS of tomorrow might answer."""

    def __init__(self, client, operation, alter):
        self.client, self.operation, self.alter = client, operation, alter

    def __getattr__(self, name):
        call = getattr(self.client, name)
        return call if name != self.operation else lambda **request: self.alter(call(**request))


def altered(runner, operation, alter):
    connection = runner.connection("ssm")
    runner.connection = lambda service: dataclasses.replace(
        connection, client=Altered(connection.client, operation, alter)
    )


def odd_parent(answer):
    answer["AutomationExecution"]["AutomationExecutionStatus"] = "Odd"
    return answer


def odd_child(answer):
    for child in answer["AutomationExecutionMetadataList"]:
        if child.get("Target") == "ok-2":
            child["AutomationExecutionStatus"] = "Odd"
    return answer


@pytest.mark.parametrize(
    "operation, alter", [("get_automation_execution", odd_parent), ("describe_automation_executions", odd_child)]
)
def test_an_unknown_status_is_an_error_with_all_that_was_seen(runner, operation, alter):
    altered(runner, operation, alter)
    result = runner.run(["ok-1", "ok-2"])
    assert result["failed"] and result["code"] == "unknown_status" and "'Odd'" in result["msg"]
    assert len(result["targets"]) == 2 and len(result["executions"]) == 1
    if alter is odd_child:
        assert outcomes(result) == {"ok-1": "succeeded", "ok-2": "unknown"}


def test_nothing_is_started_after_an_unknown_status(runner):
    def odd_first(answer):
        for child in answer["AutomationExecutionMetadataList"]:
            if child.get("Target") == "ok-0":
                child["AutomationExecutionStatus"] = "Odd"
        return answer

    altered(runner, "describe_automation_executions", odd_first)
    result = runner.run(names("ok", 301), max_errors="100%", max_concurrency="100%", step_details="none")
    assert result["code"] == "unknown_status" and len(runner.starts()) == 1
    assert (result["summary"]["unknown"], result["summary"]["not_started"]) == (1, 150)


def test_a_resumed_run_waits_for_what_runs_before_it_spends_what_is_left(runner):
    """Resumed: some still run, some are not covered, and what runs spends the last of the budget."""
    assert runner.run(["bad-1", "slow-1"], wait=False, max_errors="1")["outcome"] == "running"
    early = runner.run(["bad-1", "slow-1", "ok-1"], max_errors="1", wait_timeout=60)
    assert early["code"] == "deadline_exceeded"
    assert outcomes(early) == {"slow-1": "running", "bad-1": "failed", "ok-1": "not_started"}
    spent = runner.run(["bad-1", "slow-1", "ok-1"], max_errors="0")
    assert outcomes(spent) == {"slow-1": "succeeded", "bad-1": "failed", "ok-1": "not_started"}
    assert "1 targets failed; max_errors allows 0" in spent["msg"] and len(runner.starts()) == 1
    result = runner.run(["bad-1", "slow-1", "ok-1"], max_errors="1")
    assert outcomes(result) == {"slow-1": "succeeded", "bad-1": "failed", "ok-1": "succeeded"}
    assert [start["MaxErrors"] for start in runner.starts()] == ["1", "0"]


def without_target(answer):
    for child in answer["AutomationExecutionMetadataList"]:
        child["Target"] = "something else"
    return answer


def test_children_are_known_by_their_parameter_when_target_does_not_say_it(runner):
    altered(runner, "describe_automation_executions", without_target)
    result = runner.run(["ok-1", "bad-1"], max_errors="1")
    assert outcomes(result) == {"ok-1": "succeeded", "bad-1": "failed"}


def test_what_an_operator_stopped_is_not_gone_on_with(runner):
    targets = names("slow", 301)
    first = runner.run(targets, wait=False, max_errors="100%")
    assert first["summary"]["running"] == 151 and first["summary"]["not_started"] == 150
    runner.aws.client("ssm").stop_automation_execution(
        AutomationExecutionId=first["executions"][0]["execution_id"], Type="Cancel"
    )
    result = runner.run(targets, max_errors="100%", step_details="none")
    assert result["failed"] and result["summary"]["running"] == 0
    assert result["summary"]["succeeded"] == 0 and result["summary"]["not_started"] >= 150
    assert len(runner.starts()) == 1


# The module itself


OPTIONS = {"document_name": "work-on-host", "target_parameter_name": "Host", "run_id": "r1", "wait_interval": 0.2}


@pytest.fixture(name="fast")
def fixture_fast(aws):
    aws.clock(rate=600)
    return aws


def test_module(fast, run_module, tmp_path):
    path = tmp_path / "progress"
    check = run_module(module, check=True, targets=["ok-1", "bad-1"], **OPTIONS)
    assert check["changed"] is True
    result = run_module(module, targets=["ok-1", "bad-1"], progress_path=str(path), max_errors="1", **OPTIONS)
    assert result["failed"] and result["failure"]["code"] == "run_failed"
    assert result["failure"]["details"]["targets"] == {"bad-1": "failed"}
    assert result["summary"]["succeeded"] == 1
    lines = path.read_text().splitlines()
    assert any("bad-1 failed: " in line for line in lines)
    assert lines[-1].startswith("wave main attempt 1: 1 done, 0 running, 1 failed, 0 pending")


def test_published_rates_are_kept(fast, run_module):
    fast.switches(request_rates=True, rate_burst=0)
    result = run_module(module, targets=names("ok", 8), step_details="all", **OPTIONS)
    assert result["outcome"] == "succeeded"
    assert [call["operation"] for call in fast.calls(service="ssm") if call["error"]] == []


def test_follow_stop_and_signal_by_ids(fast, run_module):
    started = run_module(module, targets=["slow-1"], wait=False, **OPTIONS)
    ids = [execution["execution_id"] for execution in started["executions"]]
    check = run_module(module, check=True, state="stopped", execution_ids=ids)
    assert check["changed"] is True and started["outcome"] == "running"
    stopped = run_module(module, state="stopped", run_id="r1", wait_interval=0.2)
    assert (stopped["changed"], outcomes(stopped)) == (True, {"slow-1": "cancelled"})
    assert run_module(module, state="stopped", execution_ids=ids)["changed"] is False
    followed = run_module(module, execution_ids=ids)
    assert followed["failed"] and followed["outcome"] == "cancelled"
    signal = run_module(module, state="signalled", execution_ids=ids, signal_type="Approve")
    assert signal["changed"] is False


@pytest.mark.parametrize("cascades", [True, False])
def test_what_a_stopped_execution_had_started_is_stopped_too(fast, run_module, cascades):
    fast.switches(cancel_children=cascades)
    options = {**OPTIONS, "max_concurrency": "2", "max_errors": "100%"}
    started = run_module(module, targets=["slow-1", "slow-2", "slow-3"], wait=False, **options)
    assert started["summary"]["running"] == 3
    # The ramp begins with one target: the first is under way.
    stopped = run_module(module, state="stopped", run_id="r1", wait_interval=0.2)
    assert outcomes(stopped) == {"slow-1": "cancelled", "slow-2": "not_started", "slow-3": "not_started"}
    assert cascades or len(fast.calls(operation="StopAutomationExecution", source="client")) == 2


def test_one_that_cannot_be_stopped_keeps_no_other_running(fast, run_module):
    ids = [
        run_module(module, targets=[target], wait=False, **{**OPTIONS, "run_id": target})["executions"][0][
            "execution_id"
        ]
        for target in ("slow-1", "slow-2")
    ]
    fast.faults(service="ssm", operation="StopAutomationExecution", code="AccessDeniedException", count=1)
    result = run_module(module, state="stopped", execution_ids=ids, wait_interval=0.2)
    assert (
        result["failed"]
        and result["failure"]["code"] == "not_stopped"
        and list(result["failure"]["details"]) == ids[:1]
    )
    assert ids[0] in result["msg"] and result["changed"] is True and outcomes(result) == {"slow-2": "cancelled"}


@pytest.mark.parametrize(
    "options",
    [
        {"state": "stopped", "run_id": "mistyped"},
        {"state": "signalled", "run_id": "mistyped", "signal_type": "Approve"},
        {"execution_ids": []},
        {"state": "stopped", "execution_ids": []},
    ],
)
def test_nothing_to_act_on_is_an_error(fast, run_module, options):
    result = run_module(module, **options)
    assert result["failed"] and result["failure"]["code"] == "no_executions"


def test_unknown_id(fast, run_module):
    result = run_module(module, execution_ids=["00000000-0000-4000-8000-000000000000"])
    assert result["failed"] and result["failure"]["code"] == "AutomationExecutionNotFoundException"


@pytest.mark.parametrize(
    "options", [{}, {"document_name": "x"}, {"state": "signalled", "run_id": "r"}, {"targets": ["a"], "run_id": "r"}]
)
def test_options_that_do_not_belong_together(serve, run_module, options):
    serve()
    assert run_module(module, **options)["failed"]


def test_approve(serve, run_module):
    steps = [
        {
            "name": "ask",
            "action": "aws:approve",
            "inputs": {"Approvers": ["arn:aws:iam::123456789012:user/operator"], "MinRequiredApprovals": 1},
            "isEnd": True,
        }
    ]
    content = json.dumps({"schemaVersion": "0.3", "mainSteps": steps})
    aws = serve({"documents": [{"name": "ask-first", "type": "Automation", "content": content, "format": "JSON"}]})
    started = run_module(module, document_name="ask-first", run_id="r1", wait=False)
    ids = [execution["execution_id"] for execution in started["executions"]]
    aws.clock(advance=1)
    options = {"state": "signalled", "execution_ids": ids, "signal_type": "Reject"}
    assert run_module(module, check=True, **options)["changed"] is True
    sent = run_module(module, **options)
    assert sent.get("changed") is True, sent["msg"]
    assert run_module(module, **options)["changed"] is False
    assert len(aws.calls(service="ssm", operation="SendAutomationSignal")) == 1


def test_single_targets_have_parameters_of_their_own(runner):
    own = {"ok-1": {"Note": "mine"}, "ok-7": {"Note": ["of no target"]}}
    result = runner.run(["ok-1", "ok-2"], target_parameters=own)
    assert outcomes(result) == {"ok-1": "succeeded", "ok-2": "succeeded"}
    assert runner.starts()[0]["TargetMaps"] == [{"Host": ["ok-1"], "Note": ["mine"]}, {"Host": ["ok-2"]}]
    assert runner.run(["ok-1", "ok-2"], target_parameters=own)["executions"][0]["adopted"]


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"Host": "ok-2"}, "must not set Host"),
        ({"Note": "x" * 51}, "values of 1–50 characters"),
        ({"Note": [""]}, "values of 1–50 characters"),
        ({"Note": ["x"] * 26}, "at most 25 values each"),
        ({f"Note{number}": "x" for number in range(20)}, "at most 19 parameters"),
        ("mine", "must be a dictionary"),
    ],
)
def test_parameters_of_a_target_that_aws_would_not_take(runner, own, words):
    result = runner.run(["ok-1"], target_parameters={"ok-1": own})
    assert result["failed"] and words in result["msg"] and not runner.starts()


def test_check_mode_finds_a_parameter_of_a_target_that_the_document_lacks(runner):
    result = runner.run(["ok-1"], check=True, target_parameters={"ok-1": {"Mood": "x"}})
    assert result["failed"] and "no parameter Mood" in result["msg"]


@pytest.mark.parametrize(("bad", "listings"), [(0, 1), (1, 2)])
def test_children_are_listed_when_one_failed_and_at_the_end(runner, bad, listings):
    runner.aws.switches(targets_summary=True, progress_counters=True)
    targets = [*names("ok", 6), *names("bad", bad), *names("late", 3)]
    result = runner.run(targets, max_concurrency="1", max_errors="1", wait_interval=15)
    assert result["polls"] > 10
    asked = runner.aws.calls(service="ssm", operation="DescribeAutomationExecutions", source="client")
    assert [call["params"]["Filters"][0]["Key"] for call in asked].count("ParentExecutionId") == listings
