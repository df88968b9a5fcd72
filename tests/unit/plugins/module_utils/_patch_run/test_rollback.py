# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rollbacks: who, in which order, what is refused, and what is said of every way it can end."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import rollback
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import rollback_report as reports
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.rollback import waiting
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.rollback_report import OUTCOMES
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_plan
from ansible_collections.fleetpatch.aws.plugins.plugin_utils import _rollback

SQL, WEB, APP = "i-0000000a", "i-0000000b", "i-0000000c"


def choose(images, plan=None, **more):
    """The choice as JSON values, which give the equal choice back."""
    made = rollback.choose(images, planned_waves=read_plan(plan or {}).waves, **more)
    assert rollback.Choice.from_dict(made.to_dict()) == made
    return made.to_dict()


def rollback_plan(choice, **more):
    made = rollback.rollback_plan(rollback.Choice.from_dict(choice), **more)
    assert rollback.RollbackPlan.from_dict(made.to_dict()) == made
    return made.to_dict()


def rollback_report(plan, records, **more):
    return reports.rollback_report(rollback.RollbackPlan.from_dict(plan), records, **more).to_dict()


def image(instance_id, step, hour):
    date = f"2026-03-10T{hour:02d}:00:00.000Z"
    return {"instance_id": instance_id, "image_id": f"ami-{instance_id[-8:]}", "step": step, "creation_date": date}


# As the info module gives them: newest first.
IMAGES = [image(APP, "application.rest", 5), image(WEB, "application.use1a", 4), image(SQL, "data.use1a", 3)]
PLAN = {
    "waves": [
        {"id": wave, "number": number, "hosts": [{"host": name, "instance_id": instance_id}]}
        for number, (wave, name, instance_id) in enumerate(
            [("data.use1a", "sql-1", SQL), ("application.rest", "app-1", APP), ("application.use1a", "web-1", WEB)], 1
        )
    ]
}


def test_the_last_wave_comes_first_by_the_times_of_the_images():
    found = choose(IMAGES, everything=True)
    assert [wave["id"] for wave in found["waves"]] == ["application.rest", "application.use1a", "data.use1a"]
    assert found["instance_ids"] == [APP, WEB, SQL]


def test_the_kept_plan_knows_the_order_better():
    found = choose(IMAGES, everything=True, plan=PLAN)
    assert [wave["id"] for wave in found["waves"]] == ["application.use1a", "application.rest", "data.use1a"]


def test_hybrid_nodes_are_refused_by_name_and_named_when_their_wave_is_chosen():
    rack = {"host": "rack-1", "instance_id": "mi-0123456789abcdef0"}
    plan = {"waves": [{**PLAN["waves"][0], "hosts": [*PLAN["waves"][0]["hosts"], rack]}, *PLAN["waves"][1:]]}
    for chosen in ("rack-1", "mi-0123456789abcdef0", "cellar"):
        with pytest.raises(InvalidInput, match=rf"cannot be rolled back: {chosen} \(mi-"):
            choose(IMAGES, hosts=[chosen], inventory={"cellar": rack["instance_id"]}, plan=plan)
    assert "hybrid" not in choose(IMAGES, waves=["application.rest"], plan=plan)
    for found in (
        choose(IMAGES, waves=["data.use1a"], plan=plan),
        choose(IMAGES, everything=True, plan=plan),
    ):
        assert rack["instance_id"] not in found["instance_ids"]
        (refused,) = [
            one for one in rollback_plan(found, run_id="r", rollback_id="b")["refused"] if one["name"] == "rack-1"
        ]
        assert "hybrid nodes have no image" in refused["refused"] and refused["wave"] == "data.use1a"


def test_waves_are_chosen_exactly():
    assert choose(IMAGES, waves=["data.use1a"])["instance_ids"] == [SQL]
    with pytest.raises(InvalidInput, match="the run has no images of data; it has images of: application.rest, "):
        choose(IMAGES, waves=["data", "data.use1a"])


def test_hosts_are_chosen_by_name_of_inventory_or_plan_or_by_id():
    found = choose(IMAGES, hosts=["web", "app-1", SQL, "web"], inventory={"web": WEB}, plan=PLAN)
    assert sorted(found["instance_ids"]) == sorted([WEB, APP, SQL])
    assert choose(IMAGES, hosts=["i-0123456789abcdef0"])["waves"] == [
        {"id": "", "instance_ids": ["i-0123456789abcdef0"]}
    ]
    with pytest.raises(InvalidInput, match="hosts: web, web-9 are neither"):
        choose(IMAGES, hosts=["web-9", "web", SQL], inventory={"web": ""})


def machine(instance_id, state="running", **tags):
    return {"instance_id": instance_id, "state": {"name": state}, "tags": {"Name": f"n-{instance_id[-1]}", **tags}}


def look(instance_id, **more):
    return {
        "instance_id": instance_id,
        "task_id": None,
        "outcome": "replaced",
        "message": None,
        "old_root_volume": {"volume_id": f"vol-{instance_id[-1]}", "size_gib": 50, "kept": True},
        "data_volumes": (
            [{"device": "/dev/sdb", "volume_id": "vol-data", "size_gib": 200}] if instance_id == SQL else []
        ),
        **more,
    }


def task(instance_id, attempt, state, old="vol-old"):
    return {"instance_id": instance_id, "attempt": attempt, "state": state, "old_root_volume_id": old}


def plan_of(machines=None, replacements=None, tasks=(), **more):
    known = {
        "time": "2026-03-10T08:30:00Z",
        "nodes": {one: {"ping_status": "Online"} for one in (SQL, WEB)},
        "patch_states": {SQL: {"missing_count": 0}},
    }
    return rollback_plan(
        choose(IMAGES, everything=True),
        run_id="spring",
        rollback_id="spring",
        images=IMAGES,
        machines=machines or [machine(one) for one in (SQL, WEB, APP)],
        replacements=replacements or [look(one) for one in (SQL, WEB, APP)],
        tasks=tasks,
        known=known,
        **more,
    )


def test_the_plan_says_what_is_lost_kept_and_charged():
    plan = plan_of(price=0.08)
    totals = plan["totals"]
    assert (totals["kept_gib"], totals["monthly_cost"]) == (150, 12.0)
    assert (totals["data_volumes"], totals["data_gib"], totals["offline"]) == (1, 200, 1)
    ages = [host["image_age_hours"] for wave in plan["waves"] for host in wave["hosts"]]
    assert ages == [3, 4, 5]
    text = _rollback.preview_text(plan, 0.08)
    for words in (
        "3 hosts in 3 waves",
        "is lost",
        "NOT rolled back: /dev/sdb vol-data 200 GiB",
        "150 GiB are kept and cost 12.00 per month",
        "its agent is not online",
        "5 h 00 min old",
    ):
        assert words in text
    assert plan_of(price=0.08, delete_old=True)["totals"]["monthly_cost"] == 0


def test_what_was_begun_is_taken_over_and_what_failed_is_tried_again():
    plan = plan_of(
        tasks=[
            task(WEB, 2, "succeeded"),
            task(WEB, 1, "failed"),
            task(SQL, 1, "failed-detached"),
            task(APP, 1, "in-progress"),
        ],
        replacements=[look(WEB), look(APP), look(SQL, outcome="failed_detached", task_id="replacevol-1")],
    )
    hosts = {host["instance_id"]: host for wave in plan["waves"] for host in wave["hosts"]}
    assert {one: (host["status"], host["attempt"]) for one, host in hosts.items()} == {
        APP: ("under_way", 1),
        WEB: ("done", 2),
        SQL: ("again", 2),
    }
    assert hosts[SQL]["without_root"] and hosts[SQL]["old_root_volume_id"] == "vol-old"
    assert "HAS NO ROOT VOLUME" in _rollback.preview_text(plan)
    assert [wave["calls"] for wave in plan["waves"]] == [
        [{"attempt": 1, "instance_ids": [APP]}],
        [{"attempt": 2, "instance_ids": [WEB]}],
        [{"attempt": 2, "instance_ids": [SQL]}],
    ]


@pytest.mark.parametrize(
    "machines, replacement, why",
    [
        ({"aws:autoscaling:groupName": "web"}, {}, "member of the Auto Scaling group web"),
        ({}, {"outcome": "failed", "message": "run spring has no image of this instance"}, "has no image"),
        ({"state": "stopped"}, {}, "the instance is stopped"),
        (None, {}, "the instance does not exist"),
    ],
)
def test_what_cannot_be_rolled_back_is_refused_with_its_reason(machines, replacement, why):
    others = [machine(one) for one in (SQL, APP)]
    mine = [] if machines is None else [machine(WEB, **machines)]
    plan = plan_of(machines=others + mine, replacements=[look(SQL), look(APP), look(WEB, **replacement)])
    assert [one["instance_id"] for one in plan["refused"]] == [WEB]
    assert why in plan["refused"][0]["refused"]
    assert WEB not in [host["instance_id"] for wave in plan["waves"] for host in wave["hosts"]]
    assert WEB in _rollback.preview_text(plan)


def test_a_host_that_is_done_is_not_refused_for_what_it_is_now():
    plan = plan_of(machines=[machine(SQL), machine(APP), machine(WEB, "stopped")], tasks=[task(WEB, 1, "succeeded")])
    assert plan["refused"] == []


def done(instance_id, outcome="replaced", **more):
    return look(
        instance_id,
        outcome=outcome,
        task_id="replacevol-1",
        image_id="ami-1",
        start_time="2026-03-10T09:00:00Z",
        complete_time="2026-03-10T09:02:00Z",
        root_device_name="/dev/xvda",
        new_root_volume_id="vol-new",
        **more,
    )


@pytest.mark.parametrize(
    "ping, since", [("2026-03-10T09:01:59Z", False), ("2026-03-10T09:02:00+00:00", True), (None, False)]
)
def test_only_what_was_heard_after_the_replacement_counts(ping, since):
    node = {"instance_id": WEB, "ping_status": "Online", "last_ping_time": ping}
    state = {"instance_id": WEB, "operation_end_time": ping}
    for facts in ({"nodes": [node]}, {"states": [state]}):
        assert waiting([done(WEB), done(SQL, "failed")], **facts) == ([] if since else [WEB])
    assert waiting([done(WEB)], nodes=[{**node, "ping_status": "ConnectionLost"}]) == [WEB]


def report_of(rows, away=(), scanned=(), scan=None, stop=None):
    states = [{"instance_id": one, "operation_end_time": "2026-03-10T09:10:00Z", "missing_count": 3} for one in scanned]
    records = [{"wave": "w", "replacements": rows, "away": list(away)}]
    return rollback_report(plan_of(), records, scan=scan, states=states, stop=stop, price=0.1)


def outcomes(report):
    return {host["instance_id"]: host["outcome"] for wave in report["waves"] for host in wave["hosts"]}


def test_completed_means_replaced_heard_of_and_scanned():
    report = report_of([done(one) for one in (SQL, WEB, APP)], scanned=(SQL, WEB, APP))
    assert report["outcome"] == "completed"
    assert set(outcomes(report).values()) == {"rolled_back"}
    assert report["totals"]["missing_now"] == 9
    assert (report["totals"]["kept_gib"], report["totals"]["monthly_cost"]) == (150, 15.0)
    assert report["message"] == "3 of 3 hosts rolled back to the image from before patching and scanned"
    assert report["failures"] == []


@pytest.mark.parametrize(
    "row, more, outcome",
    [
        (done(WEB), {"away": [WEB]}, "not_back"),
        (done(WEB), {"scan": {"targets": [{"target": WEB, "message": "exit code 156"}]}}, "unverified"),
        (done(WEB, "failed"), {}, "failed"),
        (done(WEB, "failed_detached"), {}, "failed_detached"),
        (done(WEB, "timed_out"), {}, "running"),
        (done(WEB, "unknown"), {}, "unknown"),
    ],
)
def test_every_other_end_is_told_with_what_to_do(row, more, outcome):
    report = report_of([done(SQL), done(APP), row], scanned=(SQL, APP), **more)
    assert report["outcome"] == "failed"
    assert outcomes(report) == {SQL: "rolled_back", APP: "rolled_back", WEB: outcome}
    failure = report["failures"][0]
    assert failure["instance_id"] == WEB and failure["next_step"]
    assert set(outcomes(report).values()) <= set(OUTCOMES)
    for text in (_rollback.report_text(report), _rollback.report_html(report)):
        assert WEB in text and _rollback.OUTCOMES[outcome][1] in text


def test_a_host_without_a_root_volume_comes_first_in_the_message():
    rows = [done(APP), done(WEB, "failed_detached", message="THE INSTANCE HAS NO ROOT VOLUME")]
    report = report_of(rows, scanned=[APP], stop={"task": "Stop", "message": "NO ROOT VOLUME", "wave": "w"})
    assert report["outcome"] == "stopped"
    assert report["message"].startswith(f"NO ROOT VOLUME on n-b ({WEB})")
    assert "1 not started" in report["message"]
    assert "attach vol-b as /dev/xvda" in report["failures"][0]["next_step"]
    rows = [done(APP), done(WEB, "failed_detached")]
    failures = report_of(rows, away=[APP])["failures"]
    assert [one["instance_id"] for one in failures] == [WEB, APP]
    assert report["totals"]["kept_gib"] == 100  # what is detached is charged as well


def test_what_stopped_it_is_said_when_no_host_says_it():
    report = report_of([], stop={"task": "Replace", "message": "AccessDenied", "wave": "w"})
    assert report["message"].endswith("3 not started; Replace: AccessDenied")


def test_names_are_escaped_and_cleaned():
    machines = [machine(SQL), machine(APP), {**machine(WEB), "tags": {"Name": "<b>x\u202e"}}]
    plan = plan_of(machines=machines)
    page = _rollback.report_html(rollback_report(plan, []))
    assert "<b>x" not in page and "\u202e" not in page
    assert "\u202e" not in _rollback.preview_text(plan)
