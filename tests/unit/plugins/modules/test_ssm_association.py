# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.associations import options as association_options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.associations import wire
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_association as module
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_association_info as info

SERVER = set(wire.SERVER_FIELDS)
WEB = {"key": "tag:Tier", "values": ["web", "app"]}
BUCKET = "shop-logs"
SCAN = {
    "association_name": "shop-scan",
    "document_name": "scan-it",
    "document_version": "1",
    "targets": [WEB],
    "parameters": {"Word": "secret-word", "Flag": True},
    "schedule_expression": "cron(0 2 ? * TUE#2 *)",
    "schedule_offset": 3,
    "apply_only_at_cron_interval": True,
    "calendar_names": ["freeze", "closing"],
    "duration": 4,
    "max_concurrency": "10%",
    "max_errors": "0",
    "output_location": {"s3_bucket_name": BUCKET, "s3_key_prefix": "scan", "s3_region": "us-east-1"},
    "compliance_severity": "HIGH",
    "sync_compliance": "AUTO",
    "alarm_configuration": {"alarms": ["errors"], "ignore_poll_alarm_failure": True},
    "association_dispatch_assume_role": "arn:aws:iam::123456789012:role/dispatch",
    "tags": {"team": "shop"},
}
HOSTS = {
    "association_name": "hosts",
    "document_name": "work-on-host",
    "targets": [{"key": "ParameterValues", "values": ["a", "b"]}],
    "automation_target_parameter_name": "Host",
    "target_locations": [{"accounts": ["123456789012"], "regions": ["eu-west-1", "us-east-1"]}],
}
BARE = {"association_name": "bare", "document_name": "AWS-UpdateSSMAgent", "targets": [WEB]}
COMMAND = """{
  "schemaVersion": "2.2",
  "parameters": {
    "Word": {"type": "String", "default": "none"}, "Flag": {"type": "Boolean", "default": false},
    "AssociationId": {"type": "String", "default": ""}
  },
  "mainSteps": [{"action": "aws:runShellScript", "name": "say", "inputs": {"runCommand": ["echo {{ Word }}"]}}]
}"""
RUNBOOK = """{
  "schemaVersion": "0.3",
  "parameters": {"Host": {"type": "String"}, "Other": {"type": "String", "default": ""}},
  "mainSteps": [{"name": "minute", "action": "aws:sleep", "inputs": {"Duration": "PT1M"}, "isEnd": true}]
}"""


@pytest.fixture(name="aws")
def fixture_aws(serve):
    documents = [
        {"name": "scan-it", "type": "Command", "content": COMMAND, "format": "JSON"},
        {"name": "work-on-host", "type": "Automation", "content": RUNBOOK, "format": "JSON"},
    ]
    fleet = [{"name": "web", "count": 1, "platform": "amazon-linux-2023", "tags": {"Tier": "web"}}]
    aws = serve({"clock": {"rate": 600}, "documents": documents, "fleet": fleet})
    aws.client("s3").create_bucket(Bucket=BUCKET)
    aws.client("s3").create_bucket(Bucket="other-logs")
    return aws


def strip(result):
    return {key: value for key, value in result["association"].items() if key not in SERVER}


def written(aws):
    return [call["operation"] for call in aws.calls(source="client") if call["mutating"]]


def four(aws, run_module, **options):
    """check, real, check, real; the prediction must equal what is read back, and only the second may write."""
    steps = []
    for check in (True, False) * 2:
        aws.clear_calls()
        steps.append(run_module(module, check=check, **options))
        assert not steps[-1].get("failed"), steps[-1]["msg"]
        assert bool(written(aws)) is (len(steps) == 2)
        assert "unconfirmed" not in steps[-1]
    predicted, real, check, again = steps
    assert [step["changed"] for step in steps] == [True, True, False, False]
    assert strip(predicted) == strip(real) == strip(check) == strip(again)
    assert predicted["changes"] == real["changes"]
    return real


def found(aws, result):
    return aws.client("ssm").describe_association(AssociationId=result["association"]["association_id"])[
        "AssociationDescription"
    ]


def names(aws):
    return [one.get("AssociationName") for one in aws.client("ssm").list_associations()["Associations"]]


@pytest.fixture(name="reads", params=["omitted", "shown"])
def fixture_reads(aws, request):
    """AWS may show the defaults of what was not given, or leave them out."""
    aws.switches(association_defaults=request.param)
    return request.param


@pytest.mark.parametrize("options", [SCAN, HOSTS, BARE])
def test_life(aws, run_module, reads, options):
    made = four(aws, run_module, **options)
    assert made["diff"]["before"] == {} and made["diff"]["after"]["association_name"] == options["association_name"]
    assert made["association"]["association_version"] == "1" and made["association"]["created_date"].endswith("Z")
    gone = four(aws, run_module, association_name=options["association_name"], state="absent")
    assert gone["association"] == {} and gone["diff"]["after"] == {} and names(aws) == []


CHANGES = [
    ("document_version", "$LATEST"),
    ("targets", [{"key": "tag:Tier", "values": ["web"]}]),
    ("targets", [WEB, {"key": "InstanceIds", "values": ["*"]}]),
    ("parameters", {"Word": "secret-word"}),
    ("schedule_expression", "cron(0 2 ? * WED#2 *)"),
    ("schedule_offset", 4),
    ("calendar_names", ["freeze"]),
    ("duration", 5),
    ("max_concurrency", "10"),
    ("max_errors", "5"),
    ("output_location", {"s3_bucket_name": BUCKET}),
    ("output_location", {"s3_bucket_name": "other-logs", "s3_key_prefix": "scan", "s3_region": "us-east-1"}),
    ("compliance_severity", "UNSPECIFIED"),
    ("sync_compliance", "MANUAL"),
    ("alarm_configuration", {"alarms": ["errors"]}),
    ("alarm_configuration", {"alarms": ["other"], "ignore_poll_alarm_failure": True}),
    ("association_dispatch_assume_role", "arn:aws:iam::123456789012:role/other"),
    ("tags", {"team": "web"}),
]
AUTOMATION_CHANGES = [
    ("automation_target_parameter_name", "Other"),
    ("target_locations", [{"regions": ["eu-west-1"], "accounts": ["123456789012"]}]),
    ("target_locations", [{**HOSTS["target_locations"][0], "execution_role_name": "other"}]),
    ("target_locations", [{**HOSTS["target_locations"][0], "exclude_accounts": ["ou-ab12-cdef3456"]}]),
    ("target_locations", [{**HOSTS["target_locations"][0], "target_location_max_errors": "5"}]),
    ("target_locations", [{**HOSTS["target_locations"][0], "targets": [WEB], "targets_max_errors": "1%"}]),
    ("target_locations", [{**HOSTS["target_locations"][0], "include_child_organization_units": True}]),
]
EMPTY = [
    ("document_version", "", "$DEFAULT"),
    ("parameters", {}, {}),
    ("schedule_offset", 0, None),
    ("calendar_names", [], []),
    ("duration", 0, None),
    ("max_concurrency", "", None),
    ("max_errors", "", None),
    ("output_location", {}, {}),
    ("alarm_configuration", {}, {}),
    ("association_dispatch_assume_role", "", None),
    ("tags", {}, {}),
]


@pytest.mark.parametrize("option, value", CHANGES)
def test_every_option_alone(aws, run_module, option, value):
    """As the converging contract, but with reads that show what was not given."""
    aws.switches(association_defaults="shown")
    before = strip(run_module(module, **SCAN))
    result = four(aws, run_module, association_name=SCAN["association_name"], **{option: value})
    assert [change["field"] for change in result["changes"]] == [option]
    rest = [{key: one[key] for key in one if key != option} for one in (before, strip(result))]
    assert rest[0] == rest[1]


@pytest.mark.parametrize("option, value", AUTOMATION_CHANGES)
def test_every_option_of_automation_alone(aws, run_module, option, value):
    options = {**HOSTS, "parameters": {"Host": "x"}}
    run_module(module, **options)
    result = four(aws, run_module, association_name=HOSTS["association_name"], **{option: value})
    assert [change["field"] for change in result["changes"]] == [option]


def test_apply_only_and_target_maps(aws, run_module):
    run_module(module, **SCAN)
    result = four(aws, run_module, association_name="shop-scan", apply_only_at_cron_interval=False, schedule_offset=0)
    assert [one["field"] for one in result["changes"]] == ["apply_only_at_cron_interval", "schedule_offset"]
    maps = [{"Host": ["a"], "Other": ["x"]}, {"Host": "b"}]
    result = four(aws, run_module, association_name="maps", document_name="work-on-host", target_maps=maps)
    assert found(aws, result)["TargetMaps"] == [{"Host": ["a"], "Other": ["x"]}, {"Host": ["b"]}]
    four(aws, run_module, association_name="maps", target_maps=maps[:1])
    run_module(module, **HOSTS, parameters={"Host": "x"})
    result = four(aws, run_module, association_name="hosts", target_locations=[])
    assert result["association"]["target_locations"] == []


def test_every_option_is_in_the_tests():
    tried = {option for option, _value in CHANGES + AUTOMATION_CHANGES}
    tried |= {"apply_only_at_cron_interval", "target_maps"}
    assert tried == {*association_options.CONTENT, "tags"} - {"document_name"}


@pytest.mark.parametrize("option, value, cleared", EMPTY)
def test_empty_clears_and_omitted_leaves(aws, run_module, reads, option, value, cleared):
    made = run_module(module, **SCAN)
    same = run_module(module, association_name=SCAN["association_name"])
    assert not same["changed"] and strip(same) == strip(made)
    result = four(aws, run_module, association_name=SCAN["association_name"], **{option: value})
    assert result["association"][option] == cleared
    rest = [{key: one[key] for key in one if key != option} for one in (strip(made), strip(result))]
    assert rest[0] == rest[1]


def test_a_schedule_is_cleared(aws, run_module):
    run_module(module, **BARE, schedule_expression="rate(30 minutes)")
    result = four(aws, run_module, association_name="bare", schedule_expression="")
    assert result["association"]["schedule_expression"] is None
    assert "ScheduleExpression" not in found(aws, result)


def test_an_update_sends_the_whole_association(aws, run_module):
    """UpdateAssociation overwrites with null what is not resent."""
    made = run_module(module, **SCAN)
    aws.clear_calls()
    run_module(module, association_name="shop-scan", max_errors="1")
    [call] = aws.calls(operation="UpdateAssociation")
    sent = {key: value for key, value in call["params"].items() if key not in ("AssociationId", "AssociationVersion")}
    described = found(aws, made)
    assert sent == {key: described[key] for key in sent}
    assert call["params"]["AssociationVersion"] == "1"
    assert {"Name", "Targets", "DocumentVersion", "OutputLocation", "AlarmConfiguration", "SyncCompliance"} < set(sent)
    assert described["AssociationVersion"] == "2" and described["Duration"] == 4


def test_the_version_of_a_document_of_amazon_is_never_sent(aws, run_module):
    run_module(module, **BARE)
    result = four(aws, run_module, association_name="bare", compliance_severity="LOW", document_version="$DEFAULT")
    assert [one["field"] for one in result["changes"]] == ["compliance_severity"]


def test_somebody_else_was_faster(aws, run_module, monkeypatch):
    made = run_module(module, **BARE)["association"]["association_id"]
    ssm = aws.client("ssm")
    read = module.resource.details

    def late(connection, association_id):
        model = read(connection, association_id)
        ssm.update_association(AssociationId=made, Targets=[{"Key": "InstanceIds", "Values": ["*"]}])
        return model

    monkeypatch.setattr(module.resource, "details", late)
    result = run_module(module, association_name="bare", max_errors="1")
    assert result["failure"]["code"] == "InvalidAssociationVersion"
    assert ssm.describe_association(AssociationId=made)["AssociationDescription"]["Targets"][0]["Key"] == "InstanceIds"


def test_order_means_nothing(aws, run_module):
    targets = [WEB, {"key": "instanceids", "values": ["*"]}]
    four(aws, run_module, **{**SCAN, "targets": targets})
    other = [{"key": "InstanceIds", "values": ["*"]}, {"key": "tag:Tier", "values": ["app", "web", "web"]}]
    options = {"targets": other, "calendar_names": ["closing", "freeze"]}
    assert not run_module(module, **{**SCAN, **options})["changed"]


def test_reads(aws, run_module):
    made = run_module(module, **SCAN)["association"]["association_id"]
    two = ["DescribeAssociation", "ListTagsForResource"]
    for options, calls in (
        (SCAN, ["ListAssociations", *two]),
        ({"association_id": made}, two),
        ({**SCAN, "association_id": made}, two),
    ):
        aws.clear_calls()
        assert not run_module(module, **options)["changed"]
        assert [call["operation"] for call in aws.calls(source="client")] == calls


def test_tiny_pages_and_late_reads(aws, run_module):
    aws.switches(page_size=1)
    for number in range(3):
        run_module(module, **{**BARE, "association_name": f"bare-{number}"})
    assert not run_module(module, **{**BARE, "association_name": "bare-2"})["changed"]
    assert len(run_module(info)["associations"]) == 3
    aws.switches(eventual_reads=1)
    result = run_module(module, **BARE)
    assert result["association"]["association_id"] and "unconfirmed" not in result


def test_drift_is_mended_and_the_deleted_made_again(aws, run_module):
    first = run_module(module, **SCAN)["association"]["association_id"]
    aws.client("ssm").update_association(AssociationId=first, AssociationName="shop-scan", MaxErrors="3")
    result = run_module(module, **SCAN)
    changed = {one["field"]: one["before"] for one in result["changes"]}
    assert changed["max_errors"] == "3" and changed["parameters"] == {} and changed["output_location"] == {}
    assert set(changed) == {*association_options.CONTENT} - {
        "document_name", "targets", "target_maps", "target_locations", "automation_target_parameter_name",
        "sync_compliance",
    }  # fmt: skip
    aws.client("ssm").delete_association(AssociationId=first)
    assert run_module(module, **SCAN)["association"]["association_id"] != first
    assert not run_module(module, association_id=first, state="absent")["changed"]
    assert not run_module(module, association_name="never-was", state="absent")["changed"]


def test_parameters_are_not_shown(aws, run_module):
    shown = [run_module(module, check=check, **SCAN) for check in (True, False)]
    shown += [run_module(module, association_name="shop-scan", parameters={"Word": "other-word"}), run_module(info)]
    shown += [run_module(module, association_name="shop-scan", state="absent")]
    assert not any(word in repr(result) for result in shown for word in ("secret-word", "other-word"))
    before, after = shown[2]["changes"][0]["before"], shown[2]["changes"][0]["after"]
    assert before["Word"] != after["Word"] and before["Word"][0].startswith("sha256:")
    assert shown[0]["association"]["parameters"] == shown[1]["association"]["parameters"]


@pytest.mark.parametrize("shown", ["hidden", "shown"])
def test_patching_of_an_association(aws, run_module, shown):
    aws.switches(association_id_parameter=shown)
    options = {
        "association_name": "patch",
        "document_name": "AWS-RunPatchBaselineAssociation",
        "parameters": {"Operation": "Scan"},
        "targets": [WEB],
    }
    for sync in (None, "AUTO"):
        refused = run_module(module, check=True, **options, **({"sync_compliance": sync} if sync else {}))
        assert refused["msg"].startswith("sync_compliance: ") and "MANUAL" in refused["msg"]
    result = four(aws, run_module, **options, sync_compliance="MANUAL")
    assert list(result["association"]["parameters"]) == ["Operation"]
    result = four(aws, run_module, association_name="patch", parameters={"Operation": "Install"})
    assert run_module(module, association_name="patch", sync_compliance="AUTO")["failed"]
    aws.clock(jump="idle")
    assert found(aws, result)["Overview"]["Status"] == "Success" and aws.history(kind="install")


# Names, ids, documents


def test_two_of_a_name(aws, run_module):
    ids = [run_module(module, **BARE)["association"]["association_id"]]
    ids.append(
        aws.client("ssm").create_association(
            Name="AWS-UpdateSSMAgent", AssociationName="bare", Targets=[{"Key": "tag:Tier", "Values": ["web"]}]
        )["AssociationDescription"]["AssociationId"]
    )
    for state in ("present", "absent"):
        result = run_module(module, **BARE, state=state)
        assert result["failure"]["code"] == "ambiguous_name" and all(one in result["msg"] for one in ids)
    assert run_module(module, association_id=ids[1].upper(), state="absent")["changed"]
    assert not run_module(module, **BARE)["changed"]


def test_rename(aws, run_module):
    made = run_module(module, **BARE)["association"]["association_id"]
    run_module(module, **{**BARE, "association_name": "taken"})
    refused = run_module(module, association_id=made, association_name="taken")
    assert refused["msg"].startswith("association_name: ") and "already has the name taken" in refused["msg"]
    four(aws, run_module, association_id=made, association_name="renamed")
    assert sorted(names(aws)) == ["renamed", "taken"]


def test_another_document(aws, run_module):
    first = run_module(module, **BARE, tags={"team": "shop"})["association"]["association_id"]
    change = {"association_name": "bare", "document_name": "scan-it"}
    for check in (True, False):
        result = run_module(module, check=check, **change)
        assert result["failure"]["code"] == "immutable" and result["msg"].startswith("document_name: ")
    result = four(aws, run_module, **change, recreate=True)
    assert result["association"]["association_id"] != first and result["association"]["tags"] == {"team": "shop"}
    assert [one["field"] for one in result["changes"]] == ["document_name"] and names(aws) == ["bare"]


def test_a_replacement_that_cannot_remove_the_former_one_tells_both(aws, run_module):
    first = run_module(module, **BARE)["association"]["association_id"]
    aws.faults(service="ssm", operation="DeleteAssociation", code="AccessDeniedException")
    result = run_module(module, association_name="bare", document_name="scan-it", recreate=True)
    assert result["failed"] and first in result["msg"] and "was created to replace" in result["msg"]
    assert run_module(module, association_id=first, state="absent")["changed"]
    assert not run_module(module, association_name="bare", document_name="scan-it")["changed"]


def test_the_old_style_is_shown_and_removed(aws, run_module):
    instance = aws.client("ec2").describe_instances()["Reservations"][0]["Instances"][0]["InstanceId"]
    made = aws.client("ssm").create_association(Name="AWS-UpdateSSMAgent", InstanceId=instance)
    old = made["AssociationDescription"]["AssociationId"]
    [shown] = run_module(info)["associations"]
    assert (shown["association_name"], shown["instance_id"]) == (None, instance)
    assert shown["targets"] == [{"key": "InstanceIds", "values": [instance]}]
    assert run_module(module, association_id=old, state="absent")["changed"] and names(aws) == []


# Bad input


LONG = "x" * 200
BAD = [
    ("association_name", {"association_name": "a b"}),
    ("association_id", {"association_id": "web"}),
    ("association_id", {"association_id": "8dfe3659-4309-493a-8755-0123456789ab"}),
    ("document_name", {"document_name": None}),
    ("document_name", {"document_name": "a b c"}),
    ("document_version", {"document_version": "0"}),
    ("targets", {"targets": [WEB] * 6}),
    ("targets.values", {"targets": [{"key": "tag:Tier", "values": []}]}),
    ("targets.values", {"targets": [{"key": "tag:Tier", "values": [""]}]}),
    ("targets.values", {"targets": [{"key": "InstanceIds", "values": [f"i-{number:08x}" for number in range(51)]}]}),
    ("targets.key", {"targets": [{"key": LONG, "values": ["a"]}]}),
    ("targets.key", {"targets": [{"key": "tag:", "values": ["a"]}]}),
    ("targets", {"automation_target_parameter_name": "Host", "targets": []}),
    ("target_maps", {"target_maps": [{"Host": ["a"]}]}),
    ("target_maps", {"targets": [], "target_maps": [{}]}),
    ("target_maps", {"targets": [], "target_maps": [{"Host": ["x" * 51]}]}),
    ("target_maps", {"targets": [], "target_maps": [{"Host": ["x"]}] * 301}),
    ("target_locations[0].accounts", {"target_locations": [{"accounts": [str(number) for number in range(51)]}]}),
    ("target_locations[0].exclude_accounts", {"target_locations": [{"exclude_accounts": ["me"]}]}),
    ("target_locations[0].execution_role_name", {"target_locations": [{"execution_role_name": "a b"}]}),
    ("target_locations[0].targets", {"target_locations": [{"targets": [WEB, WEB, {**WEB, "key": "tag:a"}]}]}),
    ("target_locations[0].targets_max_errors", {"target_locations": [{"targets_max_errors": "many"}]}),
    ("automation_target_parameter_name", {"automation_target_parameter_name": LONG}),
    ("parameters", {"sync_compliance": "MANUAL", "parameters": {"AssociationId": "x"}}),
    ("schedule_expression", {"schedule_expression": "0 2 * * *"}),
    ("schedule_expression", {"schedule_expression": "rate(29 minutes)"}),
    ("schedule_expression", {"schedule_expression": "rate(31 days)"}),
    ("schedule_expression", {"schedule_expression": "rate(1 hours)"}),
    ("schedule_expression", {"schedule_expression": "rate(2 hour)"}),
    ("schedule_expression", {"schedule_expression": "rate(2 weeks)"}),
    ("schedule_expression", {"schedule_expression": "at(2026-02-30T00:00:00)"}),
    ("schedule_expression", {"schedule_expression": f"cron({'0' * 256})"}),
    ("apply_only_at_cron_interval", {"schedule_expression": "at(2026-12-01T00:00:00)"}),
    ("apply_only_at_cron_interval", {"schedule_expression": "rate(1 day)", "apply_only_at_cron_interval": True}),
    ("apply_only_at_cron_interval", {"apply_only_at_cron_interval": True}),
    ("schedule_offset", {"schedule_expression": "cron(0 2 ? * TUE#2 *)", "schedule_offset": 3}),
    ("schedule_offset", {"schedule_expression": "rate(1 day)", "schedule_offset": 3}),
    ("schedule_offset", {"schedule_offset": 7}),
    ("schedule_offset", {"schedule_offset": -1}),
    ("duration", {"duration": 25}),
    ("max_concurrency", {"max_concurrency": "0"}),
    ("max_concurrency", {"max_concurrency": "101%"}),
    ("max_errors", {"max_errors": "-1"}),
    ("output_location.s3_bucket_name", {"output_location": {"s3_key_prefix": "a"}}),
    ("output_location.s3_bucket_name", {"output_location": {"s3_bucket_name": "ab"}}),
    ("output_location.s3_key_prefix", {"output_location": {"s3_bucket_name": BUCKET, "s3_key_prefix": "x" * 501}}),
    ("alarm_configuration.alarms", {"alarm_configuration": {"alarms": ["a", "b"]}}),
    ("alarm_configuration.alarms", {"alarm_configuration": {"alarms": [" "]}}),
    ("alarm_configuration.alarms", {"alarm_configuration": {"ignore_poll_alarm_failure": True}}),
    ("association_dispatch_assume_role", {"association_dispatch_assume_role": "admin"}),
]


def test_bad_input_is_told_before_anything_is_sent(aws, run_module):
    aws.clear_calls()
    for number, (option, wrong) in enumerate(BAD):
        result = run_module(module, check=number % 2 == 0, **{**BARE, **wrong})
        assert result["msg"].startswith(f"{option}: "), (wrong, result["msg"])
    assert written(aws) == [] and names(aws) == []


def test_what_aws_refuses_is_told(aws, run_module):
    for wrong, code in (
        ({"schedule_expression": "cron(0 2 ? JAN SUN *)"}, "InvalidSchedule"),
        ({"document_name": "no-such-one"}, "InvalidDocument"),
        ({"document_version": "1"}, "InvalidDocumentVersion"),
        ({"parameters": {"Nope": "1"}}, "InvalidParameters"),
        ({"targets": []}, "InvalidTarget"),
        ({"targets": [{"key": "colour", "values": ["red"]}]}, "InvalidTarget"),
        ({"output_location": {"s3_bucket_name": "no-such-bucket"}}, "InvalidOutputLocation"),
        ({"tags": {"aws:mine": "x"}}, "ValidationException"),
    ):
        assert run_module(module, **{**BARE, **wrong})["failure"]["code"] == code
    assert names(aws) == []
    aws.switches(association_quotas={"associations": 0})
    assert run_module(module, **BARE)["failure"]["code"] == "AssociationLimitExceeded"


# Faults


@pytest.fixture(name="short_looks", autouse=True)
def fixture_short_looks(monkeypatch):
    monkeypatch.setattr(module.resource, "LOOKS", (0.1, 0.2))


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_lost_answer_makes_no_second_association(aws, run_module, phase):
    aws.faults(service="ssm", operation="CreateAssociation", phase=phase, code="InternalServerError")
    result = run_module(module, **BARE)
    assert result.get("failed", False) is (phase == "before")
    assert names(aws) == ([] if phase == "before" else ["bare"])
    assert run_module(module, **BARE)["changed"] is (phase == "before")
    assert names(aws) == ["bare"]


def test_an_association_that_is_seen_late_is_not_made_twice(aws, run_module):
    """Its answer is lost, and the first look does not find it."""
    aws.switches(eventual_reads=1)
    aws.faults(service="ssm", operation="CreateAssociation", phase="after", code="InternalServerError")
    assert run_module(module, **BARE)["changed"] and names(aws) == ["bare"]


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_lost_answer_runs_no_association_twice(aws, run_module, phase):
    run_module(module, **BARE)
    aws.faults(service="ssm", operation="UpdateAssociation", phase=phase, code="InternalServerError")
    result = run_module(module, **BARE, max_errors="1")
    assert result.get("failed", False) is (phase == "before")
    after = run_module(module, **BARE, max_errors="1")
    assert after["association"]["association_version"] == "2"


@pytest.mark.parametrize("operation", ["CreateAssociation", "UpdateAssociation", "DeleteAssociation"])
def test_throttling_is_waited_out(aws, run_module, operation):
    if operation != "CreateAssociation":
        run_module(module, **BARE)
    aws.faults(service="ssm", operation=operation, code="throttle", count=2)
    state = "absent" if operation == "DeleteAssociation" else "present"
    assert run_module(module, **BARE, max_errors="1", state=state)["changed"]
    assert names(aws) == ([] if state == "absent" else ["bare"])


@pytest.mark.parametrize(
    "operation, state",
    [
        ("ListAssociations", "present"),
        ("DescribeAssociation", "absent"),
        ("ListTagsForResource", "present"),
        ("UpdateAssociation", "present"),
        ("AddTagsToResource", "present"),
        ("DeleteAssociation", "absent"),
    ],
)
@pytest.mark.parametrize("phase", ["before", "after"])
def test_refused_access_is_told_and_the_next_run_goes_on(aws, run_module, operation, state, phase):
    run_module(module, **BARE)
    wanted = {**BARE, "max_errors": "1", "tags": {"team": "web"}, "state": state}
    aws.faults(service="ssm", operation=operation, phase=phase, code="AccessDeniedException")
    assert run_module(module, **wanted)["failure"]["code"] == "AccessDeniedException"
    run_module(module, **wanted)
    assert not run_module(module, **wanted)["changed"]
    assert names(aws) == ([] if state == "absent" else ["bare"])


# Reading


def test_info(aws, run_module):
    first = run_module(module, **BARE, tags={"team": "web"})["association"]
    run_module(module, **SCAN)
    aws.clock(jump="idle")
    both = run_module(info)["associations"]
    assert [one["association_name"] for one in both] == ["bare", "shop-scan"] and "executions" not in both[0]
    assert strip({"association": both[0]}) == strip({"association": first})
    for options, wanted in (
        ({"association_ids": [first["association_id"].upper()]}, ["bare"]),
        ({"association_names": ["shop-scan", "none"]}, ["shop-scan"]),
        ({"document_name": "scan-it"}, ["shop-scan"]),
        ({"status": "Success"}, ["bare"]),
        ({"status": "Pending"}, ["shop-scan"]),
        ({"instance_id": "i-00000000"}, []),
        ({"association_names": []}, []),
    ):
        assert [one["association_name"] for one in run_module(info, **options)["associations"]] == wanted
    assert run_module(info, executions=-1)["msg"].startswith("executions: ")


def test_info_of_executions(aws, run_module):
    made = run_module(module, **BARE)["association"]["association_id"]
    aws.clock(jump="idle")
    aws.client("ssm").start_associations_once(AssociationIds=[made])
    aws.clock(jump="idle")
    [one] = run_module(info, executions=5, execution_targets=True)["associations"]
    assert [run["status"] for run in one["executions"]] == ["Success", "Success"]
    assert [target["status"] for target in one["executions"][0]["targets"]] == ["Success"]
    assert one["overview"]["counts"] == {"Success": 1}
    assert len(run_module(info, executions=1)["associations"][0]["executions"]) == 1


def test_a_runbook_with_targets_needs_its_target_parameter(aws, run_module):
    wanted = {
        "association_name": "restart",
        "document_name": "AWS-RestartEC2Instance",
        "targets": [{"key": "tag:team", "values": ["web"]}],
    }
    for check in (True, False):
        result = run_module(module, check=check, **wanted)
        assert result["msg"].startswith("automation_target_parameter_name: is required with targets"), result
    assert names(aws) == []
    made = run_module(module, check=True, **wanted, automation_target_parameter_name="InstanceId")
    assert made["changed"]


def test_a_schedule_that_the_page_leaves_open_is_warned_of(aws, run_module):
    result = run_module(module, check=True, **{**BARE, "schedule_expression": "cron(0 2 ? JAN SUN *)"})
    assert result["changed"] and "does not say whether this is supported" in str(result["warnings"])
    for wrong in ("cron(0 23 ? * *)", "cron(0 26 ? * SUN *)"):
        assert run_module(module, check=True, **{**BARE, "schedule_expression": wrong})["failed"]
