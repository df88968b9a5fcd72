# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images: one function is one API operation; lists come whole, in pieces of the sizes that the API allows."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import answered_at
from ..._core.calls import api_call
from ..._core.calls import chunks
from ..._core.calls import next_token
from ..._core.calls import paged
from ..._core.retry import PROTECTED
from ..._core.tags import to_wire as tags_to_wire
from ..connection import FILTER_VALUES
from ..instances.api import NO_INSTANCE

NO_IMAGE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable")


@api_call("create image {name} of instance {instance_id}", PROTECTED, missing=NO_INSTANCE)
def create_image(
    client: Any, instance_id: str, name: str, description: str, no_reboot: bool, tags: dict[str, str]
) -> str:
    """CreateImage with the tags on the image and on its snapshots; the name is unique and makes a second try harmless."""
    wire = tags_to_wire(tags)
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


@api_call("read the time of EC2")
def service_time(client: Any) -> datetime:
    """The time by the service's own clock (the Date header of DescribeImages), aware and in UTC."""
    return answered_at(client.describe_images(Owners=["self"], MaxResults=5))


def list_images_of_snapshots(aws: Connection, snapshot_ids: list[str]) -> list[dict]:
    """DescribeImages: own images that have one of the snapshots."""
    found: dict[str, dict] = {}
    for part in chunks(snapshot_ids, FILTER_VALUES):
        wire = [{"Name": "block-device-mapping.snapshot-id", "Values": part}]
        for image in paged(partial(_images_page, aws, filters=wire), "Images"):
            found[image["ImageId"]] = image
    return list(found.values())


@api_call("list images {image_ids}")
def find_images(client: Any, image_ids: list[str]) -> list[dict]:
    """DescribeImages by a filter, whoever owns them; one page, because the ids are few."""
    return client.describe_images(Filters=[{"Name": "image-id", "Values": image_ids}]).get("Images") or []
