# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""STS trust, scenarios and the command line."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from local_aws import testing
from local_aws.sts import rules as sts_rules

OTHER = "210987654321"
TOPICS = {"Effect": "Allow", "Action": "sns:CreateTopic", "Resource": "*"}
CHAIN = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{OTHER}:role/remote"}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


ROLES = {
    "roles": [
        {"name": "by-service", "trust": ["ssm.amazonaws.com"]},
        {"name": "by-account", "accounts": ["123456789012"], "policies": [policy(CHAIN)]},
        {"name": "idle", "accounts": ["123456789012"]},
        {"name": "with-id", "accounts": ["123456789012"], "external_id": "s3cr3t-id"},
        {"name": "by-other", "accounts": [OTHER]},
    ],
    "accounts": [
        {
            "account": OTHER,
            "roles": [
                {
                    "name": "remote",
                    "accounts": [f"arn:aws:iam::123456789012:role/{name}" for name in ("by-account", "idle")],
                    "policies": [policy(TOPICS)],
                }
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def aws():
    with testing.serve(ROLES) as served:
        yield served


def role(name, account="123456789012"):
    return f"arn:aws:iam::{account}:role/{name}"


def refused(client, **params):
    with pytest.raises(ClientError) as caught:
        client.assume_role(RoleSessionName="test", **params)
    return caught.value.response["Error"]["Code"]


def as_role(aws, client, **params):
    keys = client.assume_role(RoleSessionName="test", **params)["Credentials"]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def test_trust_of_the_account_root(aws):
    client = aws.client("sts")
    session = as_role(aws, client, RoleArn=role("by-account"))
    identity = aws.client("sts", **session).get_caller_identity()
    assert identity["Arn"] == "arn:aws:sts::123456789012:assumed-role/by-account/test"
    assert identity["UserId"].endswith(":test")


def test_who_is_not_trusted_is_denied_as_if_the_role_did_not_exist(aws):
    client = aws.client("sts")
    for name in ("by-service", "by-other", "no-such-role"):
        assert refused(client, RoleArn=role(name)) == "AccessDenied"
    assert refused(client, RoleArn=role("remote", OTHER)) == "AccessDenied"


def test_external_id(aws):
    client = aws.client("sts")
    assert refused(client, RoleArn=role("with-id")) == "AccessDenied"
    assert refused(client, RoleArn=role("with-id"), ExternalId="wrong") == "AccessDenied"
    as_role(aws, client, RoleArn=role("with-id"), ExternalId="s3cr3t-id")


def test_chain_into_another_account(aws):
    first = as_role(aws, aws.client("sts"), RoleArn=role("by-account"))
    chained = aws.client("sts", **first)
    assert refused(chained, RoleArn=role("remote", OTHER), DurationSeconds=7200) == "ValidationError"
    second = as_role(aws, chained, RoleArn=role("remote", OTHER))
    assert aws.client("sts", **second).get_caller_identity()["Account"] == OTHER
    aws.client("sns", **second).create_topic(Name="there")
    assert aws.client("sns").list_topics()["Topics"] == []
    assert aws.calls(operation="CreateTopic")[-1]["account"] == OTHER


def test_who_assumes_a_role_of_another_account_must_be_allowed_to_on_both_sides(aws):
    idle = aws.client("sts", **as_role(aws, aws.client("sts"), RoleArn=role("idle")))
    with pytest.raises(ClientError, match="because no identity-based policy allows the sts:AssumeRole action"):
        idle.assume_role(RoleArn=role("remote", OTHER), RoleSessionName="test")


def test_in_its_own_account_a_role_that_trusts_the_caller_by_name_asks_for_no_policy_of_the_caller(aws):
    client = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": role("idle")}, "Action": "sts:AssumeRole"}
    client.create_role(RoleName="friend", AssumeRolePolicyDocument=json.dumps(policy(trust)))
    idle = aws.client("sts", **as_role(aws, aws.client("sts"), RoleArn=role("idle")))
    assert as_role(aws, idle, RoleArn=role("friend"))
    assert refused(idle, RoleArn=role("by-account")) == "AccessDenied"  # that one trusts the account


def test_duration_and_expiration(aws):
    client = aws.client("sts")
    assert refused(client, RoleArn=role("by-account"), DurationSeconds=3601) == "ValidationError"
    expires = client.assume_role(RoleArn=role("by-account"), RoleSessionName="test")["Credentials"]["Expiration"]
    assert expires.timestamp() >= time.time() + 3590


def test_a_session_token_is_the_caller_and_cannot_be_had_in_a_session(aws):
    client = aws.client("sts")
    keys = client.get_session_token(DurationSeconds=900)["Credentials"]
    session = {"aws_access_key_id": keys["AccessKeyId"], "aws_session_token": keys["SessionToken"]}
    assert aws.client("sts", **session).get_caller_identity()["Arn"] == client.get_caller_identity()["Arn"]
    with pytest.raises(ClientError, match="AccessDenied"):
        aws.client("sts", **as_role(aws, client, RoleArn=role("by-account"))).get_session_token()


def test_services_that_may_assume(aws):
    assert sts_rules.assumable_by_service(role("by-service"), "ssm.amazonaws.com")
    assert not sts_rules.assumable_by_service(role("by-service"), "ec2.amazonaws.com")
    assert not sts_rules.assumable_by_service(role("by-account"), "ssm.amazonaws.com")
    assert not sts_rules.assumable_by_service(role("no-such-role"), "ssm.amazonaws.com")


def test_a_denying_statement_wins(aws):
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": {"AWS": "123456789012"}, "Action": "sts:*"},
        ],
    }
    aws.client("iam").create_role(RoleName="denied", AssumeRolePolicyDocument=json.dumps(policy))
    assert refused(aws.client("sts"), RoleArn=role("denied")) == "AccessDenied"
