# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""aws:createImage, aws:copyImage and aws:deleteImage."""

from typing import Any

from local_aws.framework.switches import assume
from local_aws.ssm.automation.actions.api import GUIDE
from local_aws.ssm.automation.actions.api import call
from local_aws.ssm.automation.actions.api import pauses
from local_aws.ssm.automation.model import Coroutine
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Result
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.model import StepFailure
from local_aws.ssm.automation.templates import text

assume("automation.delete_image", "deleteImage deregisters the image, then deletes its snapshots", "aws:deleteImage")


def _flag(value: Any) -> bool:
    return text(value).lower() == "true"


def _available(execution: Execution, image: str) -> Coroutine:
    phrase = "verifying the image is available"
    for pause in pauses():
        try:
            images = (yield from call(execution, "ec2", "describe_images", phrase, ImageIds=[image]))["Images"]
        except StepFailure as failure:
            if failure.details.get("ErrorCode") != "InvalidAMIID.NotFound":  # just created: not visible yet
                raise
            images = []
        found = images[0]["State"] if images else "pending"
        if found == "available":
            return Result({"ImageId": image, "ImageState": found})
        if found != "pending":
            raise StepFailure(
                f"Step fails when it is {phrase}. Image {image} entered unexpected state: {found}. {GUIDE}",
                "PostVerification",
                "Verification",
                {"ImageId": image, "State": found},
                outputs={"ImageId": image, "ImageState": found},
            )
        yield pause


def create_image(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:createImage"""
    params: dict[str, Any] = {"InstanceId": text(inputs["InstanceId"]), "Name": text(inputs["ImageName"])}
    if "ImageDescription" in inputs:
        params["Description"] = text(inputs["ImageDescription"])
    if "NoReboot" in inputs:
        params["NoReboot"] = _flag(inputs["NoReboot"])
    if "BlockDeviceMappings" in inputs:
        params["BlockDeviceMappings"] = inputs["BlockDeviceMappings"]
    image = (yield from call(execution, "ec2", "create_image", "creating the image", **params))["ImageId"]
    return (yield from _available(execution, image))


def copy_image(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:copyImage"""
    params: dict[str, Any] = {
        "SourceImageId": text(inputs["SourceImageId"]),
        "SourceRegion": text(inputs["SourceRegion"]),
        "Name": text(inputs["ImageName"]),
    }
    if "ImageDescription" in inputs:
        params["Description"] = text(inputs["ImageDescription"])
    if "Encrypted" in inputs:
        params["Encrypted"] = _flag(inputs["Encrypted"])
    for key in ("KmsKeyId", "ClientToken"):
        if key in inputs:
            params[key] = text(inputs[key])
    image = (yield from call(execution, "ec2", "copy_image", "copying the image", **params))["ImageId"]
    return (yield from _available(execution, image))


def delete_image(execution: Execution, step: Step, inputs: dict) -> Coroutine:
    """aws:deleteImage: the image and its snapshots."""
    phrase, image = "deleting the image", text(inputs["ImageId"])
    images = (yield from call(execution, "ec2", "describe_images", phrase, ImageIds=[image]))["Images"]
    yield from call(execution, "ec2", "deregister_image", phrase, ImageId=image)
    for mapping in images[0].get("BlockDeviceMappings", []) if images else []:
        snapshot = mapping.get("Ebs", {}).get("SnapshotId")
        if snapshot:
            yield from call(execution, "ec2", "delete_snapshot", phrase, SnapshotId=snapshot)
    return Result()
