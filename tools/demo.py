# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""`make demo`: a whole run of the patch playbook against the local AWS, from inventory to report."""

import argparse
import sys
import time

import environment
import processes
from environment import CACHE
from environment import ROOT
from local_aws_server import local_aws

SCENARIO = ROOT / "inventories" / "local" / "scenario.yml"
PLAYBOOK = "fleetpatch.aws.patch"


def main(words):
    """Arguments: --scenario FILE, --clock-rate N, --playbook NAME; the rest goes to ansible-playbook. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--scenario", default=str(SCENARIO))
    parser.add_argument("--clock-rate")
    parser.add_argument("--playbook", default=PLAYBOOK)
    options, more = parser.parse_known_args(words)
    reports = CACHE / "demo"
    reports.mkdir(parents=True, exist_ok=True)
    started = time.time()
    with local_aws(options.scenario, options.clock_rate, log=environment.LOGS / "demo-local-aws.log") as url:
        env = environment.variables(AWS_ENDPOINT_URL=url, FLEETPATCH_REPORTS=reports)
        command = ["ansible-playbook", "-i", ROOT / "inventories" / "local", options.playbook, *more]
        status = processes.run(command, env=env, cwd=ROOT)
    print_reports(reports, started)
    return status


def print_reports(folder, since):
    """The files that this run wrote, newest last."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mtime >= since - 1]
    for path in sorted(found, key=lambda path: path.stat().st_mtime):
        print(f"report: {path.relative_to(ROOT)}")
    if not found:
        print("no report was written", file=sys.stderr)
