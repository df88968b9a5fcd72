# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How policies decide: the evaluation logic, the elements and the condition operators of the IAM user guide."""

import pytest

from local_aws.iam import rules

DOCUMENT = "arn:aws:ssm:us-east-1:123456789012:document/fleetpatch-PatchHost"
AMAZON = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0"


def verdict(statements, action="ssm:SendCommand", resource=DOCUMENT, **facts):
    keys = {key.replace("__", ":").replace("_slash_", "/"): value for key, value in facts.items()}
    policies = rules.Policies([{"Version": "2012-10-17", "Statement": statements}])
    return policies.decide(action, resource, keys.get).verdict


def allow(**parts):
    return {"Effect": "Allow", "Action": "ssm:SendCommand", "Resource": "*", **parts}


def without(statement, name, **parts):
    return {key: value for key, value in {**statement, **parts}.items() if key != name}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow(), rules.ALLOWED),
        (allow(Action="*"), rules.ALLOWED),
        (allow(Action="ssm:Send*"), rules.ALLOWED),
        (allow(Action="SSM:sendcommand"), rules.ALLOWED),
        (allow(Action=["ec2:*", "ssm:SendComman?"]), rules.ALLOWED),
        (allow(Action="ssm:Send"), rules.NOT_ALLOWED),
        (allow(Action="ec2:*"), rules.NOT_ALLOWED),
        (without(allow(), "Action", NotAction="ssm:GetDocument"), rules.ALLOWED),
        (without(allow(), "Action", NotAction="ssm:*"), rules.NOT_ALLOWED),
        (allow(Resource=DOCUMENT), rules.ALLOWED),
        (allow(Resource=[AMAZON, DOCUMENT]), rules.ALLOWED),
        (allow(Resource="arn:aws:ssm:*:*:document/fleetpatch-*"), rules.ALLOWED),
        (allow(Resource="arn:aws:ssm:*:*:document/Fleetpatch-*"), rules.NOT_ALLOWED),
        (allow(Resource="arn:aws:ssm:*:document/fleetpatch-*"), rules.NOT_ALLOWED),
        (allow(Resource="arn:aws:ssm:*:document/*"), rules.NOT_ALLOWED),
        (allow(Resource=AMAZON), rules.NOT_ALLOWED),
        (without(allow(), "Resource", NotResource=AMAZON), rules.ALLOWED),
        (without(allow(), "Resource", NotResource="arn:aws:ssm:*:*:document/*"), rules.NOT_ALLOWED),
    ],
)
def test_actions_and_resources(statement, expected):
    assert verdict([statement]) == expected


def test_a_wildcard_for_the_account_covers_resources_without_one():
    assert verdict([allow(Resource="arn:aws:ssm:*:*:document/AWS-*")], resource=AMAZON) == rules.ALLOWED


def test_an_explicit_deny_wins_whatever_the_order():
    deny = {"Effect": "Deny", "Action": "ssm:*", "Resource": DOCUMENT}
    assert verdict([allow(), deny]) == verdict([deny, allow()]) == rules.DENIED
    assert verdict([deny, allow()], resource=AMAZON) == rules.ALLOWED
    assert verdict([]) == rules.NOT_ALLOWED


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        (
            {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
            {"iam:passedtoservice": "ssm.amazonaws.com"},
            1,
        ),
        (
            {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
            {"iam:passedtoservice": "ec2.amazonaws.com"},
            0,
        ),
        ({"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}}, {}, 0),
        ({"StringEqualsIfExists": {"iam:PassedToService": "ssm.amazonaws.com"}}, {}, 1),
        ({"StringEquals": {"aws:ResourceTag/Env": ["a", "b"]}}, {"aws:resourcetag/env": "b"}, 1),
        ({"StringEquals": {"aws:ResourceTag/Env": "A"}}, {"aws:resourcetag/env": "a"}, 0),
        ({"StringEqualsIgnoreCase": {"aws:ResourceTag/Env": "A"}}, {"aws:resourcetag/env": "a"}, 1),
        ({"StringNotEquals": {"aws:ResourceTag/Env": "a"}}, {"aws:resourcetag/env": "b"}, 1),
        ({"StringNotEquals": {"aws:ResourceTag/Env": ["a", "b"]}}, {"aws:resourcetag/env": "b"}, 0),
        ({"StringNotEquals": {"aws:ResourceTag/Env": "a"}}, {}, 1),
        ({"StringLike": {"aws:ResourceTag/Env": "prod*"}}, {"aws:resourcetag/env": "production"}, 1),
        ({"StringNotLike": {"aws:ResourceTag/Env": "prod*"}}, {"aws:resourcetag/env": "production"}, 0),
        (
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}},
            {"aws:principalarn": "arn:aws:iam::1:role/ab"},
            1,
        ),
        (
            {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}},
            {"aws:principalarn": "arn:aws:iam::1:role/ab"},
            0,
        ),
        ({"Bool": {"ssm:Overwrite": True}}, {"ssm:overwrite": "true"}, 1),
        ({"Bool": {"ssm:Overwrite": "false"}}, {"ssm:overwrite": "true"}, 0),
        ({"Null": {"aws:RequestTag/Env": "true"}}, {}, 1),
        ({"Null": {"aws:RequestTag/Env": "false"}}, {}, 0),
        ({"Null": {"aws:RequestTag/Env": "false"}}, {"aws:requesttag/env": "x"}, 1),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:tagkeys": ["a"]}, 1),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:tagkeys": ["a", "c"]}, 0),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {}, 1),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:tagkeys": ["a", "c"]}, 1),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {}, 0),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}}, {}, 0),
        ({"NumericLessThanEquals": {"s3:max-keys": 10}}, {"s3:max-keys": "10"}, 1),
        ({"NumericGreaterThan": {"s3:max-keys": 10}}, {"s3:max-keys": "10"}, 0),
        ({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, {"aws:currenttime": "2025-12-31T23:00:00Z"}, 1),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:sourceip": "10.1.2.3"}, 1),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:sourceip": "10.1.2.3"}, 0),
        ({"StringEquals": {"a:b": "1"}, "StringLike": {"a:c": "2*"}}, {"a:b": "1", "a:c": "22"}, 1),
        ({"StringEquals": {"a:b": "1", "a:c": "2"}}, {"a:b": "1", "a:c": "3"}, 0),
    ],
)
def test_conditions(condition, facts, expected):
    policies = rules.Policies([{"Statement": allow(Condition=condition)}])
    found = policies.decide("ssm:SendCommand", INSTANCE, facts.get).verdict
    assert found == (rules.ALLOWED if expected else rules.NOT_ALLOWED)


@pytest.mark.parametrize(
    ("resource", "facts", "expected"),
    [
        ("arn:aws:s3:::home/${aws:username}/*", {"aws:username": "ann"}, 1),
        ("arn:aws:s3:::home/${aws:username}/*", {"aws:username": "bob"}, 0),
        ("arn:aws:s3:::home/${aws:username}/*", {}, 0),
        ("arn:aws:s3:::home/${aws:username, 'ann'}/*", {}, 1),
        ("arn:aws:s3:::home/${*}/*", {}, 0),
    ],
)
def test_policy_variables(resource, facts, expected):
    policies = rules.Policies([{"Statement": allow(Action="s3:GetObject", Resource=resource)}])
    found = policies.decide("s3:GetObject", "arn:aws:s3:::home/ann/x", facts.get).verdict
    assert found == (rules.ALLOWED if expected else rules.NOT_ALLOWED)


def test_an_unknown_operator_is_an_error_and_no_condition_that_holds():
    with pytest.raises(rules.WrongPolicy, match="StringAlmostEquals"):
        rules.Policies([{"Statement": allow(Condition={"StringAlmostEquals": {"a": "b"}})}])


def test_a_decision_names_the_statements_that_made_it():
    policies = rules.Policies([{"Statement": [allow(Sid="One"), allow(Sid="Two"), allow(Action="ec2:*")]}])
    assert policies.decide("ssm:SendCommand", DOCUMENT, {}.get).sids == ("One", "Two")


def test_a_decision_with_a_condition_is_made_each_time():
    policies = rules.Policies([{"Statement": allow(Condition={"StringEquals": {"a:b": "1"}})}])
    assert policies.decide("ssm:SendCommand", DOCUMENT, {"a:b": "1"}.get).verdict == rules.ALLOWED
    assert policies.decide("ssm:SendCommand", DOCUMENT, {"a:b": "2"}.get).verdict == rules.NOT_ALLOWED
