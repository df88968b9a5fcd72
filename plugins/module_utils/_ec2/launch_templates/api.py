# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Launch templates: one function is one API operation; lists come whole."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import next_token
from ..._core.calls import paged

NO_TEMPLATE = ("InvalidLaunchTemplateId.NotFound",)


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
