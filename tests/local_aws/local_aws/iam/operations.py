# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""AWS managed policies, put into moto when somebody asks for them: all 1,400 at each reset would take half a second."""

import json
from functools import lru_cache
from typing import Any

from local_aws.framework.registry import AFTER_MOTO
from local_aws.framework.registry import AUTHORIZE
from local_aws.framework.registry import BEFORE_MOTO
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.iam import model

PREFIX = "arn:aws:iam::aws:policy"


@lru_cache(maxsize=1)
def _shipped() -> dict[str, tuple[str, dict]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    policies = json.loads(aws_managed_policies_data)
    return {f"{PREFIX}{facts['Path']}{name}": (name, facts) for name, facts in policies.items()}


def _before(ctx: Context, operation: str, params: dict) -> None:
    asked = params.get("PolicyArn") or params.get("PermissionsBoundary") or params.get("PolicySourceArn") or ""
    if asked.startswith(PREFIX):
        _add(ctx, asked)
    elif operation == "ListPolicies" and params.get("Scope") != "Local":
        for arn in _shipped():
            _add(ctx, arn)


def _add(ctx: Context, arn: str) -> None:
    from moto.iam.models import AWSManagedPolicy
    from moto.iam.models import iam_backends

    backend: Any = iam_backends[ctx.account]["aws"]
    if arn in _shipped() and arn not in backend.managed_policies:
        name, facts = _shipped()[arn]
        made = AWSManagedPolicy.from_data(name, ctx.account, ctx.region, facts)
        backend.managed_policies[arn] = made
        backend.aws_managed_policies.append(made)


def _after(ctx: Context, operation: str, params: dict, status: int) -> None:
    if not operation.startswith(("Get", "List")):
        model.forget()


def _missing(ctx: Context, operation: str, params: dict, status: int) -> None:
    """Who may not list a bucket does not hear that an object is missing (S3 API reference, GetObject, HeadObject)."""
    if status == 404 and operation in ("GetObject", "HeadObject"):
        bucket = f"arn:aws:s3:::{params.get('Bucket')}"
        if not model.may(ctx, "s3:ListBucket", bucket):
            who = f'User: {ctx.principal} is not authorized to perform: s3:ListBucket on resource: "{bucket}"'
            reason = "because no identity-based policy allows the s3:ListBucket action"
            raise AwsError("AccessDenied", f"{who} {reason}", 403)


BEFORE_MOTO["iam"] = _before
AFTER_MOTO["iam"] = _after
AFTER_MOTO["s3"] = _missing
AUTHORIZE.append(model.authorize)
