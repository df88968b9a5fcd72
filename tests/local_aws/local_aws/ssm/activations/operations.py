# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hybrid nodes (`mi-`): machines without an EC2 instance, and the activations with which they register.

Source: API CreateActivation, DescribeActivations, DeleteActivation, DeregisterManagedInstance; user guide "Using Systems
Manager in hybrid and multicloud environments".
"""

from datetime import timedelta

from local_aws.ec2.common import utc
from local_aws.fleet import nodes
from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume
from local_aws.ssm.activations.model import FARTHEST
from local_aws.ssm.activations.model import KIND
from local_aws.ssm.activations.model import Activation
from local_aws.ssm.activations.model import Node
from local_aws.ssm.activations.model import activations
from local_aws.ssm.activations.model import gone
from local_aws.ssm.activations.model import new_code
from local_aws.ssm.activations.wire import shown_activation
from local_aws.ssm.tags import model as tags_model
from local_aws.sts import rules as sts_rules

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


@op("ssm", "CreateActivation")
def create_activation(ctx: Context, params: dict) -> dict:
    role, now = params["IamRole"], clock.now()
    if not sts_rules.assumable_by_service(f"arn:aws:iam::{ctx.account}:role/{role}", "ssm.amazonaws.com"):
        text = f"Nonexistent role or missing ssm service principal in trust policy: {role}"
        raise AwsError("InvalidParameters", text)
    expires = utc(params.get("ExpirationDate")) or now + timedelta(hours=24)
    if not now < expires <= now + FARTHEST:
        raise AwsError("InvalidParameters", "ExpirationDate must be in the future, up to 30 days in advance.")
    tags_model.check(params.get("Tags") or [])
    made = Activation(
        state.new_uuid(), new_code(), role, now, expires, params.get("RegistrationLimit", 1), 0,
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
    return {"ActivationList": [shown_activation(made) for made in part], **({"NextToken": token} if token else {})}


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


tags_model.register(KIND, lambda account, region, number: number in nodes.hybrids(account, region))
