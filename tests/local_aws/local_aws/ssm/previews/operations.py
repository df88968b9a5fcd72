# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""StartExecutionPreview and GetExecutionPreview: what a runbook would touch.

Source: API StartExecutionPreview, GetExecutionPreview, AutomationExecutionPreview, TargetPreview.
"""

from typing import Any

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume
from local_aws.ssm.automation import start
from local_aws.ssm.previews.model import INPUTS
from local_aws.ssm.previews.model import Preview
from local_aws.ssm.previews.model import life
from local_aws.ssm.previews.model import previews

assume(
    "preview.errors",
    "What StartAutomationExecution would refuse is a ValidationException of StartExecutionPreview.",
    "StartExecutionPreview declares ValidationException only",
)


@op("ssm", "StartExecutionPreview")
def start_preview(ctx: Context, params: dict) -> dict:
    inputs = (params.get("ExecutionInputs") or {}).get("Automation") or {}
    if inputs.get("TargetLocationsURL"):
        raise AwsError("NotImplementedByEmulator", "TargetLocationsURL is not implemented in the local AWS.", 501)
    wanted = {key: params[key] for key in ("DocumentName", "DocumentVersion") if params.get(key)}
    wanted.update({key: inputs[key] for key in INPUTS if inputs.get(key)})
    try:
        execution = start.prepare(ctx, wanted, None)
    except AwsError as refused:
        if refused.status == 501:
            raise
        raise AwsError("ValidationException", refused.message) from None
    made = Preview(state.new_uuid(), execution, inputs.get("TargetLocations") or [])
    _check_locations(made.locations)
    previews(ctx)[made.id] = made
    clock.spawn(life(made), f"preview {made.id}")
    return {"ExecutionPreviewId": made.id}


def _check_locations(locations: list[dict]) -> None:
    for one in locations:
        if not one.get("Accounts") or not one.get("Regions"):
            raise AwsError("ValidationException", "A target location needs Accounts and Regions.")
        if any(not account.isdigit() for account in one["Accounts"]):
            raise AwsError(
                "NotImplementedByEmulator", "Organizational units are not implemented in the local AWS.", 501
            )


@op("ssm", "GetExecutionPreview")
def get_preview(ctx: Context, params: dict) -> dict:
    made = previews(ctx).get(params["ExecutionPreviewId"].lower())
    if made is None:
        text = f"There is no execution preview {params['ExecutionPreviewId']}."
        raise AwsError("ResourceNotFoundException", text)
    answer: dict[str, Any] = {"ExecutionPreviewId": made.id, "Status": made.status}
    if made.ended is not None:
        answer["EndedAt"] = made.ended
    if made.message:
        answer["StatusMessage"] = made.message
    if made.found is not None:
        answer["ExecutionPreview"] = {"Automation": made.found}
    return answer
