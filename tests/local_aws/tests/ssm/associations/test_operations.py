# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the operations take, keep, show and refuse."""

import pytest

from .conftest import WEB

FULL = {
    "AssociationName": "full",
    "DocumentVersion": "1",
    "Parameters": {"Word": ["hello"]},
    "ScheduleExpression": "cron(0 2 ? * TUE#2 *)",
    "ScheduleOffset": 3,
    "ApplyOnlyAtCronInterval": True,
    "OutputLocation": {"S3Location": {"OutputS3BucketName": "logs", "OutputS3KeyPrefix": "a"}},
    "MaxErrors": "1",
    "MaxConcurrency": "10%",
    "ComplianceSeverity": "HIGH",
    "SyncCompliance": "AUTO",
    "CalendarNames": ["freeze"],
    "Duration": 2,
    "AlarmConfiguration": {"Alarms": [{"Name": "errors"}], "IgnorePollAlarmFailure": True},
    "AssociationDispatchAssumeRole": "arn:aws:iam::123456789012:role/dispatch",
}


@pytest.fixture
def full(lab):
    lab.served.client("s3").create_bucket(Bucket="logs")
    return lab.make(**FULL, Tags=[{"Key": "team", "Value": "shop"}])


def test_everything_given_is_kept(lab, full):
    found = lab.get(full)
    assert {name: found[name] for name in FULL} == FULL
    assert (found["Name"], found["Targets"], found["AssociationVersion"]) == ("say", WEB, "1")
    assert found["Overview"] == {"Status": "Pending", "DetailedStatus": "Creating"} and "Status" not in found
    [listed] = lab.ssm.list_associations()["Associations"]
    assert listed["AssociationName"] == "full" and listed["ScheduleOffset"] == 3 and "Parameters" not in listed
    assert lab.ssm.list_tags_for_resource(ResourceType="Association", ResourceId=full)["TagList"] == [
        {"Key": "team", "Value": "shop"}
    ]


def test_what_was_not_given_is_left_out_or_shown(lab):
    made = lab.make()
    names = {"SyncCompliance", "ComplianceSeverity", "ApplyOnlyAtCronInterval", "MaxErrors", "AssociationName"}
    assert not names & set(lab.get(made)) and lab.get(made)["DocumentVersion"] == "$DEFAULT"
    lab.served.switches(association_defaults="shown")
    assert lab.get(made)["SyncCompliance"] == "AUTO" and "MaxErrors" not in lab.get(made)


def test_an_update_nulls_what_is_not_resent(lab, full):
    lab.ssm.update_association(AssociationId=full, MaxErrors="5")
    found = lab.get(full)
    assert found["MaxErrors"] == "5" and found["AssociationVersion"] == "2"
    assert not (set(FULL) - {"MaxErrors", "DocumentVersion"}) & set(found)
    assert (found["Name"], found["Targets"], found["DocumentVersion"]) == ("say", WEB, "$DEFAULT")
    assert lab.get(full, AssociationVersion="1")["Parameters"] == FULL["Parameters"]


def test_versions(lab, full):
    for number in range(3):
        lab.ssm.update_association(AssociationId=full, MaxErrors=str(number))
    found = lab.ssm.list_association_versions(AssociationId=full, MaxResults=3)
    assert [one["AssociationVersion"] for one in found["AssociationVersions"]] == ["4", "3", "2"]
    rest = lab.ssm.list_association_versions(AssociationId=full, MaxResults=3, NextToken=found["NextToken"])
    [first] = rest["AssociationVersions"]
    assert first["ScheduleOffset"] == 3 and first["AssociationName"] == "full" and "AlarmConfiguration" not in first
    update = lab.ssm.update_association
    assert lab.code(update, AssociationId=full, AssociationVersion="3") == "InvalidAssociationVersion"
    assert lab.code(lab.get, association_id=full, AssociationVersion="9") == "InvalidAssociationVersion"
    lab.served.switches(association_quotas={"versions": 4})
    assert lab.code(update, AssociationId=full) == "AssociationVersionLimitExceeded"


def test_what_an_update_refuses(lab, full):
    for code, members in (
        ("InvalidUpdate", {"Name": "rest"}),
        ("InvalidSchedule", {"ScheduleExpression": "rate(1 minute)"}),
        ("InvalidTarget", {"Targets": [{"Key": "colour", "Values": ["red"]}]}),
        ("InvalidParameters", {"Parameters": {"Nope": ["1"]}}),
        ("InvalidDocumentVersion", {"DocumentVersion": "7"}),
        ("InvalidOutputLocation", {"OutputLocation": {"S3Location": {"OutputS3BucketName": "none"}}}),
    ):
        assert lab.code(lab.ssm.update_association, AssociationId=full, **members) == code
    assert lab.get(full)["AssociationVersion"] == "1"


def test_delete(lab, full):
    lab.ssm.delete_association(AssociationId=full)
    for function in (lab.ssm.describe_association, lab.ssm.delete_association, lab.ssm.list_association_versions):
        assert lab.code(function, AssociationId=full) == "AssociationDoesNotExist"
    assert lab.code(lab.ssm.describe_association_executions, AssociationId=full) == "AssociationDoesNotExist"
    tags = {"ResourceType": "Association", "ResourceId": full}
    assert lab.code(lab.ssm.list_tags_for_resource, **tags) == "InvalidResourceId"
    assert lab.code(lab.ssm.delete_association) == "ValidationException"


LONG_WAY = "arn:aws:ssm:eu-west-1:123456789012:document/say"
REFUSED = [
    ("InvalidDocument", {"Name": "no-such-document"}),
    ("InvalidDocument", {"Name": LONG_WAY}),
    ("InvalidDocumentVersion", {"DocumentVersion": "2"}),
    ("InvalidDocumentVersion", {"Name": "AWS-UpdateSSMAgent", "DocumentVersion": "$DEFAULT"}),
    ("InvalidParameters", {"Parameters": {"Nope": ["1"]}}),
    ("InvalidParameters", {"Parameters": {"Word": ["UPPER"]}}),
    ("InvalidParameters", {"Name": "AWS-RunPatchBaseline"}),
    ("InvalidParameters", {"Name": "AWS-RunPatchBaselineAssociation", "Parameters": {"Operation": ["Scan"]}}),
    ("InvalidParameters", {"SyncCompliance": "MANUAL"}),
    ("InvalidTarget", {"Targets": None}),
    ("InvalidTarget", {"Targets": []}),
    ("InvalidTarget", {"Targets": [{"Key": "colour", "Values": ["red"]}]}),
    ("InvalidTarget", {"Targets": [{"Key": "tag:", "Values": ["red"]}]}),
    ("InvalidTarget", {"Targets": [{"Key": "tag:Tier", "Values": []}]}),
    ("InvalidTarget", {"Targets": [{"Key": "tag:Tier", "Values": [""]}]}),
    ("InvalidTarget", {"Targets": [{"Key": "InstanceIds", "Values": ["web1"]}]}),
    ("InvalidTarget", {"Targets": [{"Key": "resource-groups:Name", "Values": ["none"]}]}),
    ("InvalidTarget", {"AutomationTargetParameterName": "Word"}),
    ("InvalidTargetMaps", {"TargetMaps": [{"Word": ["a"]}]}),
    ("InvalidTargetMaps", {"TargetMaps": [{"Word": ["a"]}], "Targets": None}),
    ("InvalidTarget", {"Name": "runbook"}),
    ("InvalidTarget", {"Name": "runbook", "AutomationTargetParameterName": "Host", "Targets": None}),
    ("InvalidTarget", {"Name": "runbook", "AutomationTargetParameterName": "Host", "Targets": WEB * 2}),
    ("InvalidParameters", {"Name": "runbook", "AutomationTargetParameterName": "Nope"}),
    ("InvalidParameters", {"Name": "runbook", "Targets": None}),
    ("InvalidTargetMaps", {"Name": "runbook", "TargetMaps": [{"Nope": ["a"]}], "Targets": None}),
    ("InvalidOutputLocation", {"OutputLocation": {"S3Location": {"OutputS3BucketName": "none"}}}),
    ("InvalidOutputLocation", {"OutputLocation": {"S3Location": {}}}),
    ("ValidationException", {"Tags": [{"Key": "aws:a", "Value": "b"}]}),
    ("ValidationException", {"Targets": WEB * 6}),
    ("ValidationException", {"MaxErrors": "200%"}),
]


@pytest.mark.parametrize("code, members", REFUSED)
def test_refused(lab, code, members):
    wanted = {"Name": "say", "Targets": WEB, **members}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    assert lab.code(lab.ssm.create_association, **wanted) == code
    assert lab.listed() == []


def test_quota(lab):
    lab.served.switches(association_quotas={"associations": 1})
    lab.make()
    assert lab.code(lab.make) == "AssociationLimitExceeded"


def test_names_are_not_unique(lab):
    made = [lab.make(AssociationName="same") for _number in range(2)]
    assert lab.listed(AssociationName="same") == made


def test_filters(lab):
    web = lab.make(AssociationName="web")
    both = lab.make(AssociationName="both", Targets=[*WEB, {"Key": "tag:Tier", "Values": ["db"]}])
    later = lab.make(
        Name="rest",
        AssociationName="later",
        Targets=[{"Key": "InstanceIds", "Values": lab.nodes("db")[:1]}],
        ScheduleExpression="cron(0 12 ? * * *)",
        ApplyOnlyAtCronInterval=True,
    )
    lab.settle()
    assert lab.listed() == [web, both, later]
    assert lab.listed(Name="rest") == [later] and lab.listed(AssociationId=both) == [both]
    assert lab.listed(AssociationName="web", Name="rest") == []
    assert lab.listed(InstanceId=lab.nodes("db")[0]) == [both, later]
    assert lab.listed(InstanceId=lab.nodes("web")[0]) == [web, both]
    assert lab.listed(AssociationStatusName="Pending") == [later]
    assert lab.listed(LastExecutedBefore="2026-03-11T00:00:00Z") == [web, both]
    assert lab.listed(LastExecutedAfter="2026-03-11T00:00:00Z") == []
    filters = [{"key": "LastExecutedAfter", "value": "soon"}]
    assert lab.code(lab.ssm.list_associations, AssociationFilterList=filters) == "ValidationException"


def test_pages(lab):
    made = [lab.make() for _number in range(5)]
    pages = lab.ssm.get_paginator("list_associations").paginate(PaginationConfig={"PageSize": 2})
    assert [[one["AssociationId"] for one in page["Associations"]] for page in pages] == [
        made[:2],
        made[2:4],
        made[4:],
    ]
    assert lab.code(lab.ssm.list_associations, NextToken="nonsense") == "InvalidNextToken"


def test_reads_may_lag(lab):
    lab.served.switches(eventual_reads=2)
    made = lab.make()
    assert lab.code(lab.get, association_id=made) == "AssociationDoesNotExist" and lab.listed() == []
    assert lab.listed() == [made] and lab.get(made)["AssociationId"] == made


# The deprecated InstanceId


def test_the_old_style(lab):
    node = lab.nodes("web")[0]
    old = {"Name": "AWS-UpdateSSMAgent", "InstanceId": node}
    made = lab.ssm.create_association(**old)["AssociationDescription"]
    assert made["Status"]["Name"] == "Pending" and made["InstanceId"] == node
    assert made["Targets"] == [{"Key": "InstanceIds", "Values": [node]}]
    assert lab.ssm.describe_association(**old)["AssociationDescription"]["AssociationId"] == made["AssociationId"]
    assert lab.code(lab.ssm.create_association, **old) == "AssociationAlreadyExists"
    status = {"Date": "2026-03-10T00:00:00Z", "Name": "Success", "Message": "done"}
    lab.ssm.update_association_status(**old, AssociationStatus=status)
    assert lab.get(made["AssociationId"])["Status"]["Message"] == "done"
    again = {**old, "AssociationStatus": status}
    assert lab.code(lab.ssm.update_association_status, **again) == "StatusUnchanged"
    lab.ssm.delete_association(**old)
    assert lab.code(lab.ssm.delete_association, **old) == "AssociationDoesNotExist"


def test_what_the_old_style_refuses(lab):
    node = lab.nodes("web")[0]
    for code, members in (
        ("InvalidInstanceId", {"InstanceId": "i-01234567"}),
        ("InvalidDocument", {"Name": "say"}),
        ("InvalidTarget", {"AssociationName": "named"}),
        ("InvalidTarget", {"ScheduleExpression": "rate(1 day)"}),
        ("InvalidTarget", {"Targets": WEB}),
    ):
        wanted = {"Name": "AWS-UpdateSSMAgent", "InstanceId": node, **members}
        assert lab.code(lab.ssm.create_association, **wanted) == code
