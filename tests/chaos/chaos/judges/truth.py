# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the run says is true: report, exit status, and that it completes once nothing goes wrong any more."""

from __future__ import annotations

import csv
import io
import json
import typing as t

from chaos.evidence import Evidence
from chaos.evidence import World
from chaos.judges import common

OUTCOMES = ("patched", "failed", "not_started", "image_failed", "running", "gone", "unknown", "left_out")


def report_is_true(found: Evidence) -> t.Iterator[str]:
    """Whatever a report says of a host is what happened to the host."""
    for ending in found.endings:
        report = ending.report
        if report is None or ending.playbook != "patch" or not (ending.alone or report["outcome"] == "completed"):
            continue
        for row in (row for wave in report["waves"] for row in wave["hosts"]):
            for lie in _lies(found, ending.world, row):
                yield f"start {ending.number}: {common.name(found, row['instance_id'])} is called {row['outcome']}: {lie}"


def _clean(found: Evidence, world: World, number: str) -> bool:
    """Whether the host is patched by the run: its last execution succeeded and scanned, and the scan misses nothing."""
    done, machine = common.executions(world, number), world.machines[number]
    if not done or done[-1]["status"] != "Success" or machine["operation"] != "Scan":
        return False
    may_wait = found.seed.options["patch_run_reboot_option"] == "NoReboot"
    good = not machine["missing"] and not machine["failed"] and (may_wait or not machine["pending"])
    return good and machine["scanned"] >= done[-1]["start"]


def _lies(found: Evidence, world: World, row: dict[str, t.Any]) -> t.Iterator[str]:
    number, outcome = row["instance_id"], row["outcome"]
    done, clean = common.executions(world, number), _clean(found, world, number)
    images = {one["id"]: one for one in world.images if one["instance_id"] == number}
    if row["attempts"] != len(done):
        yield f"{row['attempts']} attempts are told, there were {len(done)}"
    if outcome == "patched" and not clean:
        yield f"it is not: {[one['status'] for one in done]}, {world.machines[number]}"
    if outcome == "failed" and clean:
        yield "it is patched"
    if outcome == "not_started" and done:
        yield f"it was started: {[one['status'] for one in done]}"
    if outcome == "running" and not done:
        yield "nothing was started on it"
    if outcome == "image_failed" and any(one["state"] == "available" for one in images.values()):
        yield "its image is available"
    if row["image_id"] and row["image_id"] not in images:
        yield f"its image {row['image_id']} does not exist"
    if done and images and not row["image_id"]:
        yield "its image is not told"


def totals_add_up(found: Evidence) -> t.Iterator[str]:
    """The totals of a report are those of its rows."""
    for ending in found.endings:
        if ending.report:
            rows = [row["outcome"] for wave in ending.report["waves"] for row in wave["hosts"]]
            for outcome in OUTCOMES:
                told = ending.report["totals"][outcome]
                if told != rows.count(outcome):
                    yield f"start {ending.number}: {told} hosts are told as {outcome}, the rows say {rows.count(outcome)}"


def status_fits_report(found: Evidence) -> t.Iterator[str]:
    """Exit status 0 for a completed run, 2 for every other one; a report that a controller ends with is final."""
    for ending in found.endings:
        if ending.killed.startswith("it still ran"):
            yield f"start {ending.number}: {ending.killed}"
        if ending.killed or ending.playbook != "patch":
            continue
        if ending.status not in (0, 2):
            yield f"start {ending.number} ended with status {ending.status}"
        outcome = (ending.report or {}).get("outcome")
        if ending.alone and ((ending.status == 0) != (outcome == "completed") or outcome == "running"):
            yield f"start {ending.number} ended with status {ending.status}, and its report says {outcome}"


def stop_succeeds(found: Evidence) -> t.Iterator[str]:
    """The playbook that stops a run succeeds, unless AWS refuses it something."""
    for ending in found.endings:
        if ending.playbook == "stop" and ending.status != 0 and not _refused(found):
            yield f"the playbook stop (start {ending.number}) ended with status {ending.status}"


def _refused(found: Evidence) -> bool:
    return any(fault["code"].endswith("Exception") for fault in found.seed.faults)


def looking_changes_nothing(found: Evidence) -> t.Iterator[str]:
    """A plan, and a run with --check, come before everything else and change nothing in AWS."""
    for ending in found.endings:
        if ending.playbook in ("plan", "patch --check"):
            calls = [call for call in found.calls if call["mutating"] and call["time"] <= ending.world.time]
            # The judge sets the alarm itself.
            changes = [call for call in calls if call["source"] != "judge" and call["operation"] not in ASKS]
            yield from (f"{ending.playbook} called {call['operation']}" for call in changes)


# What --check asks AWS to preview has a name that looks like a change.
ASKS = {"StartExecutionPreview"}
BROKEN = (
    "Traceback (most recent call last)",
    "MODULE FAILURE",
    "Unexpected Exception",
    "is undefined",
    "crashed",
    "template error",
)


def output_is_for_people(found: Evidence) -> t.Iterator[str]:
    """Whatever goes wrong, nobody sees a traceback or a template that failed."""
    for ending in (*found.endings, *found.rollback):
        words = [word for word in BROKEN if word in ending.output and not ending.killed]
        if words:
            yield f"start {ending.number} ({ending.playbook}) printed {words[0]!r}"


def names_are_true(found: Evidence) -> t.Iterator[str]:
    """A host has the name in plan and report that its tag has, character by character."""
    names = {number: one.name for number, one in common.machine_of(found).items()}
    for what, told in (("plan", found.plan), *((f"report of start {one.number}", one.report) for one in found.endings)):
        for host in (host for wave in (told or {}).get("waves", []) for host in wave["hosts"]):
            if host["name"] != names[host["instance_id"]]:
                yield f"{what}: {common.name(found, host['instance_id'])} is called {host['name']!r}"


def pages_are_safe(found: Evidence) -> t.Iterator[str]:
    """No name of a host is markup in a page, and no cell of the CSV is a formula."""
    for name, text in found.files.items():
        if name.endswith(".html") and "<script>alert(1)" in text:
            yield f"{name} runs what the name of a host says"
    for cells in csv.reader(io.StringIO(found.files.get("report.csv", ""))):
        yield from (f"report.csv has the formula {cell!r}" for cell in cells if cell.startswith(("=", "@", "+")))


def csv_fits_report(found: Evidence) -> t.Iterator[str]:
    """The CSV has a row for every host of the report, with the same outcome."""
    if "report.csv" not in found.files or "report.json" not in found.files:
        return
    rows = list(csv.DictReader(io.StringIO(found.files["report.csv"])))
    told = sorted((row["instance_id"], row["outcome"]) for row in rows)
    waves = json.loads(found.files["report.json"])["waves"]
    real = sorted((row["instance_id"], row["outcome"]) for wave in waves for row in wave["hosts"])
    if told != real:
        yield f"report.csv says {sorted(set(told) - set(real))}, report.json {sorted(set(real) - set(told))}"


def it_completes(found: Evidence) -> t.Iterator[str]:
    """Once nothing goes wrong any more, starting the run again completes it."""
    # Whether a run is complete without hosts that are gone depends on its error budget.
    if not common.expected(found) or common.vanished(found):
        return
    if not any(one.completed for one in found.endings):
        yield f"it never completed; starts ended with {[one.killed or one.status for one in found.endings]}"


JUDGES = (
    report_is_true, totals_add_up, status_fits_report, stop_succeeds, looking_changes_nothing, output_is_for_people,
    names_are_true, pages_are_safe, csv_fits_report, it_completes,
)  # fmt: skip
