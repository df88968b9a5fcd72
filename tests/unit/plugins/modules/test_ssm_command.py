# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import dataclasses
import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import Following
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands import control
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.commands import run as commands
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_command as module
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_command_info as info

DEFAULTS = {name: option.get("default") for name, option in module.SPEC.items()}
GONE = "i-00000000000000000"
NODE = "aws:runShellScript"
TWO_STEPS = {
    "schemaVersion": "2.2",
    "parameters": {"Code": {"type": "String", "default": "0"}},
    "mainSteps": [
        {"action": NODE, "name": "first", "inputs": {"runCommand": ["echo one"]}},
        {"action": NODE, "name": "second", "inputs": {"runCommand": ["echo two; exit {{ Code }}"]}},
        {"action": NODE, "name": "third", "inputs": {"runCommand": ["echo three"]}},
    ],
}


class Runner:
    """Calls what the module calls, on the clock of the local AWS."""

    def __init__(self, aws, connection):
        self.aws, self.connection, self.lines = aws, connection, []
        reservations = aws.client("ec2").describe_instances(MaxResults=1000)["Reservations"]
        self.ids = sorted(one["InstanceId"] for reservation in reservations for one in reservation["Instances"])

    def run(self, ids=None, check=False, script="echo fine", **options):
        """The result, or the results of the error with failure and failed, as the module would print them."""
        given = {"document_name": "AWS-RunShellScript", "run_id": "r1", "step": "w1"}
        params = {**DEFAULTS, **given, "instance_ids": ids, "parameters": {"commands": [script]}, **options}
        return self.guarded(self._sender(params, check))

    def _sender(self, params, check):
        def send():
            do = control.preview if check else commands.execute
            return do(self.connection("ssm"), module.request_of(params), self.following(params))

        return send

    def following(self, params):
        values = {**DEFAULTS, **params}
        return Following(
            values["wait"], values["wait_timeout"], values["wait_interval"], values["output_details"], self.lines.append
        )

    def guarded(self, work):
        try:
            return work()
        except errors.FleetpatchError as error:
            return {**error.results, "failed": True, "msg": error.message, "code": error.code, "details": error.details}

    def sent(self):
        """What was really sent, oldest first."""
        listed = self.aws.client("ssm").get_paginator("list_commands").paginate().build_full_result()
        return listed["Commands"][::-1]

    def scripts(self):
        return self.aws.history(kind="script")

    def mutating(self):
        return [call["operation"] for call in self.aws.calls(service="ssm", source="client") if call["mutating"]]


def runner_of(serve, connect, fleet, **scenario):
    aws = serve({"clock": {"rate": 0}, "fleet": fleet, **scenario})
    return Runner(aws, lambda service: connect(aws, service))


@pytest.fixture(name="runner")
def fixture_runner(serve, connect):
    fleet = [{"name": "web", "count": 3, "platform": "rhel-9", "tags": {"Role": "web", "Tier": "front"}}]
    documents = [{"name": "two-steps", "type": "Command", "content": json.dumps(TWO_STEPS), "format": "JSON"}]
    return runner_of(serve, connect, fleet, documents=documents)


def outcomes(result):
    return {target["target"]: target["outcome"] for target in result["targets"]}


def test_all_succeed(runner):
    result = runner.run(runner.ids)
    assert (result["changed"], result["outcome"]) == (True, "succeeded")
    assert outcomes(result) == dict.fromkeys(runner.ids, "succeeded")
    assert result["summary"]["total"] == result["summary"]["succeeded"] == 3
    first = result["targets"][0]
    assert (first["exit_code"], first["stdout"], first["stderr"]) == (0, "fine\n", "")
    assert (first["message"], first["failed_plugin"]) == (None, None)
    [command] = result["commands"]
    assert (command["status"], command["adopted"], command["targets"]) == ("Success", False, 3)
    assert command["comment"].startswith("fleetpatch:run:r1:w1:1#")
    assert runner.lines[0] == "command w1 attempt 1: 0 of 3 nodes done, 0 with errors, 00:00:00"
    assert runner.lines[-1].startswith("command w1 attempt 1: 3 of 3 nodes done, 0 with errors, ")


def test_second_call_sends_nothing(runner):
    first = runner.run(runner.ids, comment="before patching")
    again = runner.run(runner.ids)
    assert again["changed"] is False and again["commands"][0]["adopted"] is True
    assert again["commands"][0]["command_id"] == first["commands"][0]["command_id"]
    assert outcomes(again) == outcomes(first) and len(runner.scripts()) == 3
    assert first["commands"][0]["comment"].endswith(" before patching")
    higher = runner.run(runner.ids, attempt=2)
    assert higher["changed"] and len(runner.scripts()) == 6


def test_second_call_follows_what_is_running_and_sends_to_the_rest(runner):
    first = runner.run(runner.ids[:1], script="sleep 600", wait=False)
    assert (first["outcome"], first["changed"]) == ("running", True)
    again = runner.run(runner.ids, script="sleep 600")
    assert (again["outcome"], again["changed"]) == ("succeeded", True)
    assert [command["adopted"] for command in again["commands"]] == [True, False]
    assert len(runner.scripts()) == 3


def test_the_same_identity_for_something_else_is_refused(runner):
    runner.run(runner.ids)
    other = runner.run(runner.ids, script="echo other")
    assert other["code"] == "other_command" and "another step" in other["msg"]
    assert len(runner.sent()) == 1


def test_borders_of_the_identity(runner):
    """w1 and w11, attempt 1 and 11 begin alike."""
    runner.run(runner.ids, step="w1", attempt=11)
    assert runner.run(runner.ids, step="w1", attempt=1)["changed"]
    assert runner.run(runner.ids, step="w11", attempt=1)["changed"]
    assert len(runner.sent()) == 3


@pytest.mark.parametrize("count, code", [(1, "InternalServerError"), (3, "throttle")])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_faults_of_send_command(runner, phase, count, code):
    """Carried out or not: nothing is ever sent twice; what was surely not carried out is sent again."""
    runner.aws.faults(service="ssm", operation="SendCommand", phase=phase, code=code, count=count)
    result = runner.run(runner.ids)
    if (phase, code) == ("before", "InternalServerError"):
        assert result["failed"] and result["code"] == code
        assert outcomes(result) == dict.fromkeys(runner.ids, "unknown") and runner.sent() == []
        result = runner.run(runner.ids)
    assert (result["changed"], result["outcome"]) == (True, "succeeded")
    assert len(runner.sent()) == 1 and len(runner.scripts()) == 3


def test_a_lost_answer_is_found_when_lists_lag_behind(runner):
    runner.aws.switches(eventual_reads=3)
    runner.aws.faults(service="ssm", operation="SendCommand", phase="after", code="InternalServerError")
    result = runner.run(runner.ids)
    assert result["outcome"] == "succeeded" and len(runner.scripts()) == 3


def test_reads_that_fail_now_and_then_and_tiny_pages(runner):
    runner.aws.switches(eventual_reads=2, page_size=1)
    for operation in ("ListCommands", "ListCommandInvocations", "GetCommandInvocation"):
        runner.aws.faults(service="ssm", operation=operation, code="throttle", count=2)
        runner.aws.faults(service="ssm", operation=operation, code="InternalServerError", count=1, skip=1)
    result = runner.run(runner.ids)
    assert result["outcome"] == "succeeded" and len(runner.scripts()) == 3


@pytest.mark.parametrize("operation", ["ListCommands", "ListCommandInvocations", "SendCommand"])
def test_denied(runner, operation):
    runner.aws.faults(service="ssm", operation=operation, code="AccessDeniedException", count=-1)
    result = runner.run(runner.ids)
    assert result["failed"] and result["code"] == "AccessDeniedException"
    runner.aws.clear_faults()
    unclear = {"ListCommands": "unknown", "ListCommandInvocations": "running", "SendCommand": "not_started"}[operation]
    assert set(outcomes(result)) == set(runner.ids)
    if operation != "ListCommandInvocations":
        assert set(outcomes(result).values()) == {unclear} and runner.sent() == []


def test_a_failure_is_explained(runner):
    result = runner.run(runner.ids, document_name="two-steps", parameters={"Code": 3}, max_errors="100%")
    assert result["failed"] and result["code"] == "run_failed" and result["outcome"] == "failed"
    first = result["targets"][0]
    assert (first["failed_plugin"], first["exit_code"], first["stdout"]) == ("second", 3, "two\n")
    assert first["stderr"] == "failed to run commands: exit status 3\n"
    assert first["message"] == "second: exit code 3: failed to run commands: exit status 3"
    assert [plugin["exit_code"] for plugin in first["plugins"]] == [0, 3, 0]
    assert runner.ids[0] in result["msg"] and set(result["details"]["targets"]) == set(runner.ids)
    assert any(f"{runner.ids[0]} failed: second: exit code 3" in line for line in runner.lines)


def test_the_end_of_a_long_output_is_kept(runner):
    result = runner.run(runner.ids[:1], script=f"echo {'x' * 9000}END; exit 1")
    stdout = result["targets"][0]["stdout"]
    assert len(stdout) == 2500 and stdout.startswith("...xx") and stdout.endswith("xEND\n")


@pytest.mark.parametrize(
    "details, kept", [("none", {None}), ("failed", {None}), ("all", {"fine\n"}), ("auto", {"fine\n"})]
)
def test_outputs_that_nobody_asked_for(runner, details, kept):
    result = runner.run(runner.ids, output_details=details)
    assert {target["stdout"] for target in result["targets"]} == kept
    reads = runner.aws.calls(service="ssm", operation="GetCommandInvocation", source="client")
    assert len(reads) == (3 if details in ("all", "auto") else 0)


@pytest.mark.parametrize("parent", ["success", "incomplete"])
def test_nodes_that_never_got_it_are_no_success(runner, parent):
    """Neither Undeliverable nor a delivery timeout counts for AWS, and beside them a command may end as Success."""
    runner.aws.switches(undeliverable_parent=parent)
    runner.aws.set_machine(runner.ids[0], undeliverable=True)
    result = runner.run(runner.ids)
    assert result["failed"] and outcomes(result) == {
        runner.ids[0]: "failed",
        runner.ids[1]: "succeeded",
        runner.ids[2]: "succeeded",
    }
    assert result["targets"][0]["status"] == "Undeliverable" and "could not be delivered" in result["msg"]
    assert result["targets"][0]["exit_code"] is None


def test_an_agent_that_never_comes_back(runner):
    runner.aws.set_machine(runner.ids[0], agent="lost")
    result = runner.run(runner.ids, timeout_seconds=60)
    assert result["failed"] and outcomes(result)[runner.ids[0]] == "timed_out"
    assert (
        result["targets"][0]["status"] == "DeliveryTimedOut" and "no agent fetched" in result["targets"][0]["message"]
    )
    assert list(outcomes(result).values()).count("succeeded") == 2


def test_execution_timeout(runner):
    parameters = {"commands": ["sleep 4000"], "executionTimeout": 60}
    result = runner.run(runner.ids[:1], parameters=parameters)
    assert result["targets"][0]["status"] == "ExecutionTimedOut" and outcomes(result) == {runner.ids[0]: "timed_out"}


def test_nodes_whose_turn_never_came(runner):
    result = runner.run(runner.ids, script="exit 1", max_concurrency="1")
    assert list(outcomes(result).values()) == ["failed", "not_started", "not_started"]
    assert result["summary"]["not_started"] == 2 and len(runner.scripts()) == 1


def test_a_node_that_is_gone_does_not_hide_the_others(runner):
    result = runner.run([GONE, *runner.ids], max_errors="1")
    assert result["failed"] and outcomes(result)[GONE] == "failed"
    assert {outcomes(result)[one] for one in runner.ids} == {"succeeded"}
    assert "InvalidInstanceId" in [one for one in result["targets"] if one["target"] == GONE][0]["message"]
    assert len(runner.scripts()) == 3


MIXED = [
    {"name": "web", "count": 2, "platform": "rhel-9", "tags": {"Role": "all"}},
    {"name": "sql", "platform": "windows-2022", "tags": {"Role": "all"}},
]


def test_a_node_of_another_platform(serve, connect):
    """By id the whole command is refused; by tag the node ends as Invalid Platform, which is no error for AWS."""
    runner = runner_of(serve, connect, MIXED)
    by_id = runner.run(runner.ids, max_errors="100%")
    by_tag = runner.run(targets={"tags": {"Role": ["all"]}}, step="w2")
    for result in (by_id, by_tag):
        assert result["failed"] and result["summary"]["succeeded"] == 2 and result["summary"]["failed"] == 1
    assert [target["target"] for target in by_id["targets"]] == runner.ids
    assert "UnsupportedPlatformType" in by_id["msg"] and "does not support the platform" in by_tag["msg"]
    assert len(runner.scripts()) == 4


def test_deadline(runner):
    result = runner.run(runner.ids, script="sleep 600", wait_timeout=60, wait_interval=10)
    assert result["failed"] and result["code"] == "deadline_exceeded" and result["outcome"] == "running"
    assert runner.run(runner.ids, script="sleep 600")["outcome"] == "succeeded"
    assert len(runner.scripts()) == 3


def test_more_than_fifty(serve, connect):
    runner = runner_of(serve, connect, [{"name": "web", "count": 120, "platform": "rhel-9"}])
    result = runner.run(runner.ids, max_errors="0", max_concurrency="50")
    assert result["outcome"] == "succeeded" and result["summary"]["succeeded"] == 120
    assert [len(one["InstanceIds"]) for one in runner.sent()] == [50, 50, 20]
    times = [one["RequestedDateTime"] for one in runner.sent()]
    assert times[0] < times[1] < times[2]
    # No call for a node: two looks at the past, then for each piece the send, two polls at most and one listing.
    counted = [call["operation"] for call in runner.aws.calls(service="ssm", source="client")]
    assert counted.count("SendCommand") == 3 and counted.count("GetCommandInvocation") == 0 and len(counted) <= 20


def test_the_budget_holds_over_all_pieces(serve, connect):
    runner = runner_of(serve, connect, [{"name": "web", "count": 110, "platform": "rhel-9"}])
    for one in runner.ids[:2]:
        runner.aws.set_machine(one, script_fails=1)
    runner.aws.set_machine(runner.ids[60], undeliverable=True)
    result = runner.run(runner.ids, max_errors="2", wait_interval=60)
    assert [one["MaxErrors"] for one in runner.sent()] == ["2", "0"]
    assert result["summary"]["failed"] == 3 and result["summary"]["not_started"] == 10
    assert "3 nodes failed; max_errors allows 2" in result["msg"]
    again = runner.run(runner.ids, max_errors="3")
    assert again["summary"]["succeeded"] == 107 and len(runner.scripts()) == 109


def test_side_by_side_when_all_may_fail(serve, connect):
    runner = runner_of(serve, connect, [{"name": "web", "count": 120, "platform": "rhel-9"}])
    result = runner.run(runner.ids, script="sleep 60", max_errors="100%", max_concurrency="100%")
    assert result["outcome"] == "succeeded"
    times = [one["RequestedDateTime"] for one in runner.sent()]
    assert (times[1] - times[0]).total_seconds() < 1 <= (times[2] - times[1]).total_seconds()
    assert {one["MaxConcurrency"] for one in runner.sent()} == {"50"}
    reads = runner.aws.calls(service="ssm", operation="ListCommands", source="client")
    looks = [call for call in reads if call["params"].get("Filters") or call["params"].get("CommandId")]
    assert len(looks) == result["polls"] + 1  # one call a poll, however many commands, and the look at the past


def test_many_failures_make_few_reads(serve, connect):
    runner = runner_of(serve, connect, [{"name": "web", "count": 60, "platform": "rhel-9"}])
    result = runner.run(runner.ids[::-1], script="echo why; exit 1", max_errors="100%")
    assert [target["target"] for target in result["targets"]] == runner.ids[::-1]
    assert {(target["stdout"], target["exit_code"]) for target in result["targets"]} == {("why\n", 1)}
    assert len(runner.aws.calls(service="ssm", operation="GetCommandInvocation", source="client")) == 20 + 10


def test_targets_by_tags(serve, connect):
    fleet = [
        {"name": "prod", "count": 2, "platform": "rhel-9", "tags": {"Stage": "prod", "Role": "web"}},
        {"name": "nonprod", "platform": "rhel-9", "tags": {"Stage": "nonprod", "Role": "web"}},
        {"name": "db", "platform": "rhel-9", "tags": {"Stage": "prod"}},
    ]
    runner = runner_of(serve, connect, fleet)
    targets = {"tags": {"Stage": ["prod"], "Role": []}}
    check = runner.run(check=True, targets=targets, max_concurrency="50%")
    assert check["changed"] and check["would_send"][0]["targets"] == 2 and runner.mutating() == []
    result = runner.run(targets=targets, max_concurrency="50%", max_errors="10%")
    assert {target["name"] for target in result["targets"]} == {"prod-1", "prod-2"}
    assert (result["outcome"], result["summary"]["total"]) == ("succeeded", 2)
    again = runner.run(targets=targets, max_concurrency="50%")
    assert not again["changed"] and outcomes(again) == outcomes(result)
    assert runner.run(check=True, targets=targets)["changed"] is False
    assert runner.run(targets={"tags": {"Stage": ["prod"]}})["code"] == "other_command"


def test_an_empty_set_is_a_failure_unless_allowed(runner):
    none = {"tags": {"Role": ["nobody"]}}
    assert runner.run(check=True, targets=none)["code"] == "no_targets"
    result = runner.run(targets=none)
    assert result["failed"] and result["code"] == "no_targets" and "NoInstancesInTag" in result["msg"]
    allowed = runner.run(targets=none, step="w2", allow_empty=True)
    assert "failed" not in allowed and allowed["outcome"] == "not_started" and allowed["targets"] == []
    before = len(runner.sent())
    assert runner.run([])["code"] == "no_targets"
    empty = runner.run([], step="w3", allow_empty=True)
    assert "failed" not in empty and empty["changed"] is False and len(runner.sent()) == before


def test_check_mode(runner):
    result = runner.run([GONE, *runner.ids], check=True)
    assert (result["changed"], runner.mutating()) == (True, [])
    [would] = result["would_send"]
    assert (would["targets"], would["unmanaged"], would["document_name"]) == (4, [GONE], "AWS-RunShellScript")
    runner.run(runner.ids[:2])
    assert runner.run(runner.ids, check=True)["would_send"][0]["targets"] == 1
    runner.run(runner.ids)
    again = runner.run(runner.ids, check=True)
    assert (again["changed"], again["outcome"]) == (False, "succeeded")


@pytest.mark.parametrize(
    "options, code",
    [
        ({"document_name": "no-such"}, "InvalidDocument"),
        ({"document_name": "AWS-CreateImage"}, "not_a_command"),
        ({"parameters": {"commands": ["x"], "Other": 1}}, "unknown_parameter"),
        ({"parameters": {}}, "missing_parameter"),
    ],
)
def test_check_mode_refuses_what_aws_would_refuse(runner, options, code):
    assert runner.run(runner.ids, check=True, **options)["code"] == code


@pytest.mark.parametrize(
    "options, told",
    [
        ({"run_id": "a b"}, "run_id"),
        ({"run_id": "a" * 48, "step": "b" * 48}, "run_id"),
        ({"step": "a:b"}, "step"),
        ({"comment": "x" * 90}, "comment"),
        ({"max_errors": "many"}, "max_errors"),
        ({"max_concurrency": "101%"}, "max_concurrency"),
        ({"timeout_seconds": 29}, "timeout_seconds"),
        ({"instance_ids": ["i-1", "i-1"]}, "instance_ids"),
        ({"instance_ids": None, "targets": {}}, "targets"),
        ({"instance_ids": None, "targets": {"resource_type_filters": ["AWS::EC2::Instance"]}}, "targets"),
        ({"instance_ids": None, "targets": {"tags": {f"t{n}": ["x"] for n in range(6)}}}, "targets"),
        ({"alarm_configuration": {"alarms": ["a", "b"]}}, "alarm_configuration"),
    ],
)
def test_refused_before_anything_is_sent(runner, options, told):
    before = len(runner.aws.calls(service="ssm"))
    result = runner.run(**{"ids": runner.ids, **options} if "instance_ids" not in options else options)
    assert (
        result["failed"] and result["msg"].startswith(f"{told}: ") and result["code"] in ("invalid_input", "no_targets")
    )
    assert len(runner.aws.calls(service="ssm")) == before


def test_an_unknown_status_is_an_error(runner):
    """A status that no table knows is neither success nor a reason to wait."""
    connection = runner.connection("ssm")

    class Strange:
        def __getattr__(self, name):
            return getattr(connection.client, name)

        def list_command_invocations(self, **request):
            answer = connection.client.list_command_invocations(**request)
            answer["CommandInvocations"][0]["StatusDetails"] = "Half Done"
            return answer

    runner.connection = lambda service: dataclasses.replace(connection, client=Strange())
    result = runner.run(runner.ids)
    assert result["failed"] and result["code"] == "unknown_status" and "HalfDone" in result["msg"]
    assert result["summary"]["unknown"] == 1 and result["summary"]["succeeded"] == 2


def cancelled(runner, ids, check=False, **options):
    following = runner.following(options)
    return runner.guarded(lambda: control.cancel(runner.connection("ssm"), ids, following, check))


def test_cancel(runner):
    sent = runner.run(runner.ids, script="sleep 600", wait=False)
    ids = [command["command_id"] for command in sent["commands"]]
    check = cancelled(runner, ids, check=True)
    assert (check["changed"], check["msg"]) == (True, "1 of 1 commands would be cancelled")
    assert runner.mutating().count("CancelCommand") == 0
    result = cancelled(runner, ids)
    assert result["changed"] and set(outcomes(result).values()) == {"cancelled"}
    again = cancelled(runner, ids)
    assert (again["changed"], again["msg"]) == (False, "0 of 1 commands cancelled")
    missing = cancelled(runner, ["7c0a41f2-6d43-4f0e-8a2e-0f1a2b3c4d5e"])
    assert missing["failed"] and missing["code"] == "InvalidCommandId"
    partly = cancelled(runner, [*ids, "7c0a41f2-6d43-4f0e-8a2e-0f1a2b3c4d5e"])
    assert partly["failed"] and partly["code"] == "not_cancelled" and len(partly["commands"]) == 1


def test_module_and_info(serve, run_module):
    aws = serve({"clock": {"rate": 600}, "fleet": [{"name": "web", "count": 2, "platform": "rhel-9"}]})
    ids = sorted(
        node["InstanceId"] for node in aws.client("ssm").describe_instance_information()["InstanceInformationList"]
    )
    options = {
        "document_name": "AWS-RunShellScript",
        "parameters": {"commands": ["echo fine"]},
        "instance_ids": ids,
        "run_id": "r1",
        "wait_interval": 0.05,
    }
    steps = [run_module(module, check=check, **options) for check in (True, False, True, False)]
    assert [step["changed"] for step in steps] == [True, True, False, False]
    for found in (
        run_module(info, run_id="r1", output_details="all"),
        run_module(info, command_ids=[steps[1]["commands"][0]["command_id"]]),
    ):
        assert found["changed"] is False and found["summary"]["succeeded"] == 2
        assert [target["stdout"] for target in found["targets"]] == ["fine\n"] * 2
    assert run_module(info, run_id="r2")["failure"]["code"] == "no_commands"
    followed = run_module(module, command_ids=[steps[1]["commands"][0]["command_id"]], wait_interval=0.05)
    assert (followed["changed"], followed["outcome"]) == (False, "succeeded")
    assert run_module(module, state="cancelled", run_id="r1", wait_interval=0.05)["changed"] is False
    assert run_module(module, state="cancelled", run_id="r2")["failure"]["code"] == "no_commands"
    assert run_module(module, command_ids=[])["failure"]["code"] == "no_commands"
    assert "instance_ids" in run_module(module, document_name="x-y", run_id="r1")["msg"]


def test_all_members_of_the_request(serve, run_module):
    aws = serve({"clock": {"rate": 60}, "fleet": [{"name": "web", "platform": "rhel-9"}]})
    aws.client("s3").create_bucket(Bucket="outputs")
    done = run_module(
        module,
        document_name="AWS-RunShellScript",
        document_version="$DEFAULT",
        parameters={"commands": ["echo fine"]},
        targets={"tags": {"Name": ["web"]}},
        run_id="r1",
        wait_interval=0.05,
        timeout_seconds=600,
        output_s3_bucket_name="outputs",
        output_s3_key_prefix="runs",
        cloudwatch_output_config={"log_group_name": "runs", "output_enabled": True},
        service_role_arn="arn:aws:iam::123456789012:role/notices",
        notification_config={"arn": "arn:aws:sns:us-east-1:123456789012:t", "events": ["Failed"], "type": "Command"},
        alarm_configuration={"alarms": ["fire"]},
    )
    assert done["outcome"] == "succeeded", done
    [call] = aws.calls(service="ssm", operation="SendCommand")
    sent = call["params"]
    assert sent.pop("Comment").startswith("fleetpatch:run:r1:main:1#")
    assert sent == {
        "DocumentName": "AWS-RunShellScript",
        "DocumentVersion": "$DEFAULT",
        "Parameters": {"commands": ["echo fine"]},
        "Targets": [{"Key": "tag:Name", "Values": ["web"]}],
        "MaxConcurrency": "50",
        "MaxErrors": "0",
        "TimeoutSeconds": 600,
        "OutputS3BucketName": "outputs",
        "OutputS3KeyPrefix": "runs",
        "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "runs", "CloudWatchOutputEnabled": True},
        "ServiceRoleArn": "arn:aws:iam::123456789012:role/notices",
        "NotificationConfig": {
            "NotificationArn": "arn:aws:sns:us-east-1:123456789012:t",
            "NotificationEvents": ["Failed"],
            "NotificationType": "Command",
        },
        "AlarmConfiguration": {"Alarms": [{"Name": "fire"}], "IgnorePollAlarmFailure": False},
    }
