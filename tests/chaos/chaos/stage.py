# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Plays a seed: the controllers and what happens to them, from the first start to the moment at which nothing moves any more."""

from __future__ import annotations

import contextlib
import json
import pathlib
import signal
import time
import typing as t

from chaos import choices
from chaos import controllers
from chaos import disturbances
from chaos import fleets
from chaos import reading
from chaos.controllers import Controller
from chaos.disturbances import Act
from chaos.evidence import Ending
from chaos.evidence import Evidence
from chaos.seeds import Seed
from chaos.watch import Watch
from local_aws import testing
from local_aws.framework import clock

LIMIT = 900.0  # real seconds for one start of a playbook, also on a busy machine
ARRIVAL = 120.0  # real seconds for a controller to come to its first wave
PATIENCE = 30.0  # real seconds for processes that are to end by themselves
SLOW = 20  # virtual seconds in a second while somebody else comes
RESUMES = 2  # starts after the last act, with the faults still there
LAST_STARTS = 3  # starts after everything was repaired
HEALED = {
    "install_fails": 0, "scan_fails": 0, "script_fails": 0, "agent_update_fails": 0, "image_fails": 0, "patches_fail": 0,
    "no_return": False, "undeliverable": False, "vanish": False, "drain_hangs": False, "unhealthy": False,
}  # fmt: skip


def play(seed: Seed, folder: pathlib.Path) -> Evidence:
    """Run the seed in a local AWS of its own. folder: for what controllers write."""
    with testing.serve(seed.scenario()) as aws:
        stage = _Stage(seed, folder, aws)
        try:
            return stage.evidence()
        finally:
            stage.close()


class _Stage:
    def __init__(self, seed: Seed, folder: pathlib.Path, aws: t.Any) -> None:
        self.seed, self.folder, self.aws = seed, folder, aws
        self.where = aws.seeded["account"], aws.seeded["region"]
        self.watch = Watch()
        self.endings: list[Ending] = []
        self.started: list[Controller] = []

    def close(self) -> None:
        self.watch.close()
        for one in self.started:
            controllers.kill_machine(one.process)
            one.process.wait()
        controllers.settle(self.folder / "controller", 0)

    def evidence(self) -> Evidence:
        hosts = reading.hosts(*self.where, self.seed.machines)
        first = reading.world(*self.where)
        if self.seed.options.get("patch_run_alarms"):
            reading.make_alarm(*self.where, choices.ALARM)
        for fault in self.seed.faults:
            self.aws.faults(fault)
        self._perform()
        left, last, calls, endings = self._settle(), reading.world(*self.where), reading.calls(), self.endings
        plan, rolled_back, self.endings = self._read("plan.json"), None, []
        if self.seed.rollback is not None and any(one.completed for one in endings):
            self._roll_back(self.seed.rollback)
            left, rolled_back = left + self._settle(), reading.world(*self.where)
        return Evidence(
            self.seed, hosts, plan, calls, first, endings, last, sorted({*left, *self._strays()}), self.endings, rolled_back,
            {path.name: path.read_text(encoding="utf-8") for path in self._run().glob("*.*")},
        )  # fmt: skip

    def _run(self) -> pathlib.Path:
        """The folder of the run."""
        return self.folder / "controller" / "fleetpatch-runs" / self.seed.options["patch_run_id"]

    def _settle(self) -> list[str]:
        """Wait until nothing moves any more, neither here nor in AWS; gives the processes that did not end."""
        still = controllers.settle(self.folder / "controller", PATIENCE)
        self.aws.clock(rate=0)
        self.aws.clock(jump="idle")
        self.aws.clock(advance=900)  # health checks
        self.aws.clock(rate=self.seed.rate)
        return [f"process: {line}" for line in still]

    def _perform(self) -> None:
        done = False
        if self.seed.prelude:
            self._end(self._start("plan" if self.seed.prelude == "plan" else "patch", self.seed.prelude == "check"))
        for act in self.seed.acts:
            done = done or self._act(act)
        for _ in range(RESUMES):
            done = done or self._undisturbed()
        if not done:
            self._repair()
        for _ in range(LAST_STARTS):
            done = done or self._undisturbed()

    def _roll_back(self, acts: t.Sequence[Act]) -> None:
        """After the run, with nothing that goes wrong but what is done to the controller."""
        self._repair()
        for act in acts:
            self._act(act, "rollback")
        if not any(one.completed for one in self.endings):
            self._end(self._start("rollback"))

    # ------------------------------------------------------------ controllers

    def _start(self, playbook: str = "patch", check: bool = False, **more: t.Any) -> Controller:
        number, variables = len(self.started) + 1, {**self.seed.options, **more}
        if playbook == "rollback":
            run_id = self.seed.options["patch_run_id"]
            variables = {f"patch_rollback_{name}": run_id for name in ("run_id", "confirm")}
            variables |= {"patch_rollback_everything": True, "patch_rollback_poll_interval": 1}
        made = controllers.start(self.aws, self.folder, number, playbook, variables, check)
        self.started.append(made)
        if clock.status()["rate"] == 0:  # frozen until somebody looks again
            self._until(lambda: made.ended() or self._asked(made.key), ARRIVAL)
            self.aws.clock(rate=self.seed.rate)
        return made

    def _end(self, one: Controller, alone: bool = True) -> bool:
        """Wait for the end of a controller and note it. Whether it completed the run."""
        if not one.wait(LIMIT):
            controllers.kill_machine(one.process)
            one.process.wait()
            one.killed = f"it still ran after {LIMIT:.0f} s"
        world = reading.world(*self.where)
        status = one.process.returncode
        name = "rollback.json" if one.playbook == "rollback" else "report.json"
        report = None if one.killed else self._read(name, since=one.begun)
        output = one.output.read_text(encoding="utf-8", errors="replace")
        self.endings.append(Ending(one.number, one.title, one.killed, status, report, world, alone, output))
        return self.endings[-1].completed

    def _undisturbed(self) -> bool:
        return self._end(self._start())

    # ------------------------------------------------------------ acts

    def _act(self, act: Act, playbook: str = "patch") -> bool:
        """Start a controller, and act when its moment comes. Whether it completed what it is for."""
        self.watch.arm(act.moment, lambda: self._now(act, self.started[-1]))
        one = self._start(playbook)
        deadline = time.monotonic() + LIMIT
        while not (self.watch.came.wait(0.05) or one.ended() or time.monotonic() > deadline):
            pass
        self.watch.disarm()
        if not self.watch.came.is_set():
            return self._end(one)
        if act.what in disturbances.KILLS:
            return self._killed(act, one)
        if act.what == disturbances.ALARM:
            done = self._end(one)
            reading.set_alarm(*self.where, choices.ALARM, "OK")
            return done
        return self._joined(act, one)

    def _now(self, act: Act, one: Controller) -> None:
        """In the middle of the call that is the moment."""
        if act.what == disturbances.KILL_MACHINE:
            controllers.kill_machine(one.process)
        elif act.what == disturbances.KILL_CONTROLLER:
            controllers.send(one.process, signal.SIGKILL)
        elif act.what == disturbances.INTERRUPT:
            controllers.send(one.process, signal.SIGINT, group=True)
        elif act.what == disturbances.TERMINATE:
            controllers.send(one.process, signal.SIGTERM)
        elif act.what == disturbances.ALARM:
            reading.set_alarm(*self.where, choices.ALARM, "ALARM")
        else:
            clock.set_rate(SLOW)
        if act.frozen:
            clock.set_rate(0)

    def _killed(self, act: Act, one: Controller) -> bool:
        if not one.wait(controllers.GRACE):
            controllers.kill_machine(one.process)
        one.killed = act.what
        self._end(one)
        return False

    def _joined(self, act: Act, one: Controller) -> bool:
        if act.what == disturbances.SECOND:
            other = self._start()
            self._until(lambda: other.ended() or self._asked(other.key), ARRIVAL)
        else:
            other = self._start("stop", patch_run_force_stop=act.what == disturbances.FORCE_STOP)
            other.wait(LIMIT)
        self.aws.clock(rate=self.seed.rate)
        completed = [self._end(one, alone=False), self._end(other, alone=False)]
        return any(completed)

    def _asked(self, key: str) -> bool:
        """Whether a controller has come to its first wave: it asks whether somebody wants the run to stop."""
        return any(call["access_key"] == key and call["operation"] == "GetParameters" for call in reading.calls())

    @staticmethod
    def _until(condition: t.Callable[[], bool], patience: float) -> None:
        deadline = time.monotonic() + patience
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.1)

    # ------------------------------------------------------------ afterwards

    def _repair(self) -> None:
        """Nothing goes wrong any more: what is left to do has to be done by starting the run again."""
        self.aws.clear_faults()
        hosts = reading.hosts(*self.where, self.seed.machines)
        for machine in self.seed.machines:
            if machine.behaviours and fleets.takes_part(machine, self.seed.options):
                with contextlib.suppress(testing.ControlError):  # one that has vanished
                    self.aws.set_machine(hosts[machine.entry], **HEALED, agent="online")

    def _read(self, name: str, since: float = 0.0) -> dict[str, t.Any] | None:
        """A file of the run, unless it is older than that."""
        path = self._run() / name
        known = path.exists() and path.stat().st_mtime >= since
        return json.loads(path.read_text(encoding="utf-8")) if known else None

    def _strays(self) -> list[str]:
        """Files that nobody needs any more."""
        home = self.folder / "controller"
        known = {f"{name}.{kind}" for name in ("plan", "report", "rollback") for kind in ("json", "html", "txt", "csv")}
        found = [path for path in home.rglob("*") if path.is_file() and path.name not in {*known, "fleet.aws_ec2.yml"}]
        if any(one.killed for one in self.started):
            # Whoever is killed leaves what Ansible itself had unpacked.
            found = [path for path in found if path.relative_to(home).parts[0] != "tmp"]
        return [f"file: {path.relative_to(self.folder)}" for path in found]
