# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm import baselines
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_patch_baseline as module
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_patch_baseline_info as info

SERVER = set(baselines.SERVER_FIELDS)
SECURITY = {"key": "CLASSIFICATION", "values": ["Security"]}
RULE = {"patch_filters": [SECURITY], "approve_after_days": 7}
SOURCE = {"name": "mirror", "products": ["*"], "configuration": "baseurl=https://user:pa55word@mirror.example.com"}
LINUX = {
    "name": "shop-linux",
    "operating_system": "AMAZON_LINUX_2023",
    "description": "Linux of the shop",
    "global_filters": [{"key": "PRODUCT", "values": ["*"]}],
    "approval_rules": [{**RULE, "compliance_level": "HIGH", "enable_non_security": True}],
    "approved_patches": ["kernel", "bash*"],
    "approved_patches_compliance_level": "CRITICAL",
    "approved_patches_enable_non_security": True,
    "rejected_patches": ["telnet*"],
    "rejected_patches_action": "BLOCK",
    "sources": [SOURCE],
    "patch_groups": ["prod", "test"],
    "default": True,
    "tags": {"team": "shop"},
}
WINDOWS = {
    "name": "shop-windows",
    "operating_system": "WINDOWS",
    "approval_rules": [
        {"patch_filters": [{"key": "MSRC_SEVERITY", "values": ["Critical"]}], "approve_until_date": "2026-03-01"}
    ],
    "available_security_updates_compliance_status": "NON_COMPLIANT",
}


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 600}})


def strip(result):
    return {key: value for key, value in result["baseline"].items() if key not in SERVER}


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
    assert (predicted["changes"], predicted["moved_patch_groups"]) == (real["changes"], real["moved_patch_groups"])
    return real


def owner_of(aws, group, system="WINDOWS"):
    pairs = aws.client("ssm").describe_patch_groups(Filters=[{"Key": "OPERATING_SYSTEM", "Values": [system]}])
    return {pair["PatchGroup"]: pair["BaselineIdentity"]["BaselineName"] for pair in pairs["Mappings"]}.get(group)


def default_of(aws, system="WINDOWS"):
    return aws.client("ssm").get_default_patch_baseline(OperatingSystem=system)["BaselineId"]


def names(aws):
    found = aws.client("ssm").describe_patch_baselines(Filters=[{"Key": "OWNER", "Values": ["Self"]}])
    return [one["BaselineName"] for one in found["BaselineIdentities"]]


@pytest.mark.parametrize("options", [LINUX, WINDOWS, {"name": "bare", "operating_system": "UBUNTU"}])
def test_life(aws, run_module, options):
    system = options["operating_system"]
    former = default_of(aws, system)
    made = four(aws, run_module, **options)
    assert made["diff"]["before"] == {} and made["diff"]["after"]["name"] == options["name"]
    assert made["baseline"]["baseline_id"].startswith("pb-") and made["baseline"]["created_date"].endswith("Z")
    assert (default_of(aws, system) == made["baseline"]["baseline_id"]) is options.get("default", False)
    gone = four(aws, run_module, name=options["name"], state="absent")
    assert gone["baseline"] == {} and gone["diff"]["after"] == {}
    assert default_of(aws, system) == former and names(aws) == []
