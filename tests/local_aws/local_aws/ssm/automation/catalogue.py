# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Inputs and outputs of every automation action. Source: the pages of the Automation actions reference.

Inputs, outputs and actions that only AWS's published runbooks use are here too: aws:createStack OnFailure,
aws:pause Message, aws:runInstances MetadataOptions, aws:changeInstanceState FailOnUnexpectedStopped, and the three
actions that no page describes (installDistributorPackageOnAzure, putServerUpgradeMetrics, shareSQLMedia).
"""

from dataclasses import dataclass

DAY = 86400
_API = ("Service", "Api")
_PROPERTY = ("Service", "Api", "PropertySelector", "DesiredValues")


@dataclass(frozen=True)
class Action:
    """required/optional: input names; open: further inputs are allowed (those of an API operation).

    outputs: names that later steps may use; declared: the step may declare outputs; timeout: default seconds or None;
    longest: the highest timeoutSeconds; one_of: at least one of these inputs.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    open: bool = False
    declared: bool = False
    timeout: int | None = None
    longest: int | None = None
    one_of: tuple[str, ...] = ()
    cancel: bool = True  # may have onCancel
    carried_out: bool = True


ACTIONS: dict[str, Action] = {
    "aws:approve": Action(
        (),
        ("Approvers", "EnhancedApprovals", "NotificationArn", "Message", "MinRequiredApprovals"),
        ("ApprovalStatus", "ApproverDecisions"),
        timeout=7 * DAY,
        longest=30 * DAY,
        one_of=("Approvers", "EnhancedApprovals"),
    ),
    "aws:assertAwsResourceProperty": Action(_PROPERTY, open=True),
    "aws:branch": Action(("Choices",), ("Default",)),
    "aws:changeInstanceState": Action(
        ("InstanceIds", "DesiredState"),
        ("CheckStateOnly", "Force", "AdditionalInfo", "FailOnUnexpectedStopped"),
        timeout=3600,
    ),
    "aws:copyImage": Action(
        ("SourceImageId", "SourceRegion", "ImageName"),
        ("ImageDescription", "Encrypted", "KmsKeyId", "ClientToken"),
        ("ImageId", "ImageState"),
    ),
    "aws:createImage": Action(
        ("InstanceId", "ImageName"),
        ("ImageDescription", "NoReboot", "BlockDeviceMappings"),
        ("ImageId", "ImageState"),
        declared=True,
    ),
    "aws:createStack": Action(
        ("StackName",),
        (
            "Capabilities",
            "ClientRequestToken",
            "NotificationARNs",
            "OnFailure",
            "OnStackFailure",
            "ResourceTypes",
            "RoleARN",
        )
        + ("StackPolicyBody", "StackPolicyURL", "Tags", "TemplateBody", "TemplateURL", "TimeoutInMinutes", "Parameters")
        + ("DisableRollback",),
        ("StackId", "StackStatus", "StackStatusReason"),
        declared=True,
        carried_out=False,
    ),
    "aws:createTags": Action(("ResourceIds", "Tags"), ("ResourceType",)),
    "aws:deleteImage": Action(("ImageId",)),
    "aws:deleteStack": Action(
        ("StackName",), ("ClientRequestToken", "RetainResources", "RoleARN"), declared=True, carried_out=False
    ),
    "aws:executeAutomation": Action(
        ("DocumentName",),
        ("DocumentVersion", "RuntimeParameters", "MaxConcurrency", "MaxErrors", "TargetLocations", "TargetMaps")
        + ("TargetParameterName", "Targets", "Tags"),
        ("Output", "ExecutionId", "Status"),
        declared=True,
    ),
    "aws:executeAwsApi": Action(_API, open=True, declared=True, timeout=25),
    "aws:executeScript": Action(
        ("Runtime",),
        ("Handler", "InputPayload", "Script", "Attachment"),
        ("Payload",),
        declared=True,
        timeout=600,
        one_of=("Script", "Attachment"),
    ),
    "aws:executeStateMachine": Action(
        ("stateMachineArn",),
        ("input", "name"),
        ("executionArn", "input", "name", "output", "startDate", "stateMachineArn") + ("status", "stopDate"),
        declared=True,
        carried_out=False,
    ),
    "aws:installDistributorPackageOnAzure": Action(open=True, carried_out=False),
    "aws:invokeWebhook": Action(("IntegrationName",), ("Body",), ("Response", "ResponseCode"), carried_out=False),
    "aws:invokeLambdaFunction": Action(
        ("FunctionName",),
        ("Qualifier", "InvocationType", "LogType", "ClientContext", "InputPayload", "Payload"),
        ("StatusCode", "FunctionError", "LogResult", "Payload"),
        declared=True,
        timeout=300,
    ),
    "aws:loop": Action(
        ("Steps",),
        ("Iterators", "IteratorDataType", "LoopCondition", "MaxIterations"),
        ("CurrentIteratorValue", "CurrentIteration"),
        one_of=("Iterators", "LoopCondition"),
        cancel=False,
    ),
    "aws:pause": Action((), ("Message",)),
    "aws:putServerUpgradeMetrics": Action(open=True, carried_out=False),
    "aws:runCommand": Action(
        ("DocumentName",),
        (
            "InstanceIds",
            "Targets",
            "Parameters",
            "CloudWatchOutputConfig",
            "Comment",
            "DocumentHash",
            "DocumentHashType",
        )
        + ("DocumentVersion", "NotificationConfig", "OutputS3BucketName", "OutputS3KeyPrefix", "OutputS3Region")
        + ("ServiceRoleArn", "TimeoutSeconds", "MaxConcurrency", "MaxErrors"),
        ("CommandId", "Status", "ResponseCode", "Output"),
        declared=True,
        one_of=("InstanceIds", "Targets"),
    ),
    "aws:runInstances": Action(
        ("ImageId",),
        ("AdditionalInfo", "BlockDeviceMappings", "ClientToken", "DisableApiTermination", "EbsOptimized")
        + ("IamInstanceProfileArn", "IamInstanceProfileName", "InstanceInitiatedShutdownBehavior", "InstanceType")
        + (
            "KernelId",
            "KeyName",
            "MaxInstanceCount",
            "MinInstanceCount",
            "Monitoring",
            "NetworkInterfaces",
            "Placement",
        )
        + ("PrivateIpAddress", "RamdiskId", "SecurityGroupIds", "SecurityGroups", "SubnetId", "UserData")
        + ("TagSpecifications", "MetadataOptions"),
        ("InstanceIds", "InstanceStates"),
        declared=True,
    ),
    "aws:shareSQLMedia": Action(open=True, declared=True, carried_out=False),
    "aws:sleep": Action((), ("Duration", "Timestamp"), one_of=("Duration", "Timestamp")),
    "aws:updateVariable": Action(("Name", "Value")),
    "aws:waitForAwsResourceProperty": Action(_PROPERTY, open=True, timeout=3600),
}

# Inputs that must be a list or a map once their references are resolved, where the action is not an API operation.
LISTS = frozenset(
    ("Approvers", "DesiredValues", "InstanceIds", "Iterators", "ResourceIds", "Tags", "Targets", "TargetMaps")
    + ("SecurityGroupIds", "SecurityGroups", "BlockDeviceMappings", "NetworkInterfaces", "TagSpecifications")
)
MAPS = frozenset(("Parameters", "RuntimeParameters", "CloudWatchOutputConfig", "NotificationConfig", "Placement"))
WHOLE = frozenset(("MinRequiredApprovals", "TimeoutSeconds", "MinInstanceCount", "MaxInstanceCount", "MaxIterations"))

# A cancellation workflow may not go through these actions (page "Properties shared by all actions", onCancel).
NOT_ON_CANCEL = frozenset(
    f"aws:{name}"
    for name in (
        "approve", "copyImage", "createImage", "createStack", "createTags", "pause", "runInstances", "sleep"
    )  # fmt: skip
)
