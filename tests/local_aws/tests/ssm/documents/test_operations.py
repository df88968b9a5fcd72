# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations on documents, their sharing and their tags."""

import hashlib
import json

import pytest
import yaml

OTHER = "210987654321"


def content(pause="PT1S", **top):
    steps = [{"name": "nap", "action": "aws:sleep", "inputs": {"Duration": pause}}]
    return json.dumps({"schemaVersion": "0.3", "description": "sleeps", "mainSteps": steps, **top})


@pytest.fixture
def ssm(lab):
    return lab.ssm


def create(ssm, name="sleeper", **more):
    more = {"Content": content(), "DocumentType": "Automation", "DocumentFormat": "JSON", **more}
    return ssm.create_document(Name=name, **more)["DocumentDescription"]


def update(ssm, pause, version="$LATEST", **more):
    return ssm.update_document(Name="sleeper", Content=content(pause), DocumentVersion=version, **more)[
        "DocumentDescription"
    ]


def other_account(lab):
    """A client of another account."""
    role = "arn:aws:iam::210987654321:role/visitor"
    keys = lab.served.client("sts").assume_role(RoleArn=role, RoleSessionName="visit")["Credentials"]
    return lab.served.client(
        "ssm", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )  # fmt: skip


def test_create_and_describe(lab, ssm):
    parameters = {
        "Id": {"type": "String", "description": "which"},
        "Ids": {"type": "StringList", "default": ["a"]},
        "Count": {"type": "Integer", "default": 3},
    }
    text = content(parameters=parameters)
    made = create(
        ssm, Content=text, VersionName="1.0", TargetType="/AWS::EC2::Instance", Tags=[{"Key": "a", "Value": "b"}]
    )
    assert made["Status"] == "Creating"
    found = ssm.describe_document(Name="sleeper")["Document"]
    created = found.pop("CreatedDate")
    assert created.isoformat() == "2026-03-10T02:00:00+00:00"
    assert found == {
        "Hash": hashlib.sha256(text.encode()).hexdigest(),
        "HashType": "Sha256",
        "Name": "sleeper",
        "VersionName": "1.0",
        "Owner": "123456789012",
        "Status": "Active",
        "DocumentVersion": "1",
        "Description": "sleeps",
        "Parameters": [
            {"Name": "Id", "Type": "String", "Description": "which"},
            {"Name": "Ids", "Type": "StringList", "DefaultValue": '["a"]'},
            {"Name": "Count", "Type": "String", "DefaultValue": "3"},
        ],
        "PlatformTypes": ["Windows", "Linux", "MacOS"],
        "DocumentType": "Automation",
        "SchemaVersion": "0.3",
        "LatestVersion": "1",
        "DefaultVersion": "1",
        "DocumentFormat": "JSON",
        "TargetType": "/AWS::EC2::Instance",
        "Tags": [{"Key": "a", "Value": "b"}],
    }


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Name": "AWS-Sleeper"}, "ValidationException"),
        ({"Name": "amazonian"}, "ValidationException"),
        ({"Name": "a b"}, "ValidationException"),
        ({"Name": "old"}, "DocumentAlreadyExists"),
        ({"Content": "{"}, "InvalidDocumentContent"),
        ({"Content": content("{{ Nobody }}")}, "InvalidDocumentContent"),
        ({"Content": content("{{ssm:/pause}}")}, "InvalidDocumentContent"),
        ({"Content": content(schemaVersion="9.9")}, "InvalidDocumentSchemaVersion"),
        ({"DocumentType": "Command"}, "InvalidDocumentSchemaVersion"),
        ({"Content": content("PT1S" + " " * 65536)}, "MaxDocumentSizeExceeded"),
        ({"DocumentType": "Poem"}, "ValidationException"),
        ({"DocumentFormat": "XML"}, "ValidationException"),
    ],
)
def test_errors_of_create(lab, ssm, params, code):
    create(ssm, "old")
    given = {"Name": "new", "Content": content(), "DocumentType": "Automation", "DocumentFormat": "JSON", **params}
    assert lab.code(ssm.create_document, **given) == code


def test_quota_of_documents(lab, ssm):
    lab.served.switches(document_quotas={"documents": 2})
    create(ssm, "one")
    create(ssm, "two")
    with pytest.raises(ssm.exceptions.DocumentLimitExceeded):
        create(ssm, "three")


def test_a_document_may_take_time(lab, ssm):
    lab.served.switches(document_creating_seconds=5)
    create(ssm)
    assert ssm.describe_document(Name="sleeper")["Document"]["Status"] == "Creating"
    lab.advance(5)
    assert ssm.describe_document(Name="sleeper")["Document"]["Status"] == "Active"


def test_formats(ssm):
    text = yaml.safe_dump(json.loads(content()))
    create(ssm, Content=text, DocumentFormat="YAML")
    assert ssm.get_document(Name="sleeper", DocumentFormat="YAML")["Content"] == text
    found = ssm.get_document(Name="sleeper")
    assert found["DocumentFormat"] == "JSON"
    assert json.loads(found["Content"]) == json.loads(content())


def test_versions(lab, ssm):
    create(ssm, VersionName="first")
    assert update(ssm, "PT2S", VersionName="second")["DocumentVersion"] == "2"
    assert update(ssm, "PT3S", version="2")["LatestVersion"] == "3"
    for version, expected in [(None, "1"), ("$DEFAULT", "1"), ("$LATEST", "3"), ("2", "2")]:
        more = {"DocumentVersion": version} if version else {}
        assert ssm.get_document(Name="sleeper", **more)["DocumentVersion"] == expected
    assert ssm.get_document(Name="sleeper", VersionName="second")["DocumentVersion"] == "2"
    assert lab.code(ssm.get_document, Name="sleeper", DocumentVersion="9") == "InvalidDocumentVersion"
    assert lab.code(ssm.get_document, Name="sleeper", VersionName="none") == "InvalidDocumentVersion"
    changed = ssm.update_document_default_version(Name="sleeper", DocumentVersion="2")["Description"]
    assert changed == {"Name": "sleeper", "DefaultVersion": "2", "DefaultVersionName": "second"}
    rows = ssm.list_document_versions(Name="sleeper")["DocumentVersions"]
    assert [(row["DocumentVersion"], row["IsDefaultVersion"]) for row in rows] == [
        ("3", False), ("2", True), ("1", False),
    ]  # fmt: skip


UPDATES = [
    ({"DocumentVersion": "1"}, "InvalidDocumentVersion"),  # only the latest
    ({"DocumentVersion": "7"}, "InvalidDocumentVersion"),
    ({}, "InvalidDocumentVersion"),  # means the default version, which is not the latest
    ({"DocumentVersion": "$LATEST", "Content": content("PT2S")}, "DuplicateDocumentContent"),
    ({"DocumentVersion": "$LATEST", "VersionName": "first"}, "DuplicateDocumentVersionName"),
    ({"DocumentVersion": "$LATEST", "Content": "{}"}, "InvalidDocumentContent"),
    ({"DocumentVersion": "$LATEST", "Name": "nobody"}, "InvalidDocument"),
    ({"DocumentVersion": "$LATEST", "Name": "AWS-RunShellScript"}, "InvalidDocument"),
]


@pytest.mark.parametrize(("params", "code"), UPDATES)
def test_errors_of_update(lab, ssm, params, code):
    create(ssm, VersionName="first")
    update(ssm, "PT2S")
    given = {"Name": "sleeper", "Content": content("PT3S"), **params}
    assert lab.code(ssm.update_document, **given) == code


def test_content_of_an_older_version(lab, ssm):
    create(ssm)
    update(ssm, "PT2S")
    lab.served.switches(duplicate_content="any")
    assert lab.code(ssm.update_document, Name="sleeper", Content=content(), DocumentVersion="2") == (
        "DuplicateDocumentContent"
    )
    lab.served.switches(duplicate_content="latest")
    assert update(ssm, "PT1S")["DocumentVersion"] == "3"


def test_limit_of_versions(lab, ssm):
    lab.served.switches(document_quotas={"versions": 2})
    create(ssm)
    update(ssm, "PT2S")
    with pytest.raises(ssm.exceptions.DocumentVersionLimitExceeded):
        update(ssm, "PT3S")
    ssm.update_document_default_version(Name="sleeper", DocumentVersion="2")
    ssm.delete_document(Name="sleeper", DocumentVersion="1")
    assert update(ssm, "PT3S")["DocumentVersion"] == "3"


def test_sessions_have_no_versions(lab, ssm):
    text = {"schemaVersion": "1.0", "description": "x", "sessionType": "Standard_Stream", "inputs": {}}
    create(ssm, Content=json.dumps(text), DocumentType="Session")
    text["description"] = "y"
    code = lab.code(ssm.update_document, Name="sleeper", Content=json.dumps(text), DocumentVersion="$LATEST")
    assert code == "InvalidDocumentSchemaVersion"


def test_delete(lab, ssm):
    create(ssm)
    update(ssm, "PT2S")
    assert lab.code(ssm.delete_document, Name="sleeper", DocumentVersion="1") == "InvalidDocumentOperation"
    ssm.delete_document(Name="sleeper", DocumentVersion="2")
    assert ssm.describe_document(Name="sleeper")["Document"]["LatestVersion"] == "1"
    ssm.delete_document(Name="sleeper")
    assert lab.code(ssm.describe_document, Name="sleeper") == "InvalidDocument"
    assert lab.code(ssm.delete_document, Name="sleeper") == "InvalidDocument"
    assert lab.code(ssm.delete_document, Name="AWS-RunShellScript") == "InvalidDocument"


def test_force(lab, ssm):
    create(ssm, Content='{"a": 1}', DocumentType="ApplicationConfigurationSchema")
    assert lab.code(ssm.delete_document, Name="sleeper") == "InvalidDocumentOperation"
    ssm.delete_document(Name="sleeper", Force=True)


def names(ssm, **filters):
    wanted = [{"Key": key.replace("__", ":"), "Values": values} for key, values in filters.items()]
    pages = ssm.get_paginator("list_documents").paginate(Filters=wanted)
    return [row["Name"] for page in pages for row in page["DocumentIdentifiers"]]


def test_list(lab, ssm):
    create(ssm, "sleeper-1", Tags=[{"Key": "tier", "Value": "web"}])
    create(ssm, "sleeper-2", TargetType="/AWS::EC2::Instance")
    create(ssm, "waker")
    assert names(ssm, Owner=["Self"]) == ["sleeper-1", "sleeper-2", "waker"]
    assert names(ssm, Name=["sleep"]) == ["sleeper-1", "sleeper-2"]
    assert names(ssm, tag__tier=["web", "db"]) == ["sleeper-1"]
    assert names(ssm, Owner=["Self"], DocumentType=["Command"]) == []
    assert names(ssm, TargetType=["/AWS::EC2::Instance"], Owner=["Self"]) == ["sleeper-2"]
    amazon = names(ssm, Owner=["Amazon"])
    assert "AWS-RunPatchBaseline" in amazon and "waker" not in amazon
    assert names(ssm, Owner=["Amazon"], DocumentType=["Automation"])
    assert "AWS-RunShellScript" not in names(ssm, Owner=["Amazon"], PlatformTypes=["Windows"])
    assert len(names(ssm)) == 3 + len(amazon)
    filters = [{"Key": "Owner", "Values": ["Self", "Amazon"]}]
    assert lab.code(ssm.list_documents, Filters=filters) == "ValidationException"
    assert lab.code(ssm.list_documents, Filters=[{"Key": "Colour", "Values": ["red"]}]) == "InvalidFilterKey"


def test_pages_of_the_list(lab, ssm):
    for number in range(5):
        create(ssm, f"sleeper-{number}")
    lab.served.switches(page_size=2)
    assert names(ssm, Owner=["Self"]) == [f"sleeper-{number}" for number in range(5)]
    page = ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])
    assert len(page["DocumentIdentifiers"]) == 2
    assert lab.code(ssm.list_documents, NextToken="made up") == "InvalidNextToken"


def share(ssm, **more):
    ssm.modify_document_permission(Name="sleeper", PermissionType="Share", **more)


@pytest.fixture
def visitor(lab):
    anything = {"Statement": [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}], "Version": "2012-10-17"}
    role = {"name": "visitor", "accounts": ["123456789012"], "policies": [anything]}
    scenario = {"accounts": [{"account": OTHER, "roles": [role]}]}
    lab.served.reset(scenario)
    lab.served.switches(request_rates=False)
    return other_account(lab)


def test_sharing(lab, ssm, visitor):
    create(ssm)
    arn = "arn:aws:ssm:us-east-1:123456789012:document/sleeper"
    assert lab.code(visitor.describe_document, Name=arn) == "InvalidDocument"
    share(ssm, AccountIdsToAdd=[OTHER])
    found = visitor.describe_document(Name=arn)["Document"]
    assert (found["Name"], found["Owner"]) == (arn, "123456789012")
    assert lab.code(visitor.describe_document, Name="sleeper") == "InvalidDocument"
    assert names(visitor, Owner=["Private"]) == [arn]
    assert visitor.start_automation_execution(DocumentName=arn)["AutomationExecutionId"]
    update(ssm, "PT2S")
    assert lab.code(visitor.get_document, Name=arn, DocumentVersion="2") == "InvalidDocumentVersion"
    share(ssm, AccountIdsToAdd=[OTHER], SharedDocumentVersion="$LATEST")
    assert visitor.get_document(Name=arn)["DocumentVersion"] == "2"
    assert ssm.describe_document_permission(Name="sleeper", PermissionType="Share")["AccountSharingInfoList"] == [
        {"AccountId": OTHER, "SharedDocumentVersion": "$LATEST"}
    ]
    assert lab.code(ssm.delete_document, Name="sleeper") == "InvalidDocumentOperation"
    share(ssm, AccountIdsToAdd=[OTHER], AccountIdsToRemove=[OTHER])  # removing has the higher priority
    assert lab.code(visitor.get_document, Name=arn) == "InvalidDocument"
    ssm.delete_document(Name="sleeper")


def test_public_documents(lab, ssm, visitor):
    create(ssm)
    share(ssm, AccountIdsToAdd=["All"])
    assert ssm.describe_document_permission(Name="sleeper", PermissionType="Share")["AccountIds"] == ["all"]
    assert visitor.get_document(Name="arn:aws:ssm:us-east-1:123456789012:document/sleeper")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Name": "nobody", "AccountIdsToAdd": [OTHER]}, "InvalidDocument"),
        ({}, "ValidationException"),
        ({"AccountIdsToAdd": ["123"]}, "ValidationException"),
        ({"PermissionType": "Sell", "AccountIdsToAdd": [OTHER]}, "ValidationException"),
        ({"AccountIdsToAdd": [f"{number:012d}" for number in range(21)]}, "ValidationException"),
    ],
)
def test_errors_of_sharing(lab, ssm, params, code):
    create(ssm)
    assert lab.code(ssm.modify_document_permission, **{"Name": "sleeper", "PermissionType": "Share", **params}) == code


def test_limit_of_sharing(lab, ssm):
    lab.served.switches(document_quotas={"accounts": 2})
    create(ssm)
    share(ssm, AccountIdsToAdd=["1" * 12, "2" * 12])
    with pytest.raises(ssm.exceptions.DocumentPermissionLimit):
        share(ssm, AccountIdsToAdd=["3" * 12])


def test_tags(lab, ssm):
    create(ssm)
    execution = ssm.start_automation_execution(DocumentName="sleeper", Tags=[{"Key": "a", "Value": "b"}])
    resources = [("Document", "sleeper", []), ("Automation", execution["AutomationExecutionId"], [("a", "b")])]
    for kind, name, expected in resources:
        where = {"ResourceType": kind, "ResourceId": name}
        ssm.add_tags_to_resource(**where, Tags=[{"Key": "x", "Value": "1"}, {"Key": "y", "Value": "2"}])
        ssm.add_tags_to_resource(**where, Tags=[{"Key": "x", "Value": "3"}])
        ssm.remove_tags_from_resource(**where, TagKeys=["y", "never"])
        found = [(tag["Key"], tag["Value"]) for tag in ssm.list_tags_for_resource(**where)["TagList"]]
        assert found == expected + [("x", "3")]
    ssm.delete_document(Name="sleeper")
    create(ssm)
    assert ssm.list_tags_for_resource(ResourceType="Document", ResourceId="sleeper")["TagList"] == []


@pytest.mark.parametrize("kind", ["Document", "Automation", "PatchBaseline"])
def test_tags_of_nothing(lab, ssm, kind):
    where = {"ResourceType": kind, "ResourceId": "nobody"}
    assert lab.code(ssm.list_tags_for_resource, **where) == "InvalidResourceId"
    assert lab.code(ssm.add_tags_to_resource, **where, Tags=[{"Key": "a", "Value": "b"}]) == "InvalidResourceId"


def test_limits_of_tags(lab, ssm):
    create(ssm)
    where = {"ResourceType": "Document", "ResourceId": "sleeper"}
    many = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
    assert lab.code(ssm.add_tags_to_resource, **where, Tags=many) == "TooManyTagsError"
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    assert lab.code(ssm.add_tags_to_resource, **where, Tags=twice) == "ValidationException"
    assert lab.code(ssm.add_tags_to_resource, ResourceType="Castle", ResourceId="x", Tags=many[:1]) in (
        "InvalidResourceType", "ValidationException",
    )  # fmt: skip
