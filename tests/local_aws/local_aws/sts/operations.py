# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""STS: AssumeRole with a trust policy that counts, and who the caller is."""

import time
from datetime import UTC
from datetime import datetime
from typing import Any

from local_aws.framework import clock
from local_aws.framework import identity
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import assume
from local_aws.iam import model as iam_model
from local_aws.iam.needs import Need
from local_aws.sts.rules import allowed
from local_aws.sts.rules import names_caller
from local_aws.sts.rules import principal_fits
from local_aws.sts.rules import role_of
from local_aws.sts.rules import role_of_session

assume(
    "sts-expiration-real-time",
    "Sessions expire in real time (or later, when the virtual clock is ahead), because clients compare with their own clock.",
    "local choice",
)

CHAINED_LIMIT = 3600  # role chaining: one hour (IAM user guide, "Role chaining")


def _denied(ctx: Context, arn: str) -> AwsError:
    # AWS does not tell whether the role exists.
    return AwsError(
        "AccessDenied",
        f"User: {ctx.principal} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        403,
    )


@op("sts", "AssumeRole")
def assume_role(ctx: Context, params: dict) -> dict:
    """The role must exist and its trust policy must allow the caller (account root, user, role), with ExternalId."""
    arn, name = params["RoleArn"], params["RoleSessionName"]
    role = role_of(arn)
    facts = {
        "sts:externalid": params.get("ExternalId"),
        "sts:rolesessionname": name,
        "aws:principalarn": role_of_session(ctx) or ctx.principal,
        "aws:principalaccount": ctx.account,
    }
    if role is None or not allowed(role, lambda one: principal_fits(one, ctx), facts):
        raise _denied(ctx, arn)
    if not names_caller(role, ctx):
        iam_model.require(ctx, "sts", Need("sts:AssumeRole", arn, {key: one for key, one in facts.items() if one}))
    seconds = params.get("DurationSeconds") or 3600
    limit = CHAINED_LIMIT if role_of_session(ctx) else int(getattr(role, "max_session_duration", None) or 3600)
    if seconds > limit:
        raise AwsError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return _session(arn, role, name, seconds)


def _session(arn: str, role: Any, name: str, seconds: int) -> dict:
    account = arn.split(":")[4]
    principal = f"arn:aws:sts::{account}:assumed-role/{role.name}/{name}"
    user = f"{role.id}:{name}"
    return {
        "Credentials": _credentials(account, principal, seconds, arn, user),
        "AssumedRoleUser": {"AssumedRoleId": user, "Arn": principal},
    }


def _credentials(account: str, principal: str, seconds: int, role_arn: str, user: str) -> dict:
    key = state.new_id("LOCALAWS", 12).upper()
    expires = max(time.time(), clock.timestamp()) + seconds
    identity.add_session(key, account=account, principal=principal, expires=expires, role_arn=role_arn, user_id=user)
    return {
        "AccessKeyId": key,
        "SecretAccessKey": state.new_id("local-", 34),
        "SessionToken": state.new_id("LOCAL", 120),
        "Expiration": datetime.fromtimestamp(int(expires), UTC),
    }


@op("sts", "GetSessionToken")
def get_session_token(ctx: Context, params: dict) -> dict:
    """Temporary keys of the caller itself."""
    if role_of_session(ctx):
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    seconds = params.get("DurationSeconds") or 43200
    return {"Credentials": _credentials(ctx.account, ctx.principal, seconds, "", "AIDALOCALAWS0OPERATOR")}


@op("sts", "GetCallerIdentity")
def get_caller_identity(ctx: Context, params: dict) -> dict:
    """Account, ARN and id of the caller."""
    session = identity.sessions().get(ctx.access_key)
    user = session["user_id"] if session else "AIDALOCALAWS0OPERATOR"
    return {"Account": ctx.account, "Arn": ctx.principal, "UserId": user}
