# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Two lanes of processes, longest first: nothing but time, exit statuses and logs; what a step is, it does not know."""

import dataclasses
import time

import processes


@dataclasses.dataclass(frozen=True)
class Job:
    """A command to run: `estimate` (seconds, decides the order), `limit` (seconds, then it is ended and has failed)."""

    name: str
    command: list
    log: str
    estimate: float
    limit: float


@dataclasses.dataclass(frozen=True)
class Done:
    """How a job ended: exit status (None = it ran out of time) and seconds."""

    name: str
    status: int | None
    seconds: float


def run_all(jobs, lanes=2, report=lambda done: None, env=None, cwd=None, pause=0.05):
    """Run every job, `lanes` at a time, the longest first. `report` is called for each Done. Returns them in the order of `jobs`."""
    waiting = sorted(jobs, key=lambda job: -job.estimate)
    running, done = {}, {}
    try:
        while waiting or running:
            while waiting and len(running) < lanes:
                job = waiting.pop(0)
                running[job.name] = (job, _start(job, env, cwd), time.monotonic())
            for name in list(running):
                result = _look(*running[name])
                if result:
                    done[name] = result
                    del running[name]
                    report(result)
            time.sleep(pause)
    finally:
        for _job, process, _since in running.values():
            processes.end(process, processes.STEP_GRACE)
    return [done[job.name] for job in jobs]


def _start(job, env, cwd):
    with open(job.log, "w", encoding="utf-8") as log:
        return processes.start(
            job.command, stdout=log, stderr=log, stdin=processes.subprocess.DEVNULL, env=env, cwd=cwd
        )


def _look(job, process, since):
    seconds = time.monotonic() - since
    if process.poll() is not None:
        return Done(job.name, process.returncode, seconds)
    if seconds > job.limit:
        processes.end(process, processes.STEP_GRACE)
        with open(job.log, "a", encoding="utf-8") as log:
            log.write(f"\nended: it ran longer than its limit of {job.limit:.0f} s\n")
        return Done(job.name, None, seconds)
    return None
