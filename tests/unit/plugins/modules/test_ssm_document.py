# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.documents import resource
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_document as module
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_document_info as info

SERVER = set(resource.SERVER_FIELDS)


def runbook(seconds=60):
    step = {"name": "rest", "action": "aws:sleep", "inputs": {"Duration": f"PT{seconds}S"}}
    return {"schemaVersion": "0.3", "description": "rests", "mainSteps": [step]}


YAML = """schemaVersion: '0.3'  # a comment
description: rests
mainSteps:
  - {name: rest, action: 'aws:sleep', inputs: {Duration: PT60S}}
"""
BASE = {"name": "rest-runbook", "document_type": "Automation"}


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 600}})


def four(run_module, **options):
    """check, real, check, real; the prediction must equal what is read back, and checks must not write."""
    predicted, real, check, again = (run_module(module, check=check, **options) for check in (True, False) * 2)
    for step in (predicted, real, check, again):
        assert not step.get("failed"), step["msg"]
        assert "unconfirmed" not in step
    assert [step["changed"] for step in (predicted, real, check, again)] == [True, True, False, False]
    strip = [{key: value for key, value in one["document"].items() if key not in SERVER} for one in (predicted, real)]
    assert strip[0] == strip[1]
    assert predicted["document"].get("latest_version") == real["document"].get("latest_version")
    assert predicted["changes"] == real["changes"]
    return real


def test_life(aws, run_module):
    made = four(run_module, **BASE, content=runbook(), tags={"team": "web"}, shared_account_ids=["210987654321"])
    assert made["document"]["default_version"] == "1" and made["document"]["tags"] == {"team": "web"}
    assert made["document"]["shared_account_ids"] == ["210987654321"] and made["document"]["status"] == "Active"
    kept = four(run_module, **BASE, content=runbook(90), default_version="keep", version_name="second")
    assert (kept["document"]["latest_version"], kept["document"]["default_version"]) == ("2", "1")
    assert kept["document"]["version_name"] == "second"
    assert kept["document"]["shared_account_ids"] == ["210987654321"] and kept["document"]["tags"] == {"team": "web"}
    latest = four(run_module, name="rest-runbook")
    assert latest["document"]["default_version"] == "2"
    back = four(run_module, name="rest-runbook", default_version="1")
    assert back["document"]["default_version"] == "1"
    gone = four(run_module, name="rest-runbook", state="absent")
    assert gone["document"] == {} and gone["diff"]["after"] == {}


def test_check_mode_writes_nothing(aws, run_module):
    run_module(module, **BASE, content=runbook())
    for options in ({"content": runbook(5), "tags": {"a": "b"}}, {"shared_account_ids": ["all"]}, {"state": "absent"}):
        aws.clear_calls()
        assert run_module(module, check=True, name="rest-runbook", **options)["changed"]
        assert not [call["operation"] for call in aws.calls(source="client") if call["mutating"]]


@pytest.mark.parametrize(
    "content, changed",
    [(runbook(), False), (YAML, False), (json.dumps(runbook(), indent=7), False), (runbook(61), True)],
)
def test_only_meaning_counts(aws, run_module, content, changed):
    run_module(module, **BASE, content=runbook())
    assert run_module(module, **BASE, content=content)["changed"] is changed


def test_one_and_true_are_not_the_same(aws, run_module):
    content = runbook()
    content["mainSteps"][0]["isEnd"] = True
    run_module(module, **BASE, content=content)
    content["mainSteps"][0]["isEnd"] = 1
    assert run_module(module, check=True, **BASE, content=content)["changed"] is True


@pytest.mark.parametrize("check", [True, False])
def test_a_version_that_does_not_exist_cannot_be_the_default_one(aws, run_module, check):
    result = run_module(module, check=check, **BASE, content=runbook(), default_version="2")
    assert (
        result["failed"] and "rest-runbook: version 2" in result["msg"] and "the latest version is 1" in result["msg"]
    )
    assert aws.client("ssm").list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"] == []
    run_module(module, **BASE, content=runbook())
    assert run_module(module, check=check, name="rest-runbook", default_version="2")["failed"]
    assert run_module(module, check=check, **BASE, content=runbook(5), default_version="2")["changed"] is True


def test_yaml_is_kept_as_it_is_written(aws, run_module):
    result = four(run_module, **BASE, content=YAML)
    assert result["document"]["document_format"] == "YAML"
    assert result["diff"]["after"]["content"] == YAML
    assert "content" not in result["document"]


@pytest.mark.parametrize(
    "options, tags, shared",
    [
        ({}, {"a": "1"}, ["111122223333"]),
        ({"tags": {}, "shared_account_ids": []}, {}, []),
        ({"tags": {"b": "2"}}, {"b": "2"}, ["111122223333"]),
        ({"tags": {"b": "2"}, "purge_tags": False}, {"a": "1", "b": "2"}, ["111122223333"]),
        ({"shared_account_ids": ["444455556666"]}, {"a": "1"}, ["444455556666"]),
        (
            {"shared_account_ids": ["444455556666"], "purge_shared_account_ids": False},
            {"a": "1"},
            ["111122223333", "444455556666"],
        ),
    ],
)
def test_omitted_leaves_and_empty_clears(aws, run_module, options, tags, shared):
    run_module(module, **BASE, content=runbook(), tags={"a": "1"}, shared_account_ids=["111122223333"])
    result = run_module(module, name="rest-runbook", **options)
    assert result["changed"] is bool(options)
    assert (result["document"]["tags"], result["document"]["shared_account_ids"]) == (tags, shared)


def test_many_accounts(aws, run_module):
    accounts = [f"{number:012d}" for number in range(1, 46)]
    result = run_module(module, **BASE, content=runbook(), shared_account_ids=accounts)
    assert result["document"]["shared_account_ids"] == accounts
    assert run_module(module, name="rest-runbook", shared_account_ids=[])["document"]["shared_account_ids"] == []


@pytest.mark.parametrize("operation", ["CreateDocument", "UpdateDocument"])
def test_a_lost_answer_is_not_an_error(aws, run_module, operation):
    if operation == "UpdateDocument":
        run_module(module, **BASE, content=runbook(5))
    aws.faults(service="ssm", operation=operation, phase="after", code="InternalServerError", count=1)
    result = run_module(module, **BASE, content=runbook())
    assert result["changed"] and not result.get("failed"), result["msg"]
    versions = aws.client("ssm").list_document_versions(Name="rest-runbook")["DocumentVersions"]
    assert len(versions) == (2 if operation == "UpdateDocument" else 1)


@pytest.mark.parametrize(
    "options, code",
    [
        ({}, "invalid_input"),
        ({"content": {"schemaVersion": "9.9"}, "document_type": "Automation"}, None),
        ({"content": runbook(), "document_type": "Automation", "default_version": "newest"}, "invalid_input"),
    ],
)
def test_errors_are_typed(aws, run_module, options, code):
    result = run_module(module, name="rest-runbook", **options)
    assert result["failed"] and (code is None or result["failure"]["code"] == code)
    assert "rest-runbook" in result["msg"] or "default_version" in result["msg"]


def test_the_type_cannot_change(aws, run_module):
    run_module(module, **BASE, content=runbook())
    for check in (True, False):
        result = run_module(module, check=check, name="rest-runbook", document_type="Command", content=runbook())
        assert result["failure"]["code"] == "immutable" and "document_type" in result["msg"]


def test_denied_is_not_absent(aws, run_module):
    aws.faults(service="ssm", operation="DescribeDocument", code="AccessDeniedException", count=-1)
    result = run_module(module, **BASE, content=runbook())
    assert result["failure"]["code"] == "AccessDeniedException"
    assert aws.calls(service="ssm", operation="CreateDocument") == []


def test_slow_and_failed_creation(aws, run_module):
    aws.switches(document_creating_seconds=600)
    assert run_module(module, **BASE, content=runbook())["document"]["status"] == "Active"


def test_info(aws, run_module):
    run_module(module, **BASE, content=YAML, tags={"team": "web"})
    run_module(module, **BASE, content=runbook(5), default_version="keep")
    [found] = run_module(info, name="rest-runbook")["documents"]
    assert (found["document_version"], found["latest_version"], found["content"]) == ("1", "2", YAML)
    assert [version["document_version"] for version in found["versions"]] == ["2", "1"]
    assert found["tags"] == {"team": "web"}
    [latest] = run_module(info, name="rest-runbook", document_version="$LATEST")["documents"]
    assert latest["document_version"] == "2"
    assert run_module(info, name="no-such-document")["documents"] == []
    assert [one["name"] for one in run_module(info)["documents"]] == ["rest-runbook"]
    [foreign] = run_module(info, name="AWS-RunPatchBaseline")["documents"]
    assert foreign["document_type"] == "Command" and foreign["tags"] == {}


@pytest.mark.parametrize("compared", ["any", "latest"])
def test_a_former_content_makes_its_version_the_default(aws, run_module, compared):
    """AWS refuses to write the content of another version again (DuplicateDocumentContent)."""
    aws.switches(duplicate_content=compared)
    for seconds in (1, 2, 3):
        run_module(module, **BASE, content=runbook(seconds))
    back = four(run_module, **BASE, content=YAML.replace("60", "1"))
    versions = [back["document"][f"{which}_version"] for which in ("document", "default", "latest")]
    assert versions == ["1", "1", "3"]
    assert json.loads(back["diff"]["after"]["content"]) == runbook(1)
    kept = run_module(module, **BASE, content=runbook(2), default_version="keep")
    assert not kept["changed"] and kept["document"]["document_version"] == "2"
    assert kept["document"]["default_version"] == "1"
    new = four(run_module, **BASE, content=runbook(4))
    assert new["document"]["default_version"] == new["document"]["latest_version"] == "4"


def test_a_content_before_the_searched_versions_is_named(aws, run_module, monkeypatch):
    aws.switches(duplicate_content="any")
    monkeypatch.setattr(resource, "SEARCHED", 1)
    for seconds in (1, 2, 3):
        run_module(module, **BASE, content=runbook(seconds))
    run_module(module, **BASE, content=runbook(2))  # now the default, which is searched first
    assert "has this content: set default_version" in run_module(module, **BASE, content=runbook(1))["msg"]


def test_everybody_is_one_word(aws, run_module):
    made = four(run_module, **BASE, content=runbook(), shared_account_ids=["All"])
    assert made["document"]["shared_account_ids"] == ["all"]


@pytest.mark.parametrize(
    "options, words",
    [
        ({"name": "arn:aws:ssm:us-east-1:123456789012:document/rest-runbook"}, "name: .* not an ARN"),
        ({"name": "rest-runbook", "shared_account_ids": ["12345"]}, "shared_account_ids: '12345' must be"),
    ],
)
def test_names_and_accounts_that_aws_refuses(aws, run_module, options, words):
    import re

    assert re.search(words, run_module(module, check=True, **options)["msg"])
    assert not aws.calls(source="client")


def test_described_parameters_have_their_declaration(aws, run_module):
    content = {**runbook(), "parameters": {"Mode": {"type": "String", "allowedValues": ["a", "b"], "default": "a"}}}
    run_module(module, **BASE, content=content)
    (found,) = run_module(info, names=["rest-runbook"])["documents"]
    assert [one["declaration"] for one in found["parameters"]] == [content["parameters"]["Mode"]]
    aws.faults(service="ssm", operation="GetDocument", code="AccessDeniedException", count=-1)
    (found,) = run_module(info, names=["rest-runbook"])["documents"]
    assert [one["declaration"] for one in found["parameters"]] == [{}]
