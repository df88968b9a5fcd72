# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What CreateImage refuses, and which images a request means."""

import re
from typing import Any

from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define

# EC2 API reference, CreateImage, parameter Name.
NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")

define("image_quota", 50000, int, "images of an account in a Region (EC2 quotas: 50,000 public and private AMIs)")
assume(
    "image-quota-error",
    "CreateImage beyond the quota is ResourceLimitExceeded; images that are pending or failed count too.",
    "EC2 error codes name no limit of images of its own",
)
assume(
    "image-name-reuse",
    "An image's name is taken from CreateImage until DeregisterImage, also while it is pending and after it failed.",
    "API CreateImage says only that the name must be unique; InvalidAMIName.Duplicate is the error",
)


def check_room(ctx: Context, ec2: Any, name: str) -> None:
    own = [image for image in ec2.amis.values() if image.owner_id == ctx.account]
    for image in own:
        if image.name == name:
            raise AwsError("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {image.id}")
    if len(own) >= SWITCHES["image_quota"]:
        raise AwsError(
            "ResourceLimitExceeded", f"The quota of {SWITCHES['image_quota']} AMIs of this Region is reached."
        )


def owned(ctx: Context, image: Any, params: dict) -> bool:
    owners = params.get("Owners")
    if not owners:
        return True
    return any((one == "self" and image.owner_id == ctx.account) or one in (image.owner_id, image.owner_alias)
               for one in owners)  # fmt: skip


def executable(ctx: Context, image: Any, params: dict) -> bool:
    users = params.get("ExecutableUsers")
    if not users:
        return True
    given = {entry.get("UserId") or entry.get("Group") for entry in image.launch_permissions}
    return any((ctx.account if one == "self" else one) in given for one in users)
