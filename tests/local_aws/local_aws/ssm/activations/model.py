# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Activations, and the nodes that have registered with them."""

import hashlib
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from local_aws.fleet import machine as fleet_machine
from local_aws.fleet import nodes
from local_aws.framework import clock
from local_aws.framework import identity
from local_aws.framework import state
from local_aws.ssm.tags import model as tags_model

KIND = "ManagedInstance"
FARTHEST = timedelta(days=30)
REGISTERED_BEFORE = timedelta(days=30)


@dataclass
class Activation:
    """What CreateActivation made."""

    id: str
    code: str
    role: str
    created: datetime
    expires: datetime
    limit: int = 1
    count: int = 0
    name: str = ""
    description: str = ""
    tags: list[dict] = field(default_factory=list)


class Node:
    """A registered machine, in the form in which the fleet sees moto's instances."""

    platform = None
    image_id = None
    root_device_name = None
    hybrid = True

    def __init__(self, number: str, account: str, region: str, name: str, activation: Activation, registered: datetime):
        self.id, self.account, self.region, self.name = number, account, region, name
        self.activation, self.role, self.launch_time = activation, activation.role, registered
        digits = int(hashlib.sha256(number.encode()).hexdigest(), 16)
        self.private_ip = f"192.168.{digits % 250}.{digits // 250 % 250 + 2}"
        self._state = SimpleNamespace(name="running")
        self.block_device_mapping: dict[str, Any] = {}

    @property
    def tags(self) -> dict[str, str]:
        return state.store(self.account, self.region, "ssm.tags").get((KIND, self.id), {})


def activations(account: str, region: str) -> dict[str, Activation]:
    return state.store(account, region, "activations")


def register(account: str, region: str, name: str, activation: Activation, given: dict[str, str], at: datetime) -> str:
    """A machine registers; returns its id. given: further tags."""
    known = nodes.hybrids(account, region)
    number = f"mi-{hashlib.sha256(f'{account}/{region}/{name}/{len(known)}'.encode()).hexdigest()[:17]}"
    known[number] = Node(number, account, region, name, activation, at)
    activation.count += 1
    listed = [{"Key": key, "Value": value} for key, value in given.items()]
    tags_model.put(account, region, KIND, number, activation.tags)
    tags_model.put(account, region, KIND, number, listed)
    return number


def seed_activation(account: str, region: str, name: str, count: int) -> Activation:
    """The activation of a group of a scenario's hybrid nodes."""
    now = clock.now()
    made = Activation(
        state.new_uuid(), new_code(), "service-role/hybrid", now - REGISTERED_BEFORE, now - FARTHEST + timedelta(days=1),
        limit=count, name=name,
    )  # fmt: skip
    activations(account, region)[made.id] = made
    return made


def new_code() -> str:
    return state.new_id("", 20)


def gone(account: str, region: str, number: str) -> None:
    """Forget a node."""
    nodes.hybrids(account, region).pop(number, None)
    machine = fleet_machine.machines(account, region).pop(number, None)
    tags_model.drop(account, region, KIND, number)
    if machine is not None:
        machine.agent = "none"
        event, machine.went_offline = machine.went_offline, clock.Event()
        event.set()


def join(body: dict) -> dict[str, Any]:
    """POST /_emu/register: an agent registers with {activation_id, activation_code, platform, name?, tags?, ...}.

    Further keys are those of a fleet entry (missing, agent, patch_seconds, ...). ValueError when AWS would refuse it.
    """
    from local_aws.fleet import seeding

    account = body.pop("account", identity.DEFAULTS["account"])
    region = body.pop("region", identity.DEFAULTS["region"])
    made = activations(account, region).get(body.pop("activation_id", ""))
    if made is None or made.code != body.pop("activation_code", ""):
        raise ValueError("no activation with this id and code")
    if made.expires <= clock.now() or made.count >= made.limit:
        raise ValueError("the activation has expired or reached its registration limit")
    name = body.pop("name", made.name)
    number = register(account, region, name, made, body.pop("tags", {}), clock.now())
    seeding.seed(account, region, [{"scanned": False, **body, "instance_id": number, "name": name}])
    return {"instance_id": number}
