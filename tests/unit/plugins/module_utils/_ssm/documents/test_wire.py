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
