# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operations on images."""

from typing import Any

from local_aws.ec2.common import backend
from local_aws.ec2.common import by_ids
from local_aws.ec2.common import cut
from local_aws.ec2.common import dry_run
from local_aws.ec2.common import hide_new
from local_aws.ec2.common import note_new
from local_aws.ec2.common import select
from local_aws.ec2.common import tag_specifications
from local_aws.ec2.images import references as image_use
from local_aws.ec2.images.model import copy
from local_aws.ec2.images.model import details
from local_aws.ec2.images.model import hidden_images
from local_aws.ec2.images.model import image_mappings
from local_aws.ec2.images.model import new_image
from local_aws.ec2.images.model import reboot
from local_aws.ec2.images.references import COOLDOWN
from local_aws.ec2.images.references import KINDS
from local_aws.ec2.images.references import MOST_IDS
from local_aws.ec2.images.references import kinds_of
from local_aws.ec2.images.references import own_image
from local_aws.ec2.images.references import protected
from local_aws.ec2.images.rules import NAME
from local_aws.ec2.images.rules import check_room
from local_aws.ec2.images.rules import executable
from local_aws.ec2.images.rules import owned
from local_aws.ec2.images.wire import IMAGE_FILTERS
from local_aws.ec2.images.wire import shown_image
from local_aws.ec2.instances.model import visible
from local_aws.ec2.snapshots.operations import delete
from local_aws.fleet import machine as machines
from local_aws.framework import clock
from local_aws.framework import history
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op


@op("ec2", "CreateImage")
def create_image(ctx: Context, params: dict) -> dict:
    """Answers the id at once; the image is pending for the machine's image_seconds."""
    dry_run(params)
    instance = by_ids([params["InstanceId"]], visible(ctx), "i", "InvalidInstanceID", "instance")[0]
    name = params["Name"]
    if not NAME.fullmatch(name):
        raise AwsError(
            "InvalidAMIName.Malformed",
            "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, and only these"
            " characters: ( ) [ ] . / - ' @ _ and space",
        )
    tags = tag_specifications(params, ("image", "snapshot"))
    machine = machines.machine(ctx.account, ctx.region, instance.id)
    if machine is not None and machine.behaviours.get("vanish"):
        machine.vanish()
    if instance.state not in ("running", "stopped"):
        raise AwsError(
            "IncorrectInstanceState",
            f"The instance '{instance.id}' is not in a state from which an image can be created: {instance.state}",
        )
    ec2 = backend(ctx)
    check_room(ctx, ec2, name)
    image = new_image(ec2, instance, params, tags)
    note_new(hidden_images(ctx), image.id)
    entry = history.add(
        "image", ctx.account, ctx.region, instance.id, clock.now(), image_id=image.id, name=name,
        no_reboot=bool(params.get("NoReboot")), source=ctx.source,
    )  # fmt: skip
    if not params.get("NoReboot") and instance.state == "running":
        reboot(ctx, instance, machine)
    clock.spawn(copy(ctx, image, machine, entry), f"image {image.id}")
    return {"ImageId": image.id}


@op("ec2", "DescribeImages")
def describe_images(ctx: Context, params: dict) -> dict:
    """Our images and moto's (public ones included)."""
    dry_run(params)
    known = backend(ctx).amis
    ids = params.get("ImageIds") or []
    hidden = hide_new(hidden_images(ctx), ids or list(hidden_images(ctx)))
    found = {number: image for number, image in known.items() if number not in hidden}
    images = by_ids(ids, found, "ami", "InvalidAMIID", "image") if ids else list(found.values())
    images = [image for image in images if owned(ctx, image, params) and executable(ctx, image, params)]
    if not params.get("IncludeDisabled"):
        images = [image for image in images if image.state != "disabled"]
    shown, token = cut(select(images, params, IMAGE_FILTERS), params, "ImageIds", least=1)
    answer: dict[str, Any] = {"Images": [shown_image(ctx, image) for image in shown]}
    if token:
        answer["NextToken"] = token
    return answer


@op("ec2", "DeregisterImage")
def deregister_image(ctx: Context, params: dict) -> dict:
    """Snapshots stay unless DeleteAssociatedSnapshots."""
    dry_run(params)
    ec2 = backend(ctx)
    image = by_ids([params["ImageId"]], ec2.amis, "ami", "InvalidAMIID", "image")[0]
    if image.owner_id != ctx.account:
        raise AwsError("AuthFailure", f"Not authorized for image: {image.id}", 403)
    if image_use.protection(ctx.account, ctx.region, image.id) != "disabled":
        raise AwsError("OperationNotPermitted", f"The image {image.id} is protected from deregistration.")
    mappings = image_mappings(image)
    ec2.deregister_image(image.id)
    extra = details(ctx.account, ctx.region).pop(image.id, None)
    for snapshot in (extra or {}).get("snapshots") or [image.ebs_snapshot]:
        snapshot.from_ami = None
    answer: dict[str, Any] = {"Return": True}
    if params.get("DeleteAssociatedSnapshots"):
        answer["DeleteSnapshotResults"] = [delete(ec2, entry["Ebs"]["SnapshotId"]) for entry in mappings]
    return answer


@op("ec2", "DescribeImageReferences")
def describe_image_references(ctx: Context, params: dict) -> dict:
    dry_run(params)
    ids = params.get("ImageIds") or []
    if not ids or len(ids) > MOST_IDS:
        raise AwsError("InvalidParameterValue", f"ImageIds must have from 1 to {MOST_IDS} ids.")
    wanted = kinds_of(params)
    found = []
    for kind, options in wanted.items():
        for image, arn in KINDS[kind](ctx, options):
            if image in ids:
                found.append({"ImageId": image, "ResourceType": kind, "Arn": arn})
    part, token = page(found, params, default=1000, maximum=1000)
    return {"ImageReferences": part, **({"NextToken": token} if token else {})}


@op("ec2", "EnableImageDeregistrationProtection")
def enable_protection(ctx: Context, params: dict) -> dict:
    dry_run(params)
    facts = {"cooldown": bool(params.get("WithCooldown")), "until": None}
    protected(ctx.account, ctx.region)[own_image(ctx, params).id] = facts
    return {"Return": "enabled-with-cooldown" if facts["cooldown"] else "enabled"}


@op("ec2", "DisableImageDeregistrationProtection")
def disable_protection(ctx: Context, params: dict) -> dict:
    """With a cooldown the protection lasts another 24 hours."""
    dry_run(params)
    known, number = protected(ctx.account, ctx.region), own_image(ctx, params).id
    if number in known and known[number]["cooldown"]:
        known[number]["until"] = clock.timestamp() + COOLDOWN
        return {"Return": "disabled-after-cooldown"}
    known.pop(number, None)
    return {"Return": "disabled"}
