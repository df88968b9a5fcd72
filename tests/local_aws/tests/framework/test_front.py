# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The front over HTTP with boto3: protocols, faults, rates, control endpoint, other services of moto."""

import time
import uuid

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws import testing
from local_aws.framework import registry

POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]}'
TRUST = POLICY.replace("ssm:*", "sts:AssumeRole").replace('"Resource": "*"', '"Principal": {"AWS": "*"}')
FLEET = {"fleet": [{"name": "web", "count": 3, "platform": "amazon-linux-2023", "volumes": [8]}]}


@pytest.fixture(scope="module")
def aws():
    with testing.serve(FLEET) as served:
        yield served


@pytest.fixture(autouse=True)
def fresh(aws):
    aws.reset()


def error_of(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_errors_in_every_wire_protocol(aws):
    assert error_of(aws.client("ssm").describe_document, Name="a b")[:2] == ("ValidationException", 400)
    sts = aws.client("sts")
    arn = "arn:aws:iam::123456789012:role/x"
    assert error_of(sts.assume_role, RoleArn=arn, RoleSessionName="a b")[:2] == ("ValidationError", 400)
    ec2 = aws.client("ec2")
    code, status, message = error_of(ec2.describe_instances, InstanceIds=["i-0123456789abcdef0"])
    assert (code, status) == ("InvalidInstanceID.NotFound", 400)
    assert "i-0123456789abcdef0" in message
    assert error_of(ec2.describe_instances, InstanceIds=["web-1"])[0] == "InvalidInstanceID.Malformed"
    assert error_of(aws.client("s3").get_object, Bucket="nothing-here", Key="x")[0] == "NoSuchBucket"


def test_what_nobody_carries_out_is_501_and_not_retried(aws):
    client = aws.client("ssm", retries=3)
    code, status, _ = error_of(client.describe_sessions, State="Active")
    assert (code, status) == ("NotImplementedByEmulator", 501)
    assert len(aws.calls(operation="DescribeSessions")) == 1


def test_an_answer_that_breaks_the_model_is_an_error(aws, monkeypatch):
    monkeypatch.setitem(registry.OPS, ("ssm", "GetCalendarState"), lambda ctx, params: {"State": "AJAR", "Oops": 1})
    code, status, message = error_of(aws.client("ssm").get_calendar_state, CalendarNames=["x"])
    assert (code, status) == ("OutputContractBroken", 500)
    assert "AJAR" in message and "Oops" in message
    aws.switches(output_contract="warn")
    assert aws.client("ssm").get_calendar_state(CalendarNames=["x"])["State"] == "AJAR"


def test_a_crash_is_a_modelled_error_and_seen_in_health(aws, monkeypatch):
    monkeypatch.setitem(registry.OPS, ("ssm", "GetCalendarState"), lambda ctx, params: 1 / 0)
    assert error_of(aws.client("ssm").get_calendar_state, CalendarNames=["x"])[:2] == ("InternalFailure", 500)
    health = aws.health()
    assert health["ok"] is False and "ZeroDivisionError" in health["crashes"][0]
    aws.reset()
    assert aws.health()["ok"] is True


def test_error_members_and_status_of_the_model(aws, monkeypatch):
    def fails(ctx, params):
        raise registry.AwsError("ResourceInUseException", "no", 409)

    monkeypatch.setitem(registry.OPS, ("ssm", "GetCalendarState"), fails)
    assert error_of(aws.client("ssm").get_calendar_state, CalendarNames=["x"])[:2] == ("ResourceInUseException", 409)


def test_unknown_region(aws):
    assert error_of(aws.client("ec2", region="mars-north-1").describe_vpcs)[:2] == ("InvalidEndpoint", 400)


# --- faults


def test_fault_before_prevents_the_call_and_counts_down(aws):
    (number,) = aws.faults(service="ec2", operation="StopInstances", code="InternalError", skip=1)
    ec2 = aws.client("ec2")
    ids = [i["InstanceId"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    ec2.stop_instances(InstanceIds=ids[:1])
    assert error_of(ec2.stop_instances, InstanceIds=ids[1:2])[:2] == ("InternalError", 500)
    assert [entry["instance_id"] for entry in aws.history(kind="stop")] == ids[:1]
    ec2.stop_instances(InstanceIds=ids[1:2])
    assert [fault["hits"] for fault in aws.list_faults() if fault["id"] == number] == [1]


def test_fault_after_carries_out_then_answers_the_error(aws):
    ec2 = aws.client("ec2")
    ids = [i["InstanceId"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    aws.faults(service="ec2", operation="StopInstances", phase="after", code="RequestLimitExceeded")
    assert error_of(ec2.stop_instances, InstanceIds=ids[:1])[:2] == ("RequestLimitExceeded", 503)
    assert [entry["instance_id"] for entry in aws.history(kind="stop")] == ids[:1]


def test_fault_after_in_a_call_that_moto_carries_out(aws):
    aws.faults(service="sns", operation="CreateTopic", phase="after", code="InternalError")
    sns = aws.client("sns")
    assert error_of(sns.create_topic, Name="patching")[:2] == ("InternalError", 500)
    assert [topic["TopicArn"].split(":")[-1] for topic in sns.list_topics()["Topics"]] == ["patching"]


def test_faults_select_by_instance_account_region_and_parameter(aws):
    ec2 = aws.client("ec2")
    ids = [i["InstanceId"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    aws.faults(
        {"service": "ec2", "operation": "StopInstances", "instance": ids[2], "code": "Unavailable", "count": -1},
        {"service": "ec2", "operation": "*", "account": "999999999999", "code": "Unavailable", "count": -1},
        {"service": "ec2", "operation": "*", "region": "eu-west-1", "code": "Unavailable", "count": -1},
        {"service": "ssm", "operation": "*", "match": {"Name": "/x"}, "code": "throttle", "count": -1},
    )
    ec2.stop_instances(InstanceIds=ids[:2])
    assert error_of(ec2.stop_instances, InstanceIds=ids)[0] == "Unavailable"
    assert error_of(aws.client("ec2", region="eu-west-1").describe_vpcs)[0] == "Unavailable"
    assert error_of(aws.client("ssm").get_parameter, Name="/x")[0] == "ThrottlingException"
    assert error_of(aws.client("ssm").get_parameter, Name="/y")[0] == "ParameterNotFound"
    aws.clear_faults()
    assert aws.list_faults() == []


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        ("ssm", "get_parameter", {"Name": "/x"}, ("ThrottlingException", 400)),
        ("ec2", "describe_vpcs", {}, ("RequestLimitExceeded", 503)),
        ("autoscaling", "describe_auto_scaling_groups", {}, ("Throttling", 400)),
        ("s3", "list_objects_v2", {"Bucket": "some-bucket"}, ("SlowDown", 503)),
    ],
)
def test_each_service_throttles_with_its_own_words(aws, service, operation, params, expected):
    aws.faults(service=service, operation="*", code="throttle", count=-1)
    assert error_of(getattr(aws.client(service), operation), **params)[:2] == expected


def test_botocore_retries_an_injected_throttle(aws):
    aws.faults(service="ec2", operation="DescribeVpcs", code="throttle", count=1)
    assert aws.client("ec2", retries=3).describe_vpcs()["Vpcs"]
    assert [call["error"] for call in aws.calls(operation="DescribeVpcs")] == ["RequestLimitExceeded", None]


def test_a_wrong_fault_is_refused(aws):
    with pytest.raises(testing.ControlError, match="colour"):
        aws.faults(service="ec2", operation="*", code="x", colour="red")
    with pytest.raises(testing.ControlError, match="phase"):
        aws.faults(service="ec2", operation="*", code="x", phase="during")
    for never in (
        {"service": "ec3", "operation": "*"},
        {"service": "ec2", "operation": "StopInstance"},
        {"service": "ec2", "operation": "StopInstances", "match": {"InstanceId": "i-1"}},
    ):
        with pytest.raises(testing.ControlError):
            aws.faults({**never, "code": "x"})


def test_only_one_at_a_time(aws):
    with pytest.raises(RuntimeError), testing.serve():
        pass


# --- rates


def test_published_rates_hold_in_real_time(aws, monkeypatch):
    monkeypatch.setitem(registry.OPS, ("ssm", "SendAutomationSignal"), lambda ctx, params: {})
    # So slow that a busy test machine makes no difference; the bucket holds 2.1.
    aws.switches(rate_limits={"ssm:SendAutomationSignal": 0.1}, rate_burst=2)
    client = aws.client("ssm")
    call = {"AutomationExecutionId": str(uuid.uuid4()), "SignalType": "Approve"}
    client.send_automation_signal(**call)
    client.send_automation_signal(**call)
    assert error_of(client.send_automation_signal, **call)[:2] == ("ThrottlingException", 400)
    aws.clock(advance=3600)
    assert error_of(client.send_automation_signal, **call)[0] == "ThrottlingException"
    aws.switches(rate_limits={"ssm:SendAutomationSignal": 100})
    time.sleep(0.05)
    client.send_automation_signal(**call)
    aws.switches(rate_limits={"ssm:SendAutomationSignal": 0.1}, request_rates=False)
    for _ in range(5):
        client.send_automation_signal(**call)


def test_default_rates_are_the_published_ones(aws):
    limits = aws.switches()["rate_limits"]
    assert limits["ssm:StartAutomationExecution"] == limits["ssm:StopAutomationExecution"] == 1
    assert limits["ssm:GetAutomationExecution"] == limits["ssm:SendAutomationSignal"] == 3


# --- recorder and control endpoint


def test_calls_are_recorded_with_who_what_and_result(aws):
    aws.client("sts").get_caller_identity()
    with pytest.raises(ClientError):
        aws.client("ssm").describe_document(Name="a b")
    first, second = aws.calls()
    assert (first["service"], first["operation"], first["status"], first["error"]) == (
        "sts",
        "GetCallerIdentity",
        200,
        None,
    )
    assert first["mutating"] is False and first["account"] == "123456789012" and first["source"] == "client"
    assert (second["error"], second["params"]) == ("ValidationException", {"Name": "a b"})
    assert second["access_key"] == testing.ACCESS_KEY
    assert aws.calls(after=first["seq"]) == [second]
    assert aws.calls(service="sts") == [first]
    aws.clear_calls()
    assert aws.calls() == []


def test_mutating_is_told_from_the_name(aws):
    aws.client("sns").create_topic(Name="t")
    assert [call["mutating"] for call in aws.calls()] == [True]


def test_clock_over_the_control_endpoint(aws):
    before = aws.clock()
    assert before["now"].startswith("2026-03-10T02:00")
    assert aws.clock(advance=3600)["timestamp"] - before["timestamp"] >= 3600
    assert aws.clock(rate=100)["rate"] == 100
    with pytest.raises(testing.ControlError):
        aws.clock(hurry=1)
    with pytest.raises(testing.ControlError):
        aws.clock(jump="sideways")


def test_moto_times_are_virtual(aws):
    made = aws.client("ec2").create_volume(AvailabilityZone="us-east-1a", Size=1)
    assert made["CreateTime"].isoformat().startswith("2026-03-10")
    topic = aws.client("iam").create_user(UserName="someone")["User"]
    assert topic["CreateDate"].isoformat().startswith("2026-03-10")


def test_answers_of_clients_can_be_late(aws):
    aws.switches(answer_delay=0.2)
    started = time.monotonic()
    aws.client("sts").get_caller_identity()
    late = time.monotonic() - started
    aws.switches(answer_delay=0)
    assert late >= 0.2


def test_switches_and_assumptions(aws):
    assert aws.switches(page_size=2)["page_size"] == 2
    with pytest.raises(testing.ControlError, match="unknown switch"):
        aws.switches(colour="red")
    with pytest.raises(testing.ControlError, match="output_contract"):
        aws.switches(output_contract="perhaps")
    keys = [entry["key"] for entry in aws.assumptions()]
    assert len(keys) == len(set(keys)) >= 8
    assert all(entry["text"] and entry["source"] for entry in aws.assumptions())
    aws.reset()
    assert aws.switches()["page_size"] is None


def test_unknown_control_path(aws):
    with pytest.raises(testing.ControlError):
        aws.request("GET", "nothing")


def test_resets_make_the_same_ids_and_forget_the_rest(aws):
    ec2 = aws.client("ec2")

    def ids():
        return [i["InstanceId"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]

    first = ids()
    ec2.terminate_instances(InstanceIds=first[:1])
    aws.client("sns").create_topic(Name="t")
    aws.reset()
    assert ids() == first
    assert aws.client("sns").list_topics()["Topics"] == []
    assert aws.history() == []
    more = {"fleet": [{"name": "other", "platform": "rhel-9"}, *FLEET["fleet"]]}
    aws.reset(more)
    assert set(first) < set(ids())


def test_the_reset_of_moto_resets_both(aws):
    import urllib.request

    aws.client("sns").create_topic(Name="t")
    urllib.request.urlopen(urllib.request.Request(aws.url + "/moto-api/reset", method="POST")).read()
    assert aws.client("sns").list_topics()["Topics"] == []
    assert len(aws.client("ec2").describe_instances()["Reservations"]) == 3


# --- other services of moto


def test_s3_iam_sns_ses_sts(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="patch-reports")
    s3.put_object(Bucket="patch-reports", Key="a/b.json", Body=b"x" * 100_000)
    assert s3.get_object(Bucket="patch-reports", Key="a/b.json")["Body"].read() == b"x" * 100_000
    assert s3.head_object(Bucket="patch-reports", Key="a/b.json")["ContentLength"] == 100_000
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="patch-reports")["Contents"]] == ["a/b.json"]
    iam = aws.client("iam")
    iam.create_policy(PolicyName="p", PolicyDocument=POLICY)
    assert [policy["PolicyName"] for policy in iam.list_policies(Scope="Local")["Policies"]] == ["p"]
    managed = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    assert iam.get_policy(PolicyArn=managed)["Policy"]["Arn"] == managed
    iam.create_role(RoleName="node", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="node", PolicyArn=managed)
    assert error_of(iam.attach_role_policy, RoleName="node", PolicyArn=managed + "x")[0] == "NoSuchEntity"
    identity = aws.client("sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == ("123456789012", "arn:aws:iam::123456789012:user/operator")


def test_mail_and_notifications_can_be_read_back(aws):
    ses, ses2, sns = aws.client("ses"), aws.client("sesv2"), aws.client("sns")
    message = {"Subject": {"Data": "Patch report"}, "Body": {"Text": {"Data": "all well"}}}
    wanted = {"Source": "ops@example.com", "Destination": {"ToAddresses": ["team@example.com"]}, "Message": message}
    assert error_of(ses.send_email, **wanted)[0] == "MessageRejected"
    ses.verify_email_identity(EmailAddress="ops@example.com")
    ses.send_email(**wanted)
    content = {"Simple": {"Subject": {"Data": "Second"}, "Body": {"Text": {"Data": "v2"}}}}
    ses2.send_email(FromEmailAddress="ops@example.com", Destination={"ToAddresses": ["b@example.com"]}, Content=content)
    arn = sns.create_topic(Name="patching")["TopicArn"]
    sns.publish(TopicArn=arn, Subject="Wave 1", Message="done")
    sent = aws.messages()
    assert [(mail["subject"], mail["destinations"]["ToAddresses"]) for mail in sent["ses"]] == [
        ("Patch report", ["team@example.com"]),
        ("Second", ["b@example.com"]),
    ]
    assert [(note["topic"], note["subject"], note["message"]) for note in sent["sns"]] == [(arn, "Wave 1", "done")]


def test_many_clients_at_once(aws):
    from concurrent.futures import ThreadPoolExecutor

    session = boto3.Session(aws_access_key_id=testing.ACCESS_KEY, aws_secret_access_key=testing.SECRET)
    config = Config(max_pool_connections=32, retries={"total_max_attempts": 1}, proxies={})
    sts = session.client("sts", endpoint_url=aws.url, region_name="us-east-1", config=config)
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: sts.get_caller_identity()["Account"], range(200)))
    assert answers == ["123456789012"] * 200


def test_the_in_process_client_takes_the_same_way(aws):
    from local_aws.framework import inproc

    aws.faults(service="ec2", operation="DescribeVpcs", source="automation", code="throttle")
    role = "arn:aws:iam::123456789012:role/automation"
    iam = aws.client("iam")
    iam.create_role(RoleName="automation", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="automation", PolicyName="p", PolicyDocument=POLICY.replace("ssm:*", "ec2:Describe*"))
    client = inproc.client("ec2", "123456789012", "us-east-1", role_arn=role)
    assert error_of(client.describe_vpcs)[0] == "RequestLimitExceeded"
    assert client.describe_vpcs()["Vpcs"]
    call = aws.calls()[-1]
    assert (call["source"], call["principal"]) == (
        "automation",
        "arn:aws:sts::123456789012:assumed-role/automation/automation",
    )
    other = inproc.client("s3", "999999999999", "eu-west-1")
    other.create_bucket(Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert [bucket["Name"] for bucket in other.list_buckets()["Buckets"]] == ["elsewhere"]
    assert aws.client("s3").list_buckets()["Buckets"] == []


def test_a_share_of_the_calls_is_throttled(aws):
    aws.switches(throttle_share=0.3)
    client = aws.client("sts")
    failed = 0
    for _ in range(60):
        try:
            client.get_caller_identity()
        except ClientError as error:
            assert error.response["Error"]["Code"] == "Throttling"
            failed += 1
    assert 8 <= failed <= 30
