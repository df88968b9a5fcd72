# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Root volume replacement: the machine really goes back to what the new root volume holds.

Source: API CreateReplaceRootVolumeTask, ReplaceRootVolumeTask; EC2 user guide "Replace the root volume for an Amazon EC2
instance without stopping it".
"""

from typing import Any

from local_aws.ec2.common import backend
from local_aws.ec2.common import by_ids
from local_aws.ec2.common import cut
from local_aws.ec2.common import dry_run
from local_aws.ec2.common import hide_new
from local_aws.ec2.common import note_new
from local_aws.ec2.common import select
from local_aws.ec2.common import tag_specifications
from local_aws.ec2.instances.model import visible
from local_aws.ec2.root_volumes.model import ENDED
from local_aws.ec2.root_volumes.model import PREFIX
from local_aws.ec2.root_volumes.model import Task
from local_aws.ec2.root_volumes.model import hidden_tasks
from local_aws.ec2.root_volumes.model import replace
from local_aws.ec2.root_volumes.model import roots_of
from local_aws.ec2.root_volumes.model import tasks_of
from local_aws.ec2.root_volumes.rules import RATE
from local_aws.ec2.root_volumes.rules import fill
from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op


@op("ec2", "CreateReplaceRootVolumeTask")
def create_task(ctx: Context, params: dict) -> dict:
    dry_run(params)
    tokens = state.store(ctx.account, ctx.region, "replace_root_tokens")
    token = params.get("ClientToken")
    wanted = {key: value for key, value in params.items() if key != "ClientToken"}
    if token in tokens:
        if tokens[token][0] != wanted:
            raise AwsError("IdempotentParameterMismatch", "The client token was used with other parameters.")
        return {"ReplaceRootVolumeTask": tokens[token][1].shown()}
    task = _new_task(ctx, params)
    tasks_of(ctx)[task.id] = task
    note_new(hidden_tasks(ctx), task.id)
    if token:
        tokens[token] = (wanted, task)
    answer = {"ReplaceRootVolumeTask": task.shown()}
    clock.spawn(replace(task), f"{task.id} of {task.instance.id}")
    return answer


def _new_task(ctx: Context, params: dict) -> Task:
    instance = by_ids([params["InstanceId"]], visible(ctx), "i", "InvalidInstanceID", "instance")[0]
    tags = tag_specifications(params, ("replace-root-volume-task",)).get("replace-root-volume-task") or {}
    if instance.state != "running":
        raise AwsError("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'running' state.")
    if any(task.instance is instance and task.state not in ENDED for task in tasks_of(ctx).values()):
        text = f"A root volume replacement task is already in progress for the instance '{instance.id}'."
        raise AwsError("IncorrectInstanceState", text)
    if not roots_of(instance):
        raise AwsError("InvalidParameterValue", f"The instance '{instance.id}' has no EBS root volume.")
    rate = params.get("VolumeInitializationRate")
    if rate is not None and not RATE[0] <= rate <= RATE[1]:
        raise AwsError("InvalidParameterValue", f"VolumeInitializationRate must be from {RATE[0]} to {RATE[1]}.")
    source = {name: params[name] for name in ("SnapshotId", "ImageId", "VolumeId") if params.get(name)}
    if len(source) > 1:
        raise AwsError("InvalidParameterCombination", f"{' and '.join(source)} cannot be used together.")
    delete = bool(params.get("DeleteReplacedRootVolume"))
    task = Task(state.new_id(f"{PREFIX}-"), backend(ctx), instance, "pending", clock.now(), delete, None, source)
    fill(ctx, task)
    if tags:
        task.ec2_backend.tags[task.id].update(tags)
    return task


FILTERS = {"instance-id": lambda task: task.instance.id}


@op("ec2", "DescribeReplaceRootVolumeTasks")
def describe_tasks(ctx: Context, params: dict) -> dict:
    dry_run(params)
    ids = params.get("ReplaceRootVolumeTaskIds") or []
    hidden = hide_new(hidden_tasks(ctx), ids or list(hidden_tasks(ctx)))
    known = {number: task for number, task in tasks_of(ctx).items() if number not in hidden}
    found = list(known.values())
    if ids:
        found = by_ids(ids, known, PREFIX, "InvalidReplaceRootVolumeTaskId", "root volume replacement task")
    name = "ReplaceRootVolumeTaskIds"
    shown, token = cut(select(found, params, FILTERS), params, name, least=1, most=50)
    answer: dict[str, Any] = {"ReplaceRootVolumeTasks": [task.shown() for task in shown]}
    if token:
        answer["NextToken"] = token
    return answer
