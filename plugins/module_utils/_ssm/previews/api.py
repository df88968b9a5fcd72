# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Execution previews of Automation: one function is one API operation."""

from __future__ import annotations

from typing import Any

from ..._core.calls import SDK_CONFIG
from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.errors import InvalidInput
from ..._core.wait import Clock
from ..._core.wait import Pace
from .. import connection

# Quota of StartExecutionPreview (AWS General Reference): 1/s; reads keep to it too, because theirs is not published.
PREVIEWS = "automation_previews"


def connect(module: Any) -> Connection:
    """The connection of a module (AnsibleAWSModule). Raises InvalidInput when the SDK is older than execution previews."""
    client = module.client("ssm", config=SDK_CONFIG)
    if not hasattr(client, "start_execution_preview"):
        raise InvalidInput(
            "botocore: the installed version does not support StartExecutionPreview; install a newer version"
        )
    return Connection(client, clock=Clock(), paces={**connection.paces(), PREVIEWS: Pace(1, 1.05)})


@api_call("start an execution preview of {DocumentName}", pace=PREVIEWS)
def start_preview(client: Any, **request: Any) -> str:
    """StartExecutionPreview; a second one changes nothing."""
    return client.start_execution_preview(**request)["ExecutionPreviewId"]


@api_call("read execution preview {preview_id}", pace=PREVIEWS)
def get_preview(client: Any, preview_id: str) -> dict:
    """GetExecutionPreview."""
    return client.get_execution_preview(ExecutionPreviewId=preview_id)
