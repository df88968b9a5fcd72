# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is on the root volumes: the patches of a machine as its snapshots and replaced volumes keep them."""

from dataclasses import dataclass
from typing import Any

from local_aws.fleet import machine as machines
from local_aws.fleet import public_images
from local_aws.fleet.patchset import PatchSet
from local_aws.framework import state
from local_aws.framework.switches import assume

assume(
    "disk-state",
    "A snapshot of a root volume holds the patches and the agent version of the moment at which it was begun; patches"
    " that waited for a reboot have had it when the machine starts from a copy. Copies of images and snapshots hold"
    " nothing that boots.",
    "EBS: snapshots are point in time",
)
assume(
    "disk-launch-state",
    "The launch state of a seeded machine is the one with which its scenario starts.",
    "an invention of the local AWS",
)


@dataclass(frozen=True)
class Disk:
    """The root file system: platform, patches (never changed, copied out), agent version (None = as it is)."""

    platform: str
    patches: PatchSet
    agent_version: str | None = None


def _kept(account: str, region: str) -> dict[str, Disk]:
    return state.store(account, region, "disks")


def now(machine: Any) -> Disk:
    """The machine's root volume as it is now."""
    return Disk(machine.platform, machine.patches.copy(), machine.agent_version)


def record(account: str, region: str, instance_id: str, number: str) -> None:
    """Remember the present root file system of a machine under the id of a snapshot or volume."""
    machine = machines.machine(account, region, instance_id)
    if machine is not None:
        _kept(account, region)[number] = now(machine)


def launched(machine: Any) -> Disk:
    """The machine as it was when its present root volume was new."""
    patches = machine.patches.copy()
    patches.installed_at.clear()
    patches.pending.clear()
    return Disk(machine.platform, patches, machine.agent_version)


def launch(machine: Any, volume: str, disk: Disk) -> None:
    """Remember what a new root volume was made of."""
    _kept(machine.account, machine.region)[f"launch:{volume}"] = disk


def copy(account: str, region: str, source: str, target: str) -> None:
    """A new volume or snapshot with the content of another."""
    kept = _kept(account, region)
    if source in kept:
        kept[target] = kept[source]


def find(account: str, region: str, number: str) -> Disk | None:
    """What a snapshot or volume holds; None when it never was of a machine's root."""
    return _kept(account, region).get(number)


def of_public_image(machine: Any, image_id: str) -> Disk | None:
    """What a public image holds: a system as it was released."""
    known = {public_images.image_id(machine.region, name): name for name in public_images.PLATFORMS}
    name = known.get(image_id)
    if name is None:
        return None
    return Disk(name, PatchSet(name, image_id, None, machine.current_snapshot()))


def put(machine: Any, disk: Disk) -> None:
    """The machine starts from this disk next time."""
    machine.patches = disk.patches.copy()
    if disk.agent_version:
        machine.agent_version = disk.agent_version
