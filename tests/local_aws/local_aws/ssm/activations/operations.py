# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hybrid nodes (`mi-`): machines without an EC2 instance, and the activations with which they register.

Source: API CreateActivation, DescribeActivations, DeleteActivation, DeregisterManagedInstance; user guide "Using Systems
Manager in hybrid and multicloud environments".
"""

import hashlib
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from local_aws.ec2.common import utc
from local_aws.fleet import machine as fleet_machine
from local_aws.fleet import nodes
from local_aws.framework import clock
from local_aws.framework import identity
from local_aws.framework import state
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume
from local_aws.ssm.tags import operations as tags
from local_aws.sts import operations as sts

KIND = "ManagedInstance"
FARTHEST = timedelta(days=30)
REGISTERED_BEFORE = timedelta(days=30)

assume(
    "hybrid-role",
    "CreateActivation with a role that Systems Manager cannot assume is InvalidParameters; the path service-role/ may be"
    " part of the name.",
    "API CreateActivation: the role must trust ssm.amazonaws.com",
)
assume(
    "hybrid-terminated",
    "A node that vanishes or is deregistered is gone at once, with its tags and patch states.",
    "API DeregisterManagedInstance",
)
assume(
    "hybrid-source",
    "SourceType of a hybrid node is AWS::SSM::ManagedInstance, SourceId its own id.",
    "API InstanceInformation",
)


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
    tags.put(account, region, KIND, number, activation.tags)
    tags.put(account, region, KIND, number, listed)
    return number


def seed_activation(account: str, region: str, name: str, count: int) -> Activation:
    """The activation of a group of a scenario's hybrid nodes."""
    now = clock.now()
    made = Activation(
        state.new_uuid(), _code(), "service-role/hybrid", now - REGISTERED_BEFORE, now - FARTHEST + timedelta(days=1),
        limit=count, name=name,
    )  # fmt: skip
    activations(account, region)[made.id] = made
    return made


def _code() -> str:
    return state.new_id("", 20)


def gone(account: str, region: str, number: str) -> None:
    """Forget a node."""
    nodes.hybrids(account, region).pop(number, None)
    machine = fleet_machine.machines(account, region).pop(number, None)
    tags.drop(account, region, KIND, number)
    if machine is not None:
        machine.agent = "none"
        event, machine.went_offline = machine.went_offline, clock.Event()
        event.set()


@op("ssm", "CreateActivation")
def create_activation(ctx: Context, params: dict) -> dict:
    role, now = params["IamRole"], clock.now()
    if not sts.assumable_by_service(f"arn:aws:iam::{ctx.account}:role/{role}", "ssm.amazonaws.com"):
        text = f"Nonexistent role or missing ssm service principal in trust policy: {role}"
        raise AwsError("InvalidParameters", text)
    expires = utc(params.get("ExpirationDate")) or now + timedelta(hours=24)
    if not now < expires <= now + FARTHEST:
        raise AwsError("InvalidParameters", "ExpirationDate must be in the future, up to 30 days in advance.")
    tags.check(params.get("Tags") or [])
    made = Activation(
        state.new_uuid(), _code(), role, now, expires, params.get("RegistrationLimit", 1), 0,
        params.get("DefaultInstanceName", ""), params.get("Description", ""), params.get("Tags") or [],
    )  # fmt: skip
    activations(ctx.account, ctx.region)[made.id] = made
    return {"ActivationId": made.id, "ActivationCode": made.code}


@op("ssm", "DescribeActivations")
def describe_activations(ctx: Context, params: dict) -> dict:
    found = list(activations(ctx.account, ctx.region).values())
    getters = {"ActivationIds": "id", "DefaultInstanceName": "name", "IamRole": "role"}
    for one in params.get("Filters") or []:
        values = one.get("FilterValues") or []
        found = [made for made in found if getattr(made, getters[one["FilterKey"]]) in values]
    part, token = page(found, params, default=50, maximum=50)
    return {"ActivationList": [_shown(made) for made in part], **({"NextToken": token} if token else {})}


def _shown(made: Activation) -> dict[str, Any]:
    return {
        "ActivationId": made.id,
        "Description": made.description,
        "DefaultInstanceName": made.name,
        "IamRole": made.role,
        "RegistrationLimit": made.limit,
        "RegistrationsCount": made.count,
        "ExpirationDate": made.expires,
        "Expired": made.expires <= clock.now(),
        "CreatedDate": made.created,
        "Tags": made.tags,
    }


@op("ssm", "DeleteActivation")
def delete_activation(ctx: Context, params: dict) -> dict:
    """The nodes that registered with it stay."""
    if activations(ctx.account, ctx.region).pop(params["ActivationId"], None) is None:
        raise AwsError("InvalidActivationId", f"There is no activation {params['ActivationId']}.")
    return {}


@op("ssm", "DeregisterManagedInstance")
def deregister(ctx: Context, params: dict) -> dict:
    _known(ctx, params["InstanceId"])
    gone(ctx.account, ctx.region, params["InstanceId"])
    return {}


@op("ssm", "UpdateManagedInstanceRole")
def update_role(ctx: Context, params: dict) -> dict:
    _known(ctx, params["InstanceId"]).role = params["IamRole"]
    return {}


def _known(ctx: Context, number: str) -> Node:
    found = nodes.hybrids(ctx.account, ctx.region).get(number)
    if found is None:
        raise AwsError("InvalidInstanceId", f"The managed node {number} does not exist.")
    return found


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


tags.register(KIND, lambda account, region, number: number in nodes.hybrids(account, region))
