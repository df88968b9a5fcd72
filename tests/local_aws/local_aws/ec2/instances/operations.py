# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations on instances."""

from typing import Any

from local_aws.ec2.common import backend
from local_aws.ec2.common import by_ids
from local_aws.ec2.common import check_metadata_keys
from local_aws.ec2.common import cut
from local_aws.ec2.common import dry_run
from local_aws.ec2.common import select
from local_aws.ec2.instances.model import change
from local_aws.ec2.instances.model import chosen
from local_aws.ec2.instances.model import need
from local_aws.ec2.instances.model import visible
from local_aws.ec2.instances.wire import FILTERS
from local_aws.ec2.instances.wire import STATUS_FILTERS
from local_aws.ec2.instances.wire import shown_instance
from local_aws.ec2.instances.wire import shown_metadata
from local_aws.ec2.instances.wire import shown_status
from local_aws.fleet import machine as machines
from local_aws.framework import clock
from local_aws.framework import history
from local_aws.framework import state
from local_aws.framework.registry import BEFORE_MOTO
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op

METADATA = {  # member of the request: attribute of moto's options
    "HttpTokens": "http_tokens",
    "HttpPutResponseHopLimit": "http_put_response_hop_limit",
    "HttpEndpoint": "http_endpoint",
    "HttpProtocolIpv6": "http_protocol_ipv6",
    "InstanceMetadataTags": "instance_metadata_tags",
}


@op("ec2", "DescribeInstances")
def describe_instances(ctx: Context, params: dict) -> dict:
    """Pages count instances, not reservations; a page has the reservations of its instances."""
    dry_run(params)
    known = visible(ctx)
    ids = params.get("InstanceIds") or []
    found = by_ids(ids, known, "i", "InvalidInstanceID", "instance") if ids else known.values()
    shown, token = cut(select(found, params, FILTERS), params, "InstanceIds", clamp=False)
    answer: dict[str, Any] = {"Reservations": _reservations(ctx, shown)}
    if token:
        answer["NextToken"] = token
    return answer


def _reservations(ctx: Context, instances: list[Any]) -> list[dict]:
    owners = _reservation_index(backend(ctx))
    groups: dict[str, dict] = {}
    for instance in instances:
        number = owners.get(instance.id) or state.new_id("r-")
        entry = groups.setdefault(
            number, {"ReservationId": number, "OwnerId": instance.owner_id, "Groups": [], "Instances": []}
        )
        entry["Instances"].append(shown_instance(instance))
    return list(groups.values())


def _reservation_index(ec2: Any) -> dict[str, str]:
    cached = ec2.__dict__.setdefault("_local_aws_reservations", {"seen": 0, "of": {}})
    if cached["seen"] != len(ec2.reservations):
        for reservation in list(ec2.reservations.values())[cached["seen"] :]:
            for instance in reservation.instances:
                cached["of"][instance.id] = reservation.id
        cached["seen"] = len(ec2.reservations)
    return cached["of"]


@op("ec2", "DescribeInstanceStatus")
def describe_instance_status(ctx: Context, params: dict) -> dict:
    """Only running instances unless IncludeAllInstances."""
    dry_run(params)
    known = visible(ctx)
    ids = params.get("InstanceIds") or []
    found = by_ids(ids, known, "i", "InvalidInstanceID", "instance") if ids else known.values()
    if not params.get("IncludeAllInstances"):
        found = [instance for instance in found if instance.state == "running"]
    shown, token = cut(select(found, params, STATUS_FILTERS), params, "InstanceIds")
    answer: dict[str, Any] = {"InstanceStatuses": [shown_status(instance) for instance in shown]}
    if token:
        answer["NextToken"] = token
    return answer


@op("ec2", "StartInstances")
def start_instances(ctx: Context, params: dict) -> dict:
    instances = chosen(ctx, params)
    need(instances, ("stopped", "running", "pending"), "started")
    return {"StartingInstances": [change(instance, "running") for instance in instances]}


@op("ec2", "StopInstances")
def stop_instances(ctx: Context, params: dict) -> dict:
    instances = chosen(ctx, params)
    need(instances, ("running", "stopped", "pending", "stopping"), "stopped")
    for instance in instances:
        if instance.disable_api_stop:
            raise AwsError("OperationNotPermitted", f"The instance '{instance.id}' may not be stopped.")
    return {"StoppingInstances": [change(instance, "stopped") for instance in instances]}


@op("ec2", "TerminateInstances")
def terminate_instances(ctx: Context, params: dict) -> dict:
    instances = chosen(ctx, params)
    for instance in instances:
        if instance.disable_api_termination:
            raise AwsError(
                "OperationNotPermitted",
                f"The instance '{instance.id}' may not be terminated. Modify its 'disableApiTermination' instance"
                " attribute and try again.",
            )
    return {"TerminatingInstances": [change(instance, "terminated") for instance in instances]}


@op("ec2", "ModifyInstanceMetadataOptions")
def modify_metadata_options(ctx: Context, params: dict) -> dict:
    """What is left out stays as it is (moto would forget it); tags of the instance must fit when they are allowed."""
    dry_run(params)
    (instance,) = by_ids([params["InstanceId"]], visible(ctx), "i", "InvalidInstanceID", "instance")
    options = instance.metadata_options
    if params.get("InstanceMetadataTags") == "enabled":
        check_metadata_keys(key for key in backend(ctx).tags.get(instance.id, {}) if not key.startswith("aws:"))
    for name, key in METADATA.items():
        if params.get(name) is not None:
            setattr(options, key, params[name])
    return {"InstanceId": instance.id, "InstanceMetadataOptions": shown_metadata(options)}


def _before(ctx: Context, operation: str, params: dict) -> None:
    """RunInstances is moto's; it would launch with tags that the instance's metadata cannot show."""
    if operation != "RunInstances" or (params.get("MetadataOptions") or {}).get("InstanceMetadataTags") != "enabled":
        return
    for entry in params.get("TagSpecifications") or []:
        if entry.get("ResourceType") == "instance":
            check_metadata_keys(tag.get("Key", "") for tag in entry.get("Tags") or [])


BEFORE_MOTO["ec2"] = _before


@op("ec2", "RebootInstances")
def reboot_instances(ctx: Context, params: dict) -> dict:
    instances = chosen(ctx, params)
    need(instances, ("running",), "rebooted")
    for instance in instances:
        instance.reboot()
        machine = machines.machine(ctx.account, ctx.region, instance.id)
        if machine is not None:
            clock.spawn(machine.reboot("RebootInstances"), f"reboot {instance.id}")
        else:
            history.add(
                "reboot", ctx.account, ctx.region, instance.id, clock.now(), clock.now(), reason="RebootInstances"
            )
    return {}
