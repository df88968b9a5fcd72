# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import collections

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import patch_gate_info as module

SCENARIO = {
    "fleet": [
        {"name": "web", "count": 3, "platform": "rhel-9"},
        {"name": "api", "platform": "rhel-9", "state": "stopped"},
    ],
    "target_groups": [
        {"name": "web", "targets": ["web"]},
        {"name": "api", "targets": ["api"], "port": 8080},
        {"name": "alone", "targets": ["web"], "balanced": False},
    ],
}


def operations(aws):
    return collections.Counter(call["operation"] for call in aws.calls(service="elbv2", source="client"))


def test_every_target_with_its_health_in_the_order_that_was_asked_for(serve, run_module):
    aws = serve(SCENARIO)
    found = run_module(module, target_groups=["web", "api", "alone"])["target_groups"]
    assert [one["name"] for one in found] == ["web", "api", "alone"]
    assert [sorted({target["state"] for target in one["targets"]}) for one in found] == [
        ["healthy"], ["unused"], ["unused"]
    ]  # fmt: skip
    assert [len(one["targets"]) for one in found] == [3, 1, 3]
    assert [(one["port"], one["balanced"]) for one in found] == [(80, True), (8080, True), (80, False)]
    assert found[1]["targets"][0]["reason"] == "Target.InvalidState"
    assert operations(aws) == {"DescribeTargetGroups": 1, "DescribeTargetHealth": 3}
    arns = [one["arn"] for one in found]
    assert run_module(module, target_groups=[arns[1], "api"])["target_groups"] == found[1:2]


def test_nothing_is_asked_of_load_balancers_without_groups(serve, run_module):
    aws = serve(SCENARIO)
    assert run_module(module)["target_groups"] == [] and not operations(aws)


def test_groups_that_do_not_exist_are_named_and_denied_is_not_absent(serve, run_module):
    aws = serve(SCENARIO)
    result = run_module(module, target_groups=["web", "wep", "apy"])
    assert result["failure"]["code"] == "no_target_group" and "no such target group: wep, apy" in result["msg"]
    assert run_module(module, target_groups=[" "])["failed"]
    aws.faults(service="elbv2", operation="DescribeTargetHealth", phase="before", code="AccessDenied", count=-1)
    result = run_module(module, target_groups=["web"])
    assert result["failed"] and result["failure"]["code"] == "AccessDenied"


@pytest.mark.parametrize("code", ["throttle", "ServiceUnavailable"])
def test_a_refusal_that_passes_is_tried_again(serve, run_module, code):
    aws = serve(SCENARIO)
    aws.faults(service="elbv2", operation="DescribeTargetHealth", phase="before", code=code, status=503, count=1)
    assert len(run_module(module, target_groups=["web"])["target_groups"][0]["targets"]) == 3


def test_terminated_instances_are_gone_also_when_ec2_lists_them_no_longer(serve, run_module):
    aws = serve(SCENARIO)
    found = aws.client("ec2").describe_instances()["Reservations"]
    ids = sorted(one["InstanceId"] for page in found for one in page["Instances"])
    assert run_module(module, instances=ids)["gone"] == []
    aws.client("ec2").terminate_instances(InstanceIds=ids[1:2])
    unknown = "i-0123456789abcdef0"
    aws.clear_calls()
    answer = run_module(module, instances=[unknown, *ids])
    assert answer["gone"] == [unknown, ids[1]]
    assert sorted(one["instance_id"] for one in answer["instances"]) == [ids[0], *ids[2:]]
    alive = answer["instances"][0]
    assert alive["state"] == "running" and alive["zone"].startswith("us-east-1") and alive["tags"]["Name"]
    assert collections.Counter(call["operation"] for call in aws.calls(service="ec2", source="client")) == {
        "DescribeInstances": 1
    }
