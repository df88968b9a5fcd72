# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import ownership
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_patch_teardown as module

WIDE = {"scope": "all_patching", "confirm": "123456789012/us-east-1"}
AUTOMATION = (
    '{"schemaVersion": "0.3", "mainSteps": [{"name": "w", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}]}'
)


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"fleet": [{"name": "web", "platform": "ubuntu-24.04", "tags": {"Patch Group": "prod"}}]})


def wire(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def make_window(ssm, name, tags, *documents):
    window = ssm.create_maintenance_window(
        Name=name, Schedule="rate(7 days)", Duration=2, Cutoff=1, AllowUnassociatedTargets=True, Tags=wire(tags)
    )["WindowId"]
    for document in documents:
        target = ssm.register_target_with_maintenance_window(
            WindowId=window, ResourceType="INSTANCE", Targets=[{"Key": "tag:Patch Group", "Values": ["prod"]}]
        )["WindowTargetId"]
        ssm.register_task_with_maintenance_window(
            WindowId=window,
            TaskArn=document,
            TaskType="RUN_COMMAND",
            Targets=[{"Key": "WindowTargetIds", "Values": [target]}],
            MaxConcurrency="1",
            MaxErrors="1",
            TaskInvocationParameters={"RunCommand": {"Parameters": PARAMETERS[document]}},
        )
    return window


PARAMETERS = {"AWS-RunPatchBaseline": {"Operation": ["Scan"]}, "AWS-RunShellScript": {"commands": ["true"]}}


def make_baseline(ssm, name, tags, groups=(), default=False, system="UBUNTU"):
    baseline = ssm.create_patch_baseline(Name=name, OperatingSystem=system, Tags=wire(tags))["BaselineId"]
    for group in groups:
        ssm.register_patch_baseline_for_patch_group(BaselineId=baseline, PatchGroup=group)
    if default:
        ssm.register_default_patch_baseline(BaselineId=baseline)
    return baseline


@pytest.fixture(name="there")
def fixture_there(aws):
    """Things of the deployment shop, of another one, and of nobody."""
    ssm = aws.client("ssm")
    shop, other = ownership.owned_tags("shop"), ownership.owned_tags("shop-2")
    for name, tags in (("shop", shop), ("other", other), ("hand", {})):
        make_window(ssm, f"{name}-patch", tags, "AWS-RunPatchBaseline")
        make_window(ssm, f"{name}-mixed", tags, "AWS-RunPatchBaseline", "AWS-RunShellScript")
        make_window(ssm, f"{name}-empty", tags)
        make_baseline(ssm, f"{name}-b", tags, groups=[f"{name}-1", f"{name}-2"], default=name == "shop")
        ssm.create_document(Name=f"{name}-doc", DocumentType="Automation", Content=AUTOMATION, Tags=wire(tags))
        ssm.create_association(
            Name="AWS-RunPatchBaseline",
            AssociationName=f"{name}-scan",
            Parameters={"Operation": ["Scan"]},
            Targets=[{"Key": "tag:Patch Group", "Values": ["prod"]}],
            Tags=wire(tags),
        )
    ssm.modify_document_permission(Name="shop-doc", PermissionType="Share", AccountIdsToAdd=["111122223333"])
    return ssm


def names(ssm):
    """What there is, by kind."""
    own = ssm.describe_patch_baselines(Filters=[{"Key": "OWNER", "Values": ["Self"]}])["BaselineIdentities"]
    return {
        "windows": sorted(one["Name"] for one in ssm.describe_maintenance_windows()["WindowIdentities"]),
        "baselines": sorted(one["BaselineName"] for one in own),
        "groups": sorted(one["PatchGroup"] for one in ssm.describe_patch_groups()["Mappings"]),
        "associations": sorted(one["AssociationName"] for one in ssm.list_associations()["Associations"]),
        "documents": sorted(
            one["Name"]
            for one in ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
        ),
        "default": ssm.get_default_patch_baseline(OperatingSystem="UBUNTU")["BaselineId"].startswith("arn:"),
    }


def writes(aws):
    return [call["operation"] for call in aws.calls(source="client") if call["mutating"]]


def test_a_deployment_in_four_steps(aws, there, run_module):
    before = names(there)
    aws.clear_calls()
    predicted = run_module(module, check=True, deployment="shop")
    assert predicted["changed"] and writes(aws) == [] and names(there) == before
    real = run_module(module, deployment="shop")
    assert real["removed"] == predicted["removed"] and real["diff"] == predicted["diff"]
    assert real["summary"] == {"removed": len(real["removed"]), "failed": 0, "skipped": 0}
    after = names(there)
    assert after == {
        key: True if key == "default" else [name for name in value if not name.startswith("shop")]
        for key, value in before.items()
    }
    for check in (True, False):
        aws.clear_calls()
        again = run_module(module, check=check, deployment="shop")
        assert not again["changed"] and again["removed"] == [] and writes(aws) == []


def test_chosen_kinds_only(there, run_module):
    before = names(there)
    run_module(module, deployment="shop", kinds=["windows"])
    after = names(there)
    assert [name for name in before["windows"] if name not in after["windows"]] == [
        "shop-empty",
        "shop-mixed",
        "shop-patch",
    ]
    assert {**before, "windows": None} == {**after, "windows": None}


def test_everything_that_patches(aws, there, run_module):
    before = names(there)
    aws.clear_calls()
    predicted = run_module(module, check=True, **WIDE)
    assert writes(aws) == [] and names(there) == before
    real = run_module(module, **WIDE)
    assert real["removed"] == predicted["removed"] and real["account_id"] == "123456789012"
    after = names(there)
    # empty windows and those with other work stay; so do associations and documents
    assert after["windows"] == sorted(
        f"{who}-{what}" for who in ("hand", "other", "shop") for what in ("empty", "mixed")
    )
    assert after["baselines"] == after["groups"] == [] and after["default"]
    assert after["associations"] == before["associations"] and after["documents"] == before["documents"]
    left = [one for one in there.describe_maintenance_windows()["WindowIdentities"] if one["Name"].endswith("mixed")]
    for window in left:
        tasks = there.describe_maintenance_window_tasks(WindowId=window["WindowId"])["Tasks"]
        assert [task["TaskArn"] for task in tasks] == ["AWS-RunShellScript"]
    assert not run_module(module, **WIDE)["changed"]


def test_a_disabled_window_and_own_runbooks_count(aws, run_module):
    ssm = aws.client("ssm")
    window = make_window(ssm, "off", {}, "AWS-RunShellScript")
    ssm.update_maintenance_window(WindowId=window, Enabled=False)
    assert not run_module(module, **WIDE)["changed"]
    assert run_module(module, patching_documents=["AWS-RunShellScript"], **WIDE)["summary"]["removed"] == 2
    assert names(ssm)["windows"] == []


@pytest.mark.parametrize(
    "options, code",
    [
        ({"scope": "all_patching", "confirm": "123456789012/eu-west-1"}, "not_confirmed"),
        ({"scope": "all_patching", "confirm": "111122223333/us-east-1"}, "not_confirmed"),
        ({"scope": "all_patching", "confirm": "yes"}, "not_confirmed"),
        ({"scope": "all_patching", "confirm": "123456789012/us-east-1", "deployment": "shop"}, "invalid_input"),
        ({"deployment": "shop*"}, "invalid_input"),
        ({"deployment": ""}, "invalid_input"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_refused_before_anything_is_read(aws, run_module, options, code, check):
    aws.clear_calls()
    result = run_module(module, check=check, **options)
    assert result["failed"] and result["failure"]["code"] == code
    assert {call["service"] for call in aws.calls(source="client")} <= {"sts"}


@pytest.mark.parametrize(
    "operation, failed, skipped",
    [
        ("DeleteMaintenanceWindow", 3, 0),
        ("DeregisterPatchBaselineForPatchGroup", 2, 1),
        ("RegisterDefaultPatchBaseline", 1, 1),
        ("DeletePatchBaseline", 1, 0),
        ("DeleteAssociation", 1, 0),
        ("DeleteDocument", 1, 0),
    ],
)
def test_a_failure_does_not_stop_the_rest_and_the_next_run_goes_on(aws, there, run_module, operation, failed, skipped):
    aws.faults(service="ssm", operation=operation, phase="before", code="AccessDeniedException", count=-1)
    result = run_module(module, deployment="shop")
    assert result["failed"] and result["changed"]
    assert (result["summary"]["failed"], result["summary"]["skipped"]) == (failed, skipped)
    assert all(one["failure"]["message"] for one in result["removed"] if one["outcome"] != "removed")
    aws.clear_faults()
    again = run_module(module, deployment="shop")
    assert again["summary"] == {"removed": failed + skipped, "failed": 0, "skipped": 0}
    assert not [
        name for value in names(there).values() if isinstance(value, list) for name in value if name.startswith("shop")
    ]


@pytest.mark.parametrize(
    "operation",
    ["DeleteMaintenanceWindow", "DeregisterPatchBaselineForPatchGroup", "DeletePatchBaseline", "DeleteAssociation"],
)
def test_an_answer_that_is_lost(aws, there, run_module, operation):
    aws.faults(service="ssm", operation=operation, phase="after", code="InternalServerError", count=1)
    assert run_module(module, deployment="shop")["summary"]["failed"] == 0
    assert not run_module(module, deployment="shop")["changed"]


def test_aws_says_no_when_reading(aws, there, run_module):
    aws.faults(service="ssm", operation="ListTagsForResource", phase="before", code="AccessDeniedException", count=-1)
    before = names(there)
    result = run_module(module, deployment="shop")
    assert result["failed"] and "AccessDeniedException" in result["msg"] and names(there) == before


def test_what_is_still_there_after_its_removal_is_a_failure(aws, there, run_module, monkeypatch):
    """A service that answers as if it had deleted, and did not."""
    from ansible_collections.fleetpatch.aws.plugins.module_utils._core.wait import Clock
    from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import connection
    from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.teardown import many

    pauses = []
    monkeypatch.setattr(connection, "Clock", lambda: Clock(sleep=pauses.append))
    monkeypatch.setitem(many.REMOVERS, "document", lambda aws, one: None)
    result = run_module(module, deployment="shop")
    assert result["failed"] and result["failure"]["code"] == "not_confirmed" and "document shop-doc" in result["msg"]
    assert result["changed"] and "shop-doc" in names(there)["documents"] and pauses == [0.5, 1.0, 2.0, 4.0]
