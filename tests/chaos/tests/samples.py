# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A run that went well, as evidence; the tests of the judges change one thing of it."""

from __future__ import annotations

import copy
import dataclasses
import json
import typing as t

from chaos.evidence import Ending
from chaos.evidence import Evidence
from chaos.evidence import World
from chaos.fleets import Machine
from chaos.seeds import Seed

SQL, WEB, WEB2, ASLEEP, RACK, STRANGER = "i-sql", "i-web", "i-web2", "i-asleep", "mi-rack", "i-stranger"
OPTIONS = {
    "patch_run_id": "chaos",
    "patch_run_max_concurrency": "1",
    "patch_run_max_errors": "0",
    "patch_run_max_unavailable": "1",
    "patch_run_canary": 0,
    "patch_run_order": "tier_then_zone",
    "patch_run_zone_grouping": "first_then_rest",
    "patch_run_start_stopped": True,
    "patch_run_hybrid_nodes": True,
    "patch_run_image": True,
    "patch_run_second_pass": False,
    "patch_run_reboot_option": "RebootIfNeeded",
    "patch_run_drain": True,
    "patch_run_alarms": ["down"],
}
MACHINES = (
    Machine("m0", "sql", "SQL Server", "us-east-1a", "rhel-9"),
    Machine("m1", "web", "Web Server", "us-east-1a", "rhel-9"),
    Machine("m2", "web", "Web Server", "us-east-1b", "rhel-9"),
    Machine("m3", "asleep", "Web Server", "us-east-1c", "rhel-9", power="stopped"),
    Machine("m4", "rack", "Web Server", "hybrid", "rhel-9", hybrid=True),
    Machine("s0", "web", "Web Server", "us-east-1a", "rhel-9", why="a longer environment"),
)
HOSTS = {"m0": SQL, "m1": WEB, "m2": WEB2, "m3": ASLEEP, "m4": RACK, "s0": STRANGER}
NAMES = {HOSTS[one.entry]: one.name for one in MACHINES}
WAVES = {"data.use1a": [SQL], "application.use1a": [WEB], "application.rest": [WEB2, ASLEEP, RACK]}
GROUP = "arn:front"


def _execution(host: str, step: str, start: float) -> dict[str, t.Any]:
    return {
        "id": f"x-{host}", "parent": f"p-{step}", "host": host, "run": "chaos", "step": step, "attempt": 1, "status": "Success",
        "start": start, "end": start + 60,
    }  # fmt: skip


def _done(kind: str, host: str, start: float, end: float, **facts: t.Any) -> dict[str, t.Any]:
    return {"kind": kind, "instance_id": host, "start": start, "end": end, "outcome": "done", **facts}


def _world(patched: bool) -> World:
    history, executions, moment = [], [], 1000.0
    for step, hosts in WAVES.items() if patched else ():
        history += [_done("image", host, moment, moment + 10) for host in hosts if host.startswith("i-")]
        for place, host in enumerate(hosts):
            begin = moment + 20 + 60 * place
            executions.append(_execution(host, step, begin))
            history.append(_done("install", host, begin + 10, begin + 30))
            history.append(_done("scan", host, begin + 40, begin + 50))
        moment += 20 + 60 * len(hosts)
    state = {"missing": 0, "failed": 0, "pending": False, "operation": "Scan", "scanned": moment}
    images = [
        {"id": f"ami-{host}", "state": "available", "instance_id": host, "run": "chaos"}
        for hosts in WAVES.values()
        for host in hosts
        if patched and host.startswith("i-")
    ]
    running = {number: "running" for number in (SQL, WEB, WEB2, STRANGER)}
    return World(
        moment,
        history,
        executions,
        {number: dict(state) for number in HOSTS.values()},
        {**running, ASLEEP: "stopped"},
        {"front": {WEB: "healthy", WEB2: "healthy"}},
        images,
        {number: {"Name": number} for number in (*running, ASLEEP)},
    )


def _moves(world: World) -> list[dict[str, t.Any]]:
    """What Automation did to targets, and what the controller started."""
    made = []
    for one in world.executions:
        if one["host"] in (WEB, WEB2):
            params = {"TargetGroupArn": GROUP, "Targets": [{"Id": one["host"]}]}
            for operation, moment in (("DeregisterTargets", one["start"] + 1), ("RegisterTargets", one["end"] - 1)):
                made.append(_call("elbv2", operation, moment, params, "automation"))
    made.append(_call("cloudwatch", "SetAlarmState", 900.0, {"StateValue": "OK"}, "judge"))
    begins = [min(one["start"] for one in world.history if one["instance_id"] in hosts) for hosts in WAVES.values()]
    made += [_call("cloudwatch", "DescribeAlarms", moment, {}, "client") | {"mutating": False} for moment in begins]
    return [*made, _call("ssm", "StartAutomationExecution", 1000.0, {"TargetMaps": [{"InstanceId": [SQL]}]}, "client")]


def _call(service: str, operation: str, moment: float, params: dict[str, t.Any], source: str) -> dict[str, t.Any]:
    return {
        "service": service, "operation": operation, "time": moment, "params": params, "source": source, "mutating": True, "error": None,
    }  # fmt: skip


def row(host: str) -> dict[str, t.Any]:
    """A host in the report."""
    image = f"ami-{host}" if host.startswith("i-") else ""
    return {"instance_id": host, "name": NAMES[host], "outcome": "patched", "attempts": 1, "image_id": image}


def _report() -> dict[str, t.Any]:
    others = ("failed", "not_started", "image_failed", "running", "gone", "unknown", "left_out")
    totals = {"patched": 5, **dict.fromkeys(others, 0)}
    waves = [{"id": step, "hosts": [row(host) for host in hosts]} for step, hosts in WAVES.items()]
    return {"outcome": "completed", "totals": totals, "waves": waves}


def good() -> Evidence:
    """One start that was killed, and one that completed the run."""
    world = _world(patched=True)
    waves = [
        {
            "id": step,
            "number": number,
            "canary": False,
            "hosts": [{"instance_id": host, "name": NAMES[host]} for host in hosts],
        }
        for number, (step, hosts) in enumerate(WAVES.items(), 1)
    ]
    first, last = _world(patched=False), copy.deepcopy(world)
    endings = [Ending(1, "patch", "kill machine", -9, None, first), Ending(2, "patch", "", 0, _report(), world)]
    seed = Seed(0, MACHINES, (), dict(OPTIONS), (), {}, (), 300)
    report = _report()
    lines = [f"{one['instance_id']},{one['outcome']},'=1+1" for wave in report["waves"] for one in wave["hosts"]]
    files = {
        "report.json": json.dumps(report),
        "report.csv": "\n".join(["instance_id,outcome,name", *lines]),
        "report.html": "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>",
    }
    return Evidence(seed, dict(HOSTS), {"waves": waves}, _moves(last), first, endings, last, [], files=files)


def good_rollback() -> Evidence:
    """The same run, of instances only, and its rollback."""
    found = good()
    machines = tuple(dataclasses.replace(one, power="running") for one in MACHINES if not one.hybrid)
    found = dataclasses.replace(found, seed=dataclasses.replace(found.seed, machines=machines))
    for world in (found.first, found.last):
        world.power[ASLEEP] = "running"
        world.history[:] = [one for one in world.history if one["instance_id"] != RACK]
        world.executions[:] = [one for one in world.executions if one["host"] != RACK]
    for waves in (found.plan["waves"], found.endings[-1].report["waves"]):
        waves[-1]["hosts"].pop()
    found.endings[-1].report["totals"]["patched"] = 4
    world, moment = copy.deepcopy(found.last), found.last.time + 1000
    for wave in reversed(found.plan["waves"]):
        for host in wave["hosts"]:
            number = host["instance_id"]
            world.history.append(_done("root_replaced", number, moment, moment + 50))
            world.machines[number].update(missing=2, scanned=moment + 5000)
        moment += 100
    rows = [
        {"hosts": [{"instance_id": host["instance_id"], "outcome": "rolled_back"} for host in wave["hosts"]]}
        for wave in found.plan["waves"]
    ]
    ending = Ending(3, "rollback", "", 0, {"waves": rows}, world)
    return dataclasses.replace(found, rollback=[ending], rolled_back=world)


def with_options(found: Evidence, **options: t.Any) -> Evidence:
    """The same evidence of a run that was started with other options."""
    return dataclasses.replace(found, seed=dataclasses.replace(found.seed, options={**found.seed.options, **options}))


def with_behaviour(found: Evidence, entry: str, **behaviours: t.Any) -> Evidence:
    """The same evidence of a fleet with a machine that behaves so."""
    machines = [
        dataclasses.replace(one, behaviours=tuple(behaviours.items())) if one.entry == entry else one
        for one in found.seed.machines
    ]
    return dataclasses.replace(found, seed=dataclasses.replace(found.seed, machines=tuple(machines)))


def history(found: Evidence, kind: str, host: str) -> dict[str, t.Any]:
    """The one entry of a kind of a host; change it to make the evidence bad."""
    (entry,) = [one for one in found.last.history if one["kind"] == kind and one["instance_id"] == host]
    return entry


def execution(found: Evidence, host: str) -> dict[str, t.Any]:
    """The one execution of a host."""
    (one,) = [one for one in found.last.executions if one["host"] == host]
    return one


def again(found: Evidence, host: str, **facts: t.Any) -> dict[str, t.Any]:
    """A second execution of a host after all others; facts: what is different about it."""
    begin = found.last.time + 100
    made = {**execution(found, host), "id": "x-again", "attempt": 2, "start": begin, "end": begin + 60, **facts}
    found.last.executions.append(made)
    return made
