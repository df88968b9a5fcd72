# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Planning 10,000 hosts, beside `ansible-inventory --list` of the same inventory; and the planner alone with 100,000."""

from __future__ import annotations

import json
import pathlib
import sys
import tempfile

import measure

HOSTS = 10_000
ROUNDS = 2
ROLES = (
    ("SQL Server", "windows-2022", 2000),
    ("Postgresql Server", "amazon-linux-2023", 1500),
    ("Application Server", "rhel-9", 4000),
    ("Web Server", "ubuntu-24.04", 2500),
)
PURE = """
import datetime, json, resource, sys, time
sys.path.insert(0, sys.argv[1])
from module_utils._planner import options, survey, waves
roles = ["SQL Server", "Postgresql Server", "Application Server", "Web Server"]
facts = [
    (
        f"i-{n:017x}",
        {
            "instance_id": f"i-{n:017x}",
            "tags": {"Name": f"host-{n}", "instancedata": '{"solution":"shop","environment":"production","instance":"%s"}' % roles[n % 4]},
            "placement": {"availability_zone": f"us-east-1{'abc'[n % 3]}", "region": "us-east-1"},
            "state": {"name": "running"},
            "platform_details": "Linux/UNIX",
            "block_device_mappings": [{"device_name": "/dev/xvda", "ebs": {"volume_id": f"vol-{n:017x}"}}],
        },
    )
    for n in range(100_000)
]
text = json.dumps(facts)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
yardsticks, plans = [], []
for _ in range(5):
    start = time.process_time()
    sorted(json.loads(text), key=lambda fact: json.dumps(fact, sort_keys=True))
    yardsticks.append(time.process_time() - start)
    start = time.process_time()
    choices = options.PlanOptions()
    now = datetime.datetime.now(datetime.timezone.utc)
    made = waves.plan(survey.survey(facts, choices), choices, run_id="bench", now=now)
    plans.append(time.process_time() - start)
mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(json.dumps([min(yardsticks), min(plans), mib, sum(len(wave.hosts) for wave in made.waves)]))
"""
# The yardstick is measured in turn with the planner, in CPU seconds, so that other load slows both alike.
PURE_LIMIT = 0.75


def scenario() -> dict:
    return {
        "clock": {"rate": 1},
        "fleet": [
            {
                "name": role.split()[0].lower(),
                "count": count,
                "platform": platform,
                "zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
                "tags": {
                    "instancedata": {"solution": "shop", "environment": "production", "instance": role},
                    "Team": "shop",
                    "CostCenter": "4711",
                },
            }
            for role, platform, count in ROLES
        ],
    }


def whole_playbook(folder: pathlib.Path) -> bool:
    with measure.local_aws(scenario(), folder) as aws:
        environment = measure.environment(aws, folder)
        measure.inventory(folder)
        listing, planning = [], []
        for number in range(ROUNDS):
            listing.append(
                measure.run(["ansible-inventory", "-i", "fleet.aws_ec2.yml", "--list"], folder, environment, keep=False)
            )
            planning.append(
                measure.run(
                    [
                        "ansible-playbook",
                        "-i",
                        "fleet.aws_ec2.yml",
                        "fleetpatch.aws.plan",
                        "-e",
                        f"patch_run_id=bench-{number}",
                    ],
                    folder,
                    environment,
                )
            )
            assert planning[-1].status == 0, planning[-1].output[-3000:]
    for name, runs in (("ansible-inventory --list", listing), ("fleetpatch.aws.plan", planning)):
        print(f"  {name:<26} {min(r.seconds for r in runs):6.1f} s {min(r.mib for r in runs):7.0f} MiB")
    seconds = min(r.seconds for r in planning) / min(r.seconds for r in listing)
    memory = min(r.mib for r in planning) / min(r.mib for r in listing)
    return all(
        [
            measure.verdict("wall time, times the listing", seconds, 1.5),
            measure.verdict("memory, times the listing", memory, 1.5),
        ]
    )


def pure(folder: pathlib.Path) -> bool:
    plugins = measure.ROOT / "plugins"
    done = measure.run(["python", "-c", PURE, str(plugins)], folder, {"PATH": "/usr/bin:/bin"})
    assert done.status == 0, done.output
    yardstick, seconds, mib, hosts = json.loads(done.output)
    print(
        f"  the planner alone, {hosts} hosts: {seconds:.2f} s, {mib:.0f} MiB more; read and sorted as JSON: {yardstick:.2f} s"
    )
    return measure.verdict(
        "the planner alone, times reading and sorting its hosts as JSON", seconds / yardstick, PURE_LIMIT
    )


def main() -> int:
    print(f"Planning {HOSTS} hosts")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        return 0 if all([pure(folder), whole_playbook(folder)]) else 1


if __name__ == "__main__":
    sys.exit(main())
