# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EC2: one function is one API operation; lists come whole, in pieces of the sizes that the API allows."""

from __future__ import annotations

from functools import partial
from typing import Any

from .._core.calls import SDK_CONFIG
from .._core.calls import Connection
from .._core.calls import api_call
from .._core.calls import chunks
from .._core.calls import next_token
from .._core.calls import paged
from .._core.retry import PROTECTED

# "Filtering resources" in the EC2 API reference: 200 values for each filter.
FILTER_VALUES = 200
# CreateTags takes 1000 and recommends smaller batches.
TAGGED_AT_ONCE = 200
NO_IMAGE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable")
NO_INSTANCE = ("InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed")


def connect(module: Any) -> Connection:
    """The connection of a module (AnsibleAWSModule)."""
    return Connection(module.client("ec2", config=SDK_CONFIG))


@api_call("make image {name} of instance {instance_id}", PROTECTED, missing=NO_INSTANCE)
def create_image(
    client: Any, instance_id: str, name: str, description: str, no_reboot: bool, tags: dict[str, str]
) -> str:
    """CreateImage with the tags on the image and on its snapshots; the name is unique and makes a second try harmless."""
    wire = [{"Key": key, "Value": value} for key, value in tags.items()]
    return client.create_image(
        InstanceId=instance_id,
        Name=name,
        Description=description,
        NoReboot=no_reboot,
        TagSpecifications=[{"ResourceType": kind, "Tags": wire} for kind in ("image", "snapshot")],
    )["ImageId"]


@api_call("list images")
def _images_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_images(Owners=["self"], Filters=filters, MaxResults=1000, **next_token(token))


def list_images(aws: Connection, key: str, values: list[str], more: dict[str, str] | None = None) -> list[dict]:
    """DescribeImages: own images by one filter with many values, and by others with one value each.

    Filters, unlike ImageIds, do not fail when an image that was just made is not visible yet.
    """
    rest = [{"Name": name, "Values": [value]} for name, value in (more or {}).items()]
    found: list[dict] = []
    # The limit is one on all values of a request (API errors, FilterLimitExceeded).
    for part in chunks(values, FILTER_VALUES - len(rest)):
        wire = [{"Name": key, "Values": part}, *rest]
        found += paged(partial(_images_page, aws, filters=wire), "Images")
    return found


@api_call("deregister image {image_id}", PROTECTED, missing=NO_IMAGE)
def deregister_image(client: Any, image_id: str) -> list[dict]:
    """DeregisterImage with its snapshots; returns what happened to each of them."""
    answer = client.deregister_image(ImageId=image_id, DeleteAssociatedSnapshots=True)
    return answer.get("DeleteSnapshotResults") or []


@api_call("list instances")
def _instances_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_instances(Filters=filters, MaxResults=1000, **next_token(token))


def list_instances(aws: Connection, instance_ids: list[str]) -> list[dict]:
    """DescribeInstances by a filter: those that do not exist are missing in the answer."""
    found: list[dict] = []
    for part in chunks(instance_ids, FILTER_VALUES):
        wire = [{"Name": "instance-id", "Values": part}]
        for reservation in paged(partial(_instances_page, aws, filters=wire), "Reservations"):
            found += reservation.get("Instances") or []
    return found


def list_tagged_instances(aws: Connection, tags: dict[str, list[str]], states: list[str]) -> list[dict]:
    """DescribeInstances in these states with all of the tags, one of the values of each; no values = any.

    * and ? in values stand for anything, as in all filters of EC2.
    """
    found: list[dict] = []
    wire = [{"Name": "instance-state-name", "Values": states}]
    for key, values in tags.items():
        wire.append({"Name": f"tag:{key}", "Values": values} if values else {"Name": "tag-key", "Values": [key]})
    for reservation in paged(partial(_instances_page, aws, filters=wire), "Reservations"):
        found += reservation.get("Instances") or []
    return found


@api_call("tag {instance_ids}", PROTECTED, missing=NO_INSTANCE)
def create_tags(client: Any, instance_ids: list[str], tags: dict[str, str]) -> None:
    """CreateTags: adds or overwrites these tags on at most TAGGED_AT_ONCE instances."""
    client.create_tags(Resources=instance_ids, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])


@api_call("list volumes")
def _volumes_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_volumes(Filters=filters, MaxResults=1000, **next_token(token))


def list_volumes(aws: Connection, instance_ids: list[str]) -> list[dict]:
    """DescribeVolumes: those attached to the instances."""
    found: list[dict] = []
    for part in chunks(instance_ids, FILTER_VALUES):
        wire = [{"Name": "attachment.instance-id", "Values": part}]
        found += paged(partial(_volumes_page, aws, filters=wire), "Volumes")
    return found
