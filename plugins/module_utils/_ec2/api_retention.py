# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""EC2, what uses images and snapshots: one function is one API operation; lists come whole. Part of api.py."""

from __future__ import annotations

from datetime import datetime
from datetime import timezone
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from .._core.calls import Connection
from .._core.calls import api_call
from .._core.calls import chunks
from .._core.calls import next_token
from .._core.calls import paged
from .api import FILTER_VALUES

NO_TEMPLATE = ("InvalidLaunchTemplateId.NotFound",)


@api_call("read the time of EC2")
def service_time(client: Any) -> datetime:
    """The time by the service's own clock (the Date header of DescribeImages), aware and in UTC."""
    answer = client.describe_images(Owners=["self"], MaxResults=5)
    header = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(header).astimezone(timezone.utc) if header else datetime.now(timezone.utc)


@api_call("list instances")
def _instances_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_instances(Filters=filters, MaxResults=1000, **next_token(token))


def list_instances_of(aws: Connection, image_ids: list[str]) -> list[dict]:
    """DescribeInstances: those that were launched from the images."""
    found: list[dict] = []
    for part in chunks(image_ids, FILTER_VALUES):
        wire = [{"Name": "image-id", "Values": part}]
        for reservation in paged(partial(_instances_page, aws, filters=wire), "Reservations"):
            found += reservation.get("Instances") or []
    return found


@api_call("list launch templates")
def _templates_page(client: Any, token: str | None) -> dict:
    return client.describe_launch_templates(MaxResults=200, **next_token(token))


def list_templates(aws: Connection) -> list[dict]:
    """DescribeLaunchTemplates: all of them."""
    return list(paged(partial(_templates_page, aws), "LaunchTemplates"))


@api_call("list the versions of launch template {template_id}", missing=NO_TEMPLATE)
def _versions_page(client: Any, template_id: str, token: str | None) -> dict:
    return client.describe_launch_template_versions(
        LaunchTemplateId=template_id, ResolveAlias=True, MaxResults=200, **next_token(token)
    )


def list_template_versions(aws: Connection, template_id: str) -> list[dict]:
    """DescribeLaunchTemplateVersions: all of one template, parameters of Systems Manager resolved to image ids."""
    return list(paged(partial(_versions_page, aws, template_id=template_id), "LaunchTemplateVersions"))


@api_call("list images")
def _sharers_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_images(Owners=["self"], Filters=filters, MaxResults=1000, **next_token(token))


def list_images_of_snapshots(aws: Connection, snapshot_ids: list[str]) -> list[dict]:
    """DescribeImages: own images that have one of the snapshots."""
    found: dict[str, dict] = {}
    for part in chunks(snapshot_ids, FILTER_VALUES):
        wire = [{"Name": "block-device-mapping.snapshot-id", "Values": part}]
        for image in paged(partial(_sharers_page, aws, filters=wire), "Images"):
            found[image["ImageId"]] = image
    return list(found.values())


@api_call("list snapshots")
def _snapshots_page(client: Any, filters: list, token: str | None) -> dict:
    return client.describe_snapshots(OwnerIds=["self"], Filters=filters, MaxResults=1000, **next_token(token))


def list_snapshots(aws: Connection, snapshot_ids: list[str]) -> list[dict]:
    """DescribeSnapshots by a filter: those that do not exist are missing in the answer."""
    found: list[dict] = []
    for part in chunks(snapshot_ids, FILTER_VALUES):
        wire = [{"Name": "snapshot-id", "Values": part}]
        found += paged(partial(_snapshots_page, aws, filters=wire), "Snapshots")
    return found
