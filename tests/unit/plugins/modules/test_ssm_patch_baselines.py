# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import itertools

import pytest

from ansible_collections.fleetpatch.aws.plugins.modules import ssm_patch_baseline as one_module
from ansible_collections.fleetpatch.aws.plugins.modules import ssm_patch_baselines as module

RULE = {
    "patch_filters": [{"key": "CLASSIFICATION", "values": ["Security"]}],
    "approve_after_days": 7,
}
LINUX = {"name": "shop-linux", "operating_system": "AMAZON_LINUX_2023", "approval_rules": [RULE]}
WINDOWS = {"name": "shop-windows", "operating_system": "WINDOWS"}
SUSE = {"name": "shop-suse", "operating_system": "SUSE", "approval_rules": [RULE], "patch_groups": ["prod"]}
LIST = [{**LINUX, "patch_groups": ["prod", "test"]}, {**WINDOWS, "patch_groups": ["prod"], "default": True}, SUSE]


@pytest.fixture(name="aws")
def fixture_aws(serve):
    return serve({"clock": {"rate": 600}})


def operations(aws, mutating=None):
    calls = aws.calls(source="client")
    return [call["operation"] for call in calls if mutating is None or call["mutating"] is mutating]


def strip(results):
    """Results without what only AWS knows."""
    server = ("baseline_id", "created_date", "modified_date", "available_security_updates_compliance_status")
    shown = []
    for result in results:
        baseline = {key: value for key, value in result["baseline"].items() if key not in server}
        shown.append({**result, "baseline": baseline, "diff": None})
    return shown


def four(aws, run_module, **options):
    steps = []
    for check in (True, False) * 2:
        aws.clear_calls()
        steps.append(run_module(module, check=check, **options))
        assert not steps[-1].get("failed"), steps[-1]["msg"]
        assert bool(operations(aws, mutating=True)) is (len(steps) == 2)
        assert not any("unconfirmed" in result for result in steps[-1]["results"])
    predicted, real, check, again = steps
    assert [step["changed"] for step in steps] == [True, True, False, False]
    assert strip(predicted["results"]) == strip(real["results"]) and predicted["summary"] == real["summary"]
    models = [[result["baseline"] for result in strip(step["results"])] for step in (real, check, again)]
    present = [[model for model in found if model] for found in models]
    assert present[0] == present[1] == present[2]
    return real


def actions(result):
    return {one["name"]: one["action"] for one in result["results"]}


def owners(aws):
    pairs = aws.client("ssm").describe_patch_groups()["Mappings"]
    identities = [(pair["PatchGroup"], pair["BaselineIdentity"]) for pair in pairs]
    return {(group, one["OperatingSystem"]): one["BaselineName"] for group, one in identities}


def names(aws):
    found = aws.client("ssm").describe_patch_baselines(Filters=[{"Key": "OWNER", "Values": ["Self"]}])
    return sorted(one["BaselineName"] for one in found["BaselineIdentities"])


def default_of(aws, system="WINDOWS"):
    return aws.client("ssm").get_default_patch_baseline(OperatingSystem=system)["BaselineId"]


def test_life(aws, run_module):
    former = default_of(aws)
    made = four(aws, run_module, baselines=LIST, tags={"team": "shop"})
    assert made["summary"] == {"created": 3, "updated": 0, "removed": 0, "unchanged": 0, "failed": 0}
    assert [one["baseline"]["tags"] for one in made["results"]] == [{"team": "shop"}] * 3
    assert [one["before"] for one in made["diff"]] == [{}] * 3
    assert {system for _group, system in owners(aws)} == {"AMAZON_LINUX_2023", "WINDOWS", "SUSE"}
    assert default_of(aws) == made["results"][1]["baseline"]["baseline_id"]
    changed = [{**LIST[0], "description": "Linux"}, LIST[1], {**SUSE, "patch_groups": []}]
    result = four(aws, run_module, baselines=changed)
    assert list(actions(result).values()) == ["updated", "unchanged", "updated"]
    assert result["results"][0]["baseline"]["modified_date"] > result["results"][0]["baseline"]["created_date"]
    gone = four(aws, run_module, baselines=[{**one, "state": "absent"} for one in LIST])
    assert gone["summary"]["removed"] == 3 and names(aws) == [] and default_of(aws) == former


def test_the_single_module_agrees(aws, run_module):
    run_module(module, baselines=LIST)
    for options in LIST:
        assert not run_module(one_module, **options)["changed"]


def test_calls(aws, run_module):
    """One baseline with eight groups: nine writes and three listings; then reads only."""
    options = {"baselines": [{**LINUX, "patch_groups": [f"group-{number}" for number in range(8)]}]}
    run_module(module, **options)
    assert operations(aws, mutating=True) == ["CreatePatchBaseline"] + ["RegisterPatchBaselineForPatchGroup"] * 8
    listings = ["DescribePatchBaselines", "DescribePatchGroups", "DescribePatchBaselines"]
    assert operations(aws, mutating=False) == listings
    aws.clear_calls()
    assert not run_module(module, **options)["changed"]
    assert operations(aws) == [*listings[:2], "GetPatchBaseline", "ListTagsForResource"]


@pytest.mark.parametrize("given, changed", [({}, False), ({"description": "x"}, True)])
def test_groups_are_listed_only_when_some_are_wanted(aws, run_module, given, changed):
    run_module(module, baselines=[LINUX])
    aws.clear_calls()
    assert run_module(module, baselines=[{**LINUX, **given}])["changed"] is changed
    assert "DescribePatchGroups" not in operations(aws)


# From one baseline of the list to another one

FIRST = {"name": "first", "operating_system": "SUSE", "patch_groups": ["a", "b"]}
SECOND = {"name": "second", "operating_system": "SUSE", "patch_groups": ["c"]}
EXCHANGES = [
    ("declared", {"patch_groups": ["a"]}, {"patch_groups": ["b", "c"]}),
    ("swapped", {"patch_groups": ["c"]}, {"patch_groups": ["a", "b"]}),
    ("one omits", {}, {"patch_groups": ["a", "b", "c"]}),
    ("one keeps", {"patch_groups": ["a"], "purge_patch_groups": False}, {"patch_groups": ["b", "c"]}),
    ("one goes", {"state": "absent"}, {"patch_groups": ["a", "b", "c"]}),
    ("one goes, not all its groups", {"state": "absent"}, {"patch_groups": ["b"]}),
]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("what, first, second", EXCHANGES)
def test_groups_that_change_hands(aws, run_module, what, first, second, backwards):
    run_module(module, baselines=[FIRST, SECOND])
    pair = [{"name": "first", "operating_system": "SUSE", **first}, {"name": "second", **second}]
    four(aws, run_module, baselines=pair[::-1] if backwards else pair)
    wanted = {group: "second" for group in second["patch_groups"]}
    kept = first.get("patch_groups", ["a", "b"]) if first.get("state") != "absent" else []
    wanted = {**dict.fromkeys(kept, "first"), **wanted}
    assert {group: owner for (group, _system), owner in owners(aws).items()} == wanted


def test_a_group_is_never_longer_without_baseline_than_its_move(aws, run_module):
    run_module(module, baselines=[FIRST, SECOND])
    aws.clear_calls()
    result = run_module(module, baselines=[{**FIRST, "patch_groups": ["a"]}, {**SECOND, "patch_groups": ["b", "c"]}])
    moved = {one["name"]: [move["patch_group"] for move in one["moved_patch_groups"]] for one in result["results"]}
    assert moved == {"first": [], "second": ["b"]}
    assert operations(aws, mutating=True) == [
        "DeregisterPatchBaselineForPatchGroup",
        "RegisterPatchBaselineForPatchGroup",
    ]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("first", [{}, {"default": False}, {"state": "absent"}])
def test_a_default_that_changes_hands(aws, run_module, first, backwards):
    run_module(module, baselines=[{**FIRST, "default": True}, SECOND])
    pair = [{"name": "first", "operating_system": "SUSE", **first}, {"name": "second", "default": True}]
    result = four(aws, run_module, baselines=pair[::-1] if backwards else pair)
    second = next(one for one in result["results"] if one["name"] == "second")
    assert default_of(aws, "SUSE") == second["baseline"]["baseline_id"]
    assert actions(result) == {"first": "removed" if first.get("state") else "updated", "second": "updated"}


@pytest.mark.parametrize("operation", ["RegisterPatchBaselineForPatchGroup", "RegisterDefaultPatchBaseline"])
def test_what_another_one_did_not_get_is_not_removed(aws, run_module, operation):
    run_module(module, baselines=[{**FIRST, "default": True}])
    aws.faults(service="ssm", operation=operation, code="AccessDeniedException")
    pair = [{"name": "first", "state": "absent"}, {**SECOND, "patch_groups": ["a", "b"], "default": True}]
    result = run_module(module, baselines=pair)
    assert result["failed"] and actions(result) == {"first": "failed", "second": "failed"}
    assert result["results"][0]["failure"]["code"] == "still_used"
    assert all(owner for owner in owners(aws).values()) and set(owners(aws)) == {("a", "SUSE"), ("b", "SUSE")}
    again = run_module(module, baselines=pair)
    assert actions(again) == {"first": "removed", "second": "updated"} and names(aws) == ["second"]
    assert default_of(aws, "SUSE") == again["results"][1]["baseline"]["baseline_id"]


def test_recreate(aws, run_module):
    run_module(module, baselines=[{**FIRST, "default": True}, SECOND])
    pair = [
        {"name": "first", "operating_system": "ORACLE_LINUX", "recreate": True},
        {"name": "second", "patch_groups": ["a", "c"]},
    ]
    four(aws, run_module, baselines=pair)
    assert owners(aws) == {
        ("a", "SUSE"): "second",
        ("c", "SUSE"): "second",
        ("a", "ORACLE_LINUX"): "first",
        ("b", "ORACLE_LINUX"): "first",
    }
    assert default_of(aws, "SUSE").startswith("arn:") and default_of(aws, "ORACLE_LINUX").startswith("pb-")
    assert names(aws) == ["first", "second"]


def test_the_same_name_for_two_systems(aws, run_module):
    pair = [{"name": "shop", "operating_system": system, "patch_groups": ["a"]} for system in ("SUSE", "WINDOWS")]
    run_module(module, baselines=pair[:1])
    result = four(aws, run_module, baselines=pair)
    assert actions(result) == {"shop (SUSE)": "unchanged", "shop (WINDOWS)": "created"}
    assert actions(four(aws, run_module, baselines=[pair[1], {**pair[0], "state": "absent"}])) == {
        "shop (SUSE)": "removed",
        "shop (WINDOWS)": "unchanged",
    }


# Deployments

TAGS = {"fleetpatch:owner": "fleetpatch", "fleetpatch:deployment": "shop"}


def test_purge_removes_what_the_deployment_made_only(aws, run_module):
    run_module(module, baselines=LIST, deployment="shop")
    run_module(module, baselines=[{"name": "theirs", "operating_system": "SUSE"}], deployment="shop2")
    run_module(one_module, name="by-hand", operating_system="SUSE", tags={"fleetpatch:deployment": "shop"})
    kept = run_module(module, baselines=[SUSE], deployment="shop")
    assert not kept["changed"]
    result = four(aws, run_module, baselines=[SUSE], deployment="shop", purge=True)
    assert actions(result) == {"shop-suse": "unchanged", "shop-linux": "removed", "shop-windows": "removed"}
    assert names(aws) == ["by-hand", "shop-suse", "theirs"] and default_of(aws).startswith("arn:")
    assert run_module(module, baselines=[], deployment="shop", purge=True)["summary"]["removed"] == 1


@pytest.mark.parametrize(
    "item, more, expected",
    [
        ({}, {}, {"old": "1", **TAGS}),
        ({"tags": {"a": "1"}}, {}, {"a": "1", **TAGS}),
        ({"tags": {"a": "1"}}, {"tags": {"a": "2", "b": "2"}}, {"a": "1", "b": "2", **TAGS}),
        ({}, {"tags": {"b": "2"}, "purge_tags": False}, {"old": "1", "b": "2", **TAGS}),
        ({"purge_tags": False}, {"tags": {"b": "2"}}, {"old": "1", "b": "2", **TAGS}),
        ({"tags": {}}, {}, TAGS),
        ({"tags": {"fleetpatch:deployment": "x"}}, {}, TAGS),
        ({"tags": {"n": 1}}, {}, {"n": "1", **TAGS}),
    ],
)
def test_tags(aws, run_module, item, more, expected):
    run_module(one_module, **WINDOWS, tags={"old": "1"})
    result = four(aws, run_module, baselines=[{**WINDOWS, **item}], deployment="shop", **more)
    assert result["results"][0]["baseline"]["tags"] == expected


def test_a_baseline_of_another_deployment_is_warned_of(aws, run_module):
    run_module(module, baselines=[WINDOWS], deployment="web")
    result = run_module(module, baselines=[WINDOWS], deployment="shop")
    # Ansible collects the warnings of a process, so those of other tests are in the list too.
    assert "shop-windows moved from deployment web to deployment shop" in str(result["warnings"])


@pytest.mark.parametrize("options", [{"purge": True}, {"deployment": "a b"}, {"deployment": ""}])
def test_deployment_is_checked(aws, run_module, options):
    result = run_module(module, baselines=[], **options)
    assert result["failed"] and "deployment" in result["msg"] and operations(aws) == []


# What goes wrong


def test_one_failure_is_a_value_and_the_next_run_makes_it(aws, run_module):
    aws.faults(service="ssm", operation="RegisterPatchBaselineForPatchGroup", code="AccessDeniedException")
    result = run_module(module, baselines=LIST)
    assert result["failed"] and result["changed"]
    assert result["summary"] == {"created": 2, "updated": 0, "removed": 0, "unchanged": 0, "failed": 1}
    failed = [one for one in result["results"] if one["action"] == "failed"]
    assert failed[0]["failure"]["code"] == "AccessDeniedException" and failed[0]["name"] in result["msg"]
    again = run_module(module, baselines=LIST)
    assert again["summary"]["updated"] == 1 and again["summary"]["unchanged"] == 2
    aws.switches(page_size=None)
    assert names(aws) == sorted(one["name"] for one in LIST)
    assert not run_module(module, baselines=LIST)["changed"]


BAD = [
    ({"name": "a b"}, "baselines[1] (a b): name: "),
    ({"operating_system": "SUSE"}, "baselines[1]: one of the following is required: name, baseline_id"),
    ({"name": "two", "colour": "red"}, "baselines[1] (two): colour"),
    ({"name": "two", "approval_rules": [{}]}, "baselines[1] (two): missing required arguments: patch_filters"),
    ({"baseline_id": "pb-1"}, "baselines[1] (pb-1): baseline_id: "),
    ({"name": "two"}, "two: operating_system: is required"),
    ({"name": "two", "operating_system": "BEOS"}, "two: operating_system: 'BEOS'"),
    ({"name": "two", "operating_system": "UBUNTU", "approval_rules": [RULE]}, "two: approval_rules[0].approve_after"),
    ({**LINUX, "patch_groups": ["x"]}, "shop-linux (AMAZON_LINUX_2023) is defined by more than one entry"),
    ({**LINUX, "name": "two", "patch_groups": ["prod"]}, "patch_groups: prod of AMAZON_LINUX_2023 is assigned to"),
    ({**LINUX, "name": "two", "default": True}, "default: the default of AMAZON_LINUX_2023 is assigned to"),
]


@pytest.mark.parametrize("entry, text", BAD)
def test_bad_input_stops_everything(aws, run_module, entry, text):
    good = {**LINUX, "patch_groups": ["prod"], "default": True}
    for check in (True, False):
        result = run_module(module, check=check, baselines=[good, entry])
        assert result["failed"] and text.lower() in result["msg"].lower()
    assert operations(aws, mutating=True) == []


def test_everything_that_is_wrong_is_told(run_module, aws):
    result = run_module(module, baselines=[{"name": "a b"}, {"name": "c d"}])
    assert "baselines[0]" in result["msg"] and "baselines[1]" in result["msg"]
    result = run_module(module, baselines=[{"name": name, "operating_system": "BEOS"} for name in ("one", "two")])
    assert "one: " in result["msg"] and "two: " in result["msg"]


def test_quotas_are_warned_of_and_aws_decides(aws, run_module):
    groups = {**LINUX, "patch_groups": [f"g{number}" for number in range(26)]}
    many = [{"name": f"many-{number}", "operating_system": "SUSE"} for number in range(50)]
    result = run_module(module, baselines=[groups, *many])
    assert result["failed"] and result["summary"]["failed"] == 2 and result["summary"]["created"] == 49
    assert "shop-linux will have 26 patch groups" in str(result["warnings"])
    assert "There will be 51 patch baselines of the account" in str(result["warnings"])
    aws.switches(patch_quotas={"baselines": 60, "groups_per_baseline": 30})
    result = run_module(module, baselines=[groups, *many])
    assert not result.get("failed") and result["summary"]["created"] == 1


def test_a_full_set_of_groups_is_exchanged(aws, run_module):
    for start in (0, 25):
        run_module(module, baselines=[{**LINUX, "patch_groups": [f"g{start + number}" for number in range(25)]}])
    assert len(owners(aws)) == 25 and ("g49", "AMAZON_LINUX_2023") in owners(aws)


def test_configurations_of_sources_are_not_shown(aws, run_module):
    source = {"name": "mirror", "products": ["*"], "configuration": "baseurl=https://user:pa55word@mirror.example.com"}
    item = {**LINUX, "sources": [source]}
    shown = [run_module(module, check=check, baselines=[item]) for check in (True, False)]
    aws.faults(service="ssm", operation="UpdatePatchBaseline", code="AccessDeniedException")
    shown += [run_module(module, baselines=[{**item, "description": "x"}]), run_module(module, baselines=[item, item])]
    assert not any("pa55word" in repr(result) for result in shown) and "sha256:" in repr(shown[0]["diff"])


def test_what_the_listing_shows_otherwise_is_told(aws, run_module, monkeypatch):
    from ansible_collections.fleetpatch.aws.plugins.module_utils._core import wait

    def drift(_seconds):
        found = aws.client("ssm").describe_patch_baselines(Filters=[{"Key": "OWNER", "Values": ["Self"]}])
        for one in found["BaselineIdentities"]:
            aws.client("ssm").update_patch_baseline(BaselineId=one["BaselineId"], Description="late")

    clock = wait.Clock(sleep=drift)
    monkeypatch.setattr(module.connection, "Clock", lambda: clock)
    aws.faults(service="ssm", operation="DescribePatchBaselines", code="ThrottlingException", skip=1)
    result = run_module(module, baselines=[LINUX])
    assert [one["field"] for one in result["results"][0]["unconfirmed"]] == ["description"]


def test_many_in_tiny_pages_and_any_order(aws, run_module):
    aws.switches(page_size=2)
    for order in itertools.islice(itertools.permutations(LIST), 0, 6, 5):
        run_module(module, baselines=list(order))
    aws.switches(page_size=None)
    assert names(aws) == sorted(one["name"] for one in LIST)
    assert not run_module(module, baselines=LIST)["changed"]
