# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Small fleets with hostile names and tags, and which of their machines a run may touch, said without the planner."""

from __future__ import annotations

import dataclasses
import json
import random
import typing as t

SOLUTION, ENVIRONMENT = "shop", "prod"
MARK = "chaos:entry"  # a tag that tells which entry of the fleet an instance came from; equal Name tags do not
TIERS = {
    "SQL Server": 0, "Postgresql Server": 0, "File Server": 0,
    "Application Server": 1, "Windows Server": 1, "Web Server": 1,
}  # fmt: skip
IGNORED_ROLE = "Jump Host"
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
LINUX = ("rhel-9", "ubuntu-24.04")
WINDOWS = "windows-2022"

# Names that break quoting, templates, shells, paths and pages when they are not handled as text.
NAMES = (
    "web", "web", "o'brien \"the\" host", "{{ 7 * 7 }} {% raw %}", "$(touch pwned) `touch pwned`", "naïve 数据 ☃ \u202eabc",
    "<script>alert(1)</script>", "-rf", "../../pwned", "a,b;c|d&e", "=cmd()", "  spaces  ", "%s %d {0}", "nonprod", "ⅷ" * 60,
)  # fmt: skip
# Tags of Systems Manager take letters, digits, spaces and _.:/=+-@ of any language.
HYBRID_NAMES = ("rack", "kühlhaus 7", "データ", "web")

# instancedata of machines that take no part: (value, what it is). None is no tag.
STRANGERS: tuple[tuple[t.Any, str], ...] = (
    ({"solution": "shop", "environment": "nonprod", "instance": "SQL Server"}, "a longer environment"),
    ({"solution": "shop", "environment": "Prod", "instance": "SQL Server"}, "another case"),
    ({"solution": "shop", "environment": "prod ", "instance": "Web Server"}, "a space at the end"),
    ({"solution": "shop-eu", "environment": "prod", "instance": "Web Server"}, "a longer solution"),
    ({"solution": "sho", "environment": "prod", "instance": "Web Server"}, "a shorter solution"),
    ({"solution": "shop", "environment": "prod"}, "no role"),
    ({"solution": "shop", "environment": ["prod"], "instance": "Web Server"}, "a list"),
    ({"solution": "shop", "environment": "prod", "instance": IGNORED_ROLE}, "an ignored role"),
    ("{'solution': 'shop', 'environment': 'prod', 'instance': 'Web Server'}", "single quotes"),
    ('{"solution": "shop", "environment": "prod", "instance": "Web Server"', "a brace is missing"),
    ('{"solution": "shop", "solution": "crm", "environment": "prod", "instance": "Web Server"}', "a key twice"),
    ("{{ lookup('pipe', 'touch pwned') }}", "a template"),
    (None, "no tag"),
)
# Further tags of machines that would take part without them.
OPTED_OUT = (
    {"install_patch": "no"}, {"Patch_Install": " FALSE "}, {"aws:autoscaling:groupName": "shop"}, {"kubernetes.io/cluster/a": "owned"},
)  # fmt: skip
TIMES = {"patch_seconds": (60, 900), "scan_seconds": (20, 60), "reboot_seconds": (30, 90), "image_seconds": (30, 300)}


@dataclasses.dataclass(frozen=True)
class Machine:
    """One machine of a fleet. role, zone: of those that may take part; why: why it takes no part, empty when it may.

    power: running or stopped; agent: online, lost or none.
    """

    entry: str
    name: str
    role: str
    zone: str
    platform: str
    power: str = "running"
    agent: str = "online"
    hybrid: bool = False
    why: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    behaviours: tuple[tuple[str, t.Any], ...] = ()
    times: tuple[tuple[str, int], ...] = ()

    def seeded(self) -> dict[str, t.Any]:
        """The machine as an entry of a scenario of the local AWS."""
        made: dict[str, t.Any] = {
            "name": self.name,
            "platform": self.platform,
            "tags": {**dict(self.tags), MARK: self.entry},
            "agent": self.agent,
            "missing": 2,
            "agent_update_seconds": 10,
            "behaviours": dict(self.behaviours),
            **dict(self.times),
        }
        return made | ({"hybrid": True} if self.hybrid else {"zones": [self.zone], "state": self.power})


def instancedata(role: str) -> str:
    return json.dumps({"solution": SOLUTION, "environment": ENVIRONMENT, "instance": role})


def make(dice: random.Random) -> tuple[Machine, ...]:
    """4 to 7 machines that may take part, and 2 to 4 that may not."""
    roles = dice.sample(sorted(TIERS), 3)
    machines = [_member(dice, f"m{number}", roles) for number in range(dice.randint(4, 7))]
    strangers = [_stranger(dice, f"s{number}") for number in range(dice.randint(2, 4))]
    return tuple(machines + strangers)


def _times(dice: random.Random) -> tuple[tuple[str, int], ...]:
    return tuple((name, dice.randint(low, high)) for name, (low, high) in TIMES.items())


def _member(dice: random.Random, entry: str, roles: list[str]) -> Machine:
    role, times = dice.choice(roles), _times(dice)
    tags: dict[str, str] = {"instancedata": instancedata(role)}
    if dice.random() < 0.12:
        name = dice.choice(HYBRID_NAMES)
        return Machine(entry, name, role, "hybrid", dice.choice(LINUX), hybrid=True, tags=_pairs(tags), times=times)
    power = "stopped" if dice.random() < 0.2 else "running"
    return Machine(
        entry, dice.choice(NAMES), role, dice.choice(ZONES), dice.choice((*LINUX, WINDOWS)), power, tags=_pairs(tags), times=times
    )  # fmt: skip


def _stranger(dice: random.Random, entry: str) -> Machine:
    place = {"zone": dice.choice(ZONES), "platform": dice.choice(LINUX), "times": _times(dice)}
    kind = dice.random()
    if kind < 0.6:
        value, why = dice.choice(STRANGERS)
        tags = {} if value is None else {"instancedata": value if isinstance(value, str) else json.dumps(value)}
        return Machine(entry, dice.choice(NAMES), "", why=why, tags=_pairs(tags), **place)
    role = dice.choice(sorted(TIERS))
    tags = {"instancedata": instancedata(role)}
    if kind < 0.85:
        tags |= dice.choice(OPTED_OUT)
        return Machine(entry, dice.choice(NAMES), role, why="opted out", tags=_pairs(tags), **place)
    agent = dice.choice(("lost", "none"))
    return Machine(entry, dice.choice(NAMES), role, agent=agent, why="no agent", tags=_pairs(tags), **place)


def _pairs(values: t.Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(values.items())


def takes_part(machine: Machine, options: t.Mapping[str, t.Any]) -> bool:
    """Whether a run with these options (role variables) has to patch the machine."""
    if machine.why:
        return False
    if machine.hybrid:
        return bool(options.get("patch_run_hybrid_nodes"))
    return machine.power == "running" or bool(options.get("patch_run_start_stopped"))
