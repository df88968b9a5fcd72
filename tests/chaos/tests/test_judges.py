# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Every judge finds nothing in a run that went well, and finds what it is there for."""

from __future__ import annotations

import dataclasses

import pytest
import samples
from samples import ASLEEP
from samples import RACK
from samples import SQL
from samples import STRANGER
from samples import WEB
from samples import WEB2

from chaos import judges


def test_a_good_run_is_good():
    assert judges.findings(samples.good()) == []
    assert judges.findings(samples.good_rollback()) == []


def test_the_alarm_of_the_judge_is_no_change_by_a_plan():
    found = samples.good()
    alarm = next(call for call in found.calls if call["operation"] == "SetAlarmState")
    found.calls[:] = [alarm]
    found.endings.insert(0, dataclasses.replace(found.endings[0], playbook="plan", killed="", status=0))
    assert not [one for one in judges.findings(found) if one.startswith("looking_changes_nothing")]


BAD = {}


def bad(judge):
    """A change of a good run that this judge has to find. It may return another evidence."""

    def keep(change):
        BAD.setdefault(judge, []).append(change)
        return change

    return keep


# ---------------------------------------------------------------- once


@bad("images_once")
def second_image(found):
    found.last.history.append(dict(samples.history(found, "image", SQL)))


@bad("installs_once")
def patched_again(found):
    samples.again(found, SQL)


@bad("installs_belong_to_executions")
def two_installs_in_one_execution(found):
    entry = samples.history(found, "install", SQL)
    found.last.history.append({**entry, "start": entry["end"], "end": entry["end"] + 5})


@bad("installs_belong_to_executions")
def install_of_nobody(found):
    found.last.history.append({**samples.history(found, "install", SQL), "start": 5.0, "end": 6.0})


@bad("never_two_at_once")
def two_executions_at_once(found):
    samples.again(found, SQL, start=samples.execution(found, SQL)["start"] + 5)


@bad("never_two_at_once")
def scan_while_installing(found):
    samples.history(found, "scan", SQL)["start"] = samples.history(found, "install", SQL)["start"] + 1


# ---------------------------------------------------------------- scope


@bad("plan_is_right")
def stranger_is_planned(found):
    found.plan["waves"][0]["hosts"].append({"instance_id": STRANGER, "name": "web"})


@bad("plan_is_right")
def host_is_not_planned(found):
    found.plan["waves"][2]["hosts"].pop()


@bad("plan_is_right")
def host_is_planned_twice(found):
    found.plan["waves"][2]["hosts"].append({"instance_id": SQL, "name": "sql"})


@bad("nobody_else_is_touched")
def stranger_is_patched(found):
    found.last.history.append({**samples.history(found, "install", SQL), "instance_id": STRANGER})


@bad("nobody_else_is_touched")
def stranger_is_named_in_a_call(found):
    found.calls.append({**found.calls[-1], "params": {"TargetMaps": [{"InstanceId": [STRANGER]}]}})


@bad("nothing_else_is_changed")
def unexpected_call(found):
    found.calls.append({**found.calls[-1], "operation": "TerminateInstances"})


@bad("nothing_else_is_changed")
def tags_are_changed(found):
    found.last.tags[SQL]["fleetpatch:run"] = "chaos"


# ---------------------------------------------------------------- order


@bad("waves_in_order")
def image_before_the_wave_before_is_done(found):
    samples.history(found, "image", WEB)["start"] = samples.execution(found, SQL)["end"] - 1


@bad("waves_in_order")
def wave_is_left_out(found):
    found.last.history[:] = [one for one in found.last.history if one["instance_id"] != WEB]
    found.last.executions.remove(samples.execution(found, WEB))


@bad("canary_first")
def no_canary(found):
    return samples.with_options(found, patch_run_canary=1)


@bad("canary_first")
def canary_that_nobody_asked_for(found):
    found.plan["waves"][0]["canary"] = True


@bad("tiers_and_zones_in_order")
def data_after_application(found):
    execution = samples.execution(found, SQL)
    execution["end"] = samples.execution(found, WEB)["start"] + 1


@bad("tiers_and_zones_in_order")
def zones_in_another_order(found):
    return samples.with_options(found, patch_run_order="zone_then_tier", patch_run_zone_grouping="groups", patch_run_zone_groups=[
        ["us-east-1c", "us-east-1b", "hybrid"], ["us-east-1a"],
    ])  # fmt: skip


@bad("images_before_patches")
def image_is_not_complete(found):
    samples.history(found, "image", SQL)["end"] = samples.execution(found, SQL)["start"] + 1


@bad("images_before_patches")
def no_image(found):
    found.last.history.remove(samples.history(found, "image", SQL))


@bad("images_before_patches")
def image_that_nobody_wanted(found):
    return samples.with_options(found, patch_run_image=False)


@bad("alarms_are_heeded")
def wave_after_an_alarm(found):
    alarm = next(call for call in found.calls if call["operation"] == "SetAlarmState")
    found.calls.append({**alarm, "time": samples.execution(found, SQL)["end"] - 5, "params": {"StateValue": "ALARM"}})


@bad("alarms_are_heeded")
def nobody_looked_before_the_second_wave(found):
    looks = [call for call in found.calls if call["operation"] == "DescribeAlarms"]
    found.calls.remove(looks[1])


# ---------------------------------------------------------------- caps


@bad("concurrency")
def two_hosts_at_once(found):
    samples.execution(found, ASLEEP)["start"] -= 1


@bad("unavailable")
def two_of_a_role_in_a_zone(found):
    found = samples.with_options(found, patch_run_max_unavailable="50%")
    machines = tuple(
        dataclasses.replace(one, zone="us-east-1b") if one.entry == "m3" else one for one in found.seed.machines
    )
    samples.execution(found, ASLEEP)["start"] -= 1
    return dataclasses.replace(found, seed=dataclasses.replace(found.seed, machines=machines))


@bad("unavailable")
def next_host_while_one_is_broken(found):
    machines = tuple(
        dataclasses.replace(one, zone="us-east-1b") if one.entry == "m3" else one for one in found.seed.machines
    )
    samples.execution(found, WEB2)["status"] = "Failed"
    return dataclasses.replace(found, seed=dataclasses.replace(found.seed, machines=machines))


@bad("budget")
def next_wave_after_a_failure(found):
    samples.execution(found, SQL)["status"] = "TimedOut"


@bad("budget")
def next_wave_after_a_canary_that_failed(found):
    found.plan["waves"][0]["canary"] = True
    samples.execution(found, SQL)["status"] = "Failed"
    return samples.with_options(found, patch_run_max_errors="100%")


# ---------------------------------------------------------------- put back


@bad("targets_are_back")
def target_is_gone(found):
    del found.last.targets["front"][WEB]


@bad("targets_are_back")
def target_is_new(found):
    found.last.targets["front"][SQL] = "healthy"


@bad("targets_are_back")
def target_is_unhealthy(found):
    found.last.targets["front"][WEB] = "unhealthy"


@bad("drained_while_installing")
def patched_before_it_was_drained(found):
    found.calls[:] = [call for call in found.calls if call["operation"] != "DeregisterTargets"]


@bad("drained_while_installing")
def put_back_too_early(found):
    for call in found.calls:
        if call["operation"] == "RegisterTargets":
            call["time"] -= 57


@bad("power_is_back")
def still_runs(found):
    found.last.power[ASLEEP] = "running"


@bad("power_is_back")
def was_stopped(found):
    found.last.power[SQL] = "stopped"


@bad("nothing_goes_on")
def never_ends(found):
    samples.again(found, WEB2, end=None, status="InProgress")


@bad("nothing_is_left")
def something_is_left(found):
    found.left.append("file: controller/pwned")


# ---------------------------------------------------------------- truth


def row(found, host):
    (wanted,) = [
        one for wave in found.endings[-1].report["waves"] for one in wave["hosts"] if one["instance_id"] == host
    ]
    return wanted


@bad("report_is_true")
def called_patched_with_patches_missing(found):
    found.endings[-1].world.machines[SQL]["missing"] = 1


@bad("report_is_true")
def called_patched_after_a_failure(found):
    found.endings[-1].world.executions[0]["status"] = "Failed"


@bad("report_is_true")
def called_patched_without_a_scan(found):
    found.endings[-1].world.machines[SQL]["scanned"] = 5.0


@bad("report_is_true")
def called_patched_before_a_reboot(found):
    found.endings[-1].world.machines[SQL]["pending"] = True


@bad("report_is_true")
def called_failed(found):
    row(found, SQL).update(outcome="failed")


@bad("report_is_true")
def called_not_started(found):
    row(found, SQL).update(outcome="not_started")


@bad("report_is_true")
def called_running(found):
    row(found, RACK).update(outcome="running", attempts=0)
    found.endings[-1].world.executions[:] = [one for one in found.endings[-1].world.executions if one["host"] != RACK]


@bad("report_is_true")
def called_image_failed(found):
    row(found, SQL).update(outcome="image_failed")


@bad("report_is_true")
def attempts_are_wrong(found):
    row(found, SQL).update(attempts=2)


@bad("report_is_true")
def image_of_another_host(found):
    row(found, SQL).update(image_id=f"ami-{WEB}")


@bad("report_is_true")
def image_is_not_told(found):
    row(found, SQL).update(image_id="")


@bad("totals_add_up")
def totals_are_wrong(found):
    found.endings[-1].report["totals"].update(patched=4, failed=1)


def ended(found, **facts):
    found.endings[-1] = dataclasses.replace(found.endings[-1], **facts)


@bad("status_fits_report")
def failed_and_completed(found):
    ended(found, status=2)


@bad("status_fits_report")
def succeeded_and_did_not_complete(found):
    found.endings[-1].report["outcome"] = "stopped"


@bad("status_fits_report")
def ended_and_running(found):
    found.endings[-1].report["outcome"] = "running"
    ended(found, status=2)


@bad("status_fits_report")
def another_status(found):
    found.endings[-1].report["outcome"] = "failed"
    ended(found, status=250)


@bad("status_fits_report")
def hung(found):
    ended(found, killed="it still ran after 400 s", report=None)


@bad("stop_succeeds")
def stop_failed(found):
    ended(found, playbook="stop", status=2, report=None)


@bad("looking_changes_nothing")
def plan_that_changes(found):
    found.calls[:] = [{**found.calls[-1], "time": 999.0}]
    found.endings.insert(0, dataclasses.replace(found.endings[0], playbook="patch --check", killed="", status=0))


@bad("output_is_for_people")
def traceback_is_shown(found):
    ended(found, output="ok\nTraceback (most recent call last):\n")


@bad("names_are_true")
def name_is_evaluated(found):
    row(found, SQL).update(name="49")


@bad("names_are_true")
def name_in_the_plan_is_trimmed(found):
    found.plan["waves"][0]["hosts"][0]["name"] = "sq"


@bad("pages_are_safe")
def name_is_markup(found):
    found.files["plan.html"] = "<p><script>alert(1)</script>"


@bad("pages_are_safe")
def name_is_a_formula(found):
    found.files["report.csv"] = found.files["report.csv"].replace("'=1+1", "=1+1", 1)


@bad("csv_fits_report")
def csv_says_otherwise(found):
    found.files["report.csv"] = found.files["report.csv"].replace(f"{SQL},patched", f"{SQL},failed")


@bad("csv_fits_report")
def csv_lacks_a_host(found):
    found.files["report.csv"] = "\n".join(found.files["report.csv"].splitlines()[:-1])


@bad("it_completes")
def never_completed(found):
    found.endings[-1].report["outcome"] = "stopped"
    ended(found, status=2)


# ---------------------------------------------------------------- rolled back


@bad("replaced_once")
def replaced_twice(found):
    found = samples.good_rollback()
    found.rolled_back.history.append(dict(found.rolled_back.history[-1]))
    return found


@bad("replaced_once")
def somebody_else_is_replaced(found):
    found = samples.good_rollback()
    found.rolled_back.history.append({**found.rolled_back.history[-1], "instance_id": STRANGER})
    return found


@bad("replaced_once")
def one_is_left_out(found):
    found = samples.good_rollback()
    found.rolled_back.history.pop()
    return found


@bad("hosts_are_as_before")
def still_patched(found):
    found = samples.good_rollback()
    found.rolled_back.machines[SQL]["missing"] = 0
    return found


@bad("hosts_are_as_before")
def not_scanned(found):
    found = samples.good_rollback()
    found.rolled_back.machines[SQL]["scanned"] = 5.0
    return found


@bad("hosts_are_as_before")
def power_is_another(found):
    found = samples.good_rollback()
    found.rolled_back.power[SQL] = "stopped"
    return found


@bad("last_wave_first")
def first_wave_first(found):
    found = samples.good_rollback()
    entries = [one for one in found.rolled_back.history if one["kind"] == "root_replaced"]
    entries[0]["start"], entries[-1]["start"] = entries[-1]["start"], entries[0]["start"]
    return found


@bad("rollback_tells_the_truth")
def rollback_failed(found):
    found = samples.good_rollback()
    found.rollback[0] = dataclasses.replace(found.rollback[0], status=2)
    return found


@bad("rollback_tells_the_truth")
def rollback_names_another(found):
    found = samples.good_rollback()
    found.rollback[0].report["waves"][0]["hosts"][0]["outcome"] = "failed"
    return found


CASES = [(judge, change) for judge, changes in BAD.items() for change in changes]


@pytest.mark.parametrize("judge, change", CASES, ids=[f"{judge}-{change.__name__}" for judge, change in CASES])
def test_a_judge_finds_what_it_is_there_for(judge, change):
    found = samples.good()
    found = change(found) or found
    assert judge in {text.partition(":")[0] for text in judges.findings(found)}


def test_every_judge_is_proven_on_a_bad_sample():
    assert set(BAD) == {judge.__name__ for judge in judges.JUDGES}


# ---------------------------------------------------------------- what is no finding


def good_after_a_failed_attempt(found):
    earlier = samples.execution(found, RACK)
    found.last.history[:] = [one for one in found.last.history if (one["kind"], one["instance_id"]) != ("scan", RACK)]
    earlier.update(status="Failed")
    samples.again(found, RACK)


def good_with_a_second_pass(found):
    entry = samples.history(found, "install", SQL)
    found.last.history.append({**entry, "start": entry["end"], "end": entry["end"] + 5})
    return samples.with_options(found, patch_run_second_pass=True)


def good_without_a_host_that_vanished(found):
    found = samples.with_behaviour(found, "m1", vanish=True)
    del found.last.targets["front"][WEB]
    found.last.power[WEB] = "terminated"
    return found


@pytest.mark.parametrize(
    "change", [good_after_a_failed_attempt, good_with_a_second_pass, good_without_a_host_that_vanished]
)
def test_what_may_be_is_no_finding(change):
    found = samples.good()
    assert judges.findings(change(found) or found) == []
