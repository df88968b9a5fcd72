# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who refers to an image, and the protection of images from deregistration."""

from collections.abc import Iterator
from typing import Any

from local_aws.ec2.common import backend
from local_aws.ec2.common import by_ids
from local_aws.framework import clock
from local_aws.framework import perf
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import partition_arn
from local_aws.framework.switches import assume

STATES = ("pending", "running", "shutting-down", "terminated", "stopping", "stopped")
DEPTH = 10
COOLDOWN = 24 * 3600
MOST_IDS = 10

assume(
    "image-references",
    "A launch template that names an image in one of the versions looked at, and a String parameter whose value is the"
    " image's id, refer to it; recipes of Image Builder do not exist. Ids of no image have no references.",
    "EC2 user guide, how AMI reference checks work",
)
assume(
    "image-protection-error",
    "DeregisterImage of a protected image is OperationNotPermitted.",
    "the user guide says only that the request fails",
)


def _instances(ctx: Context, options: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    states = options.get("state-name", STATES)
    for instance in perf.index(backend(ctx)).values():
        if instance.state in states:
            yield instance.image_id, partition_arn(ctx, "ec2", f"instance/{instance.id}")


def _templates(ctx: Context, options: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    depth = int((options.get("version-depth") or [str(DEPTH)])[0])
    for template in backend(ctx).launch_templates.values():
        latest = sorted(template.versions, key=lambda version: -version.number)[:depth]
        for image in dict.fromkeys(version.image_id for version in latest):
            yield image, partition_arn(ctx, "ec2", f"launch-template/{template.id}")


def _parameters(ctx: Context, options: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    from moto.ssm.models import ssm_backends

    known = ssm_backends[ctx.account][ctx.region]._parameters
    for name in list(known):
        newest = known[name][-1]
        if newest.parameter_type == "String":
            yield newest.value, partition_arn(ctx, "ssm", f"parameter/{name.lstrip('/')}")


def _recipes(ctx: Context, options: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    return iter(())


KINDS = {
    "ec2:Instance": _instances,
    "ec2:LaunchTemplate": _templates,
    "ssm:Parameter": _parameters,
    "imagebuilder:ImageRecipe": _recipes,
    "imagebuilder:ContainerRecipe": _recipes,
}
ALLOWED = {"ec2:Instance": {"state-name"}, "ec2:LaunchTemplate": {"version-depth"}}


def kinds_of(params: dict) -> dict[str, dict[str, list[str]]]:
    """{resource type: {option: values}}"""
    wanted: dict[str, dict[str, list[str]]] = dict.fromkeys(KINDS, {}) if params.get("IncludeAllResourceTypes") else {}
    for one in params.get("ResourceTypes") or []:
        options = {given["OptionName"]: given["OptionValues"] for given in one.get("ResourceTypeOptions") or []}
        if set(options) - ALLOWED.get(one["ResourceType"], set()):
            raise AwsError("InvalidParameterValue", f"{', '.join(options)} is no option of {one['ResourceType']}.")
        wanted[one["ResourceType"]] = options
    if not wanted:
        raise AwsError("MissingParameter", "Either IncludeAllResourceTypes or ResourceTypes must be specified.")
    return wanted


def protected(account: str, region: str) -> dict[str, dict]:
    return state.store(account, region, "protected_images")


def own_image(ctx: Context, params: dict) -> Any:
    return by_ids([params["ImageId"]], backend(ctx).amis, "ami", "InvalidAMIID", "image")[0]


def protection(account: str, region: str, number: str) -> str:
    """DeregistrationProtection of an image: disabled, enabled or enabled-with-cooldown."""
    known = protected(account, region)
    facts = known.get(number)
    if facts is None or (facts["until"] is not None and clock.timestamp() >= facts["until"]):
        known.pop(number, None)
        return "disabled"
    return "enabled-with-cooldown" if facts["cooldown"] else "enabled"
