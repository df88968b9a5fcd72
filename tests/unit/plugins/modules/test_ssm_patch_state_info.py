# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import ssm_managed_node_info
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_patch_state_info as module

FLEET = [
    {"name": "sql", "count": 2, "platform": "windows-2022", "tags": {"PatchGroup": "prod"}, "missing": 3},
    {"name": "new", "count": 1, "platform": "windows-2022", "scanned": False},
    {"name": "app", "count": 58, "platform": "amazon-linux-2023", "tags": {"PatchGroup": "apps"}, "missing": 0},
]
RULE = {
    "patch_filter_group": {"patch_filters": [{"key": "CLASSIFICATION", "values": ["*"]}]},
    "approve_after_days": 0,
}
BASELINES = [
    {
        "name": "prod-windows",
        "operating_system": "WINDOWS",
        "patch_groups": ["prod"],
        "approval_rules": {"patch_rules": [RULE]},
    }
]


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"fleet": FLEET, "baselines": BASELINES})


def ids(run_module, system):
    nodes = run_module(ssm_managed_node_info)["nodes"]
    return [node["instance_id"] for node in nodes if node["operating_system"] == system]


def test_all(aws, run_module):
    result = run_module(module)
    assert result["summary"] == {"total": 61, "compliant": 58, "non_compliant": 2, "never_scanned": 1, "stale": 0}
    assert [state["instance_id"] for state in result["patch_states"]] == sorted(
        state["instance_id"] for state in result["patch_states"]
    )
    bad = [state for state in result["patch_states"] if state["status"] == "non_compliant"]
    assert {(state["patch_group"], state["missing_count"], state["operation"]) for state in bad} == {
        ("prod", 3, "Scan")
    }
    unknown = next(state for state in result["patch_states"] if state["status"] == "never_scanned")
    assert unknown["missing_count"] is None and unknown["operation"] is None


def test_tiny_pages(aws, run_module):
    aws.switches(page_size=10)
    assert run_module(module)["summary"]["total"] == 61


def test_never_scanned_is_not_compliant(aws, run_module):
    ghost = "i-00000000000000000"
    result = run_module(module, instance_ids=[ghost])
    assert [(state["instance_id"], state["status"]) for state in result["patch_states"]] == [(ghost, "never_scanned")]


def test_details(aws, run_module):
    windows = ids(run_module, "WINDOWS")
    result = run_module(module, instance_ids=windows, details="missing")
    for state in result["patch_states"]:
        assert len(state["patches"]) == (state["missing_count"] or 0)
        assert {patch["state"] for patch in state["patches"]} <= {"MISSING"}
    everything = run_module(module, instance_ids=windows, details="all")["patch_states"]
    assert any(len(state["patches"]) > (state["missing_count"] or 0) for state in everything)


def test_stale(aws, run_module):
    aws.clock(advance=0)
    fresh = run_module(module, instance_ids=ids(run_module, "WINDOWS"), stale_after_hours=24 * 365 * 20)
    assert fresh["summary"]["stale"] == 0
    assert {state["stale"] for state in fresh["patch_states"]} == {False, None}


def test_patch_group_is_matched_exactly(aws, run_module):
    assert run_module(module, patch_group="prod")["summary"]["total"] == 2
    assert run_module(module, patch_group="pro")["summary"]["total"] == 0


def test_effective_baselines(aws, run_module):
    pairs = [
        {"patch_group": "prod", "operating_system": "WINDOWS"},
        {"patch_group": "nobody", "operating_system": "WINDOWS"},
        {"operating_system": "AMAZON_LINUX_2023"},
    ]
    result = run_module(module, instance_ids=[], effective_baselines=pairs)
    assert [(one["baseline_name"], one["default"]) for one in result["baselines"]] == [
        ("prod-windows", False),
        ("AWS-DefaultPatchBaseline", True),
        ("AWS-AmazonLinux2023DefaultPatchBaseline", True),
    ]
    assert result["patch_states"] == []


def test_denied(aws, run_module):
    aws.faults(service="ssm", operation="DescribeInstancePatchStates", code="AccessDeniedException", count=-1)
    assert run_module(module)["failure"]["code"] == "AccessDeniedException"


def test_reads_only(aws, run_module):
    aws.clear_calls()
    run_module(module, check=True, details="missing")
    assert not [call["operation"] for call in aws.calls(source="client") if call["mutating"]]
