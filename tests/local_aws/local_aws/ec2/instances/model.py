# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What becomes of an instance: states, and for how long a terminated one is seen."""

from typing import Any

from local_aws.ec2.common import backend
from local_aws.ec2.common import by_ids
from local_aws.ec2.common import dry_run
from local_aws.fleet import machine as machines
from local_aws.framework import clock
from local_aws.framework import history
from local_aws.framework import perf
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import assume

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
TERMINATED_VISIBLE = (
    3600  # seconds; EC2 user guide: "a terminated instance remains visible for a while (about an hour)"
)

assume(
    "instance-transitions",
    "Start, stop and terminate answer the transitional state, but the next read shows the final one; how long a machine"
    " is away after a reboot depends on the machine.",
    "EC2 user guide, instance life cycle, gives no durations",
)


def visible(ctx: Context) -> dict[str, Any]:
    """Instances by id, without those that were terminated more than an hour ago."""
    known = perf.index(backend(ctx))
    gone = state.store(ctx.account, ctx.region, "terminated_at")
    limit = clock.timestamp() - TERMINATED_VISIBLE
    old = {number for number, moment in gone.items() if moment < limit}
    return {number: found for number, found in known.items() if number not in old} if old else known


def chosen(ctx: Context, params: dict) -> list[Any]:
    dry_run(params)
    ids = params.get("InstanceIds") or []
    if not ids:
        raise AwsError("MissingParameter", "The request must contain the parameter InstanceIds")
    return by_ids(ids, visible(ctx), "i", "InvalidInstanceID", "instance")


def need(instances: list[Any], allowed: tuple[str, ...], verb: str) -> None:
    for instance in instances:
        if instance.state not in allowed:
            raise AwsError(
                "IncorrectInstanceState",
                f"The instance '{instance.id}' is not in a state from which it can be {verb}.",
            )


def change(instance: Any, target: str, kind: str | None = None) -> dict:
    """Change the state of one moto instance, note it, tell the machine. target: running | stopped | terminated.

    Returns the entry of the API's answer ({InstanceId, CurrentState, PreviousState}).
    """
    ec2 = instance.ec2_backend
    account, region = ec2.account_id, ec2.region_name
    before = {"Name": instance.state, "Code": instance.state_code}
    passing = {"running": "pending", "stopped": "stopping", "terminated": "shutting-down"}[target]
    if before["Name"] == target:
        return {"InstanceId": instance.id, "PreviousState": before, "CurrentState": dict(before)}
    {"running": instance.start, "stopped": instance.stop, "terminated": instance.terminate}[target]()
    if target == "running":
        instance.launch_time = clock.now().replace(tzinfo=None)
    if target == "terminated":
        state.store(account, region, "terminated_at")[instance.id] = clock.timestamp()
    moment = clock.now()
    history.add({"running": "start", "stopped": "stop", "terminated": "terminate"}[target], account, region,
                instance.id, moment, moment)  # fmt: skip
    machines.on_instance_state(account, region, instance.id, target)
    return {
        "InstanceId": instance.id,
        "PreviousState": before,
        "CurrentState": {"Name": passing, "Code": CODES[passing]},
    }
