# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What each operation needs: the resources of its action, and further actions. Data, from the Service Authorization Reference.

A word is "type:Member", the resource type with the member of the request that has its id or ids. "type" alone is a
resource that does not exist yet, or one that the request does not name: type/*. "type?:Member" is skipped when the
member is not given. "*" is an action without resource types. tests/iam compares these tables with AWS's reference.
"""

# Operations whose action has another name, or that are covered by the action of another operation.
ACTIONS = {
    ("s3", "HeadObject"): "GetObject",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "ListBuckets"): "ListAllMyBuckets",
    ("s3", "CreateMultipartUpload"): "PutObject",
    ("s3", "UploadPart"): "PutObject",
    ("s3", "CompleteMultipartUpload"): "PutObject",
    ("s3", "CopyObject"): "PutObject",
    ("s3", "DeleteObjects"): "DeleteObject",
}
PREFIXES = {"elbv2": "elasticloadbalancing", "sesv2": "ses", "resourcegroupstaggingapi": "tag"}

SSM_WITHOUT = """
CancelCommand CreateActivation CreateMaintenanceWindow CreatePatchBaseline DeleteActivation DescribeActivations
DescribeAutomationExecutions DescribeAvailablePatches DescribeInstanceInformation DescribeInstancePatchStatesForPatchGroup
DescribeMaintenanceWindowExecutionTaskInvocations DescribeMaintenanceWindowExecutionTasks DescribeMaintenanceWindowSchedule
DescribeMaintenanceWindows DescribeMaintenanceWindowsForTarget DescribeParameters DescribePatchBaselines
DescribePatchGroupState DescribePatchGroups DescribePatchProperties GetCommandInvocation GetExecutionPreview
GetMaintenanceWindowExecution GetMaintenanceWindowExecutionTask GetMaintenanceWindowExecutionTaskInvocation
GetPatchBaselineForPatchGroup ListAssociations ListCommandInvocations ListCommands ListComplianceItems
ListComplianceSummaries ListDocuments ListResourceComplianceSummaries StartExecutionPreview
"""
SSM = {
    **{name: "*" for name in SSM_WITHOUT.split()},
    "AddTagsToResource": "tagged",
    "RemoveTagsFromResource": "tagged",
    "ListTagsForResource": "tagged",
    "SendCommand": "document:DocumentName nodes",
    "StartAutomationExecution": "automation-definition:DocumentName",
    "CreateAssociation": "association document:Name nodes?",
    "UpdateAssociation": "association:AssociationId",
    "DeleteAssociation": "association:AssociationId",
    "DescribeAssociation": "association:AssociationId",
    "ListAssociationVersions": "association:AssociationId",
    "StartAssociationsOnce": "association:AssociationIds",
    "UpdateAssociationStatus": "document:Name",
    "DescribeAssociationExecutions": "association:AssociationId",
    "DescribeAssociationExecutionTargets": "association:AssociationId",
    "DeregisterManagedInstance": "managed-instance:InstanceId",
    "UpdateManagedInstanceRole": "managed-instance:InstanceId",
    "DescribeInstancePatches": "node:InstanceId",
    "DescribeInstancePatchStates": "node:InstanceIds",
    "GetDefaultPatchBaseline": "patchbaseline",
    "GetCalendarState": "document:CalendarNames",
    "GetParameter": "parameter:Name",
    "GetParameters": "parameter:Names",
    "GetParametersByPath": "parameter:Path",
    "GetParameterHistory": "parameter:Name",
    "PutParameter": "parameter:Name",
    "DeleteParameter": "parameter:Name",
    "DeleteParameters": "parameter:Names",
    "DeregisterTargetFromMaintenanceWindow": "maintenancewindow:WindowId windowtarget:WindowTargetId",
    "UpdateMaintenanceWindowTarget": "maintenancewindow:WindowId windowtarget:WindowTargetId",
    "DeregisterTaskFromMaintenanceWindow": "maintenancewindow:WindowId windowtask:WindowTaskId",
    "UpdateMaintenanceWindowTask": "maintenancewindow:WindowId windowtask:WindowTaskId",
    "CancelMaintenanceWindowExecution": "maintenancewindow",
}
SSM_BY_MEMBER = {
    "document:Name": """CreateDocument DeleteDocument DescribeDocument DescribeDocumentPermission GetDocument
        ListDocumentVersions ModifyDocumentPermission UpdateDocument UpdateDocumentDefaultVersion""",
    "patchbaseline:BaselineId": """DeletePatchBaseline DeregisterPatchBaselineForPatchGroup GetPatchBaseline
        DescribeEffectivePatchesForPatchBaseline RegisterDefaultPatchBaseline RegisterPatchBaselineForPatchGroup
        UpdatePatchBaseline""",
    "maintenancewindow:WindowId": """DeleteMaintenanceWindow DescribeMaintenanceWindowExecutions
        DescribeMaintenanceWindowTargets DescribeMaintenanceWindowTasks GetMaintenanceWindow GetMaintenanceWindowTask
        RegisterTargetWithMaintenanceWindow RegisterTaskWithMaintenanceWindow UpdateMaintenanceWindow""",
    "automation-execution:AutomationExecutionId": """DescribeAutomationStepExecutions GetAutomationExecution
        SendAutomationSignal StopAutomationExecution""",
}
EC2 = {
    "CreateTags": "ec2:Resources",
    "DeleteTags": "ec2:Resources",
    "CreateImage": "image instance:InstanceId snapshot",
    "CreateSnapshot": "snapshot volume:VolumeId",
    "CreateSnapshots": "snapshot volume instance:InstanceSpecification.InstanceId",
    "CreateReplaceRootVolumeTask": "instance:InstanceId replace-root-volume-task volume image?:ImageId snapshot?:SnapshotId",
    "DeleteSnapshot": "snapshot:SnapshotId",
    "DeleteVolume": "volume:VolumeId",
    "DeregisterImage": "image:ImageId",
    "EnableImageDeregistrationProtection": "image:ImageId",
    "DisableImageDeregistrationProtection": "image:ImageId",
    "ModifyImageAttribute": "image:ImageId",
    "ModifyInstanceMetadataOptions": "instance:InstanceId",
    "RebootInstances": "instance:InstanceIds",
    "StartInstances": "instance:InstanceIds",
    "StopInstances": "instance:InstanceIds",
    "TerminateInstances": "instance:InstanceIds",
    "RunInstances": """instance image:ImageId network-interface security-group:SecurityGroupIds subnet:SubnetId
        volume""",
    "AssociateIamInstanceProfile": "instance:InstanceId",
}
SNS = {
    "ListTopics": "*",
    "ListSubscriptions": "*",
    "CreateTopic": "topic:Name",
    "Publish": "arn:TopicArn",
    "GetTopicAttributes": "arn:TopicArn",
    "ListSubscriptionsByTopic": "arn:TopicArn",
    "ListTagsForResource": "arn:ResourceArn",
}
SENDING = "sender configuration-set?:ConfigurationSetName"
SES = {
    "GetSendQuota": "*",
    "GetIdentityVerificationAttributes": "*",
    "SendEmail": SENDING,
    "SendRawEmail": SENDING,
}
SESV2 = {
    "GetAccount": "*",
    "SendEmail": SENDING,
    "GetEmailIdentity": "identity:EmailIdentity",
    "GetConfigurationSet": "configuration-set:ConfigurationSetName",
}
ELB = {
    "RegisterTargets": "arn:TargetGroupArn",
    "DeregisterTargets": "arn:TargetGroupArn",
}
CLOUDWATCH = {
    "DescribeAlarms": "alarm",
    "DeleteAlarms": "alarm:AlarmNames",
    "PutCompositeAlarm": "alarm:AlarmName",
    "PutMetricAlarm": "alarm:AlarmName",
    "SetAlarmState": "alarm:AlarmName",
}
IAM = {
    "ListAccountAliases": "*",
    "ListRoles": "*",
    "GetRole": "role:RoleName",
    "CreateRole": "role:RoleName",
    "PutRolePolicy": "role:RoleName",
    "AttachRolePolicy": "role:RoleName",
    "PassRole": "arn:RoleArn",
}
OTHERS = {
    "sts": {"GetSessionToken": "*"},
    "resource-groups": {"ListGroups": "*", "ListGroupResources": "group:Group"},
    "resourcegroupstaggingapi": {"GetResources": "*"},
    "autoscaling": {
        "DescribeAutoScalingGroups": "*",
        "DescribeAutoScalingInstances": "*",
        "DescribeLaunchConfigurations": "*",
    },
}
OPERATIONS: dict[str, dict[str, str]] = {
    "ssm": {**SSM, **{name: words for words, names in SSM_BY_MEMBER.items() for name in names.split()}},
    "ec2": EC2,
    "sns": SNS,
    "ses": SES,
    "sesv2": SESV2,
    "elbv2": ELB,
    "cloudwatch": CLOUDWATCH,
    "iam": IAM,
    **OTHERS,
}
# Services whose Describe operations have no resource types, but for these and those in their tables.
READS_WITHOUT = {"ec2", "elbv2"}
READS_WITH = set("""
DescribeCapacityBlockExtensionOfferings DescribeClientVpnAuthorizationRules DescribeClientVpnConnections
DescribeClientVpnRoutes DescribeClientVpnTargetNetworks DescribeFleetHistory DescribeFleetInstances
DescribeFpgaImageAttribute DescribeImageAttribute DescribeInstanceAttribute DescribeSecurityGroupReferences
DescribeSnapshotAttribute DescribeSpotFleetInstances DescribeSpotFleetRequestHistory DescribeVolumeAttribute
DescribeVpcAttribute DescribeVpcEndpointServicePermissions
""".split())
# GetCallerIdentity: "No permissions are required" (STS API reference). AssumeRole decides itself, with the trust policy.
FREE = {("sts", "GetCallerIdentity"), ("sts", "AssumeRole")}

# Tags in the request that creates something need the permission to tag it.
TAGGED_AT_CREATION = {
    "CreateDocument": "document:Name",
    "CreateMaintenanceWindow": "maintenancewindow",
    "CreatePatchBaseline": "patchbaseline",
    "CreateAssociation": "association",
    "PutParameter": "parameter:Name",
    "StartAutomationExecution": "automation-execution",
}
# Members with the ARN or the name of a role that the caller passes: (service it is passed to, members)
PASSED = {
    ("ssm", "RegisterTaskWithMaintenanceWindow"): (
        "ssm.amazonaws.com",
        ("ServiceRoleArn", "TaskInvocationParameters.RunCommand.ServiceRoleArn"),
    ),
    ("ssm", "UpdateMaintenanceWindowTask"): (
        "ssm.amazonaws.com",
        ("ServiceRoleArn", "TaskInvocationParameters.RunCommand.ServiceRoleArn"),
    ),
    ("ssm", "SendCommand"): ("ssm.amazonaws.com", ("ServiceRoleArn",)),
    ("ssm", "CreateActivation"): ("ssm.amazonaws.com", ("IamRole",)),
    ("ssm", "UpdateManagedInstanceRole"): ("ssm.amazonaws.com", ("IamRole",)),
    ("ec2", "RunInstances"): ("ec2.amazonaws.com", ("IamInstanceProfile.Arn", "IamInstanceProfile.Name")),
    ("ec2", "AssociateIamInstanceProfile"): (
        "ec2.amazonaws.com",
        ("IamInstanceProfile.Arn", "IamInstanceProfile.Name"),
    ),
}
# Operations that make a service-linked role of the account when it does not exist: (service, its name, member that spares it)
SERVICE_LINKED = {
    ("ssm", "RegisterTaskWithMaintenanceWindow"): ("ssm.amazonaws.com", "AWSServiceRoleForAmazonSSM", "ServiceRoleArn"),
}

# {type: ARN}, with {region}, {account}, {id}
ARNS = {
    "instance": "arn:aws:ec2:{region}:{account}:instance/{id}",
    "volume": "arn:aws:ec2:{region}:{account}:volume/{id}",
    "image": "arn:aws:ec2:{region}::image/{id}",
    "snapshot": "arn:aws:ec2:{region}::snapshot/{id}",
    "replace-root-volume-task": "arn:aws:ec2:{region}:{account}:replace-root-volume-task/{id}",
    "managed-instance": "arn:aws:ssm:{region}:{account}:managed-instance/{id}",
    "association": "arn:aws:ssm:{region}:{account}:association/{id}",
    "automation-execution": "arn:aws:ssm:{region}:{account}:automation-execution/{id}",
    "maintenancewindow": "arn:aws:ssm:{region}:{account}:maintenancewindow/{id}",
    "windowtarget": "arn:aws:ssm:{region}:{account}:windowtarget/{id}",
    "windowtask": "arn:aws:ssm:{region}:{account}:windowtask/{id}",
    "patchbaseline": "arn:aws:ssm:{region}:{account}:patchbaseline/{id}",
    "parameter": "arn:aws:ssm:{region}:{account}:parameter/{id}",
    "alarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{id}",
    "topic": "arn:aws:sns:{region}:{account}:{id}",
    "identity": "arn:aws:ses:{region}:{account}:identity/{id}",
    "configuration-set": "arn:aws:ses:{region}:{account}:configuration-set/{id}",
    "role": "arn:aws:iam::{account}:role/{id}",
    "group": "arn:aws:resource-groups:{region}:{account}:group/{id}",
}
# Resource types of ids of EC2, by prefix.
EC2_TYPES = {
    "i": "instance", "vol": "volume", "ami": "image", "snap": "snapshot", "replacevol": "replace-root-volume-task",
}  # fmt: skip
# ResourceType of the tag operations of Systems Manager
SSM_TYPES = {
    "Document": "document",
    "ManagedInstance": "managed-instance",
    "MaintenanceWindow": "maintenancewindow",
    "Parameter": "parameter",
    "PatchBaseline": "patchbaseline",
    "Association": "association",
    "Automation": "automation-execution",
}
