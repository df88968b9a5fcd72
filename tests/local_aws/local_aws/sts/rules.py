# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who may assume a role: its trust policy."""

import fnmatch
import json
from typing import Any

from local_aws.framework import identity
from local_aws.framework.registry import Context

OPERATORS = {
    "StringEquals": lambda value, wanted: value in wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() in [one.lower() for one in wanted],
    "StringLike": lambda value, wanted: any(fnmatch.fnmatchcase(value, one) for one in wanted),
    "ArnEquals": lambda value, wanted: any(fnmatch.fnmatchcase(value, one) for one in wanted),
    "ArnLike": lambda value, wanted: any(fnmatch.fnmatchcase(value, one) for one in wanted),
}


def role_of(arn: str) -> Any:
    from moto.iam.models import iam_backends

    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith("role/"):
        return None
    account, name = parts[4], parts[5].rsplit("/", 1)[-1]
    if account not in iam_backends:
        return None
    for role in iam_backends[account]["aws"].roles.values():
        if role.name == name and role.arn == arn:
            return role
    return None


def _statements(role: Any) -> list[dict]:
    document = role.assume_role_policy_document
    document = json.loads(document) if isinstance(document, str) else (document or {})
    found = document.get("Statement") or []
    return found if isinstance(found, list) else [found]


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _covers_action(statement: dict) -> bool:
    return any(fnmatch.fnmatchcase("sts:assumerole", one.lower()) for one in _listed(statement.get("Action")))


def _conditions_hold(statement: dict, facts: dict[str, str | None]) -> bool:
    for operator, keys in (statement.get("Condition") or {}).items():
        compare = OPERATORS.get(operator)
        if compare is None:
            return False  # unknown here: a role that nobody can assume is noticed, an open one is not
        for key, wanted in keys.items():
            value = facts.get(key.lower())
            if value is None or not compare(value, _listed(wanted)):
                return False
    return True


def principal_fits(statement: dict, ctx: Context) -> bool:
    principal = statement.get("Principal")
    wanted = ["*"] if principal == "*" else _listed((principal or {}).get("AWS"))
    role_arn = role_of_session(ctx)
    for one in wanted:
        if one == "*" or one in (ctx.account, f"arn:aws:iam::{ctx.account}:root", ctx.principal, role_arn):
            return True
    return False


def names_caller(role: Any, ctx: Context) -> bool:
    """Whether the trust policy names the caller of the same account itself: then it needs no policy of its own."""
    own = {ctx.principal, role_of_session(ctx)}
    same = role.arn.split(":")[4] == ctx.account
    principals = [one.get("Principal") for one in _statements(role) if one.get("Effect") == "Allow"]
    return same and any(own & set(_listed(one.get("AWS"))) for one in principals if isinstance(one, dict))


def role_of_session(ctx: Context) -> str | None:
    session = identity.sessions().get(ctx.access_key)
    if session:
        return session["role_arn"] or None
    if ":assumed-role/" in ctx.principal:
        account, name = ctx.principal.split(":")[4], ctx.principal.split("/")[1]
        return f"arn:aws:iam::{account}:role/{name}"
    return None


def allowed(role: Any, fits: Any, facts: dict[str, str | None]) -> bool:
    decision = False
    for statement in _statements(role):
        if _covers_action(statement) and fits(statement) and _conditions_hold(statement, facts):
            if statement.get("Effect") == "Deny":
                return False
            decision = True
    return decision


def assumable_by_service(role_arn: str, service: str) -> bool:
    """Whether a service principal ("ssm.amazonaws.com") may assume the role; False when the role does not exist."""
    role = role_of(role_arn)
    if role is None:
        return False
    facts = {"aws:sourceaccount": role_arn.split(":")[4]}
    return allowed(role, lambda one: service in _service_principals(one), facts)


def _service_principals(statement: dict) -> list[str]:
    principal = statement.get("Principal")
    return _listed(principal.get("Service")) if isinstance(principal, dict) else []
