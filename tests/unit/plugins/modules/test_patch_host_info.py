# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import patch_host_info as module


def ids_by_name(aws):
    return {
        next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name"): instance["InstanceId"]
        for page in aws.client("ec2").get_paginator("describe_instances").paginate()
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    }


def test_what_is_known_of_every_kind_of_host(serve, run_module):
    aws = serve(
        {
            "fleet": [
                {"name": "scanned", "platform": "windows-2022", "missing": 4, "volumes": [80, 500]},
                {"name": "never", "platform": "rhel-9", "scanned": False, "volumes": [40]},
                {"name": "silent", "platform": "rhel-9", "agent": "none", "volumes": [30]},
            ]
        }
    )
    ids = ids_by_name(aws)
    known = run_module(module, instance_ids=list(ids.values()))
    assert known["changed"] is False
    assert set(known["nodes"]) == {ids["scanned"], ids["never"]}
    assert known["nodes"][ids["scanned"]]["operating_system"] == "WINDOWS"
    assert known["nodes"][ids["scanned"]]["ping_status"] == "Online"
    assert set(known["patch_states"]) == {ids["scanned"]}
    assert known["patch_states"][ids["scanned"]]["missing_count"] == 4
    assert known["volumes"] == {ids["scanned"]: 580, ids["never"]: 40, ids["silent"]: 30}
    assert known["time"].startswith(aws.clock()["now"][:13])


def test_the_baseline_of_a_group_and_the_default_that_others_get(serve, run_module):
    rules = {
        "PatchRules": [
            {"PatchFilterGroup": {"PatchFilters": [{"Key": "PRODUCT", "Values": ["*"]}]}, "ApproveAfterDays": 0}
        ]
    }
    aws = serve(
        {
            "baselines": [
                {"Name": "shop", "OperatingSystem": "WINDOWS", "ApprovalRules": rules, "patch_groups": ["production"]}
            ],
            "fleet": [
                {"name": "of-group", "platform": "windows-2022", "missing": 1, "tags": {"PatchGroup": "production"}},
                {"name": "of-none", "platform": "windows-2022", "scanned": False},
                {"name": "by-tag", "platform": "windows-2019", "scanned": False},
            ],
        }
    )
    ids = ids_by_name(aws)
    known = run_module(module, instance_ids=list(ids.values()), patch_groups={ids["by-tag"]: "unregistered"})
    found = {item["patch_group"]: (item["baseline_name"], item["default"]) for item in known["baselines"]}
    assert found["production"] == ("shop", False)
    assert found["unregistered"] == found[""] == ("AWS-DefaultPatchBaseline", True)


@pytest.mark.parametrize("page_size", [None, 5])
def test_more_hosts_than_a_call_takes(serve, run_module, page_size):
    aws = serve(
        {"fleet": [{"name": "app", "count": 120, "platform": "amazon-linux-2023", "missing": 1, "volumes": [8]}]}
    )
    if page_size:
        aws.switches(page_size=page_size)
    ids = list(ids_by_name(aws).values())
    known = run_module(module, instance_ids=ids)
    assert set(known["nodes"]) == set(known["patch_states"]) == set(known["volumes"]) == set(ids)


def test_nobody_is_nobody(serve, run_module):
    serve({"fleet": [{"name": "app", "platform": "rhel-9"}]})
    known = run_module(module, instance_ids=[])
    assert (known["nodes"], known["patch_states"], known["baselines"], known["volumes"]) == ({}, {}, [], {})


def test_reads_only_and_denied_is_not_absent(serve, run_module):
    aws = serve({"fleet": [{"name": "app", "platform": "rhel-9"}]})
    [instance_id] = ids_by_name(aws).values()
    run_module(module, check=True, instance_ids=[instance_id])
    assert not [call for call in aws.calls(source="client") if call["mutating"]]
    aws.faults(
        service="ssm", operation="DescribeInstancePatchStates", phase="before", code="AccessDeniedException", count=-1
    )
    result = run_module(module, instance_ids=[instance_id])
    assert result["failed"] and result["failure"]["code"] == "AccessDeniedException"


def test_the_target_groups_that_hosts_are_in(serve, run_module):
    aws = serve(
        {
            "fleet": [{"name": "web", "count": 2, "platform": "rhel-9"}, {"name": "other", "platform": "rhel-9"}],
            "target_groups": [
                {"name": "web", "targets": ["web", "other"]},
                {"name": "alone", "targets": ["web"], "balanced": False},
                {"name": "api", "targets": ["other"]},
            ],
        }
    )
    ids = ids_by_name(aws)
    web = [ids["web-1"], ids["web-2"]]
    assert run_module(module, instance_ids=web)["target_groups"] == []
    assert not aws.calls(service="elbv2", source="client")
    found = run_module(module, instance_ids=web, target_groups=[])["target_groups"]
    assert {one["name"]: sorted(target["id"] for target in one["targets"]) for one in found} == {
        "api": [], "web": sorted(web)
    }  # fmt: skip
    assert {one["name"]: one["healthy"] for one in found} == {"api": 1, "web": 3}
    [alone] = run_module(module, instance_ids=web, target_groups=["alone"])["target_groups"]
    assert not alone["balanced"] and len(alone["targets"]) == 2
    assert run_module(module, instance_ids=web, target_groups=["gone"])["failure"]["code"] == "no_target_group"


def test_instances_that_the_inventory_misses(serve, run_module):
    tags = {"instancedata": "{}", "Name": "web"}
    aws = serve(
        {
            "fleet": [
                {"name": "web", "count": 3, "platform": "rhel-9", "tags": tags},
                {"name": "db", "platform": "rhel-9"},
            ]
        }
    )
    found = aws.client("ec2").describe_instances(Filters=[{"Name": "tag-key", "Values": ["instancedata"]}])[
        "Reservations"
    ]
    ids = sorted(one["InstanceId"] for page in found for one in page["Instances"])
    wanted = {"tags": {"instancedata": []}, "states": ["running"], "known_ids": ids[:1]}
    aws.clear_calls()
    read = run_module(module, instance_ids=ids[:1], unlisted=wanted)["unlisted"]
    assert sorted(one["instance_id"] for one in read) == ids[1:]
    assert (read[0]["state"], read[0]["tags"]["instancedata"]) == ({"name": "running"}, "{}")
    assert len(aws.calls(service="ec2", operation="DescribeInstances", source="client")) == 1
    assert run_module(module, instance_ids=ids[:1], unlisted={**wanted, "names": ["db"]})["unlisted"] == []
    assert run_module(module, instance_ids=ids[:1])["unlisted"] == []
