# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Composition of baseline sets, and the sets that the role ships, held against the API and against the local AWS's own baselines."""

import pathlib

import botocore.session
import pytest
import yaml

from ansible_collections.fleetpatch.aws.plugins.module_utils._declared import baseline_sets
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import limits
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import options as baseline_options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.baselines import wire

FILES = pathlib.Path(__file__).parents[5] / "roles" / "patch_baselines" / "files"
SHIPPED = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES.glob("*.yml")}
RULE = {"patch_filters": [], "approve_after_days": 7, "approve_until_date": None, "enable_non_security": False}
AWS = {
    "owner": "AWS",
    "name": "AWS-SuseDefaultPatchBaseline",
    "operating_system": "SUSE",
    "description": "Provided by AWS",
    "approval_rules": [RULE],
    "approved_patches": [],
    "sources": [],
    "baseline_id": "arn:x",
    "tags": {},
    "available_security_updates_compliance_status": None,
}
WHOLE = baseline_sets.WHOLE
DATA = {
    "plain": {
        "baselines": [
            {"name": "win", "operating_system": "WINDOWS", "patch_groups": ["a"]},
            {"name": "suse", "operating_system": "SUSE", "description": "x"},
        ]
    },
    "other": {"baselines": [{"name": "win2", "operating_system": "WINDOWS", "patch_groups": ["b"]}]},
}


def made(sets, common=None, **more):
    return baseline_sets.baselines_of(sets, DATA, baseline_sets.Common(**(common or {})), **more)


def test_a_name_and_a_dictionary_are_a_set():
    plain = [
        {**WHOLE, "name": "win", "operating_system": "WINDOWS", "patch_groups": ["a"], "default": False},
        {**WHOLE, "name": "suse", "operating_system": "SUSE", "description": "x", "patch_groups": [], "default": False},
    ]
    assert made(["plain"]) == made([{"set": "plain"}]) == plain
    assert DATA["plain"]["baselines"][0] == {"name": "win", "operating_system": "WINDOWS", "patch_groups": ["a"]}


@pytest.mark.parametrize("by_set", [True, False])
@pytest.mark.parametrize(
    "options, names, field",
    [
        ({"operating_systems": ["SUSE"]}, ["suse"], None),
        ({"prefix": "x-"}, ["x-win", "x-suse"], None),
        ({"patch_groups": ["z"]}, ["win", "suse"], ("patch_groups", ["z"])),
        ({"default": True}, ["win", "suse"], ("default", True)),
    ],
)
def test_options_of_all_sets_and_of_one(options, names, field, by_set):
    if by_set:
        found = made([{"set": "plain", **options}])
    else:
        found = made(
            ["plain"], {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
        )
    assert [one["name"] for one in found] == names
    if field:
        assert [one[field[0]] for one in found] == [field[1]] * 2


def test_options_of_a_set_win():
    common = {"prefix": "all-", "default": True, "patch_groups": ("all",), "operating_systems": ("WINDOWS",)}
    one = {"set": "plain", "prefix": "", "default": False, "patch_groups": ["one"], "operating_systems": ["SUSE"]}
    [found] = made([one], common)
    assert found == {**WHOLE, **DATA["plain"]["baselines"][1], "patch_groups": ["one"], "default": False}


def test_overrides():
    overrides = {"SUSE": {"default": True, "rejected_patches": ["x"], "name": "mine"}}
    found = made([{"set": "plain", "overrides": overrides}], {"prefix": "p-"})
    assert [one["name"] for one in found] == ["p-win", "mine"]
    assert found[1]["rejected_patches"] == ["x"] and found[1]["default"] and not found[0]["default"]


def test_a_copy_has_what_aws_has_and_is_the_default():
    entry = {"operating_system": "SUSE", "approved_patches": ["mine"]}
    [copy] = made([], {"prefix": "p-"}, duplicates=[entry], provided=[AWS, {**AWS, "owner": "Self"}])
    assert copy == {
        **WHOLE,
        "name": "p-copy-of-AWS-SuseDefaultPatchBaseline",
        "operating_system": "SUSE",
        "description": "Copy of AWS-SuseDefaultPatchBaseline",
        "approval_rules": [{"patch_filters": [], "approve_after_days": 7, "enable_non_security": False}],
        "approved_patches": ["mine"],
        "patch_groups": [],
        "default": True,
    }


@pytest.mark.parametrize(
    "entry, name",
    [
        ({}, "AWS-DefaultPatchBaseline"),
        ({"source": "AWS-Other"}, "AWS-Other"),
        ({"source": "AWS-Gone"}, "AWS-Gone for WINDOWS is not exactly one of the baselines of AWS: AWS-Default"),
        ({"operating_system": "UBUNTU"}, "the default one for UBUNTU is not exactly one of the baselines of AWS: none"),
        ({"operating_system": None}, "operating_system: missing"),
    ],
)
def test_which_baseline_is_copied(entry, name):
    three = [
        {**AWS, "operating_system": "WINDOWS", "name": f"AWS-{word}"} for word in ("DefaultPatchBaseline", "Other", "X")
    ]
    entry = {"operating_system": "WINDOWS", **entry}
    if name.startswith("AWS-Gone") or "AWS-" not in name:
        with pytest.raises(baseline_sets.SetError, match=name):
            made([], duplicates=[entry], provided=three)
    else:
        assert made([], duplicates=[entry], provided=three)[0]["name"] == f"copy-of-{name}"


@pytest.mark.parametrize(
    "sets, more, text",
    [
        (["plane"], {}, "set: plane is unknown; did you mean plain"),
        ([1], {}, "set: 1 is neither"),
        ([{"set": "plain", "colour": 1}], {}, "option of set plain: colour is unknown"),
        ([{"set": "plain", "overrides": {"UBUNTU": {}}}], {}, "set plain: overrides: UBUNTU is unknown"),
        (
            [{"set": "plain", "operating_systems": ["WINDWS"]}],
            {},
            "operating_systems: WINDWS is unknown; did you mean WIN",
        ),
        (["plain", "plain"], {}, "set plain: the name win for WINDOWS is also that of set plain"),
        (
            [{"set": "plain", "default": True}, {"set": "other", "default": True}],
            {},
            "the default WINDOWS is also that of set plain",
        ),
        (
            [{"set": "plain", "patch_groups": ["b"]}, "other"],
            {},
            "set other: the patch group b for WINDOWS is also that of set",
        ),
        (["plain"], {"baselines": [{"name": "win", "operating_system": "WINDOWS"}]}, "baseline win: the name win"),
    ],
)
def test_what_cannot_be(sets, more, text):
    with pytest.raises(baseline_sets.SetError) as caught:
        made(sets, **more)
    assert text in str(caught.value)


def test_unknown_systems_are_told_and_absent_ones_clash_with_nobody():
    with pytest.raises(baseline_sets.SetError, match="UBUNTU is unknown"):
        made(["plain"], {"operating_systems": ("UBUNTU",)})
    gone = {"name": "win", "operating_system": "WINDOWS", "state": "absent"}
    assert made(["plain"], baselines=[gone])[-1] == gone
    assert made([], {"operating_systems": ("UBUNTU",)}, baselines=[{"name": "x", "default": True}]) != []


def test_what_a_set_does_not_say_is_what_a_new_baseline_has():
    new = {key: value for key, value in wire.NEW_BASELINE.items() if value is not None}
    assert WHOLE == new


# The sets that the role ships


@pytest.fixture(name="ssm", scope="module")
def fixture_ssm():
    return botocore.session.get_session().get_service_model("ssm")


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_what_is_shipped_is_valid(ssm, name):
    """By the same rules as the module's own options; and the names are ours."""
    baselines = baseline_sets.baselines_of([name], SHIPPED, baseline_sets.Common(prefix="p-"))
    systems, keys = (ssm.shape_for(shape).enum for shape in ("OperatingSystem", "PatchFilterKey"))
    for item in baseline_options.items_of(baselines):
        desired = baseline_options.desired_of(item)
        model = wire.canonical_baseline(
            {
                **wire.NEW_BASELINE,
                **{key: value for key, value in desired.content.items() if value is not None},
                "name": desired.name,
                "operating_system": desired.operating_system,
                "patch_groups": desired.patch_groups,
            }
        )
        limits.check(model, list(model), systems=systems, keys=keys)
        assert desired.content["description"] and not desired.name.startswith("p-AWS")


def test_every_system_of_the_api_has_its_default(ssm):
    systems = [one["operating_system"] for one in SHIPPED["aws_defaults"]["baselines"]]
    assert sorted(systems) == sorted(ssm.shape_for("OperatingSystem").enum)


def rules_of(baseline):
    full = {**wire.NEW_BASELINE, **{key: value for key, value in baseline.items() if value is not None}}
    rules = wire.canonical_baseline(full)["approval_rules"]
    return [{**rule, "approve_after_days": rule["approve_after_days"] or 0} for rule in rules]


@pytest.mark.parametrize("name", ["aws_defaults", "aws_windows_applications"])
def test_equivalents_approve_what_the_baselines_of_aws_approve(serve, name):
    """The local AWS has AWS's baselines from the same page of the user guide, but not from this code."""
    ssm = serve().client("ssm")
    filters = [{"Key": "OWNER", "Values": ["AWS"]}]
    listed = ssm.describe_patch_baselines(Filters=filters)["BaselineIdentities"]
    for baseline in SHIPPED[name]["baselines"]:
        found = [one for one in listed if one["OperatingSystem"] == baseline["operating_system"]]
        word = "OS-Applications" if name == "aws_windows_applications" else "Default"
        [identity] = [one for one in found if word in one["BaselineName"]]
        theirs = ssm.get_patch_baseline(BaselineId=identity["BaselineId"])
        assert rules_of(wire.baseline_to_model(theirs, default=False, tags={})) == rules_of(baseline), baseline["name"]


def test_zero_day_takes_critical_and_important_at_once():
    for baseline in SHIPPED["zero_day"]["baselines"]:
        for rule in baseline["approval_rules"]:
            filters = {one["key"]: one["values"] for one in rule["patch_filters"]}
            severity = filters.get("MSRC_SEVERITY") or filters.get("SEVERITY")
            assert severity in (["Critical", "Important"], None) and rule.get("approve_after_days", 0) == 0
            assert severity or baseline["operating_system"] in ("CENTOS", "DEBIAN", "RASPBIAN", "UBUNTU")
    assert {"WINDOWS", "SUSE", "UBUNTU"} < {one["operating_system"] for one in SHIPPED["zero_day"]["baselines"]}


@pytest.mark.parametrize("name", ["self_service", "self_service_modern"])
def test_self_service_has_its_four_groups_after_a_week(name):
    for baseline in SHIPPED[name]["baselines"]:
        [rule] = baseline["approval_rules"]
        assert baseline["patch_groups"] == ["Dev", "Test", "Prod", "Default"] and rule["compliance_level"] == "CRITICAL"
        assert rule.get("approve_after_days") == (None if baseline["operating_system"] in ("UBUNTU", "DEBIAN") else 7)
