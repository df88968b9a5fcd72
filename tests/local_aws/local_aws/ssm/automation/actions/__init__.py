# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The actions: RUN[action](execution, step, resolved inputs) is a coroutine that returns a Result or raises StepFailure."""

from local_aws.ssm.automation.actions import api
from local_aws.ssm.automation.actions import command
from local_aws.ssm.automation.actions import control
from local_aws.ssm.automation.actions import images
from local_aws.ssm.automation.actions import instances
from local_aws.ssm.automation.actions import loop
from local_aws.ssm.automation.actions import nested
from local_aws.ssm.automation.actions import script
from local_aws.ssm.automation.actions import signals

RUN = {
    "aws:approve": signals.approve,
    "aws:assertAwsResourceProperty": api.assert_property,
    "aws:branch": control.branch,
    "aws:changeInstanceState": instances.change_state,
    "aws:copyImage": images.copy_image,
    "aws:createImage": images.create_image,
    "aws:createStack": control.not_carried_out,
    "aws:createTags": api.create_tags,
    "aws:deleteImage": images.delete_image,
    "aws:deleteStack": control.not_carried_out,
    "aws:executeAutomation": nested.execute_automation,
    "aws:executeAwsApi": api.execute,
    "aws:executeScript": script.execute_script,
    "aws:executeStateMachine": control.not_carried_out,
    "aws:installDistributorPackageOnAzure": control.not_carried_out,
    "aws:invokeLambdaFunction": control.not_carried_out,
    "aws:invokeWebhook": control.not_carried_out,
    "aws:loop": loop.run_loop,
    "aws:pause": signals.pause,
    "aws:putServerUpgradeMetrics": control.not_carried_out,
    "aws:runCommand": command.run_command,
    "aws:runInstances": instances.run_instances,
    "aws:shareSQLMedia": control.not_carried_out,
    "aws:sleep": control.sleep,
    "aws:updateVariable": control.update_variable,
    "aws:waitForAwsResourceProperty": api.wait_for_property,
}
# Done without waiting: a time limit cannot strike. A script's limit is kept by its subprocess.
INSTANT = frozenset(
    f"aws:{name}"
    for name in (
        "assertAwsResourceProperty", "branch", "createTags", "executeAwsApi", "executeScript", "updateVariable"
    )  # fmt: skip
)
