# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Operations on the targets of a maintenance window."""

from local_aws.framework import state
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.ssm.windows import model
from local_aws.ssm.windows.model import Values
from local_aws.ssm.windows.model import Window
from local_aws.ssm.windows.model import invalid
from local_aws.ssm.windows.targets import rules as target_rules

CONTENT = ("ResourceType", "Targets", "OwnerInformation", "Name", "Description")
UPDATABLE = CONTENT[1:]
FILTERS = {"Type": "ResourceType", "OwnerInformation": "OwnerInformation", "WindowTargetId": "WindowTargetId"}

assume(
    "windows.target_kind",
    "An update may turn ids into tags or into a resource group and back; ResourceType follows the new keys.",
    "UpdateMaintenanceWindowTarget: from any supported tag type to another",
)


@op("ssm", "RegisterTargetWithMaintenanceWindow")
def register_target(ctx: Context, params: dict) -> dict:
    window = model.find(ctx, params["WindowId"])
    known = model.remembered(ctx, "RegisterTargetWithMaintenanceWindow", params)
    if known is not None:
        return known
    values = {name: params[name] for name in CONTENT if name in params}
    target_rules.check(values)
    limit = SWITCHES["window_quotas"]["targets"]
    if len(window.targets) >= limit:
        raise model.limit_reached("targets in the maintenance window", limit)
    target_id = state.new_uuid()
    window.targets[target_id] = {"WindowId": window.id, "WindowTargetId": target_id, **values}
    return model.remember(ctx, "RegisterTargetWithMaintenanceWindow", params, {"WindowTargetId": target_id})


@op("ssm", "UpdateMaintenanceWindowTarget")
def update_target(ctx: Context, params: dict) -> dict:
    """Without Replace what is not given stays; with Replace it becomes null and Targets is required."""
    window = model.find(ctx, params["WindowId"])
    old = model.find_target(window, params["WindowTargetId"])
    given = {name: params[name] for name in UPDATABLE if name in params}
    kept = old
    if params.get("Replace"):
        if "Targets" not in given:
            raise invalid("Targets is required when Replace is true.")
        kept = {name: old[name] for name in ("WindowId", "WindowTargetId", "ResourceType")}
    new = {**kept, **given}
    if "Targets" in given:
        groups = any(target.get("Key", "").startswith("resource-groups:") for target in given["Targets"])
        new["ResourceType"] = "RESOURCE_GROUP" if groups else "INSTANCE"
    target_rules.check(new)
    window.targets[old["WindowTargetId"]] = new
    return {name: value for name, value in new.items() if name != "ResourceType"}


@op("ssm", "DeregisterTargetFromMaintenanceWindow")
def deregister_target(ctx: Context, params: dict) -> dict:
    window = model.find(ctx, params["WindowId"])
    target_id = model.find_target(window, params["WindowTargetId"])["WindowTargetId"]
    if params.get("Safe") and _used(window, target_id):
        text = f"Maintenance window target {target_id} is still referenced in a task."
        raise AwsError("TargetInUseException", text)
    del window.targets[target_id]
    return {"WindowId": window.id, "WindowTargetId": target_id}


def _used(window: Window, target_id: str) -> bool:
    return any(
        target_id in target.get("Values", []) for task in window.tasks.values() for target in task.get("Targets", [])
    )


@op("ssm", "DescribeMaintenanceWindowTargets")
def describe_targets(ctx: Context, params: dict) -> dict:
    window = model.find(ctx, params["WindowId"])
    wanted = model.filters(params, tuple(FILTERS))
    found: list[Values] = [one for one in window.targets.values() if model.matches(one, wanted, FILTERS)]
    shown, token = page(found, params, default=50, maximum=100)
    return model.answer("Targets", shown, token)
