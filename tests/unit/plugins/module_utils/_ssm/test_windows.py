# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is known of maintenance windows, held against the model of the API in the SDK; the pure parts."""

import pytest

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import compare
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_limits
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_predict
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_shown
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import window_wire

ROLE = "arn:aws:iam::123456789012:role/maintenance-window"
UUID = "11111111-2222-3333-4444-555555555555"
BLOCKS = {
    "RUN_COMMAND": {
        "comment": "Patch",
        "cloudwatch_output_config": {"log_group_name": "patches", "output_enabled": True},
        "document_hash": "0123456789abcdef",
        "document_hash_type": "Sha256",
        "document_version": "1",
        "notification_config": {"arn": "arn:aws:sns:::x", "events": ["Failed"], "type": "Command"},
        "output_s3_bucket_name": "shop-logs",
        "output_s3_key_prefix": "patches",
        "parameters": {"Operation": ["Install"]},
        "service_role_arn": ROLE,
        "timeout_seconds": 600,
    },
    "AUTOMATION": {"document_version": "1", "parameters": {"InstanceId": ["{{RESOURCE_ID}}"]}},
    "LAMBDA": {"client_context": "e30=", "qualifier": "live", "payload": '{"a": 1}'},
    "STEP_FUNCTIONS": {"input": '{"a": 1}', "name": "patch"},
}
# Deprecated (MaintenanceWindowTask); what a task has of them is kept.
DEPRECATED = {"TaskParameters", "LoggingInfo"}


@pytest.fixture(name="ssm", scope="module")
def fixture_ssm():
    import botocore.session

    return botocore.session.get_session().get_service_model("ssm")


def options_of(**given):
    return ArgumentSpecValidator(window_options.WINDOW).validate(given).validated_parameters


def window(**given):
    desired = window_predict.desired_of(
        options_of(**{"name": "shop", "schedule": "cron(0 2 ? * SUN *)", "duration": 4, "cutoff": 1, **given})
    )
    return window_predict.predict(None, desired)


def task(kind, **more):
    return {
        "name": "patch",
        "task_type": kind,
        "task_arn": "arn:aws:something",
        "targets": ["web"],
        "priority": 3,
        "max_concurrency": "1",
        "max_errors": "0",
        "service_role_arn": ROLE,
        "cutoff_behavior": "CANCEL_TASK",
        "description": "Patch",
        "alarm_configuration": {"alarms": ["down"], "ignore_poll_alarm_failure": True},
        window_wire.BLOCKS[kind][0]: BLOCKS[kind],
        **more,
    }


WEB = {"name": "web", "tags": {"role": "web"}, "owner_information": "us", "description": "Web"}


def test_every_member_of_a_window_is_an_option(ssm):
    full = window(
        description="All", schedule_timezone="UTC", schedule_offset=1, start_date="2030-01-01", end_date="2031-01-01"
    )
    wire = window_wire.window_to_wire(full)
    assert {*wire, "ClientToken", "Tags"} - {"Enabled"} == set(ssm.shape_for("CreateMaintenanceWindowRequest").members)
    assert {*wire, "WindowId", "Replace"} == set(ssm.shape_for("UpdateMaintenanceWindowRequest").members)
    known = {*window_wire.WINDOW.values(), *window_wire.ASSIGNED.values()}
    assert known == set(ssm.shape_for("GetMaintenanceWindowResult").members)
    assert window_wire.window_to_model({**wire, "WindowId": "mw-1"})["unknown"] == {}


def test_every_member_of_a_target_is_an_option(ssm):
    [target] = window(targets=[WEB])["targets"]
    members = set(ssm.shape_for("RegisterTargetWithMaintenanceWindowRequest").members)
    assert {*window_wire.target_to_wire(target), "WindowId", "ClientToken"} == members
    assert "unknown" not in window_wire.target_to_model(dict.fromkeys(ssm.shape_for("MaintenanceWindowTarget").members))


@pytest.mark.parametrize("kind", list(BLOCKS))
def test_every_member_of_a_task_is_an_option(ssm, kind):
    model = window(targets=[WEB], tasks=[task(kind)])["tasks"][0]
    wire = window_wire.task_to_wire(model, {"web": UUID})
    members = set(ssm.shape_for("RegisterTaskWithMaintenanceWindowRequest").members)
    assert {*wire, "WindowId", "ClientToken"} == members - DEPRECATED
    option, member, _table = window_wire.BLOCKS[kind]
    shape = ssm.shape_for("MaintenanceWindowTaskInvocationParameters").members[member]
    assert set(wire["TaskInvocationParameters"]) == {member}
    assert set(wire["TaskInvocationParameters"][member]) == set(shape.members)
    assert set(BLOCKS[kind]) == set(window_options.TASK[option]["options"])
    answer = {**wire, "WindowId": "mw-1", "WindowTaskId": UUID}
    assert set(answer) <= set(ssm.shape_for("GetMaintenanceWindowTaskResult").members)
    assert window_wire.task_to_model(answer, {UUID: "web"}) == model
    assert set(ssm.shape_for("MaintenanceWindowTaskInvocationParameters").members) == {
        member for _option, member, _table in window_wire.BLOCKS.values()
    }


def test_choices_are_those_of_the_api(ssm):
    for choices, shape in (
        (window_options.TASK["task_type"], "MaintenanceWindowTaskType"),
        (window_options.TASK["cutoff_behavior"], "MaintenanceWindowTaskCutoffBehavior"),
        (window_options.TARGET["resource_type"], "MaintenanceWindowResourceType"),
        (window_options.NOTIFICATION["events"], "NotificationEvent"),
        (window_options.NOTIFICATION["type"], "NotificationType"),
        (window_options.RUN_COMMAND["document_hash_type"], "DocumentHashType"),
    ):
        assert set(choices["choices"]) == set(ssm.shape_for(shape).enum)


LENGTHS = [
    (window_limits.WINDOW_TEXTS, "UpdateMaintenanceWindowRequest", window_wire.WINDOW),
    (window_limits.TARGET_TEXTS, "RegisterTargetWithMaintenanceWindowRequest", window_wire.TARGET),
    (window_limits.TASK_TEXTS, "RegisterTaskWithMaintenanceWindowRequest", window_wire.TASK),
    *(
        (window_limits.BLOCK_TEXTS[option], f"MaintenanceWindow{member}Parameters", table)
        for option, member, table in window_wire.BLOCKS.values()
    ),
]


@pytest.mark.parametrize("texts, shape, table", LENGTHS)
def test_lengths_are_those_of_the_api(ssm, texts, shape, table):
    members = ssm.shape_for(shape).members
    for option, (least, most) in texts.items():
        metadata = members[table[option]].metadata
        assert metadata["max"] == most, option
        # An empty text clears where the API takes none.
        assert least in (0, metadata.get("min", 0)), option
    limited = {option for option, member in table.items() if isinstance(member, str) and _text(members[member])}
    elsewhere = {"name", "start_date", "end_date", "schedule_timezone", "max_concurrency", "max_errors"}
    elsewhere |= {"service_role_arn", "task_type", "cutoff_behavior", "document_version", "document_hash_type"}
    assert limited - set(texts) <= elsewhere


def _text(shape):
    return shape.type_name in ("string", "blob")


@pytest.mark.parametrize(
    "pattern, shape, right, wrong",
    [
        (window_limits.NAME, "MaintenanceWindowName", ["abc", "a.b-c_d"], ["ab", "a b c", "x" * 129]),
        (window_limits.WINDOW_ID, "MaintenanceWindowId", ["mw-0123456789abcdef0"], ["mw-0", "mw-0123456789ABCDEF0"]),
        (window_limits.ITEM_ID, "MaintenanceWindowTargetId", [UUID], ["1", UUID + "0"]),
        (window_limits.CONCURRENCY, "MaxConcurrency", ["1", "10", "5%", "100%"], ["0", "0%", "101%", "x", "10000000"]),
        (window_limits.ERRORS, "MaxErrors", ["0", "1", "10", "0%", "99%", "100%"], ["01", "101%", "x", "10000000"]),
        (window_limits.DOCUMENT_VERSION, "DocumentVersion", ["$LATEST", "$DEFAULT", "12"], ["0", "latest"]),
    ],
)
def test_patterns_are_those_of_the_api(ssm, pattern, shape, right, wrong):
    import re

    metadata = ssm.shape_for(shape).metadata
    for text in right + wrong:
        fits = re.fullmatch(metadata["pattern"], text) is not None
        fits = fits and metadata.get("min", 0) <= len(text) <= metadata.get("max", 9999)
        assert (pattern.fullmatch(text) is not None) is fits is (text in right), text


def test_numbers_are_those_of_the_api(ssm):
    members = ssm.shape_for("CreateMaintenanceWindowRequest").members
    for option, member in (("duration", "Duration"), ("cutoff", "Cutoff"), ("schedule_offset", "ScheduleOffset")):
        metadata = members[member].metadata
        for value in (metadata["min"] - 1, metadata["min"], metadata["max"], metadata["max"] + 1):
            given = {**dict.fromkeys(window_wire.WINDOW), option: value}
            fits = metadata["min"] <= value <= metadata["max"] or (option == "schedule_offset" and value == 0)
            try:
                window_limits.window(given)
                assert fits
            except errors.InvalidInput as error:
                assert not fits and error.message.startswith(f"{option}: ")


# The pure parts


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


def test_pseudo_parameters_in_a_friendlier_spelling():
    given = {"a": ["[[RESOURCE_ID]]", "x-[[ WINDOW_ID ]]"], "b": "[[OTHER]] [[ssm:x]] {{TARGET_ID}}"}
    model = window(
        targets=[WEB], tasks=[task("RUN_COMMAND", run_command={"parameters": given, "comment": "[[TARGET_ID]]"})]
    )
    block = model["tasks"][0]["run_command"]
    assert block["comment"] == "{{TARGET_ID}}"
    assert block["parameters"] == {
        "a": ["{{RESOURCE_ID}}", "x-{{WINDOW_ID}}"],
        "b": ["[[OTHER]] [[ssm:x]] {{TARGET_ID}}"],
    }


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
    assert model == {**window_predict.NEW_TASK, "task_type": "RUN_COMMAND", "task_arn": "x", "run_command": {}}


def test_members_of_newer_sdks_are_kept():
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
    after = window_predict.predict(before, window_predict.desired_of(options_of(name="shop", tasks=[given])))
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
    shown = window_shown.redacted(value)
    assert "hidden" not in repr(shown) and repr(shown).count("kept") == repr(value).count("kept")
    assert shown["run_command"]["parameters"]["Operation"] == "Scan" and "unknown" not in shown
    assert shown["run_command"]["parameters"]["Id"] == ["{{TARGET_ID}}", ""]
    same = [window_shown.redacted({"lambda": {"payload": text}}) for text in ('{"a":1}', {"a": 1}, b'{"a": 1}')]
    assert same[0] == same[1] == same[2]


@pytest.mark.parametrize("kinds", [("targets",), ("tasks",), ("targets", "tasks")])
def test_a_diff_that_says_only_what_there_is_has_no_secrets(kinds):
    owned = {**WEB, "owner_information": "hidden"}
    job = {"name": "job", "task_type": "LAMBDA", "task_arn": "SSM-notify", "lambda": {"payload": "hidden"}}
    model = window(**{kind: {"targets": [owned], "tasks": [job]}[kind] for kind in kinds})
    for before, after in ((None, model), (model, None), (model, {**model, "duration": 5})):
        result = window_shown.finished({"diff": compare.diff(before, after), "window": after or {}, "changes": []})
        assert "hidden" not in repr(result) and "sha256" in repr(result["diff"])
        assert not any(name in repr(result) for name in ("target_ids", "task_ids"))
        many = window_shown.finished({"diff": [{"before_header": "x", **compare.diff(before, after)}]})
        assert many["diff"] == [{"before_header": "x", **result["diff"]}] and set(result["diff"]) == {"before", "after"}


def test_predicting_changes_nothing_that_was_given():
    before = {**window(targets=[WEB], tasks=[task("LAMBDA")]), "window_id": "mw-1"}
    before["target_ids"], before["task_ids"] = [UUID], [UUID]
    copy = repr(before)
    desired = window_predict.desired_of(
        options_of(name="shop", targets=[{"name": "web", "tags": {"a": "b"}}], tasks=[task("LAMBDA", priority=1)])
    )
    said = repr(desired)
    after = window_predict.predict(before, desired)
    after["targets"].clear()
    after["task_ids"].clear()
    assert repr(before) == copy and repr(desired) == said


@pytest.mark.parametrize(
    "former, given, after",
    [
        (None, "2020-01-01", None),
        ("2021-01-01T00:00:00Z", "2020-01-01", "2021-01-01T00:00:00Z"),
        ("2099-01-01T00:00:00Z", "2020-01-01", "2020-01-01T00:00:00Z"),
        ("2021-01-01T00:00:00Z", "2099-01-01", "2099-01-01T00:00:00Z"),
        ("2099-01-01T00:00:00Z", "", None),
    ],
)
def test_a_start_that_has_passed_means_nothing_to_a_rate(former, given, after):
    """ "When using a rate schedule, if you provide a start date that occurs in the past, the current date and time are used"."""
    before = {**window(schedule="rate(1 day)"), "start_date": former}
    desired = window_predict.desired_of(options_of(name="shop", start_date=given))
    assert window_predict.predict(before, desired)["start_date"] == after
    cron = {**before, "schedule": "cron(0 2 ? * SUN *)"}
    assert window_predict.predict(cron, desired)["start_date"] == window_wire.date_text(given)


def test_the_order_of_the_targets_of_a_task_means_nothing():
    targets = [WEB, {"name": "data", "tags": {"role": "data"}}]
    before = {**window(targets=targets, tasks=[task("LAMBDA", targets=["web", "data"])]), "task_ids": [UUID]}
    before["target_ids"] = ["two", "one"]
    assert before["tasks"][0]["targets"] == ["web", "data"]
    desired = window_predict.desired_of(options_of(name="shop", tasks=[task("LAMBDA", targets=["data", "web"])]))
    assert window_predict.predict(before, desired)["tasks"] == before["tasks"]


def test_an_id_goes_before_a_name():
    before = {**window(targets=[WEB]), "target_ids": [UUID]}
    given = [{"window_target_id": UUID, "name": "servers"}, {"name": "web", "tags": {"role": "new"}}]
    after = window_predict.predict(before, window_predict.desired_of(options_of(name="shop", targets=given)))
    assert dict(zip(after["target_ids"], (one["name"] for one in after["targets"]), strict=True)) == {
        UUID: "servers",
        None: "web",
    }
