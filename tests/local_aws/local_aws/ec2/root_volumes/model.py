# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tasks that replace a root volume, and how they go: the machine really goes back to what the new volume holds."""

from collections.abc import Generator
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from typing import Any

from local_aws.ec2.common import tag_list
from local_aws.ec2.images import model as images_model
from local_aws.fleet import disks
from local_aws.fleet import machine as machines
from local_aws.framework import clock
from local_aws.framework import history
from local_aws.framework import state
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define

ENDED = ("succeeded", "failed", "failed-detached")
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


def tasks_of(ctx: Context) -> dict[str, Task]:
    return state.store(ctx.account, ctx.region, "replace_root_tasks")


def hidden_tasks(ctx: Context) -> dict[str, int]:
    return state.store(ctx.account, ctx.region, "hidden_replace_root_tasks")


def former(instance: Any) -> list[Any]:
    """The volumes that were the instance's root, the last one at the end; deleted ones too."""
    ec2 = instance.ec2_backend
    return state.store(ec2.account_id, ec2.region_name, "former_roots").setdefault(instance.id, [])


def roots_of(instance: Any) -> set[str]:
    """Ids of volumes that are or were the instance's root."""
    return {volume.id for volume in former(instance)} | set(root_volume_id(instance))


def root_volume_id(instance: Any) -> list[str]:
    block = instance.block_device_mapping.get(instance.root_device_name)
    return [block.volume_id] if block is not None else []


def _end(task: Task, outcome: str) -> None:
    task.state, task.end = outcome, clock.now()


def replace(task: Task) -> Generator[Any, Any, None]:
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
    new = _attach(task, instance.root_device_name, old or former(instance)[-1])
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
    for number in root_volume_id(instance):
        disks.record(ec2.account_id, ec2.region_name, instance.id, number)
        block = instance.block_device_mapping[instance.root_device_name]
        ec2.detach_volume(number, instance.id, instance.root_device_name)
        volume = ec2.volumes[number]
        volume.local_aws_delete = bool(block.delete_on_termination)
        former(instance).append(volume)
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
