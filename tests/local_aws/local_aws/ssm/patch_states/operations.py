# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch states of nodes and of patch groups, and the patches of one node."""

from local_aws.fleet import machine as fleet_machine
from local_aws.fleet import nodes
from local_aws.framework.paging import page
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume
from local_aws.ssm.baselines import model as groups
from local_aws.ssm.patch_states import model as reports
from local_aws.ssm.patch_states.model import Report
from local_aws.ssm.patch_states.wire import shown_patch

COUNTS = (
    "InstalledCount",
    "InstalledOtherCount",
    "InstalledPendingRebootCount",
    "InstalledRejectedCount",
    "MissingCount",
    "FailedCount",
    "UnreportedNotApplicableCount",
    "NotApplicableCount",
)
# value of the filter State of DescribeInstancePatches -> State
STATE_WORDS = {
    "INSTALLED": "INSTALLED",
    "INSTALLEDOTHER": "INSTALLED_OTHER",
    "INSTALLEDPENDINGREBOOT": "INSTALLED_PENDING_REBOOT",
    "INSTALLEDREJECTED": "INSTALLED_REJECTED",
    "MISSING": "MISSING",
    "NOTAPPLICABLE": "NOT_APPLICABLE",
    "FAILED": "FAILED",
    "AVAILABLESECURITYUPDATE": "AVAILABLE_SECURITY_UPDATE",
}
assume(
    "patch-states-of-terminated",
    "Patch states of terminated instances are gone at once; those of stopped ones stay.",
    "API DescribeInstancePatchStates does not say",
)


def report_of(ctx: Context, instance_id: str) -> Report | None:
    """The last report of a node that still exists."""
    instance = nodes.instance(ctx.account, ctx.region, instance_id)
    if instance is None or nodes.state_of(instance) in nodes.GONE:
        return None
    return reports.of(fleet_machine.machine(ctx.account, ctx.region, instance_id))


@op("ssm", "DescribeInstancePatchStates")
def describe_instance_patch_states(ctx: Context, params: dict) -> dict:
    found = []
    for instance_id in dict.fromkeys(params["InstanceIds"]):
        report = report_of(ctx, instance_id)
        if report:
            found.append(report.to_api(instance_id))
    part, token = page(found, params, default=100, maximum=100)
    return {"InstancePatchStates": part, **({"NextToken": token} if token else {})}


def _of_group(ctx: Context, group: str) -> list[tuple[str, Report | None]]:
    return [
        (instance_id, report_of(ctx, instance_id)) for instance_id in groups.members(ctx.account, ctx.region, group)
    ]


@op("ssm", "DescribeInstancePatchStatesForPatchGroup")
def describe_states_for_group(ctx: Context, params: dict) -> dict:
    filters = params.get("Filters") or []
    for one in filters:
        if one["Key"] not in COUNTS or not one["Values"][0].isdigit():
            raise AwsError("InvalidFilter", f"The filter {one['Key']} {one['Values'][0]} is not valid.")
    found = [(instance_id, report) for instance_id, report in _of_group(ctx, params["PatchGroup"]) if report]
    for one in filters:
        wanted = int(one["Values"][0])
        found = [pair for pair in found if _compare(pair[1].to_api(pair[0])[one["Key"]], one["Type"], wanted)]
    part, token = page(found, params, default=100, maximum=100)
    shown = [report.to_api(instance_id) for instance_id, report in part]
    return {"InstancePatchStates": shown, **({"NextToken": token} if token else {})}


def _compare(actual: int, how: str, wanted: int) -> bool:
    return {
        "Equal": actual == wanted,
        "NotEqual": actual != wanted,
        "LessThan": actual < wanted,
        "GreaterThan": actual > wanted,
    }[how]


@op("ssm", "DescribePatchGroupState")
def describe_patch_group_state(ctx: Context, params: dict) -> dict:
    members = _of_group(ctx, params["PatchGroup"])
    counts = [report.counts for _, report in members if report]

    def having(key: str) -> int:
        return sum(1 for one in counts if one[key])

    return {
        "Instances": len(members),
        "InstancesWithInstalledPatches": having("INSTALLED"),
        "InstancesWithInstalledOtherPatches": having("INSTALLED_OTHER"),
        "InstancesWithInstalledPendingRebootPatches": having("INSTALLED_PENDING_REBOOT"),
        "InstancesWithInstalledRejectedPatches": having("INSTALLED_REJECTED"),
        "InstancesWithMissingPatches": having("MISSING"),
        "InstancesWithFailedPatches": having("FAILED"),
        "InstancesWithNotApplicablePatches": having("NOT_APPLICABLE"),
        "InstancesWithUnreportedNotApplicablePatches": 0,
        "InstancesWithCriticalNonCompliantPatches": having("critical"),
        "InstancesWithSecurityNonCompliantPatches": having("security"),
        "InstancesWithOtherNonCompliantPatches": having("other"),
        "InstancesWithAvailableSecurityUpdates": having("AVAILABLE_SECURITY_UPDATE"),
    }


@op("ssm", "DescribeInstancePatches")
def describe_instance_patches(ctx: Context, params: dict) -> dict:
    instance_id = params["InstanceId"]
    if nodes.instance(ctx.account, ctx.region, instance_id) is None:
        raise AwsError("InvalidInstanceId", f"The instance {instance_id} does not exist.")
    filters = [_filter(one) for one in params.get("Filters") or []]
    report = report_of(ctx, instance_id)
    rows = list(report.rows()) if report else []
    found = fleet_machine.machine(ctx.account, ctx.region, instance_id)
    shown = [shown_patch(found, row) for row in rows]
    shown = [one for one in shown if all(one[key] in values for key, values in filters)]
    part, token = page(shown, params, default=100, maximum=100)
    return {"Patches": part, **({"NextToken": token} if token else {})}


def _filter(one: dict) -> tuple[str, list[str]]:
    key, values = one.get("Key"), one.get("Values") or []
    if key not in ("Classification", "KBId", "Severity", "State"):
        raise AwsError("InvalidFilter", f"The filter key {key} is not valid.")
    if key != "State":
        return key, values
    words = [STATE_WORDS.get(value.upper().replace("_", "")) for value in values]
    if None in words:
        raise AwsError("InvalidFilter", f"A value of {values} is not a patch state.")
    return key, words
