# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a teardown takes, what it leaves, and in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import ownership
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.teardown import removals as teardown_removals
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.teardown.removals import Seen

OURS = ownership.owned_tags("shop")
THEIRS = [
    {},
    ownership.owned_tags("shop2"),
    ownership.owned_tags("sho"),
    {ownership.DEPLOYMENT_TAG: "shop"},
    {ownership.OWNER_TAG: "fleetpatch"},
    {ownership.OWNER_TAG: "somebody", ownership.DEPLOYMENT_TAG: "shop"},
    {"Fleetpatch:Owner": "fleetpatch", "Fleetpatch:Deployment": "shop"},
]
SYSTEMS = ["WINDOWS", "UBUNTU"]
DEFAULTS = {system: f"arn:aws:ssm:us-east-1:075727635805:patchbaseline/pb-{system}" for system in SYSTEMS}
PATCH, OTHER = "AWS-RunPatchBaseline", "shop-Restart"


def window(number, tags, *documents):
    tasks = [
        {"window_task_id": f"t-{number}-{place}", "name": None, "task_arn": name}
        for place, name in enumerate(documents)
    ]
    return {"window_id": f"mw-{number}", "name": f"w{number}", "tags": tags, "tasks": tasks}


def baseline(number, tags, system="WINDOWS", default=False):
    return {
        "baseline_id": f"pb-{number}",
        "name": f"b{number}",
        "operating_system": system,
        "default": default,
        "tags": tags,
    }


@st.composite
def seen(draw):
    tags = st.sampled_from([OURS, *THEIRS])
    documents = st.lists(st.sampled_from([PATCH, OTHER]), max_size=3)
    windows = [window(n, draw(tags), *draw(documents)) for n in range(draw(st.integers(0, 4)))]
    own = [baseline(n, draw(tags), draw(st.sampled_from(SYSTEMS))) for n in range(draw(st.integers(0, 4)))]
    for system in SYSTEMS:
        candidates = [one for one in own if one["operating_system"] == system]
        if candidates and draw(st.booleans()):
            draw(st.sampled_from(candidates))["default"] = True
    aws = [{"baseline_id": DEFAULTS[system], "operating_system": system} for system in SYSTEMS]
    groups = []
    for name in ("prod", "test"):
        for system in SYSTEMS:
            of_system = [one for one in [*own, *aws] if one["operating_system"] == system]
            chosen = draw(st.sampled_from([None, *of_system]))
            if chosen:
                groups.append({"patch_group": name, "baseline_id": chosen["baseline_id"], "operating_system": system})
    associations = [
        {"association_id": f"a-{n}", "name": f"a{n}", "tags": draw(tags)} for n in range(draw(st.integers(0, 2)))
    ]
    named = [{"name": f"d{n}", "tags": draw(tags)} for n in range(draw(st.integers(0, 2)))]
    return Seen(windows, associations, own, groups, named, DEFAULTS)


def keys(removals):
    return [one.key for one in removals]


@given(seen())
def test_of_a_deployment_everything_and_nothing_else(there):
    removals = teardown_removals.of_deployment(there, "shop")
    mine = {one["baseline_id"] for one in there.baselines if one["tags"] == OURS}
    expected = {
        *(f"window {one['window_id']}" for one in there.windows if one["tags"] == OURS),
        *(f"association {one['association_id']}" for one in there.associations if one["tags"] == OURS),
        *(f"document {one['name']}" for one in there.documents if one["tags"] == OURS),
        *(f"baseline {one}" for one in mine),
        *(
            f"patch_group {one['patch_group']} ({one['operating_system']})"
            for one in there.groups
            if one["baseline_id"] in mine
        ),
        *(
            f"default_baseline {one['operating_system']}"
            for one in there.baselines
            if one["baseline_id"] in mine and one["default"]
        ),
    }
    assert len(keys(removals)) == len(set(keys(removals)))
    assert set(keys(removals)) == expected


@given(seen(), st.booleans())
def test_what_a_removal_needs_comes_before_it(there, everything):
    removals = (
        teardown_removals.of_all_patching(there, [PATCH])
        if everything
        else teardown_removals.of_deployment(there, "shop")
    )
    order = keys(removals)
    for place, removal in enumerate(removals):
        assert set(removal.needs) <= set(order[:place])
    # AWS refuses to delete a baseline that has groups or is a default: each of these is needed by name
    for removal in removals:
        if removal.kind == "baseline":
            hanging = [
                one.key
                for one in removals
                if one.kind in ("patch_group", "default_baseline") and one.detail["baseline_id"] == removal.resource_id
            ]
            assert sorted(hanging) == sorted(removal.needs)


@given(seen())
def test_of_all_patching(there):
    removals = teardown_removals.of_all_patching(there, [PATCH])
    by_kind = {kind: [one for one in removals if one.kind == kind] for kind in {one.kind for one in removals}}
    patching = {task["window_task_id"] for one in there.windows for task in one["tasks"] if task["task_arn"] == PATCH}
    assert {one.resource_id for one in by_kind.get("window_task", [])} == patching
    emptied = {
        one["window_id"]
        for one in there.windows
        if one["tasks"] and all(task["task_arn"] == PATCH for task in one["tasks"])
    }
    assert {one.resource_id for one in by_kind.get("window", [])} == emptied
    assert {one.resource_id for one in by_kind.get("baseline", [])} == {one["baseline_id"] for one in there.baselines}
    assert len(by_kind.get("patch_group", [])) == len(there.groups)
    assert not {"association", "document"} & set(by_kind)


@pytest.mark.parametrize("tags", THEIRS)
def test_tags_that_are_not_ours(tags):
    assert not ownership.is_ours(tags, "shop")
