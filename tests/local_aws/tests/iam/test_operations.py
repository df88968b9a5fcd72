# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who may do what: users, roles, automations, maintenance windows and machines, and what AWS says to the others."""

import json

import pytest
from botocore.exceptions import ClientError

from local_aws import testing

ACCOUNT = "123456789012"
KEY = "LOCALAWS0SOMEBODY001"
WEB = {"name": "web", "count": 2, "platform": "amazon-linux-2023", "missing": 2, "instance_profile": "node"}
SCENARIO = {
    "clock": {"rate": 0},
    "roles": [
        {"name": "fleetpatch-automation", "trust": ["ssm.amazonaws.com"]},
        {"name": "node", "trust": ["ec2.amazonaws.com"]},
    ],
    "users": [{"name": "somebody", "access_key": KEY}],
    "fleet": [WEB],
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/fleetpatch-automation"
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"
RUNBOOK = """
schemaVersion: "0.3"
assumeRole: "{{ AutomationAssumeRole }}"
parameters:
  AutomationAssumeRole: {type: "AWS::IAM::Role::Arn", default: ""}
mainSteps:
  - name: look
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: DescribeInstances}
"""
NESTED = RUNBOOK.partition("mainSteps:")[0] + """
mainSteps:
  - name: inner
    action: aws:executeAutomation
    inputs:
      DocumentName: look
      RuntimeParameters: {AutomationAssumeRole: ["{{ AutomationAssumeRole }}"]}
"""


@pytest.fixture(scope="module")
def server():
    with testing.serve(SCENARIO) as served:
        yield served


@pytest.fixture
def aws(server):
    server.reset(SCENARIO)
    return server


def statement(action, resource="*", effect="Allow", **condition):
    found = {"Effect": effect, "Action": action, "Resource": resource}
    return {**found, "Condition": condition} if condition else found


def grant(aws, *statements, role=None):
    """Policies of the user, or of a role."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    if role:
        aws.client("iam").put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=document)
    else:
        aws.client("iam").put_user_policy(UserName="somebody", PolicyName="p", PolicyDocument=document)


def as_user(aws, service):
    return aws.client(service, aws_access_key_id=KEY)


def error(function, **params):
    with pytest.raises(ClientError) as caught:
        function(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def instances(aws):
    found = aws.client("ec2").describe_instances()["Reservations"]
    return [instance["InstanceId"] for one in found for instance in one["Instances"]]


def runbook(aws, name="look", content=RUNBOOK):
    aws.client("ssm").create_document(Name=name, DocumentType="Automation", DocumentFormat="YAML", Content=content)


USER = f"User: arn:aws:iam::{ACCOUNT}:user/somebody is not authorized to perform"


def test_a_user_without_policies_may_do_nothing_and_each_service_says_so_in_its_way(aws):
    aws.client("s3").create_bucket(Bucket="fleetpatch-lists")
    node = instances(aws)[0]
    code, words, status = error(
        as_user(aws, "ssm").send_command, DocumentName="AWS-RunShellScript", InstanceIds=[node], Parameters={}
    )
    assert (code, status) == ("AccessDeniedException", 400)
    assert words == (
        f"{USER}: ssm:SendCommand on resource: arn:aws:ssm:us-east-1::document/AWS-RunShellScript because no"
        " identity-based policy allows the ssm:SendCommand action"
    )
    code, words, status = error(as_user(aws, "ec2").describe_instances)
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert words.startswith(f"You are not authorized to perform this operation. {USER}: ec2:DescribeInstances because")
    code, words, status = error(as_user(aws, "s3").get_object, Bucket="fleetpatch-lists", Key="a")
    assert (code, status) == ("AccessDenied", 403)
    assert f'{USER}: s3:GetObject on resource: "arn:aws:s3:::fleetpatch-lists/a" because' in words
    code, words, status = error(as_user(aws, "sns").publish, TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:t", Message="x")
    assert (code, status) == ("AuthorizationError", 403) and "SNS:Publish" in words
    assert error(as_user(aws, "cloudwatch").describe_alarms)[0::2] == ("AccessDenied", 403)
    assert as_user(aws, "sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/somebody"
    assert aws.history() == []


def test_every_resource_of_a_call_is_asked_for(aws):
    first, second = instances(aws)
    wanted = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["date"]}}
    grant(
        aws,
        statement("ssm:SendCommand", "arn:aws:ssm:*:*:document/AWS-*"),
        statement("ssm:SendCommand", f"arn:aws:ec2:*:*:instance/{first}"),
    )
    client = as_user(aws, "ssm")
    assert client.send_command(InstanceIds=[first], **wanted)["Command"]
    assert f"instance/{second}" in error(client.send_command, InstanceIds=[first, second], **wanted)[1]
    chosen = [{"Key": "tag:Name", "Values": ["web-1"]}]
    assert "instance/*" in error(client.send_command, Targets=chosen, **wanted)[1]


def test_tags_of_the_resource_decide(aws):
    first, second = instances(aws)
    aws.client("ec2").create_tags(Resources=[first], Tags=[{"Key": "Patch", "Value": "yes"}])
    grant(aws, statement("ec2:StopInstances", StringEquals={"aws:ResourceTag/Patch": "yes"}))
    client = as_user(aws, "ec2")
    assert client.stop_instances(InstanceIds=[first])["StoppingInstances"]
    assert error(client.stop_instances, InstanceIds=[second])[0] == "UnauthorizedOperation"


def test_tags_given_at_creation_need_their_own_permission(aws):
    node = instances(aws)[0]
    tags = [{"ResourceType": "image", "Tags": [{"Key": "fleetpatch:run", "Value": "r"}]}]
    grant(aws, statement("ec2:CreateImage"))
    client = as_user(aws, "ec2")
    assert client.create_image(InstanceId=node, Name="plain")["ImageId"]
    assert "ec2:CreateTags" in error(client.create_image, InstanceId=node, Name="tagged", TagSpecifications=tags)[1]
    creating = {"StringEquals": {"ec2:CreateAction": "CreateImage"}}
    grant(aws, statement("ec2:CreateImage"), statement("ec2:CreateTags", "arn:aws:ec2:*::image/*", **creating))
    made = client.create_image(InstanceId=node, Name="tagged", TagSpecifications=tags)["ImageId"]
    assert "ec2:CreateTags" in error(client.create_tags, Resources=[made], Tags=tags[0]["Tags"])[1]


def test_an_explicit_deny_says_so(aws):
    grant(aws, statement("ssm:*"), statement("ssm:GetParameter", effect="Deny"))
    code, words, _status = error(as_user(aws, "ssm").get_parameter, Name="/a/b")
    assert code == "AccessDeniedException"
    assert words.endswith("parameter/a/b with an explicit deny in an identity-based policy")


def test_who_starts_an_automation_with_a_role_must_be_allowed_to_pass_it(aws):
    runbook(aws)
    start = as_user(aws, "ssm").start_automation_execution
    wanted = {"DocumentName": "look", "Parameters": {"AutomationAssumeRole": [ROLE]}}
    starting = statement("ssm:StartAutomationExecution", "arn:aws:ssm:*:*:automation-definition/look:*")
    grant(aws, starting)
    code, words, _status = error(start, **wanted)
    assert code == "AccessDeniedException"
    assert (
        words
        == f"{USER}: iam:PassRole on resource: {ROLE} because no identity-based policy allows the iam:PassRole action"
    )
    grant(aws, starting, statement("iam:PassRole", ROLE, StringEquals={"iam:PassedToService": "ec2.amazonaws.com"}))
    assert error(start, **wanted)[0] == "AccessDeniedException"
    assert aws.client("ssm").describe_automation_executions()["AutomationExecutionMetadataList"] == []
    grant(aws, starting, statement("iam:PassRole", ROLE, StringEquals={"iam:PassedToService": "ssm.amazonaws.com"}))
    assert start(**wanted)["AutomationExecutionId"]


def outcome(aws, **wanted):
    ssm = aws.client("ssm")
    number = ssm.start_automation_execution(**wanted)["AutomationExecutionId"]
    aws.clock(jump="idle")
    found = ssm.get_automation_execution(AutomationExecutionId=number)["AutomationExecution"]
    return found["AutomationExecutionStatus"], found.get("FailureMessage", "")


def test_an_automation_may_do_what_its_role_may(aws):
    runbook(aws)
    wanted = {"DocumentName": "look", "Parameters": {"AutomationAssumeRole": [ROLE]}}
    status, words = outcome(aws, **wanted)
    assert status == "Failed"
    assert "assumed-role/fleetpatch-automation/" in words and "ec2:DescribeInstances" in words
    grant(aws, statement("ec2:DescribeInstances"), role="fleetpatch-automation")
    assert outcome(aws, **wanted)[0] == "Success"


def test_an_automation_without_a_role_may_do_what_its_starter_may(aws):
    runbook(aws)
    ssm = as_user(aws, "ssm")
    for more, expected in (([], "Failed"), ([statement("ec2:DescribeInstances")], "Success")):
        grant(aws, statement("ssm:*Automation*"), *more)
        number = ssm.start_automation_execution(DocumentName="look")["AutomationExecutionId"]
        aws.clock(jump="idle")
        found = ssm.get_automation_execution(AutomationExecutionId=number)["AutomationExecution"]
        assert found["AutomationExecutionStatus"] == expected


def test_a_nested_automation_is_started_by_the_role_of_its_parent_which_must_pass_itself(aws):
    runbook(aws)
    runbook(aws, "outer", NESTED)
    wanted = {"DocumentName": "outer", "Parameters": {"AutomationAssumeRole": [ROLE]}}
    may = [statement("ec2:DescribeInstances")]
    for missing, granted in (
        (
            "ssm:StartAutomationExecution",
            statement("ssm:StartAutomationExecution", "arn:aws:ssm:*:*:automation-definition/look:*"),
        ),
        ("iam:PassRole", statement("iam:PassRole", ROLE)),
    ):
        grant(aws, *may, role="fleetpatch-automation")
        status, words = outcome(aws, **wanted)
        assert status == "Failed" and f"is not authorized to perform: {missing} on resource" in words
        may.append(granted)
    grant(aws, *may, role="fleetpatch-automation")
    assert outcome(aws, **wanted)[0] == "Success"


def window_task(aws, client, **more):
    window = aws.client("ssm").create_maintenance_window(
        Name="daily", Schedule="rate(1 day)", Duration=3, Cutoff=1, AllowUnassociatedTargets=True
    )["WindowId"]
    return client.register_task_with_maintenance_window(
        WindowId=window,
        TaskArn="AWS-RunPatchBaseline",
        TaskType="RUN_COMMAND",
        Targets=[{"Key": "InstanceIds", "Values": instances(aws)}],
        TaskInvocationParameters={"RunCommand": {"Parameters": {"Operation": ["Scan"]}}},
        MaxConcurrency="1",
        MaxErrors="1",
        **more,
    )


def test_a_task_passes_its_service_role_or_makes_the_service_linked_one(aws):
    client = as_user(aws, "ssm")
    registering = statement("ssm:RegisterTaskWithMaintenanceWindow")
    grant(aws, registering)
    with pytest.raises(ClientError, match=f"iam:PassRole on resource: {ROLE}"):
        window_task(aws, client, ServiceRoleArn=ROLE)
    with pytest.raises(ClientError, match=f"iam:CreateServiceLinkedRole on resource: {LINKED}"):
        window_task(aws, client)
    service = {"StringLike": {"iam:AWSServiceName": "ssm.amazonaws.com"}}
    grant(aws, registering, statement("iam:CreateServiceLinkedRole", LINKED, **service))
    assert window_task(aws, client)["WindowTaskId"]
    assert aws.client("iam").get_role(RoleName="AWSServiceRoleForAmazonSSM")["Role"]["Arn"] == LINKED
    grant(aws, registering)
    assert window_task(aws, client)["WindowTaskId"]  # it exists now


def test_a_window_sends_commands_as_its_service_role(aws):
    window_task(aws, aws.client("ssm"), ServiceRoleArn=ROLE)
    ssm = aws.client("ssm")
    window = ssm.describe_maintenance_windows()["WindowIdentities"][0]["WindowId"]
    aws.clock(advance=90_000)
    found = ssm.describe_maintenance_window_executions(WindowId=window)["WindowExecutions"]
    assert found[-1]["Status"] == "FAILED" and ssm.list_commands()["Commands"] == []
    grant(aws, statement("ssm:SendCommand"), role="fleetpatch-automation")
    aws.clock(advance=90_000)
    assert ssm.list_commands()["Commands"]


def test_a_machine_reads_a_list_as_its_instance_profile(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="fleetpatch-lists")
    s3.put_object(Bucket="fleetpatch-lists", Key="list.yml", Body=b"patches: []")
    wanted = {"Operation": ["Install"], "InstallOverrideList": ["s3://fleetpatch-lists/list.yml"]}

    def install():
        command = aws.client("ssm").send_command(
            DocumentName="AWS-RunPatchBaseline", InstanceIds=instances(aws)[:1], Parameters=wanted
        )["Command"]["CommandId"]
        aws.clock(jump="idle")
        found = aws.client("ssm").list_command_invocations(CommandId=command, Details=True)["CommandInvocations"][0]
        return found["Status"], "".join(plugin["Output"] for plugin in found["CommandPlugins"])

    status, words = install()
    assert status == "Failed"
    assert f"assumed-role/node/{instances(aws)[0]} is not authorized to perform: s3:GetObject" in words
    grant(aws, statement("s3:GetObject", "arn:aws:s3:::fleetpatch-*/*"), role="node")
    assert install()[0] == "Success"


def test_who_may_not_list_a_bucket_does_not_hear_that_an_object_is_missing(aws):
    aws.client("s3").create_bucket(Bucket="fleetpatch-lists")
    client = as_user(aws, "s3")
    grant(aws, statement("s3:GetObject"))
    assert error(client.get_object, Bucket="fleetpatch-lists", Key="no")[0] == "AccessDenied"
    assert error(client.head_object, Bucket="fleetpatch-lists", Key="no")[2] == 403
    grant(aws, statement("s3:GetObject"), statement("s3:ListBucket", "arn:aws:s3:::fleetpatch-lists"))
    assert error(client.get_object, Bucket="fleetpatch-lists", Key="no")[0] == "NoSuchKey"
    assert error(client.head_object, Bucket="fleetpatch-lists", Key="no")[2] == 404


def test_a_permissions_boundary_limits_what_a_role_may(aws):
    iam = aws.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement("ssm:*")]})
    boundary = iam.create_policy(PolicyName="limit", PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="fleetpatch-automation", PermissionsBoundary=boundary)
    grant(aws, statement("ec2:*"), role="fleetpatch-automation")
    runbook(aws)
    status, words = outcome(aws, DocumentName="look", Parameters={"AutomationAssumeRole": [ROLE]})
    assert status == "Failed" and "because no permissions boundary allows the ec2:DescribeInstances action" in words


def test_policies_that_are_attached_and_those_of_groups_count(aws):
    iam = aws.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement("ec2:DescribeInstances")]})
    managed = iam.create_policy(PolicyName="look", PolicyDocument=document)["Policy"]["Arn"]
    client = as_user(aws, "ec2")
    iam.attach_user_policy(UserName="somebody", PolicyArn=managed)
    assert client.describe_instances()["Reservations"]
    iam.detach_user_policy(UserName="somebody", PolicyArn=managed)
    assert error(client.describe_instances)[0] == "UnauthorizedOperation"
    iam.create_group(GroupName="operators")
    iam.add_user_to_group(GroupName="operators", UserName="somebody")
    iam.attach_group_policy(GroupName="operators", PolicyArn=managed)
    assert client.describe_instances()["Reservations"]
    core = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    iam.attach_user_policy(UserName="somebody", PolicyArn=core)
    assert error(as_user(aws, "ssm").get_parameter, Name="/a")[0] == "ParameterNotFound"


def test_an_access_key_that_is_not_active_is_refused(aws):
    aws.client("iam").update_access_key(UserName="somebody", AccessKeyId=KEY, Status="Inactive")
    assert error(as_user(aws, "ssm").list_commands)[0] == "InvalidClientTokenId"


def test_an_operation_that_the_catalogue_does_not_know_is_no_denial(aws):
    assert error(as_user(aws, "glue").get_databases)[0] == "NotImplementedByEmulator"


def test_what_was_done_and_denied_is_kept(aws):
    grant(aws, {"Sid": "Look", **statement("ec2:DescribeInstances")})
    as_user(aws, "ec2").describe_instances()
    as_user(aws, "ec2").describe_instances()
    error(as_user(aws, "ec2").describe_volumes)
    found = aws.permissions(who=f"arn:aws:iam::{ACCOUNT}:user/somebody")
    assert [(one["action"], one["verdict"], one["sids"], one["count"]) for one in found] == [
        ("ec2:DescribeInstances", "allowed", ["Look"], 2),
        ("ec2:DescribeVolumes", "not allowed", [], 1),
    ]


def test_who_removes_an_image_with_its_snapshots_must_be_allowed_to_remove_those(aws):
    ec2, node = aws.client("ec2"), instances(aws)[0]
    owned = [{"Key": "fleetpatch:owner", "Value": "fleetpatch"}]
    tags = [{"ResourceType": kind, "Tags": owned} for kind in ("image", "snapshot")]
    ours, theirs = (
        ec2.create_image(InstanceId=node, Name=name, TagSpecifications=given)["ImageId"]
        for name, given in (("ours", tags), ("theirs", []))
    )
    aws.clock(jump="idle")
    client, own = as_user(aws, "ec2"), {"StringEquals": {"aws:ResourceTag/fleetpatch:owner": "fleetpatch"}}
    removing = statement("ec2:DeregisterImage", "arn:aws:ec2:*::image/*", **own)
    grant(aws, removing)
    assert "ec2:DeleteSnapshot" in error(client.deregister_image, ImageId=ours, DeleteAssociatedSnapshots=True)[1]
    grant(aws, removing, statement("ec2:DeleteSnapshot", "arn:aws:ec2:*::snapshot/*", **own))
    assert "ec2:DeregisterImage" in error(client.deregister_image, ImageId=theirs, DeleteAssociatedSnapshots=True)[1]
    assert client.deregister_image(ImageId=ours, DeleteAssociatedSnapshots=True)["Return"]


def test_who_has_the_old_root_volume_deleted_must_be_allowed_to_delete_volumes(aws):
    ec2, node = aws.client("ec2"), instances(aws)[0]
    image = ec2.create_image(InstanceId=node, Name="before")["ImageId"]
    aws.clock(jump="idle")
    client, wanted = as_user(aws, "ec2"), {"InstanceId": node, "ImageId": image, "DeleteReplacedRootVolume": True}
    grant(aws, statement("ec2:CreateReplaceRootVolumeTask"))
    assert "ec2:DeleteVolume" in error(client.create_replace_root_volume_task, **wanted)[1]
    grant(aws, statement("ec2:CreateReplaceRootVolumeTask"), statement("ec2:DeleteVolume", "arn:aws:ec2:*:*:volume/*"))
    assert client.create_replace_root_volume_task(**wanted)["ReplaceRootVolumeTask"]
