# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the targets of a rate-controlled automation are. Source: user guide "Mapping targets for an automation"."""

from local_aws.framework.registry import AwsError
from local_aws.framework.switches import assume
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import StepFailure

INSTANCE = "/AWS::EC2::Instance"
ALL = "*"

assume(
    "targets.tags", "tag targets are EC2 instances in every state, terminated ones too, in order of launch", "targets"
)
assume("targets.types", "targets by tag of other resource types and resource groups are not implemented", "targets")
assume("targets.map_name", "Target of a child of TargetMaps is the value of TargetParameterName, else the first", "API")
assume("targets.unique", "values given twice run twice", "ParameterValues")


def check(targets: list[dict] | None, maps: list[dict] | None, target_type: str | None) -> None:
    """Rules that hold before the start. Raises InvalidTarget, and NotImplementedByEmulator for what is not implemented."""
    for target in targets or []:
        key, values = target.get("Key", ""), target.get("Values", [])
        if key == "ResourceGroup":
            raise AwsError(
                "NotImplementedByEmulator",
                "Targets by resource group are not implemented in the local AWS.",
                status=501,
            )
        if key not in ("ParameterValues", "InstanceIds", "AWS::EC2::Instance", ALL) and not key.startswith("tag:"):
            raise AwsError("InvalidTarget", f"The target key {key} is not valid.")
        if key in ("ParameterValues", "InstanceIds") and not values:
            raise AwsError("InvalidTarget", f"The target {key} needs values.")
        if key == "AWS::EC2::Instance" and values != [ALL]:
            raise AwsError("InvalidTarget", "The target AWS::EC2::Instance takes the value * only.")
        if key.startswith("tag:") and (len(key) == 4 or not values):
            raise AwsError("InvalidTarget", "A target by tag needs a tag key and values.")
        if key not in ("ParameterValues", "InstanceIds") and target_type not in (None, "/", INSTANCE):
            raise AwsError(
                "NotImplementedByEmulator",
                f"Targets of type {target_type} are not implemented in the local AWS.",
                status=501,
            )


def resolve(parent: Execution) -> list[tuple[str, dict[str, list[str]]]]:
    """[(target, {parameter: [value]})] in order. Raises InvalidTarget."""
    rate = parent.rate
    if rate.maps:
        return [_of_map(entry, rate.parameter) for entry in rate.maps]
    target = rate.targets[0]
    key, values = target["Key"], target.get("Values", [])
    if key == "ParameterValues" or (key == "InstanceIds" and values != [ALL]):
        found = values
    else:
        filters = [{"Name": key, "Values": values}] if key.startswith("tag:") else []
        found = _instances(parent, filters)
    return [(value, {rate.parameter: [value]}) for value in found]


def _of_map(entry: dict[str, list[str]], parameter: str | None) -> tuple[str, dict[str, list[str]]]:
    name = parameter if parameter in entry else next(iter(entry))
    return ", ".join(entry[name]), entry


def _instances(parent: Execution, filters: list[dict]) -> list[str]:
    from local_aws.ssm.automation.actions.api import once

    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        try:
            answer = once(parent, "ec2", "describe_instances", "resolving the targets", Filters=filters, **token)
        except StepFailure as failure:
            raise AwsError("InvalidTarget", str(failure)) from None
        for reservation in answer["Reservations"]:
            found += [instance["InstanceId"] for instance in reservation["Instances"]]
        if not answer.get("NextToken"):
            return found
        token = {"NextToken": answer["NextToken"]}
