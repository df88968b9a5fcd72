# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""`make chaos`: seeds of tests/chaos one after another, two at a time on an idle machine, and a table of what they found."""

import argparse
import json
import os
import sys

import environment
import schedule
from environment import LOGS
from environment import ROOT

FOLDER = LOGS / "chaos"
ESTIMATE, LIMIT = 60.0, 3600.0  # seconds of a seed
IDLE = 1.0  # processes that want to run, as the kernel counts them, up to which two seeds run at a time
CHAOS = ROOT / "tests" / "chaos"


def main(words):
    """Arguments: --seeds N (how many), --from N (the first), --lanes N. Returns 1 when a seed failed."""
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--lanes", type=int, default=2 if os.getloadavg()[0] < IDLE else 1)
    options = parser.parse_args(words)
    FOLDER.mkdir(parents=True, exist_ok=True)
    numbers = range(options.first, options.first + options.seeds)
    print(
        f"{len(numbers)} seeds from {options.first}, {options.lanes} at a time; what fails is kept in .cache/log/chaos/SEED",
        flush=True,
    )
    done = schedule.run_all([_job(number) for number in numbers], options.lanes, _progress, _variables(), ROOT)
    return summary([(one, result(one.name)) for one in done])


def _job(number):
    command = [environment.VENV / "bin" / "python", "-m", "chaos", number, FOLDER / str(number)]
    return schedule.Job(str(number), command, str(FOLDER / f"{number}.log"), ESTIMATE, LIMIT)


def _variables():
    folders = [CHAOS, ROOT / "tests" / "system", ROOT / "tests" / "local_aws", ROOT / "tests"]
    return environment.variables(PYTHONPATH=os.pathsep.join(str(folder) for folder in folders))


def _progress(done):
    print(f"  seed {done.name:<5} {'ok' if done.status == 0 else 'FAILED':<7} {done.seconds:6.1f} s", flush=True)


def result(name):
    """What a seed left as its result, or nothing when it ended before that."""
    path = FOLDER / name / "result.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def summary(rows):
    """Print (Done, result) of every seed, what failed, and what no seed tries. Returns the exit status."""
    for one, found in rows:
        if one.status != 0:
            print(
                f"\n=== seed {one.name}: .cache/log/chaos/{one.name}, {one.name}.log; again: make chaos SEEDS=1 FROM={one.name}"
            )
            print("\n".join(found.get("findings") or ["it ended without a result"]))
    print(f"\n{'seed':<6} {'result':<7} {'seconds':>7}  starts | scenario")
    for one, found in rows:
        word = "ok" if one.status == 0 else "FAILED"
        print(f"{one.name:<6} {word:<7} {one.seconds:7.1f}  {found.get('starts', '')} | {found.get('line', '')}")
    print("\nNot tried, because it is known not to hold yet:")
    print("\n".join(f"  - {text}" for text in known_limits()))
    failed = sum(one.status != 0 for one, _found in rows)
    print(f"{len(rows) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def known_limits():
    """The list of tests/chaos."""
    sys.path.insert(0, str(CHAOS))
    from chaos.disturbances import KNOWN_LIMITS

    return KNOWN_LIMITS
