# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Order, grouping, size and identity of waves: tables, and properties that hold for every fleet."""

import collections
import json

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.run import NAME
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import waves
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import Plan
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlanError
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_host
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan

ROLES = ("SQL Server", "Postgresql Server", "File Server", "Application Server", "Windows Server", "Web Server")
DATA = frozenset(ROLES[:3])
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1f")


def ids(plan):
    return [wave.id for wave in plan.waves]


def members(plan):
    return [[host.host for host in wave.hosts] for wave in plan.waves]


def four(facts):
    return [
        facts(4, "Web Server", "us-east-1b"),
        facts(3, "Web Server", "us-east-1a"),
        facts(2, "SQL Server", "us-east-1c"),
        facts(1, "SQL Server", "us-east-1a"),
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["data.use1a", "data.rest", "application.use1a", "application.rest"]),
        ({"order": "zone_then_tier"}, ["data.use1a", "application.use1a", "data.rest", "application.rest"]),
        ({"zone_grouping": "each"}, ["data.use1a", "data.use1c", "application.use1a", "application.use1b"]),
        (
            {"zone_grouping": "groups", "zone_groups": [["us-east-1c"], ["us-east-1b", "us-east-1a"]]},
            ["data.use1c", "data.use1b-use1a", "application.use1b-use1a"],
        ),
        ({"only_tiers": ["data"]}, ["data.use1a", "data.rest"]),
        ({"canary": 1}, ["canary", "data.rest", "application.use1a", "application.rest"]),
        ({"zone_key": "id"}, ["data.use1-az1", "data.rest", "application.use1-az1", "application.rest"]),
    ],
)
def test_order(facts, make, options, expected):
    assert ids(make(four(facts), options)) == expected


def test_a_canary_chosen_by_name_goes_first_and_only_once(facts, make):
    plan = make(four(facts), {"canary_hosts": ["host-4", "i-00000000000000002"]})
    assert members(plan)[0] == ["host-4", "host-2"]
    assert ids(plan) == ["canary", "data.use1a", "application.use1a"]
    assert [warning.code for warning in plan.warnings] == ["canary_out_of_order"]
    assert sorted(sum(members(plan), [])) == ["host-1", "host-2", "host-3", "host-4"]


def test_a_canary_that_takes_no_part_is_an_error_with_its_reason(facts, make):
    hosts = [facts(1), facts(2, state="stopped")]
    with pytest.raises(PlanError, match="host-2 .is stopped.*nobody .not in the inventory"):
        make(hosts, {"canary_hosts": ["host-2", "nobody"]})


def test_a_wave_is_cut_into_parts_in_stable_order(facts, make):
    plan = make([facts(n, zone="us-east-1a") for n in (5, 3, 1, 4, 2)], {"wave_size": 2})
    assert ids(plan) == ["application.use1a", "application.use1a.p2", "application.use1a.p3"]
    assert members(plan) == [["host-1", "host-2"], ["host-3", "host-4"], ["host-5"]]
    assert [(wave.part, wave.parts) for wave in plan.waves] == [(1, 3), (2, 3), (3, 3)]


def test_a_zone_that_no_group_names_is_an_error(facts, make):
    with pytest.raises(PlanError, match=r"zone_groups names no group for us-east-1d \(1 hosts\)"):
        make([facts(1), facts(2, zone="us-east-1d")], {"zone_grouping": "groups", "zone_groups": [["us-east-1a"]]})


@pytest.mark.parametrize("key", ["name", "id"])
def test_a_host_without_a_zone_is_an_error(facts, make, key):
    host = facts(1)
    host[1]["placement"] = {"region": "us-east-1"}
    with pytest.raises(PlanError, match="no availability zone.*: host-1"):
        make([host], {"zone_key": key})


def test_the_same_id_whether_other_waves_exist_or_not(facts, make):
    some = make([facts(1, "Web Server", "us-east-1b"), facts(2, "Web Server", "us-east-1a")])
    more = make([facts(1, "Web Server", "us-east-1b"), facts(2, "Web Server", "us-east-1a"), facts(3, "SQL Server")])
    assert set(ids(some)) < set(ids(more))


@pytest.mark.parametrize(
    ("zone", "short"),
    [
        ("us-east-1a", "use1a"),
        ("ap-southeast-2c", "apse2c"),
        ("ap-south-1a", "aps1a"),
        ("eu-central-1b", "euc1b"),
        ("us-gov-west-1a", "usgw1a"),
        ("us-west-2-lax-1a", "usw2-lax-1a"),
        ("use1-az4", "use1-az4"),
    ],
)
def test_short_zone(zone, short):
    assert waves.short_zone(zone) == short


def test_tiers_whose_names_look_alike_keep_different_ids(facts, make):
    tiers = [{"name": "web!", "roles": ["Web Server"]}, {"name": "web?", "roles": ["SQL Server"]}]
    plan = make([facts(1, "Web Server"), facts(2, "SQL Server")], {"tiers": tiers})
    assert len(set(ids(plan))) == 2


def test_the_id_of_a_wave_fits_into_requests_whatever_its_tier_and_zones_are_called(facts, make):
    tiers = [
        {"name": name, "roles": [name]} for name in ("Databases of the accounting", "Databases of the accountants")
    ]
    zones = [f"us-east-1{letter}" for letter in "abcdef"]
    fleet = [facts(number, tiers[number % 2]["name"], zones[number % 6]) for number in range(1, 25)]
    grouped = {"tiers": tiers, "zone_grouping": "groups", "zone_groups": [zones[:5], zones[5:]], "wave_size": 2}
    found = ids(make(fleet, grouped))
    assert len(set(found)) == len(found) > 8
    assert all(NAME.fullmatch(one) for one in found), found


def test_what_aws_knows_stands_in_the_plan(facts, make):
    host = facts(1, tags={"PatchGroup": "prod", "Patch Group": "test"})
    instance_id = host[1]["instance_id"]
    host[1]["block_device_mappings"] = [{"ebs": {"volume_id": "vol-1"}}, {"ebs": {"volume_id": "vol-2"}}, {"ebs": None}]
    state = {
        "status": "non_compliant",
        "missing_count": 6,
        "critical_non_compliant_count": 2,
        "security_non_compliant_count": 3,
        "installed_pending_reboot_count": 1,
        "operation_end_time": "2026-03-01T00:00:00Z",
    }
    plan = make(
        [host],
        nodes={
            instance_id: {
                "ping_status": "Online",
                "platform_name": "Ubuntu",
                "platform_version": "24.04",
                "operating_system": "UBUNTU",
            }
        },
        states={instance_id: state},
        baselines=[
            {
                "patch_group": "test",
                "operating_system": "UBUNTU",
                "baseline_id": "pb-1",
                "baseline_name": "d",
                "default": True,
            },
            {
                "patch_group": "prod",
                "operating_system": "UBUNTU",
                "baseline_id": "pb-2",
                "baseline_name": "p",
                "default": False,
            },
        ],
        volumes={"vol-1": 50, "vol-2": 200},
    )
    made = plan.waves[0].hosts[0]
    assert (made.platform, made.missing, made.critical, made.security) == ("Ubuntu 24.04", 6, 2, 3)
    assert (made.baseline.id, made.baseline.default, made.image_gib) == ("pb-1", True, 250)
    assert made.patch_status == "stale" and made.pending_reboot is True
    assert [warning.code for warning in plan.warnings] == [
        "stale_scan",
        "pending_reboot",
        "group_without_baseline",
        "patch_group_conflict",
    ]
    assert plan.summary["image_cost_month"] == 12.5


def test_a_host_without_a_patch_group_uses_the_default_rightly(facts, make):
    default = {"operating_system": "UBUNTU", "baseline_id": "pb-1", "baseline_name": "d", "default": True}
    host = facts(1)
    nodes = {host[1]["instance_id"]: {"ping_status": "Online", "operating_system": "UBUNTU"}}
    plan = make([host], nodes=nodes, baselines=[{"patch_group": None, **default}])
    assert plan.waves[0].hosts[0].baseline.id == "pb-1" and plan.warnings == ()


def test_no_patch_state_is_never_scanned_and_not_compliant(facts, make):
    plan = make([facts(1)], states={})
    assert plan.waves[0].hosts[0].patch_status == "never_scanned"
    assert plan.waves[0].hosts[0].missing is None
    assert [warning.code for warning in plan.warnings] == ["never_scanned"]


# ---- properties -----------------------------------------------------------------------------------------------------

OPTIONS = st.fixed_dictionaries(
    {
        "order": st.sampled_from(["tier_then_zone", "zone_then_tier"]),
        "zone_grouping": st.sampled_from(["first_then_rest", "each"]),
        "wave_size": st.integers(0, 4),
        "canary": st.integers(0, 3),
        "max_errors": st.sampled_from(["0", "1", "10%", "50%", "100%"]),
        "max_concurrency": st.sampled_from(["1", "7", "30%", "100%"]),
        "environments": st.sampled_from([[], ["prod"]]),
        "allow_empty": st.just(True),
    }
)
HOST = st.tuples(
    st.sampled_from(ROLES),
    st.sampled_from(ZONES),
    st.sampled_from(["prod", "nonprod", "preprod"]),
    st.sampled_from(["running", "running", "stopped"]),
    st.sampled_from([None, None, None, "no"]),
)
FLEET = st.lists(HOST, max_size=24)


def built(facts, fleet, numbers=None):
    numbers = numbers or range(1, len(fleet) + 1)
    return [
        facts(number, role, zone, {"install_patch": exempt}, state, environment=environment)
        for number, (role, zone, environment, state, exempt) in zip(numbers, fleet, strict=True)
    ]


@settings(max_examples=120, deadline=None)
@given(fleet=FLEET, options=OPTIONS, data=st.data())
def test_properties_of_every_plan(facts, make, fleet, options, data):
    hosts = built(facts, fleet)
    plan = make(hosts, options)
    planned = [host.host for wave in plan.waves for host in wave.hosts]
    left_out = [item.host for item in plan.exclusions]
    assert sorted(planned + left_out) == sorted(name for name, _facts in hosts), "one wave or one reason"
    assert all(wave.hosts for wave in plan.waves) and len(set(ids(plan))) == len(plan.waves)
    assert [wave.number for wave in plan.waves] == list(range(1, len(plan.waves) + 1))
    assert all(len(wave.hosts) <= options["wave_size"] for wave in plan.waves if options["wave_size"])
    assert all(0 <= wave.max_errors <= len(wave.hosts) for wave in plan.waves)
    assert all(1 <= int(wave.max_concurrency) <= len(wave.hosts) for wave in plan.waves)
    assert all(item.detail for item in plan.exclusions) and all(h.why for w in plan.waves for h in w.hosts)
    order_holds(plan, options)
    environments = {name: json.loads(variables["tags"]["instancedata"])["environment"] for name, variables in hosts}
    assert not options["environments"] or {environments[name] for name in planned} <= {"prod"}
    assert make(data.draw(st.permutations(hosts)), options) == plan, "the order of the input does not matter"
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def order_holds(plan, options):
    """Whoever comes in a later wave comes later by tier and zone, unless he is a canary."""
    zones = sorted({host.zone for wave in plan.waves for host in wave.hosts})
    ranks = []
    for wave in plan.waves:
        for host in wave.hosts:
            tier = 0 if host.role in DATA else 1
            zone = zones.index(host.zone) if options["zone_grouping"] == "each" else min(1, zones.index(host.zone))
            ranks.append((tier, zone) if options["order"] == "tier_then_zone" else (zone, tier))
    assert ranks == sorted(ranks)


@settings(max_examples=80, deadline=None)
@given(fleet=FLEET, extra=HOST, options=OPTIONS, where=st.integers(0, 1000))
def test_a_further_host_never_moves_another_to_an_earlier_wave(facts, make, fleet, extra, options, where):
    numbers = [2 * n for n in range(1, len(fleet) + 1)]
    before = make(built(facts, fleet, numbers), options)
    after = make(built(facts, [*fleet, extra], [*numbers, 2 * (where % (len(fleet) + 1)) + 1]), options)
    order_holds(after, options)
    if has_a_new_first_zone(before, after, options):
        return  # the zone that went first joins the others, with other waves
    later = {host.host: place for place, wave in enumerate(after.waves) for host in wave.hosts}
    for place, wave in enumerate(before.waves):
        for host in wave.hosts:
            assert later[host.host] >= place


def has_a_new_first_zone(before, after, options):
    first = [min((host.zone for wave in plan.waves for host in wave.hosts), default="") for plan in (before, after)]
    return options["zone_grouping"] == "first_then_rest" and first[0] != first[1]


@settings(max_examples=150, deadline=None)
@given(fleet=FLEET, options=OPTIONS, cap=st.one_of(st.integers(1, 5).map(str), st.integers(1, 100).map("{}%".format)))
def test_no_wave_holds_more_of_a_role_in_a_zone_than_may_be_out(facts, make, fleet, options, cap):
    hosts = built(facts, fleet)
    capped, free = make(hosts, {**options, "max_unavailable": cap}), make(hosts, options)
    room = {(one["role"], one["zone"]): one for one in capped.summary.get("capacity", ())}
    for wave in capped.waves:
        counts = collections.Counter((host.role, host.zone) for host in wave.hosts)
        assert all(number <= room[place]["most"] for place, number in counts.items())
        assert not options["wave_size"] or len(wave.hosts) <= options["wave_size"]
    for one in room.values():
        wanted = one["hosts"] * int(cap[:-1]) // 100 if cap.endswith("%") else int(cap)
        assert one["most"] == max(1, wanted) and one["hosts"] >= 1
    assert sorted(h.host for w in capped.waves for h in w.hosts) == sorted(h.host for w in free.waves for h in w.hosts)
    assert Plan.from_dict(capped.to_dict()) == capped and "capacity" not in free.summary


def test_the_cap_counts_hosts_that_run_and_are_left_alone_but_not_those_of_others(facts, make):
    hosts = [facts(number) for number in range(1, 5)]
    hosts += [facts(number, tags={"install_patch": "no"}) for number in range(5, 8)]
    hosts += [facts(8, state="stopped"), facts(9, environment="test"), facts(10, zone="us-east-1b")]
    plan = make(hosts, {"max_unavailable": "30%", "environments": ["production"]})
    assert plan.summary["capacity"] == [
        {"role": "Web Server", "zone": "us-east-1a", "hosts": 7, "most": 2},
        {"role": "Web Server", "zone": "us-east-1b", "hosts": 1, "most": 1},
    ]
    assert members(plan) == [["host-1", "host-2"], ["host-3", "host-4"], ["host-10"]]
    assert ids(plan)[:2] == ["application.use1a", "application.use1a.p2"]
    assert plan.waves[1].why.endswith("part 2 of 2, at most 30% of a role in a zone unavailable at once")


def test_roles_and_zones_do_not_share_a_cap(facts, make):
    hosts = [facts(1), facts(2), facts(3, "Application Server"), facts(4, "Application Server")]
    plan = make(hosts, {"max_unavailable": "1", "wave_size": 5})
    assert members(plan) == [["host-1", "host-3"], ["host-2", "host-4"]]
    assert "part 1 of 2, at most 5 hosts, at most 1 of a role" in plan.waves[0].why


@pytest.mark.parametrize("value", ["0", "0%", "auto", "-1", "101%", "many"])
def test_a_cap_that_cannot_be_used_is_named(facts, make, value):
    with pytest.raises(PlanError, match="patch_run_max_unavailable: "):
        make([facts(1)], {"max_unavailable": value})


@settings(max_examples=100, deadline=None)
@given(wanted=st.text(min_size=1, max_size=8), other=st.text(min_size=1, max_size=12))
def test_only_the_same_text_matches(facts, make, wanted, other):
    if wanted != wanted.strip() or other == wanted:
        return
    plan = make([facts(1, environment=other)], {"environments": [wanted], "allow_empty": True})
    assert plan.summary["hosts"] == 0


@settings(max_examples=60, deadline=None)
@given(a=st.text(max_size=40), b=st.text(max_size=40))
def test_slug_is_usable_in_tags_and_names(a, b):
    for text in (a, b):
        made = waves.slug(text)
        assert 1 <= len(made) <= 28 and set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


@pytest.mark.parametrize(
    "version, document, update, warned",
    [
        ("3.0.431.0", "AWS-RunPatchBaselineWithHooks", False, True),
        ("3.0.502.0", "AWS-RunPatchBaselineWithHooks", False, False),
        ("3.0.431.0", "AWS-RunPatchBaselineWithHooks", True, False),
        ("3.0.431.0", "AWS-RunPatchBaseline", False, False),
        ("", "AWS-RunPatchBaselineWithHooks", False, False),
    ],
)
def test_an_agent_that_is_too_old_for_hooks_is_warned_of(make, facts, version, document, update, warned):
    host = facts(1)
    nodes = {host[1]["instance_id"]: {"ping_status": "Online", "agent_version": version}}
    plan = make([host], {"patch_document": document, "update_agent": update}, nodes=nodes)
    assert [one.hosts for one in plan.warnings if one.code == "old_agent"] == ([("host-1",)] if warned else [])


def test_another_patch_document_is_refused(make, facts):
    with pytest.raises(PlanError, match="patch_run_patch_document: 'AWS-Other' must be one of"):
        make([facts(1)], {"patch_document": "AWS-Other"})


def test_a_plan_is_read_from_what_the_task_returned(facts, make):
    plan = make([facts(1), facts(2, "SQL Server"), facts(3, state="stopped")], {"canary": 1})
    returned = {**plan.to_dict(), "changed": False, "warnings": ["a warning of Ansible's own"], "done": []}
    read = read_plan(returned)
    assert (read.waves, read.summary, read.run_id) == (plan.waves, plan.summary, "spring")
    assert read_plan({}).waves == ()


def test_a_host_needs_no_more_than_its_id():
    host = read_host({"instance_id": "i-1", "name": None, "note": "not ours"})
    assert (host.host, host.name, host.former_state, host.missing) == ("i-1", "", "running", None)
    with pytest.raises(KeyError):
        read_host({"host": "web-1"})
