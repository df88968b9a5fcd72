# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.documents import wire

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:AWS-RunPatchBaseline"
PATCH, OTHER = "AWS-RunPatchBaseline", "shop-Restart"


@pytest.mark.parametrize(
    "arn, name",
    [
        (PATCH, PATCH),
        ("arn:aws:ssm:us-east-1::document/AWS-RunPatchBaseline", PATCH),
        ("arn:aws:ssm:eu-west-1:123456789012:document/AWS-RunPatchBaseline", PATCH),
        (
            "arn:aws:ssm:us-east-1::automation-definition/AWS-PatchInstanceWithRollback:$DEFAULT",
            "AWS-PatchInstanceWithRollback",
        ),
        (LAMBDA, LAMBDA),
    ],
)
def test_short_name(arn, name):
    assert wire.short_name(arn) == name


AWS_ARN = f"arn:aws:ssm:us-east-1::document/{PATCH}"
OWN_ARN = f"arn:aws:ssm:us-east-1:123456789012:document/{PATCH}"


@pytest.mark.parametrize(
    "one, other, same",
    [
        (PATCH, PATCH, True),
        (PATCH, AWS_ARN, True),
        (AWS_ARN, PATCH, True),
        ("AWS-StopEC2Instance", "arn:aws:ssm:us-east-1::automation-definition/AWS-StopEC2Instance:$DEFAULT", True),
        ("AWS-StopEC2Instance", "arn:aws:ssm:us-east-1::automation-definition/AWS-StopEC2Instance:3", False),
        (PATCH, OWN_ARN, False),
        (None, PATCH, False),
    ],
)
def test_a_document_of_aws_is_the_same_by_name_and_by_arn(one, other, same):
    assert wire.same_document(one, other) is same
