# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Root volume replacement: the machine really goes back to what the new root volume holds.

Source: API CreateReplaceRootVolumeTask, ReplaceRootVolumeTask; EC2 user guide "Replace the root volume for an Amazon EC2
instance without stopping it".
"""

from collections.abc import Generator
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from typing import Any

from local_aws.ec2.common import backend
from local_aws.ec2.common import by_ids
from local_aws.ec2.common import cut
from local_aws.ec2.common import dry_run
from local_aws.ec2.common import hide_new
from local_aws.ec2.common import note_new
from local_aws.ec2.common import select
from local_aws.ec2.common import tag_list
from local_aws.ec2.common import tag_specifications
from local_aws.ec2.images import model as images_model
from local_aws.ec2.instances.model import visible
from local_aws.fleet import disks
from local_aws.fleet import machine as machines
from local_aws.fleet import public_images
from local_aws.framework import clock
from local_aws.framework import history
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define

ENDED = ("succeeded", "failed", "failed-detached")
RATE = (100, 300)  # MiB/s, VolumeInitializationRate
PREFIX = "replacevol"

define(
    "root_replace_seconds",
    {"pending": 60, "in_progress": 45, "failing": 30},
    dict,
    "virtual seconds that a root volume replacement stays in a state",
)
assume(
    "root-replace-agent",
    "The task is succeeded when the new root volume is attached and the machine starts; its agent is back only after"
    " the machine's reboot_seconds, so that whoever waits for the task must still wait for the agent.",
    "API ReplaceRootVolumeTask: the volume is attached and the instance is available",
)
assume(
    "root-replace-errors",
    "More than one source: InvalidParameterCombination. A snapshot or image that is not ready: IncorrectState,"
    " InvalidAMIID.Unavailable. A snapshot of another lineage, an image that does not fit, an unfit volume:"
    " InvalidParameterValue. Another task under way on the instance: IncorrectInstanceState.",
    "API CreateReplaceRootVolumeTask lists no errors",
)
assume(
    "root-replace-failing-detached",
    "A task that ends failed-detached is in-progress before: the model has no failing-detached.",
    "botocore ReplaceRootVolumeTaskState; the text of TaskState names failing-detached",
)
assume(
    "root-replace-repair",
    "A machine without a root volume comes back by another task, or by AttachVolume of a former root volume to its"
    " root device and StopInstances, StartInstances.",
    "user guide, replace-root, does not say how to repair failed-detached",
)


@dataclass
class Task:
    """One task. source: what the new volume is made of; disk: what it holds (None = nothing that boots)."""

    id: str
    ec2_backend: Any
    instance: Any
    state: str
    start: datetime
    delete: bool
    disk: Any
    source: dict[str, str] = field(default_factory=dict)
    size: int | None = None
    end: datetime | None = None

    def shown(self) -> dict[str, Any]:
        found = {
            "ReplaceRootVolumeTaskId": self.id,
            "InstanceId": self.instance.id,
            "TaskState": self.state,
            "StartTime": _text(self.start),
            "CompleteTime": _text(self.end) if self.end else None,
            "Tags": tag_list(self),
            "DeleteReplacedRootVolume": self.delete,
            **{name: self.source.get(name) for name in ("ImageId", "SnapshotId")},
        }
        return {name: value for name, value in found.items() if value is not None}


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _tasks(ctx: Context) -> dict[str, Task]:
    return state.store(ctx.account, ctx.region, "replace_root_tasks")


def _hidden(ctx: Context) -> dict[str, int]:
    return state.store(ctx.account, ctx.region, "hidden_replace_root_tasks")


def _former(instance: Any) -> list[Any]:
    """The volumes that were the instance's root, the last one at the end; deleted ones too."""
    ec2 = instance.ec2_backend
    return state.store(ec2.account_id, ec2.region_name, "former_roots").setdefault(instance.id, [])


def _roots(instance: Any) -> set[str]:
    """Ids of volumes that are or were the instance's root."""
    return {volume.id for volume in _former(instance)} | set(_root_volume_id(instance))


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
    _tasks(ctx)[task.id] = task
    note_new(_hidden(ctx), task.id)
    if token:
        tokens[token] = (wanted, task)
    answer = {"ReplaceRootVolumeTask": task.shown()}
    clock.spawn(_replace(task), f"{task.id} of {task.instance.id}")
    return answer


def _new_task(ctx: Context, params: dict) -> Task:
    instance = by_ids([params["InstanceId"]], visible(ctx), "i", "InvalidInstanceID", "instance")[0]
    tags = tag_specifications(params, ("replace-root-volume-task",)).get("replace-root-volume-task") or {}
    if instance.state != "running":
        raise AwsError("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'running' state.")
    if any(task.instance is instance and task.state not in ENDED for task in _tasks(ctx).values()):
        text = f"A root volume replacement task is already in progress for the instance '{instance.id}'."
        raise AwsError("IncorrectInstanceState", text)
    if not _roots(instance):
        raise AwsError("InvalidParameterValue", f"The instance '{instance.id}' has no EBS root volume.")
    rate = params.get("VolumeInitializationRate")
    if rate is not None and not RATE[0] <= rate <= RATE[1]:
        raise AwsError("InvalidParameterValue", f"VolumeInitializationRate must be from {RATE[0]} to {RATE[1]}.")
    source = {name: params[name] for name in ("SnapshotId", "ImageId", "VolumeId") if params.get(name)}
    if len(source) > 1:
        raise AwsError("InvalidParameterCombination", f"{' and '.join(source)} cannot be used together.")
    delete = bool(params.get("DeleteReplacedRootVolume"))
    task = Task(state.new_id(f"{PREFIX}-"), backend(ctx), instance, "pending", clock.now(), delete, None, source)
    _fill(ctx, task)
    if tags:
        task.ec2_backend.tags[task.id].update(tags)
    return task


def _fill(ctx: Context, task: Task) -> None:
    """Check the source and say what the new volume will hold."""
    name, number = next(iter(task.source.items()), ("", ""))
    if name == "SnapshotId":
        _check_snapshot(task, number)
        task.disk = disks.find(ctx.account, ctx.region, number)
    elif name == "ImageId":
        _check_image(ctx, task, number)
    elif name == "VolumeId":
        _check_volume(task, number)
        task.disk = disks.find(ctx.account, ctx.region, number)
    else:
        task.disk = _launch_state(ctx, task)


def _launch_state(ctx: Context, task: Task) -> Any:
    machine = machines.machine(ctx.account, ctx.region, task.instance.id)
    known = (disks.find(ctx.account, ctx.region, f"launch:{volume}") for volume in _root_volume_id(task.instance))
    return next(known, None) or disks.launched(machine)


def _root_volume_id(instance: Any) -> list[str]:
    block = instance.block_device_mapping.get(instance.root_device_name)
    return [block.volume_id] if block is not None else []


def _check_snapshot(task: Task, number: str) -> None:
    snapshot = by_ids([number], task.ec2_backend.snapshots, "snap", "InvalidSnapshot", "snapshot")[0]
    if snapshot.status != "completed":
        raise AwsError("IncorrectState", f"The snapshot '{number}' is not completed: {snapshot.status}")
    if snapshot.volume.id not in _roots(task.instance) or not _is_original(task, number):
        text = f"The snapshot '{number}' was not created from a current or previous root volume of the instance."
        raise AwsError("InvalidParameterValue", text)


def _is_original(task: Task, number: str) -> bool:
    """A copy of a snapshot has the volume of its source, but holds nothing here."""
    return disks.find(task.ec2_backend.account_id, task.ec2_backend.region_name, number) is not None


def _check_image(ctx: Context, task: Task, number: str) -> None:
    ec2, instance = task.ec2_backend, task.instance
    image = by_ids([number], ec2.amis, "ami", "InvalidAMIID", "image")[0]
    if image.state != "available":
        raise AwsError("InvalidAMIID.Unavailable", f"The image ID '{number}' is not available: {image.state}")
    for name in ("architecture", "virtualization_type"):
        if getattr(image, name) != getattr(instance, name):
            raise AwsError("InvalidParameterValue", f"The {name} of '{number}' differs from that of the instance.")
    extra = images_model.details(ctx.account, ctx.region).get(number) or {}
    machine = machines.machine(ctx.account, ctx.region, instance.id)
    root = images_model.root_mapping(image)
    task.disk = disks.find(ctx.account, ctx.region, root["SnapshotId"]) or disks.of_public_image(machine, number)
    platform = extra.get("platform") or (task.disk.platform if task.disk else None)
    if public_images.billing(platform) != public_images.details_of(instance):
        raise AwsError("InvalidParameterValue", f"The billing information of '{number}' differs from the instance's.")
    if task.disk is not None and task.disk.platform != machine.platform:
        text = f"the local AWS cannot turn a machine with {machine.platform} into one with {task.disk.platform}"
        raise AwsError("NotImplementedByEmulator", text, 501)
    _check_size(task, int(root["VolumeSize"]), image, bool(extra))


def _check_size(task: Task, size: int, image: Any, own: bool) -> None:
    for volume in _root_volume_id(task.instance):
        have = int(task.ec2_backend.volumes[volume].size)
        if own and size < have:
            text = f"The root volume of '{image.id}' ({size} GiB) is smaller than that of the instance ({have} GiB)."
            raise AwsError("InvalidParameterValue", text)
        task.size = max(size, have)


def _check_volume(task: Task, number: str) -> None:
    volume = by_ids([number], task.ec2_backend.volumes, "vol", "InvalidVolume", "volume")[0]
    if volume.attachment is not None:
        raise AwsError("IncorrectState", f"The volume '{number}' is not available.")
    if volume.zone.name != task.instance.placement.zone:
        raise AwsError("InvalidVolume.ZoneMismatch", f"The volume '{number}' is not in the instance's zone.")
    current = [task.ec2_backend.volumes[one] for one in _root_volume_id(task.instance)]
    if any(one.encrypted for one in current) and not volume.encrypted:
        raise AwsError("InvalidParameterValue", f"The volume '{number}' is not encrypted, the root volume is.")


def _end(task: Task, outcome: str) -> None:
    task.state, task.end = outcome, clock.now()


def _replace(task: Task) -> Generator[Any, Any, None]:
    ec2, instance, seconds = task.ec2_backend, task.instance, SWITCHES["root_replace_seconds"]
    where = (ec2.account_id, ec2.region_name)
    machine = machines.machine(*where, instance.id)
    yield seconds["pending"]
    if instance.state != "running" or task.disk is None or machine.spend("root_replace_fails"):
        yield from _fail(task, machine, seconds["failing"])
        return
    task.state = "in-progress"
    entry = history.add("root_replaced", *where, instance.id, clock.now(), task_id=task.id, **_facts(task))
    reboot = history.add("reboot", *where, instance.id, clock.now(), reason="ReplaceRootVolume")
    machine.go_down()
    old = _detach(task)
    yield seconds["in_progress"]
    if machine.spend("root_replace_failed_detached"):
        machine.rootless = True
        reboot.update(end=clock.now(), outcome="no root volume")
        entry.update(end=clock.now(), outcome="failed-detached", old_volume=old and old.id)
        _end(task, "failed-detached")
        return
    new = _attach(task, instance.root_device_name, old or _former(instance)[-1])
    _boot_from(task, machine, new)
    if old is not None and task.delete:
        ec2.volumes.pop(old.id, None)
    entry.update(end=clock.now(), outcome="succeeded", old_volume=old and old.id, new_volume=new.id)
    _end(task, "succeeded")
    yield from machine.come_back(reboot)


def _facts(task: Task) -> dict[str, str]:
    return {"source": next(iter(task.source.values()), "launch state")}


def _fail(task: Task, machine: Any, seconds: float) -> Generator[Any, Any, None]:
    task.state = "failing"
    if task.instance.state == "running":
        clock.spawn(machine.reboot("ReplaceRootVolume failed"), f"reboot {task.instance.id}")
    yield seconds
    _end(task, "failed")


def _detach(task: Task) -> Any:
    ec2, instance = task.ec2_backend, task.instance
    for number in _root_volume_id(instance):
        disks.record(ec2.account_id, ec2.region_name, instance.id, number)
        block = instance.block_device_mapping[instance.root_device_name]
        ec2.detach_volume(number, instance.id, instance.root_device_name)
        volume = ec2.volumes[number]
        volume.local_aws_delete = bool(block.delete_on_termination)
        _former(instance).append(volume)
        return volume
    return None


def _attach(task: Task, device: str, old: Any) -> Any:
    ec2, instance, number = task.ec2_backend, task.instance, task.source.get("VolumeId")
    if number is None:
        number = _new_volume(task, old).id
    ec2.attach_volume(number, instance.id, device, old.local_aws_delete)
    # Attached volumes come in the order of their devices: the root first, as before.
    blocks = instance.block_device_mapping
    rest = {name: block for name, block in blocks.items() if name != device}
    root = blocks[device]
    blocks.clear()
    blocks.update({device: root, **rest})
    if "ImageId" in task.source:
        instance.image_id = task.source["ImageId"]
    return ec2.volumes[number]


def _new_volume(task: Task, old: Any) -> Any:
    ec2 = task.ec2_backend
    number = task.source.get("SnapshotId") or old.snapshot_id
    if "ImageId" in task.source:
        number = images_model.root_mapping(ec2.amis[task.source["ImageId"]])["SnapshotId"]
    if number not in ec2.snapshots:
        number = None
    size, zone = task.size or int(old.size), task.instance.placement.zone
    volume = ec2.create_volume(size, zone, number, bool(old.encrypted), old.kms_key_id, old.volume_type)
    volume.snapshot_id = number
    return volume


def _boot_from(task: Task, machine: Any, volume: Any) -> None:
    disks.put(machine, task.disk)
    disks.launch(machine, volume.id, task.disk)
    machine.rootless = False


FILTERS = {"instance-id": lambda task: task.instance.id}


@op("ec2", "DescribeReplaceRootVolumeTasks")
def describe_tasks(ctx: Context, params: dict) -> dict:
    dry_run(params)
    ids = params.get("ReplaceRootVolumeTaskIds") or []
    hidden = hide_new(_hidden(ctx), ids or list(_hidden(ctx)))
    known = {number: task for number, task in _tasks(ctx).items() if number not in hidden}
    found = list(known.values())
    if ids:
        found = by_ids(ids, known, PREFIX, "InvalidReplaceRootVolumeTaskId", "root volume replacement task")
    name = "ReplaceRootVolumeTaskIds"
    shown, token = cut(select(found, params, FILTERS), params, name, least=1, most=50)
    answer: dict[str, Any] = {"ReplaceRootVolumeTasks": [task.shown() for task in shown]}
    if token:
        answer["NextToken"] = token
    return answer
