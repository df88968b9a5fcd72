# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Everything that a seed decides. The same number gives the same seed, on every machine."""

from __future__ import annotations

import dataclasses
import random
import typing as t

from chaos import choices
from chaos import disturbances
from chaos import fleets


@dataclasses.dataclass(frozen=True)
class Seed:
    """A fleet, the options of a run, and what goes wrong.

    rate: virtual seconds in a second. prelude: what somebody does first: plan, check, or nothing. rollback: None for none, else what happens
    while the run is rolled back.
    """

    number: int
    machines: tuple[fleets.Machine, ...]
    groups: tuple[dict[str, t.Any], ...]
    options: dict[str, t.Any]
    faults: tuple[dict[str, t.Any], ...]
    switches: dict[str, t.Any]
    acts: tuple[disturbances.Act, ...]
    rate: int
    prelude: str = ""
    rollback: tuple[disturbances.Act, ...] | None = None

    def scenario(self) -> dict[str, t.Any]:
        """For the local AWS."""
        return {
            "clock": {"rate": self.rate},
            "switches": self.switches,
            "fleet": [machine.seeded() for machine in self.machines],
            "target_groups": list(self.groups),
        }

    def line(self) -> str:
        """The seed in a line."""
        hosts = sum(fleets.takes_part(machine, self.options) for machine in self.machines)
        short = {name.removeprefix("patch_run_"): value for name, value in self.options.items()}
        words = [
            f"{hosts} of {len(self.machines)} hosts",
            f"at once {short['max_concurrency']}",
            f"errors {short['max_errors']}",
        ]
        words += [
            name for name in ("drain", "start_stopped", "canary", "second_pass", "max_unavailable") if short.get(name)
        ]
        words += [] if short["image"] else ["no images"]
        words += [f"{fault['code']}@{fault['operation']}" for fault in self.faults]
        words += [f"{name} {value}" for machine in self.machines for name, value in machine.behaviours]
        words += [self.prelude] if self.prelude else []
        words += [act.text() for act in self.acts]
        words += [] if self.rollback is None else [" ".join(["rollback", *(act.text() for act in self.rollback)])]
        return "; ".join(words)


def make(number: int) -> Seed:
    """The seed of a number. Each part has dice of its own, so that a change of one part leaves the others as they are."""

    def dice(part: str) -> random.Random:
        return random.Random(f"chaos {part} {number}")

    machines = fleets.make(dice("fleet"))
    groups = _groups(dice("groups"), machines)
    options = choices.make(dice("options"), machines, groups)
    broken = _broken(dice("machines"), machines, options)
    return Seed(
        number,
        broken,
        groups,
        options,
        disturbances.faults(dice("faults"), options),
        disturbances.switches(dice("switches")),
        disturbances.acts(dice("acts"), options),
        dice("rate").choice((300, 900, 3000)),
        dice("prelude").choice(("", "", "", "plan", "check")),
        _rollback(dice("rollback"), broken, options),
    )


def _rollback(
    dice: random.Random, machines: t.Sequence[fleets.Machine], options: t.Mapping[str, t.Any]
) -> tuple[disturbances.Act, ...] | None:
    """Half of the runs that can be rolled back are: every host runs, has an image and is still there."""
    hosts = [machine for machine in machines if fleets.takes_part(machine, options)]
    able = [
        one for one in hosts if one.power == "running" and not one.hybrid and not dict(one.behaviours).get("vanish")
    ]
    if able != hosts or not hosts or not options["patch_run_image"] or dice.random() < 0.5:
        return None
    return disturbances.rollback_acts(dice)


def _groups(dice: random.Random, machines: t.Sequence[fleets.Machine]) -> tuple[dict[str, t.Any], ...]:
    """No target group or one or two, of machines that run and that take part or not."""
    running = [machine.name for machine in machines if machine.power == "running" and not machine.hybrid]
    if dice.random() < 0.5 or not running:
        return ()
    made = [
        {
            "name": "front",
            "targets": sorted(set(dice.sample(running, min(3, len(running))))),
            "interval": 10,
            "delay": 60,
        }
    ]
    if dice.random() < 0.4:
        made.append({"name": "api", "targets": made[0]["targets"][:1], "port": 8080, "interval": 10, "delay": 20})
    return tuple(made)


def _broken(
    dice: random.Random, machines: t.Sequence[fleets.Machine], options: t.Mapping[str, t.Any]
) -> tuple[fleets.Machine, ...]:
    """In four of ten seeds one or two machines fail."""
    chosen = [machine.entry for machine in machines if fleets.takes_part(machine, options)]
    broken = set(dice.sample(chosen, min(len(chosen), dice.choice((0, 0, 0, 1, 2))))) if chosen else set()
    return tuple(
        dataclasses.replace(one, behaviours=disturbances.behaviours(dice, options)) if one.entry in broken else one
        for one in machines
    )
