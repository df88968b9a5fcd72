# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A module call that changes nothing, against a bare boto3 script that does the same reads.

Both run in this process, turn by turn, each with a session of its own, so that neither Ansible's cost of a task nor the start of
Python is in it. What is compared is the median of the ratios of neighbours: a noisy machine slows both.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time
import typing as t

import boto3
import measure

ROUNDS = 40
LIMIT = 1.3
WINDOW = {
    "name": "bench",
    "schedule": "cron(0 3 ? * TUE#1 *)",
    "duration": 2,
    "cutoff": 1,
    "allow_unassociated_targets": True,
    "targets": [{"name": "hosts", "tags": {"Patch Group": ["bench"]}}],
    "tasks": [
        {
            "name": "patch",
            "task_type": "RUN_COMMAND",
            "task_arn": "AWS-RunPatchBaseline",
            "targets": ["hosts"],
            "max_concurrency": "2",
            "max_errors": "1",
            "run_command": {"parameters": {"Operation": ["Install"]}},
        }
    ],
}
BASELINE = {
    "name": "bench",
    "operating_system": "UBUNTU",
    "approval_rules": [{"patch_filters": [{"key": "PRIORITY", "values": ["Required"]}]}],
    "patch_groups": ["bench"],
}


def collection() -> None:
    """Make the checkout importable as ansible_collections.fleetpatch.aws."""
    from ansible.utils.collection_loader import _collection_finder as finder

    finder._AnsibleCollectionFinder(paths=[str(measure.ROOT / ".cache" / "collections"), *sys.path])._install()


def call(module: t.Any, options: dict) -> dict:
    """The result of a module that runs in this process."""
    from ansible.module_utils.testing import patch_module_args

    out = io.StringIO()
    with patch_module_args(options), contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        module.main()
    return json.loads(out.getvalue())


def bare_window() -> None:
    ssm = boto3.Session().client("ssm")
    found = ssm.describe_maintenance_windows(Filters=[{"Key": "Name", "Values": ["bench"]}])["WindowIdentities"]
    window = found[0]["WindowId"]
    ssm.get_maintenance_window(WindowId=window)
    ssm.describe_maintenance_window_targets(WindowId=window)
    for task in ssm.describe_maintenance_window_tasks(WindowId=window)["Tasks"]:
        ssm.get_maintenance_window_task(WindowId=window, WindowTaskId=task["WindowTaskId"])
    ssm.list_tags_for_resource(ResourceType="MaintenanceWindow", ResourceId=window)


def bare_baseline() -> None:
    ssm = boto3.Session().client("ssm")
    filters = [{"Key": "OWNER", "Values": ["Self"]}, {"Key": "NAME_PREFIX", "Values": ["bench"]}]
    baseline = ssm.describe_patch_baselines(Filters=filters)["BaselineIdentities"][0]["BaselineId"]
    ssm.get_patch_baseline(BaselineId=baseline)
    ssm.list_tags_for_resource(ResourceType="PatchBaseline", ResourceId=baseline)


def ratio(server: measure.Server, name: str, options: dict, bare: t.Callable[[], None]) -> bool:
    """The median of the ratios of one module and its bare script; the calls of both must be the same."""
    import importlib

    module = importlib.import_module(f"ansible_collections.fleetpatch.aws.plugins.modules.{name}")
    assert call(module, options)["changed"] and not call(module, options)["changed"]
    server.control.clear_calls()
    call(module, options)
    ours = [one["operation"] for one in server.control.calls(source="client")]
    server.control.clear_calls()
    bare()
    theirs = [one["operation"] for one in server.control.calls(source="client")]
    if sorted(ours) != sorted(theirs):
        sys.exit(f"{name} does other reads than its bare script: {ours} and {theirs}")
    ratios, times = [], []
    for _number in range(ROUNDS):
        before = time.perf_counter()
        call(module, options)
        between = time.perf_counter()
        bare()
        after = time.perf_counter()
        ratios.append((between - before) / (after - between))
        times.append(between - before)
    print(f"  {name}: {len(ours)} reads, {statistics.median(times) * 1000:.0f} ms", flush=True)
    return measure.verdict(f"{name} against bare boto3", statistics.median(ratios), LIMIT)


def main() -> int:
    collection()
    with tempfile.TemporaryDirectory() as name, measure.local_aws({}, pathlib.Path(name)) as server:
        os.environ.update(server.env())
        print("a module call that changes nothing", flush=True)
        holds = [
            ratio(server, "ssm_maintenance_window", WINDOW, bare_window),
            ratio(server, "ssm_patch_baseline", BASELINE, bare_baseline),
        ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
