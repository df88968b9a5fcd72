# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a script would do instead: create a baseline, and windows with a target and a task each, without looking.

Arguments: how many windows. Leaves nothing to compare, changes nothing that is there, cannot be run twice.
"""

import sys

import boto3

DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def main(count: int) -> None:
    ssm = boto3.client("ssm")
    baseline = ssm.create_patch_baseline(
        Name="bare",
        OperatingSystem="WINDOWS",
        ApprovalRules={
            "PatchRules": [
                {
                    "PatchFilterGroup": {
                        "PatchFilters": [{"Key": "MSRC_SEVERITY", "Values": ["Critical", "Important"]}]
                    },
                    "ApproveAfterDays": 0,
                }
            ]
        },
    )["BaselineId"]
    for number in range(count):
        week, day, hour = 1 + number // 2 % 4, DAYS[(2 + number // 8) % 7], 3 + number % 2
        group = f"Week {week} Day {day} - Unattended - {hour:02}:{number:02}"
        ssm.register_patch_baseline_for_patch_group(BaselineId=baseline, PatchGroup=group)
        window = ssm.create_maintenance_window(
            Name=f"Week{week}Day{day}Unattended{hour:02}{number:02}",
            Schedule=f"cron({number % 60:02} {hour:02} ? * {day}#{week} *)",
            Duration=1,
            Cutoff=0,
            AllowUnassociatedTargets=True,
        )["WindowId"]
        target = ssm.register_target_with_maintenance_window(
            WindowId=window, ResourceType="INSTANCE", Targets=[{"Key": "tag:Patch Group", "Values": [group]}]
        )["WindowTargetId"]
        ssm.register_task_with_maintenance_window(
            WindowId=window,
            TaskType="RUN_COMMAND",
            TaskArn="AWS-RunPatchBaseline",
            Targets=[{"Key": "WindowTargetIds", "Values": [target]}],
            MaxConcurrency="2",
            MaxErrors="1",
            TaskInvocationParameters={"RunCommand": {"Parameters": {"Operation": ["Install"]}}},
        )


if __name__ == "__main__":
    main(int(sys.argv[1]))
