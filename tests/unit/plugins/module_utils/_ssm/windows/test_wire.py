# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Windows between wire and model, held against the model of the API in the SDK."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import compare
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import predict
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import wire as window_wire

UUID = "11111111-2222-3333-4444-555555555555"
# Deprecated (MaintenanceWindowTask); what a task has of them is kept.
DEPRECATED = {"TaskParameters", "LoggingInfo"}
WEB = {"name": "web", "tags": {"role": "web"}, "owner_information": "us", "description": "Web"}


def test_every_member_of_a_window_is_an_option(ssm, window):
    full = window(
        description="All", schedule_timezone="UTC", schedule_offset=1, start_date="2030-01-01", end_date="2031-01-01"
    )
    wire = window_wire.window_to_wire(full)
    assert {*wire, "ClientToken", "Tags"} - {"Enabled"} == set(ssm.shape_for("CreateMaintenanceWindowRequest").members)
    assert {*wire, "WindowId", "Replace"} == set(ssm.shape_for("UpdateMaintenanceWindowRequest").members)
    known = {*window_wire.WINDOW.values(), *window_wire.ASSIGNED.values()}
    assert known == set(ssm.shape_for("GetMaintenanceWindowResult").members)
    assert window_wire.window_to_model({**wire, "WindowId": "mw-1"})["unknown"] == {}


def test_every_member_of_a_target_is_an_option(ssm, window):
    [target] = window(targets=[WEB])["targets"]
    members = set(ssm.shape_for("RegisterTargetWithMaintenanceWindowRequest").members)
    assert {*window_wire.target_to_wire(target), "WindowId", "ClientToken"} == members
    assert "unknown" not in window_wire.target_to_model(dict.fromkeys(ssm.shape_for("MaintenanceWindowTarget").members))


@pytest.mark.parametrize("kind", list(window_wire.BLOCKS))
def test_every_member_of_a_task_is_an_option(ssm, kind, window, task, blocks):
    model = window(targets=[WEB], tasks=[task(kind)])["tasks"][0]
    wire = window_wire.task_to_wire(model, {"web": UUID})
    members = set(ssm.shape_for("RegisterTaskWithMaintenanceWindowRequest").members)
    assert {*wire, "WindowId", "ClientToken"} == members - DEPRECATED
    option, member, _table = window_wire.BLOCKS[kind]
    shape = ssm.shape_for("MaintenanceWindowTaskInvocationParameters").members[member]
    assert set(wire["TaskInvocationParameters"]) == {member}
    assert set(wire["TaskInvocationParameters"][member]) == set(shape.members)
    assert set(blocks[kind]) == set(options.TASK[option]["options"])
    answer = {**wire, "WindowId": "mw-1", "WindowTaskId": UUID}
    assert set(answer) <= set(ssm.shape_for("GetMaintenanceWindowTaskResult").members)
    assert window_wire.task_to_model(answer, {UUID: "web"}) == model
    assert set(ssm.shape_for("MaintenanceWindowTaskInvocationParameters").members) == {
        member for _option, member, _table in window_wire.BLOCKS.values()
    }


@pytest.mark.parametrize(
    "text, same",
    [
        ("2030-04-01T02:00:00+02:00", "2030-04-01T00:00:00Z"),
        ("2030-04-01T00:00:00.000Z", "2030-04-01T00:00:00Z"),
        ("2030-04-01T00:00-00:00", "2030-04-01T00:00:00Z"),
        ("2030-04-01T00:00:00", "2030-04-01T00:00:00Z"),
        ("2030-04-01", "2030-04-01T00:00:00Z"),
        ("some day", "some day"),
        ("", None),
        (None, None),
    ],
)
def test_dates_have_one_form(text, same):
    assert window_wire.date_text(text) == same


@pytest.mark.parametrize(
    "value, same",
    [
        ({"b": 1, "a": [True]}, '{"a": [true], "b": 1}'),
        ('{"b":1,"a":[true]}', '{"a": [true], "b": 1}'),
        (b'{"b":1}', '{"b": 1}'),
        ("plain", "plain"),
        ("1", "1"),
        ('{"id": {{RESOURCE_ID}}}', '{"id": {{RESOURCE_ID}}}'),
        (b"\xff", "\udcff"),
        (None, None),
    ],
)
def test_payloads_have_one_form(value, same):
    assert window_wire.json_text(value) == same


def test_selections_to_the_wire_and_back():
    wire = [
        {"Key": "tag:role", "Values": ["db", "web"]},
        {"Key": "tag-key", "Values": ["patch"]},
        {"Key": "InstanceIds", "Values": ["i-1"]},
        {"Key": "resource-groups:Name", "Values": ["shop"]},
        {"Key": "resource-groups:ResourceTypeFilters", "Values": ["AWS::EC2::INSTANCE"]},
        {"Key": "tag-key", "Values": ["a", "b"]},
    ]
    model = window_wire.selection_to_model(wire)
    assert model["tags"] == {"role": ["db", "web"], "patch": []} and len(model["other"]) == 1

    def key(pair):
        return pair["Key"], pair["Values"]

    assert sorted(window_wire.selection_to_wire(model), key=key) == sorted(wire, key=key)


def test_what_aws_fills_in_is_no_change():
    raw = {
        "TaskType": "RUN_COMMAND",
        "TaskArn": "x",
        "Priority": 1,
        "MaxConcurrency": "1",
        "MaxErrors": "1",
        "ServiceRoleArn": "arn:aws:iam::1:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM",
        "TaskInvocationParameters": {
            "RunCommand": {
                "Comment": "",
                "OutputS3BucketName": "",
                "DocumentVersion": "$DEFAULT",
                "CloudWatchOutputConfig": {"CloudWatchOutputEnabled": False},
                "NotificationConfig": {"NotificationArn": "", "NotificationEvents": []},
                "Parameters": {},
            }
        },
        "TaskParameters": {},
    }
    model = window_wire.task_to_model(raw, {})
    assert model == {**predict.NEW_TASK, "task_type": "RUN_COMMAND", "task_arn": "x", "run_command": {}}


def test_members_of_newer_sdks_are_kept(window, options_of):
    raw = {
        "TaskType": "LAMBDA",
        "TaskArn": "x",
        "NewThing": "kept",
        "TaskInvocationParameters": {"Lambda": {"Payload": b"{}", "NewParameter": "kept too"}},
    }
    model = window_wire.task_to_model(raw, {})
    assert model["unknown"] == {"NewThing": "kept"}
    assert window_wire.task_to_wire(model, {})["TaskInvocationParameters"]["Lambda"] == {
        "Payload": b"{}",
        "NewParameter": "kept too",
    }
    before = {**window(), "tasks": [model], "task_ids": ["one"]}
    given = {"window_task_id": UUID, "lambda": {"payload": "new"}}
    before["task_ids"] = [UUID]
    after = predict.predict(before, options.desired_of(options_of(name="shop", tasks=[given])))
    assert window_wire.task_to_wire(after["tasks"][0], {})["TaskInvocationParameters"]["Lambda"] == {
        "Payload": b"new",
        "NewParameter": "kept too",
    }
    identity = {"WindowId": "mw-1", "Name": "shop", "NewThing": {"a": 1}}
    assert window_wire.window_to_model(identity)["unknown"] == {"NewThing": {"a": 1}}
    assert window_wire.target_to_model({"NewThing": 1})["unknown"] == {"NewThing": 1}


def test_only_what_the_model_calls_sensitive_is_redacted(ssm):
    assert "sensitive" in ssm.shape_for("MaintenanceWindowLambdaPayload").metadata
    assert "sensitive" in ssm.shape_for("MaintenanceWindowStepFunctionsInput").metadata
    value = {
        "tags": {"owner_information": "kept", "payload": "kept", "lambda": {"payload": "kept"}},
        "owner_information": "hidden",
        "description": "kept",
        "run_command": {
            "comment": "kept",
            "parameters": {"Operation": "Scan", "Id": ["{{TARGET_ID}}", ""], "x": ["hidden"]},
        },
        "automation": {"parameters": {"step_functions": {"input": "kept"}}},
        "step_functions": {"input": {"key": "hidden"}, "name": "kept"},
        "lambda": {"payload": 'hidden "', "qualifier": "kept"},
        "unknown": {"TaskParameters": "hidden"},
    }
    shown = window_wire.redacted(value)
    assert "hidden" not in repr(shown) and repr(shown).count("kept") == repr(value).count("kept")
    assert shown["run_command"]["parameters"]["Operation"] == "Scan" and "unknown" not in shown
    assert shown["run_command"]["parameters"]["Id"] == ["{{TARGET_ID}}", ""]
    same = [window_wire.redacted({"lambda": {"payload": text}}) for text in ('{"a":1}', {"a": 1}, b'{"a": 1}')]
    assert same[0] == same[1] == same[2]


@pytest.mark.parametrize("kinds", [("targets",), ("tasks",), ("targets", "tasks")])
def test_a_diff_that_says_only_what_there_is_has_no_secrets(kinds, window):
    owned = {**WEB, "owner_information": "hidden"}
    job = {"name": "job", "task_type": "LAMBDA", "task_arn": "SSM-notify", "lambda": {"payload": "hidden"}}
    model = window(**{kind: {"targets": [owned], "tasks": [job]}[kind] for kind in kinds})
    for before, after in ((None, model), (model, None), (model, {**model, "duration": 5})):
        result = window_wire.finished({"diff": compare.diff(before, after), "window": after or {}, "changes": []})
        assert "hidden" not in repr(result) and "sha256" in repr(result["diff"])
        assert not any(name in repr(result) for name in ("target_ids", "task_ids"))
        many = window_wire.finished({"diff": [{"before_header": "x", **compare.diff(before, after)}]})
        assert many["diff"] == [{"before_header": "x", **result["diff"]}] and set(result["diff"]) == {"before", "after"}
