# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""`make demo`: a whole run of the patch playbook against the local AWS, then its windows and their calendar."""

import argparse
import sys
import time

import environment
import processes
from environment import CACHE
from environment import ROOT
from local_aws_server import local_aws

SCENARIO = ROOT / "tests" / "local_aws" / "scenarios" / "demo.yml"
PLAYBOOKS = ["fleetpatch.aws.patch", "fleetpatch.aws.windows", "fleetpatch.aws.calendar"]
# Only the plan, what changes, the progress and the report; a real run shows every task.
QUIET = {
    "ANSIBLE_DISPLAY_OK_HOSTS": "false",
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
    "ANSIBLE_DEPRECATION_WARNINGS": "false",
}


def main(words):
    """Arguments: --scenario FILE, --clock-rate N, --playbook NAME ...; the rest goes to ansible-playbook. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--scenario", default=str(SCENARIO))
    parser.add_argument("--clock-rate")
    parser.add_argument("--playbook", action="append")
    options, more = parser.parse_known_args(words)
    reports = CACHE / "demo"
    reports.mkdir(parents=True, exist_ok=True)
    started = time.time()
    with local_aws(options.scenario, options.clock_rate, log=environment.LOGS / "demo-local-aws.log") as url:
        # the role keeps its runs in $PWD/fleetpatch-runs
        env = environment.variables(AWS_ENDPOINT_URL=url, PWD=reports, **QUIET)
        for playbook in options.playbook or PLAYBOOKS:
            command = ["ansible-playbook", "-i", ROOT / "inventories" / "local", playbook, *more]
            status = processes.run(command, env=env, cwd=reports)
            if status:
                break
    print_reports(reports, started)
    return status


def print_reports(folder, since):
    """The pages and files that this run wrote."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mtime >= since - 1]
    pages = sorted((path for path in found if path.suffix == ".html"), key=lambda path: path.stat().st_mtime)
    for path in pages:
        print(f"{path.stem + ':':<8} {path.relative_to(ROOT)}")
    for parent in sorted({path.parent for path in pages}):
        print(
            f"{'data:':<8} {', '.join(sorted(str(p.relative_to(ROOT)) for p in found if p.parent == parent and p not in pages))}"
        )
    if not pages:
        print("no page was written", file=sys.stderr)
