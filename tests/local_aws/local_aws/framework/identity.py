# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who an access key belongs to."""

import time
from datetime import datetime

from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import assume

DEFAULTS = {"account": "123456789012", "region": "us-east-1"}
OPERATOR = "user/operator"

assume(
    "unknown-access-key",
    "An unknown access key belongs to the user 'operator' of the scenario's account, who may do everything; signatures"
    " are not checked. Users and roles of IAM have the permissions of their policies.",
    "local choice: tests need no key management",
)


def sessions() -> dict[str, dict]:
    """Assumed-role sessions by access key: {account, principal, expires (real epoch s), token, role_arn, user_id}."""
    return state.store("*", "global", "sessions")


def context(access_key: str, region: str) -> tuple[Context, AwsError | None]:
    """(Context of the caller, error when the session has expired)."""
    session = sessions().get(access_key)
    if session is not None:
        ctx = Context(session["account"], region, access_key, session["principal"])
        if session["expires"] < time.time():
            return ctx, AwsError("ExpiredToken", "The security token included in the request is expired", 403)
        return ctx, None
    owner = _owner(access_key)
    if owner is None:
        account = DEFAULTS["account"]
        return Context(account, region, access_key, f"arn:aws:iam::{account}:{OPERATOR}"), None
    account, user, active = owner
    ctx = Context(account, region, access_key, user)
    wrong = AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    return ctx, None if active else wrong


def _owner(access_key: str) -> tuple[str, str, bool] | None:
    """(account, ARN of the user, whether the key is active) of an access key of IAM."""
    from moto.iam.models import iam_backends

    for account, partitions in list(iam_backends.items()):
        key = partitions["aws"].access_keys.get(access_key)
        if key is not None:
            user = partitions["aws"].users.get(key.user_name)
            arn = user.arn if user else f"arn:aws:iam::{account}:{OPERATOR}"
            return account, arn, key.status == "Active"
    return None


def add_session(access_key: str, **facts: str | float | datetime) -> None:
    """Remember the session that AssumeRole made."""
    sessions()[access_key] = facts
