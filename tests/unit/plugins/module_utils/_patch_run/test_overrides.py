# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Overrides: what AWS could not use is refused, what is generated says what was asked for, and scans are judged by what was installed by."""

import json

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import overrides
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.overrides import OverrideError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_host

WINDOWS = read_host({"instance_id": "i-1", "platform": "Microsoft Windows Server 2022 Datacenter 10.0.20348"})
LINUX = read_host({"instance_id": "i-2", "platform": "Amazon Linux 2023"})
KERNEL = {"kb_id": "kernel.x86_64", "title": "kernel.x86_64:0:6.1.132-147", "state": "MISSING"}
UPDATE = {"kb_id": "KB5034123", "title": "2026-03 Cumulative Update", "state": "MISSING"}


def test_a_list_is_read_and_further_fields_are_ignored():
    data = {"patches": [{"id": "KB5034123", "classification": "x"}, {"id": "kernel*", "title": "*:6.1*"}]}
    assert overrides.install_list(data) == [{"id": "KB5034123", "title": ""}, {"id": "kernel*", "title": "*:6.1*"}]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (None, "one list `patches`"),
        ([{"id": "x"}], "one list `patches`"),
        ({"patches": {}}, "one list `patches`"),
        ({"patches": []}, "is empty"),
        ({"patches": ["KB1"]}, "patch 1"),
        ({"patches": [{"id": "a"}, {"title": "b"}]}, "`id` of patch 2"),
        ({"patches": [{"id": 5034123}]}, "5034123, not a string"),
        ({"patches": [{"id": "a", "title": 1.5}]}, "`title` of patch 1"),
    ],
)
def test_what_is_no_list_is_refused(data, text):
    with pytest.raises(OverrideError, match=text):
        overrides.install_list(data)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "list of patch baselines"),
        ([], "list of patch baselines"),
        ([{"ApprovedPatches": []}], "no OperatingSystem"),
        ([{"OperatingSystem": "WINDOWS", "Approved": []}], "unknown keys Approved"),
        ([{"OperatingSystem": "WINDOWS"}, {"OperatingSystem": "WINDOWS"}], "two baselines for WINDOWS"),
    ],
)
def test_what_is_no_baseline_override_is_refused(data, text):
    with pytest.raises(OverrideError, match=text):
        overrides.baseline_override(data)


def test_a_choice_of_windows_patches_becomes_a_baseline():
    only = {"classifications": ["SecurityUpdates"], "severities": ["Critical"], "released_until": "2026-03-10"}
    (made,) = json.loads(overrides.only_baseline({**only, "exclude_kbs": ["KB5034123"]}))
    (rule,) = made["ApprovalRules"]["PatchRules"]
    filters = {one["Key"]: one["Values"] for one in rule["PatchFilterGroup"]["PatchFilters"]}
    assert filters == {"PRODUCT": ["*"], "CLASSIFICATION": ["SecurityUpdates"], "MSRC_SEVERITY": ["Critical"]}
    assert rule["ApproveUntilDate"] == "2026-03-10" and "ApproveAfterDays" not in rule
    assert (made["OperatingSystem"], made["RejectedPatches"]) == ("WINDOWS", ["KB5034123"])
    (named,) = json.loads(overrides.only_baseline({"kbs": ["KB5034123"]}))
    assert named["ApprovedPatches"] == ["KB5034123"] and named["ApprovalRules"]["PatchRules"] == []
    assert overrides.baseline_override([named]) == ["WINDOWS"]


@pytest.mark.parametrize(
    ("only", "text"),
    [
        ("KB5034123", "not a dictionary"),
        ({"kb": []}, "unknown keys kb"),
        ({"kbs": []}, "selects nothing"),
        ({"kbs": "KB5034123"}, "not a list"),
        ({"kbs": ["5034123"]}, "not a KB number"),
        ({"kbs": [f"KB{number}" for number in range(50000, 50051)]}, "limit of AWS is 50"),
        ({"severities": ["x"] * 21}, "limit of AWS is 20"),
        ({"released_until": "yesterday"}, "not a date"),
        ({"released_until": "20260310"}, "not a date"),
        ({"kbs": ["KB5034123"], "severities": ["Critical"]}, "does not support both"),
        ({"kbs": ["KB5034123"], "exclude_kbs": ["KB5034123"]}, "in kbs and in exclude_kbs"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(only, text):
    with pytest.raises(OverrideError, match=text):
        overrides.only_baseline(only)


@pytest.mark.parametrize(
    ("entry", "patch", "expected"),
    [
        ({"id": "KB5034123"}, UPDATE, True),
        ({"id": "KB5034*"}, UPDATE, False),
        ({"id": "kernel.x86_64"}, KERNEL, True),
        ({"id": "kernel"}, KERNEL, True),
        ({"id": "kern*"}, KERNEL, True),
        ({"id": "kernel-tools*"}, KERNEL, False),
        ({"id": "kernel.x86_64", "title": "kernel.x86_64:0:6.1.132-147"}, KERNEL, True),
        ({"id": "kernel.x86_64", "title": "0:6.1.132-147"}, KERNEL, True),
        ({"id": "kernel.x86_64", "title": "*6.1.130*"}, KERNEL, False),
    ],
)
def test_which_entry_means_which_patch(entry, patch, expected):
    assert overrides.names(entry, patch) is expected


def test_only_what_the_run_installs_by_counts_as_missing():
    state = {"missing_count": 2, "patches": [KERNEL, UPDATE]}
    some = {"kind": "list", "entries": [{"id": "kernel*", "title": ""}]}
    assert overrides.missing_count({}, LINUX, state) == 2
    assert overrides.missing_count(some, LINUX, state) == 1
    assert overrides.missing_count({"kind": "baseline"}, LINUX, state) == 0
    windows = {"kind": "baseline", "windows_only": True}
    assert [overrides.missing_count(windows, one, state) for one in (WINDOWS, LINUX)] == [0, 2]
    assert overrides.missing_count(some, LINUX, {"missing_count": 0}) == 0
    with pytest.raises(OverrideError, match="were not read"):
        overrides.missing_count(some, LINUX, {"missing_count": 1})


def test_a_file_of_the_controller_is_stored_under_its_run_and_content():
    store = {"bucket": "lists", "prefix": "/fleetpatch/", "run_id": "march"}
    data = {"patches": [{"id": "KB5034123"}]}
    made = overrides.prepared("list", "list.yaml", "text", data, store)
    assert made["url"] == f"s3://lists/{made['upload']['object']}" == made["parameters"]["InstallOverrideList"]
    assert made["upload"]["object"].startswith("fleetpatch/march/")
    assert made == overrides.prepared("list", "list.yaml", "text", data, store)
    assert made["url"] != overrides.prepared("list", "list.yaml", "other text", data, store)["url"]
    far = overrides.prepared("list", "s3://other/list.yaml", "text", data, store)
    assert (far["url"], far["upload"]) == ("s3://other/list.yaml", {})
    chosen = overrides.prepared("baseline", "", "[]", [{"OperatingSystem": "WINDOWS"}], store)
    assert chosen["windows_only"] and chosen["parameters"]["BaselineOverrideFor"] == "Windows"


@pytest.mark.parametrize(
    ("kind", "source", "text"),
    [
        ("list", "list.yaml", "set a bucket"),
        ("list", "http://example.com/list.yaml", "neither s3"),
        ("list", "s3://bucket", "neither s3"),
        ("list", "s3://bucket/folder/", "neither s3"),
        ("baseline", "s3://bucket/o'ne.json", "AWS does not allow"),
    ],
)
def test_what_hosts_could_not_read_is_refused(kind, source, text):
    data = {"patches": [{"id": "a"}]} if kind == "list" else [{"OperatingSystem": "WINDOWS"}]
    with pytest.raises(OverrideError, match=text):
        overrides.prepared(kind, source, "", data, {"run_id": "march"})
