# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images as the API shows them, and their filters."""

from typing import Any

from local_aws.ec2.common import iso_date
from local_aws.ec2.common import tag_list
from local_aws.ec2.images import references as image_use
from local_aws.ec2.images.model import details
from local_aws.ec2.images.model import image_mappings
from local_aws.fleet import public_images
from local_aws.framework import state
from local_aws.framework.registry import Context

IMAGE_FILTERS = {
    "image-id": lambda i: i.id,
    "name": lambda i: i.name,
    "state": lambda i: i.state,
    "owner-id": lambda i: i.owner_id,
    "owner-alias": lambda i: i.owner_alias,
    "architecture": lambda i: i.architecture,
    "description": lambda i: i.description,
    "is-public": lambda i: str(i.is_public).lower(),
    "image-type": lambda i: i.image_type,
    "platform": lambda i: i.platform,
    "root-device-name": lambda i: i.root_device_name,
    "root-device-type": lambda i: i.root_device_type,
    "virtualization-type": lambda i: i.virtualization_type,
    "hypervisor": lambda i: i.hypervisor,
    "source-instance-id": lambda i: i.instance_id,
    "creation-date": lambda i: iso_date(i.creation_date),
    "block-device-mapping.snapshot-id": lambda i: [entry["Ebs"]["SnapshotId"] for entry in image_mappings(i)],
}


def shown_image(ctx: Context, image: Any) -> dict:
    extra = details(ctx.account, ctx.region).get(image.id) or {}
    platform = extra.get("platform") or state.store("*", ctx.region, "platform_by_image").get(image.id)
    facts = {
        "ImageId": image.id,
        "Name": image.name or "",
        "State": image.state,
        "OwnerId": image.owner_id,
        "Public": image.is_public,
        "CreationDate": iso_date(image.creation_date),
        "Architecture": image.architecture,
        "ImageType": image.image_type,
        "ImageLocation": image.image_location or f"{image.owner_id}/{image.name}",
        "RootDeviceName": image.root_device_name,
        "RootDeviceType": "ebs",
        "VirtualizationType": image.virtualization_type or "hvm",
        "Hypervisor": image.hypervisor or "xen",
        "EnaSupport": True,
        "BlockDeviceMappings": image_mappings(image),
        "PlatformDetails": public_images.billing(platform),
        "UsageOperation": "RunInstances",
        "Tags": tag_list(image),
        "DeregistrationProtection": image_use.protection(ctx.account, ctx.region, image.id),
    }
    if image.platform == "windows":
        facts["Platform"] = "Windows"
    if image.description:
        facts["Description"] = image.description
    if image.owner_alias:
        facts["ImageOwnerAlias"] = image.owner_alias
    if image.instance_id:
        facts["SourceInstanceId"] = image.instance_id
    if extra.get("reason"):
        facts["StateReason"] = extra["reason"]
    return facts
