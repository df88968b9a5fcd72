# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run Command; expectations from API SendCommand, ListCommands, GetCommandInvocation and the user guide."""

import json

import pytest

from ..helpers import command
from ..helpers import details
from ..helpers import ids
from ..helpers import refused
from ..helpers import scenario
from ..helpers import send

SHELL, POWER = "AWS-RunShellScript", "AWS-RunPowerShellScript"


def shell(ssm, nodes, *lines, document=SHELL, **more):
    timeout = more.pop("timeout", None)
    parameters = {"commands": list(lines)}
    if timeout:
        parameters["executionTimeout"] = [str(timeout)]
    return send(ssm, document, nodes, parameters, **more)


def fleet(count, **more):
    return scenario([{"name": "n", "count": count, "platform": "amazon-linux-2023", "tags": {"Role": "app"}, **more}])


def test_documents_carry_the_parameters_of_aws(ssm):
    content = json.loads(ssm.get_document(Name="AWS-RunPatchBaseline")["Content"])
    assert content["schemaVersion"] == "2.2"
    assert set(content["parameters"]) == {
        "Operation",
        "AssociationId",
        "SnapshotId",
        "InstallOverrideList",
        "BaselineOverride",
        "RebootOption",
        "StepTimeoutSeconds",
    }
    assert content["parameters"]["RebootOption"]["default"] == "RebootIfNeeded"
    assert [step["name"] for step in content["mainSteps"]] == ["PatchWindows", "PatchLinux", "PatchMacOS"]
    facts = ssm.describe_document(Name=SHELL)["Document"]
    assert (facts["Owner"], facts["DocumentType"], facts["PlatformTypes"]) == ("Amazon", "Command", ["Linux", "MacOS"])


def test_the_answer_of_send_command(server, ssm):
    node = ids(server)["lin-1"]
    found = ssm.send_command(
        InstanceIds=[node], DocumentName=SHELL, Parameters={"commands": ["echo hi"]}, Comment="c", TimeoutSeconds=60
    )["Command"]
    assert (found["Status"], found["StatusDetails"], found["TargetCount"], found["CompletedCount"]) == (
        "Pending",
        "Pending",
        1,
        0,
    )
    assert (found["MaxConcurrency"], found["MaxErrors"], found["Comment"]) == ("50", "0", "c")
    # total timeout = delivery timeout + execution timeout
    assert (found["ExpiresAfter"] - found["RequestedDateTime"]).total_seconds() == 60 + 3600


@pytest.mark.parametrize(
    ("line", "status", "code", "stdout"),
    [
        ("echo hello", "Success", 0, "hello\n"),
        ("exit 3", "Failed", 3, ""),
        ("echo a; exit 1; echo b", "Failed", 1, "a\n"),
        ("yum -y update", "Success", 0, ""),
        ('echo "one; two && three"; echo four', "Success", 0, "one; two && three\nfour\n"),
        ("sleep 100 && echo 'done now'", "Success", 0, "done now\n"),
    ],
)
def test_scripts(server, ssm, line, status, code, stdout):
    node = ids(server)["lin-1"]
    number = shell(ssm, [node], line)
    server.clock(jump="idle")
    found = ssm.get_command_invocation(CommandId=number, InstanceId=node)
    assert (found["Status"], found["ResponseCode"], found["StandardOutputContent"]) == (status, code, stdout)
    assert found["PluginName"] == "aws:runShellScript"
    assert found["ExecutionElapsedTime"] == ("PT1M40S" if "sleep" in line else "PT1S")


def test_get_command_invocation_before_and_after(server, ssm):
    node = ids(server)["lin-1"]
    number = shell(ssm, [node], "sleep 10")
    found = ssm.get_command_invocation(CommandId=number, InstanceId=node)
    assert (found["Status"], found["ResponseCode"], found["ExecutionStartDateTime"]) == ("Pending", -1, "")
    server.clock(advance=5)
    assert ssm.get_command_invocation(CommandId=number, InstanceId=node)["Status"] == "InProgress"
    with refused("InvocationDoesNotExist"):
        ssm.get_command_invocation(CommandId=number, InstanceId=ids(server)["lin-2"])
    with refused("InvocationDoesNotExist"):
        ssm.get_command_invocation(CommandId="00000000-0000-0000-0000-000000000000", InstanceId=node)
    with refused("InvalidPluginName"):
        ssm.get_command_invocation(CommandId=number, InstanceId=node, PluginName="nothing")


def test_several_steps_need_the_plugin_name_for_output(server, ssm):
    node = ids(server)["win-1"]
    number = send(ssm, "AWS-RunPatchBaseline", [node], {"Operation": ["Scan"]})
    server.clock(jump="idle")
    assert ssm.get_command_invocation(CommandId=number, InstanceId=node)["StandardOutputContent"] == ""
    found = ssm.get_command_invocation(CommandId=number, InstanceId=node, PluginName="PatchWindows")
    assert "MissingCount        : 4" in found["StandardOutputContent"]
    server.switches(plugin_name_required=True)
    with refused("InvalidPluginName"):
        ssm.get_command_invocation(CommandId=number, InstanceId=node)


@pytest.mark.parametrize("reads", [0, 2])
def test_eventual_consistency(server, ssm, reads):
    server.switches(eventual_reads=reads)
    node = ids(server)["lin-1"]
    number = shell(ssm, [node], "true")
    for _ in range(reads):
        with refused("InvocationDoesNotExist"):
            ssm.get_command_invocation(CommandId=number, InstanceId=node)
    assert ssm.get_command_invocation(CommandId=number, InstanceId=node)["CommandId"] == number
    other = shell(ssm, [node], "true")
    for _ in range(reads):
        assert ssm.list_command_invocations(CommandId=other)["CommandInvocations"] == []
    assert len(ssm.list_command_invocations(CommandId=other)["CommandInvocations"]) == 1


@pytest.mark.parametrize(
    ("code", "request_of"),
    [
        ("InvalidDocument", lambda n: {"DocumentName": "AWS-Nothing", "InstanceIds": [n["lin-1"]]}),
        (
            "InvalidDocumentVersion",
            lambda n: {"DocumentName": SHELL, "DocumentVersion": "9", "InstanceIds": [n["lin-1"]]},
        ),
        ("InvalidParameters", lambda n: {"InstanceIds": [n["lin-1"]], "Parameters": {}}),
        (
            "InvalidParameters",
            lambda n: {"InstanceIds": [n["lin-1"]], "Parameters": {"commands": ["x"], "other": ["y"]}},
        ),
        (
            "InvalidParameters",
            lambda n: {"InstanceIds": [n["lin-1"]], "Parameters": {"commands": ["x"], "executionTimeout": ["172801"]}},
        ),
        ("InvalidInstanceId", lambda n: {"InstanceIds": ["i-00000000000000000"]}),
        ("InvalidInstanceId", lambda n: {}),
        ("InvalidInstanceId", lambda n: {"InstanceIds": [n["lin-1"]], "Targets": [{"Key": "tag:a", "Values": ["b"]}]}),
        ("DuplicateInstanceId", lambda n: {"InstanceIds": [n["lin-1"], n["lin-1"]]}),
        ("UnsupportedPlatformType", lambda n: {"InstanceIds": [n["win-1"]]}),
        ("ValidationException", lambda n: {"InstanceIds": [n["lin-1"]], "MaxConcurrency": "0"}),
        ("ValidationException", lambda n: {"InstanceIds": [n["lin-1"]], "MaxErrors": "101%"}),
        ("ValidationException", lambda n: {"InstanceIds": [n["lin-1"]] * 51}),
        ("ValidationException", lambda n: {"InstanceIds": [n["lin-1"]], "TimeoutSeconds": 2592001}),
        ("InvalidParameters", lambda n: {"Targets": [{"Key": "Role", "Values": ["app"]}]}),
    ],
)
def test_what_send_command_refuses(server, ssm, code, request_of):
    with refused(code):
        ssm.send_command(**{"DocumentName": SHELL, "Parameters": {"commands": ["true"]}, **request_of(ids(server))})
    assert ssm.list_commands()["Commands"] == []


def test_an_automation_document_is_no_command(server, ssm):
    ssm.create_document(
        Name="own",
        DocumentType="Automation",
        Content=json.dumps(
            {
                "schemaVersion": "0.3",
                "mainSteps": [{"name": "a", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}],
            }
        ),
    )
    with refused("InvalidDocument"):
        send(ssm, "own", [ids(server)["lin-1"]])


def test_agents_none_and_terminated_are_not_managed(server, ssm):
    server.reset(
        scenario([{"name": "none", "platform": "rhel-9", "agent": "none"}, {"name": "gone", "platform": "rhel-9"}])
    )
    nodes = ids(server)
    server.client("ec2").terminate_instances(InstanceIds=[nodes["gone"]])
    for node in nodes.values():
        with refused("InvalidInstanceId", "not in a valid state"):
            shell(ssm, [node], "true")


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([{"Key": "tag:Role", "Values": ["app"]}], {"lin-1", "lin-2"}),
        ([{"Key": "tag:Role", "Values": ["app", "data"]}], {"lin-1", "lin-2", "win-1", "win-2"}),
        ([{"Key": "tag:Role", "Values": ["ap"]}], set()),
        ([{"Key": "tag-key", "Values": ["PatchGroup"]}], {"win-1", "win-2"}),
        # several targets: all must fit
        ([{"Key": "tag:Role", "Values": ["data"]}, {"Key": "tag:Name", "Values": ["win-2"]}], {"win-2"}),
    ],
)
def test_targets(server, ssm, targets, expected):
    number = send(ssm, "AWS-RunPatchBaseline", None, {"Operation": ["Scan"]}, Targets=targets)
    nodes = ids(server)
    assert set(details(ssm, number)) == {nodes[name] for name in expected}
    server.clock(jump="idle")
    found = command(ssm, number)
    assert found["StatusDetails"] == ("Success" if expected else "NoInstancesInTag")
    assert found["TargetCount"] == len(expected)


def test_instance_ids_as_target(server, ssm):
    nodes = ids(server)
    number = shell(ssm, None, "true", Targets=[{"Key": "InstanceIds", "Values": [nodes["lin-1"], nodes["lin-2"]]}])
    assert set(details(ssm, number)) == {nodes["lin-1"], nodes["lin-2"]}


def test_the_wrong_platform_is_an_error_for_ids_and_a_status_for_targets(server, ssm):
    number = shell(ssm, None, "true", Targets=[{"Key": "tag-key", "Values": ["Role"]}], MaxErrors="0")
    server.clock(jump="idle")
    nodes = ids(server)
    found = details(ssm, number)
    assert {found[nodes["win-1"]], found[nodes["win-2"]]} == {"InvalidPlatform"}
    assert {found[nodes["lin-1"]], found[nodes["lin-2"]]} == {"Success"}
    assert command(ssm, number)["Status"] == "Success"  # "four Invalid Platform and one Success ... Success"


def concurrent(server, ssm, number):
    found = details(ssm, number).values()
    return sum(1 for detail in found if detail == "InProgress")


def test_the_ramp_doubles(server, ssm):
    server.reset(fleet(12))
    number = shell(ssm, None, "sleep 10", Targets=[{"Key": "tag:Role", "Values": ["app"]}], MaxConcurrency="4")
    seen = []
    for _ in range(4):
        server.clock(advance=5)
        seen.append(concurrent(server, ssm, number))
        server.clock(advance=7.5)
    assert seen == [1, 2, 4, 4]
    server.clock(jump="idle")
    assert command(ssm, number)["CompletedCount"] == 12


def test_at_full_width_every_free_place_is_filled(server, ssm):
    server.reset(fleet(5))
    server.switches(command_ramp="never")
    number = shell(ssm, None, "sleep 10", Targets=[{"Key": "tag:Role", "Values": ["app"]}], MaxConcurrency="2")
    server.clock(advance=5)
    assert concurrent(server, ssm, number) == 2
    server.clock(jump="idle")
    scripts = server.history(kind="script")
    for entry in scripts:
        meeting = [one for one in scripts if one["start"] < entry["end"] and entry["start"] < one["end"]]
        assert len(meeting) <= 2


def test_max_errors_stops_and_terminates_the_rest(server, ssm):
    server.reset(fleet(6))
    nodes = ids(server)
    for name in ("n-1", "n-2", "n-3", "n-4"):
        server.set_machine(nodes[name], script_fails=-1)
    number = shell(
        ssm, None, "true", Targets=[{"Key": "tag:Role", "Values": ["app"]}], MaxConcurrency="1", MaxErrors="2"
    )
    server.clock(jump="idle")
    found = command(ssm, number)
    by_name = {name: details(ssm, number)[node] for name, node in nodes.items()}
    assert [by_name[f"n-{i}"] for i in range(1, 7)] == [
        "Failed",
        "Failed",
        "Failed",
        "Terminated",
        "Terminated",
        "Terminated",
    ]
    assert (found["Status"], found["ErrorCount"], found["CompletedCount"]) == ("Failed", 3, 6)
    assert len(server.history(kind="script")) == 3


def test_undeliverable_does_not_stop_a_command(server, ssm):
    server.reset(fleet(4))
    nodes = ids(server)
    for name in ("n-1", "n-2", "n-3"):
        server.set_machine(nodes[name], undeliverable=True)
    number = shell(ssm, list(nodes.values()), "true")
    server.clock(jump="idle")
    found = command(ssm, number)
    assert sorted(details(ssm, number).values()) == ["Success", "Undeliverable", "Undeliverable", "Undeliverable"]
    assert (found["Status"], found["ErrorCount"]) == ("Success", 0)


def test_a_lost_agent_times_out_in_delivery(server, ssm):
    server.reset(fleet(1, agent="lost"))
    (node,) = ids(server).values()
    number = shell(ssm, [node], "true", TimeoutSeconds=600)
    server.clock(advance=30)
    assert details(ssm, number) == {node: "Delayed"}
    server.clock(advance=560)
    assert command(ssm, number)["Status"] == "InProgress"
    server.clock(jump="idle")
    found = command(ssm, number)
    assert (found["Status"], found["StatusDetails"]) == ("TimedOut", "DeliveryTimedOut")
    assert (found["DeliveryTimedOutCount"], found["ErrorCount"]) == (1, 0)
    assert server.history(kind="script") == []


def test_an_agent_that_comes_back_in_time_takes_the_command(server, ssm):
    server.reset(fleet(1, agent="lost"))
    (node,) = ids(server).values()
    number = shell(ssm, [node], "true", TimeoutSeconds=600)
    server.clock(advance=100)
    server.set_machine(node, agent="online")
    server.clock(jump="idle")
    assert details(ssm, number) == {node: "Success"}


@pytest.mark.parametrize(("how", "expected"), [("timeout_seconds", 60), ("total", 60 + 120)])
def test_the_two_readings_of_the_delivery_timeout(server, ssm, how, expected):
    server.reset(fleet(1, agent="lost"))
    server.switches(delivery_timeout=how)
    (node,) = ids(server).values()
    number = shell(ssm, [node], "true", TimeoutSeconds=60, timeout=120)
    server.clock(advance=expected - 1)
    assert details(ssm, number) == {node: "Delayed"}
    server.clock(advance=2)
    assert details(ssm, number) == {node: "DeliveryTimedOut"}


def test_execution_timeout(server, ssm):
    node = ids(server)["lin-1"]
    number = shell(ssm, [node], "sleep 500", timeout=100)
    server.clock(jump="idle")
    assert details(ssm, number) == {node: "ExecutionTimedOut"}
    assert command(ssm, number)["ErrorCount"] == 1


@pytest.mark.parametrize(
    ("switch", "expected"), [("execution_timed_out", "ExecutionTimedOut"), ("delivery_timed_out", "DeliveryTimedOut")]
)
def test_an_agent_lost_in_the_middle(server, ssm, switch, expected):
    server.switches(lost_midway=switch)
    node = ids(server)["lin-1"]
    number = shell(ssm, [node], "sleep 50", timeout=300)
    server.clock(advance=20)
    server.set_machine(node, agent="lost")
    server.clock(advance=100)
    assert details(ssm, number) == {node: "InProgress"}
    server.clock(jump="idle")
    assert details(ssm, number) == {node: expected}


def test_cancel(server, ssm):
    server.reset(fleet(3))
    nodes = list(ids(server).values())
    number = shell(ssm, nodes, "sleep 100")
    server.clock(advance=10)
    ssm.cancel_command(CommandId=number)
    assert sorted(details(ssm, number).values()) == ["Cancelled", "Cancelled", "Cancelling"]
    assert command(ssm, number)["Status"] == "Cancelling"
    server.clock(jump="idle")
    assert set(details(ssm, number).values()) == {"Cancelled"}
    assert command(ssm, number)["StatusDetails"] == "Cancelled"
    assert len(server.history(kind="script")) == 1


def test_cancel_on_one_node(server, ssm):
    server.reset(fleet(2))
    server.switches(command_ramp="never")
    first, second = ids(server).values()
    number = shell(ssm, [first, second], "sleep 100")
    server.clock(advance=10)
    ssm.cancel_command(CommandId=number, InstanceIds=[first])
    server.clock(jump="idle")
    assert details(ssm, number) == {first: "Cancelled", second: "Success"}
    with refused("InvalidCommandId"):
        ssm.cancel_command(CommandId="00000000-0000-0000-0000-000000000000")
    with refused("InvalidInstanceId"):
        ssm.cancel_command(CommandId=number, InstanceIds=["i-00000000000000000"])


def test_lists_and_filters(server, ssm):
    nodes = ids(server)
    first = shell(ssm, [nodes["lin-1"]], "true")
    server.clock(jump="idle")
    server.clock(advance=3600)
    middle = server.clock()["now"]
    second = shell(ssm, [nodes["lin-2"]], "exit 1")
    server.clock(jump="idle")

    def listed(**filters):
        wanted = {"Filters": [{"key": key, "value": value} for key, value in filters.items()]} if filters else {}
        pages = ssm.get_paginator("list_commands").paginate(PaginationConfig={"PageSize": 1}, **wanted)
        return [one["CommandId"] for page in pages for one in page["Commands"]]

    assert listed() == [second, first]
    assert listed(Status="Failed") == [second]
    assert listed(InvokedBefore=middle) == [first]
    assert listed(InvokedAfter=middle) == [second]
    assert listed(DocumentName="AWS-Other") == []
    assert listed(ExecutionStage="Complete") == [second, first]
    assert [one["CommandId"] for one in ssm.list_commands(InstanceId=nodes["lin-1"])["Commands"]] == [first]
    with refused("InvalidFilterKey"):
        ssm.list_command_invocations(Filters=[{"key": "ExecutionStage", "value": "Complete"}])
    with refused("InvalidCommandId"):
        ssm.list_commands(CommandId="00000000-0000-0000-0000-000000000000")
    with refused("InvalidNextToken"):
        ssm.list_commands(NextToken="garbage")


def test_a_document_of_our_own(server, ssm):
    content = {
        "schemaVersion": "2.2",
        "parameters": {"Word": {"type": "String", "default": "hi"}},
        "mainSteps": [
            {
                "name": "windows",
                "action": "aws:runPowerShellScript",
                "precondition": {"StringEquals": ["platformType", "Windows"]},
                "inputs": {"runCommand": ["Write-Output '{{ Word }}'"]},
            },
            {
                "name": "linux",
                "action": "aws:runShellScript",
                "precondition": {"StringEquals": ["platformType", "Linux"]},
                "inputs": {"runCommand": ["echo {{Word}}", "exit 7"], "onFailure": "exit"},
            },
            {"name": "after", "action": "aws:runShellScript", "inputs": {"runCommand": ["echo after"]}},
        ],
    }
    ssm.create_document(Name="own-doc", DocumentType="Command", Content=json.dumps(content))
    nodes = ids(server)
    number = send(ssm, "own-doc", [nodes["win-1"], nodes["lin-1"]], {"Word": ["yes"]}, MaxErrors="100%")
    server.clock(jump="idle")
    found = ssm.list_command_invocations(CommandId=number, InstanceId=nodes["win-1"], Details=True)[
        "CommandInvocations"
    ]
    plugins = {one["Name"]: one for one in found[0]["CommandPlugins"]}
    assert plugins["windows"]["Output"] == "yes\n"
    assert "skipped" in plugins["linux"]["Output"] and plugins["linux"]["ResponseCode"] == 0
    assert details(ssm, number) == {nodes["win-1"]: "Success", nodes["lin-1"]: "Failed"}
    shown = ssm.get_command_invocation(CommandId=number, InstanceId=nodes["lin-1"], PluginName="linux")
    assert (shown["ResponseCode"], shown["StandardOutputContent"]) == (7, "yes\n")
    after = ssm.get_command_invocation(CommandId=number, InstanceId=nodes["lin-1"], PluginName="after")
    assert after["ResponseCode"] == -1  # onFailure: exit


def test_exit_194_restarts_the_host(server, ssm):
    node = ids(server)["lin-1"]
    number = shell(ssm, [node], "exit 194")
    server.clock(jump="idle")
    assert details(ssm, number) == {node: "Success"}
    assert [entry["reason"] for entry in server.history(kind="reboot")] == [SHELL]


def test_update_of_the_agent(server, ssm):
    server.reset(fleet(8))
    nodes = list(ids(server).values())
    before = {node: server.machine(node)["agent_version"] for node in nodes}
    old = next(node for node, version in before.items() if version != "3.3.3572.0")
    number = send(ssm, "AWS-UpdateSSMAgent", [old])
    server.clock(jump="idle")
    assert details(ssm, number) == {old: "Success"}
    (found,) = ssm.describe_instance_information(Filters=[{"Key": "InstanceIds", "Values": [old]}])[
        "InstanceInformationList"
    ]
    assert found["AgentVersion"] == "3.3.3572.0" and found["IsLatestVersion"]
    back = send(ssm, "AWS-UpdateSSMAgent", [old], {"version": [before[old]]})
    server.clock(jump="idle")
    assert details(ssm, back) == {old: "Failed"}
    server.set_machine(old, agent_update_fails=1)
    down = {"version": [before[old]], "allowDowngrade": ["true"]}
    outcomes = []
    for _ in range(2):
        again = send(ssm, "AWS-UpdateSSMAgent", [old], down)
        server.clock(jump="idle")
        outcomes += details(ssm, again).values()
    assert outcomes == ["Failed", "Success"]
    assert server.machine(old)["agent_version"] == before[old]


def test_output_goes_to_s3(server, ssm):
    node = ids(server)["lin-1"]
    s3 = server.client("s3")
    s3.create_bucket(Bucket="outputs")
    number = shell(ssm, [node], "echo kept", OutputS3BucketName="outputs", OutputS3KeyPrefix="run")
    server.clock(jump="idle")
    (key,) = [one["Key"] for one in s3.list_objects_v2(Bucket="outputs")["Contents"]]
    assert key == f"run/{number}/{node}/awsrunShellScript/0.awsrunShellScript/stdout"
    assert s3.get_object(Bucket="outputs", Key=key)["Body"].read() == b"kept\n"
    assert ssm.get_command_invocation(CommandId=number, InstanceId=node)["StandardOutputUrl"].endswith(key)


def test_too_many_targets(server, ssm):
    server.switches(pending_invocations=1)
    number = shell(ssm, None, "true", Targets=[{"Key": "tag:Role", "Values": ["app"]}])
    assert command(ssm, number)["StatusDetails"] == "RateExceeded"


@pytest.mark.parametrize(("switch", "expected"), [("accept", "Delayed"), ("reject", None)])
def test_the_two_readings_of_a_stopped_node(server, ssm, switch, expected):
    server.reset(fleet(1, state="stopped"))
    server.switches(unreachable_node=switch)
    (node,) = ids(server).values()
    if expected is None:
        with refused("InvalidInstanceId"):
            shell(ssm, [node], "true")
        return
    number = shell(ssm, [node], "true")
    server.clock(advance=10)
    assert details(ssm, number) == {node: expected}
    server.client("ec2").start_instances(InstanceIds=[node])
    server.clock(jump="idle")
    assert details(ssm, number) == {node: "Success"}


def test_a_resource_group_as_target(server, ssm):
    query = {"ResourceTypeFilters": ["AWS::EC2::Instance"], "TagFilters": [{"Key": "Role", "Values": ["app"]}]}
    server.client("resource-groups").create_group(
        Name="apps", ResourceQuery={"Type": "TAG_FILTERS_1_0", "Query": json.dumps(query)}
    )
    number = shell(ssm, None, "true", Targets=[{"Key": "resource-groups:Name", "Values": ["apps"]}])
    nodes = ids(server)
    assert set(details(ssm, number)) == {nodes["lin-1"], nodes["lin-2"]}
    with refused("InvalidParameters"):
        shell(ssm, None, "true", Targets=[{"Key": "resource-groups:Name", "Values": ["apps", "more"]}])


@pytest.mark.parametrize(
    ("counts_from", "expected"), [("node", ["Success"] * 2), ("command", ["DeliveryTimedOut", "Success"])]
)
def test_when_the_delivery_timeout_of_a_waiting_node_begins(server, ssm, counts_from, expected):
    server.reset(fleet(2))
    server.switches(delivery_counts_from=counts_from, delivery_timeout="timeout_seconds")
    number = shell(ssm, list(ids(server).values()), "sleep 100", MaxConcurrency="1", TimeoutSeconds=60)
    server.clock(jump="idle")
    assert sorted(details(ssm, number).values()) == expected
