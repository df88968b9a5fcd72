# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who has which policies, and whether a call is allowed.

Users and roles that IAM (moto) knows have exactly what their policies allow: a role without policies may do nothing.
The account's root, and the user of access keys that nobody made, may do everything.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import assume
from local_aws.iam import needs as requests
from local_aws.iam import wire
from local_aws.iam.needs import Need
from local_aws.iam.rules import ALLOWED
from local_aws.iam.rules import Policies
from local_aws.iam.tags import tags_of

assume(
    "iam.scope",
    "Identity-based policies and permissions boundaries decide. Policies of resources (buckets, topics, keys), session"
    " policies and policies of organizations are not looked at, but for trust policies and for public objects of S3.",
    "IAM user guide, policy evaluation logic",
)


@dataclass(frozen=True)
class Identity:
    """A principal that policies restrict. arn: of its user or role; boundary: None when it has none."""

    arn: str
    policies: Policies
    boundary: Policies | None


@dataclass
class Use:
    """How often one of the principals did something, or was denied it."""

    action: str
    sids: tuple[str, ...]
    verdict: str
    resource: str  # the first one
    count: int = 0


_identities: dict[str, Identity | None] = {}
USES: dict[tuple, Use] = {}
ALL_USES: dict[tuple, Use] = {}  # also those before a reset


def forget() -> None:
    """Policies may have changed."""
    _identities.clear()


state.on_reset(_identities.clear)
state.on_reset(USES.clear)


def identity_of(principal: str) -> Identity | None:
    """What restricts a principal (ARN of a user, role or assumed role); None: nothing does."""
    if principal not in _identities:
        _identities[principal] = _identity(principal)
    return _identities[principal]


def role_arn(principal: str) -> str | None:
    """The role of an assumed-role ARN, as far as that names it (it has no path)."""
    if ":assumed-role/" not in principal:
        return None
    return f"arn:aws:iam::{principal.split(':')[4]}:role/{principal.split('/')[1]}"


def _identity(principal: str) -> Identity | None:
    from moto.iam.models import iam_backends

    parts = principal.split(":", 5)
    if len(parts) < 6:
        return None
    kind, _, rest = parts[5].partition("/")
    iam = iam_backends[parts[4]]["aws"]
    if kind in ("assumed-role", "role"):
        name = rest.split("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]
        role = next((one for one in iam.roles.values() if one.name == name), None)
        arn = role.arn if role else f"arn:aws:iam::{parts[4]}:role/{name}"
        return Identity(arn, Policies(_documents(iam, [role] if role else [])), _boundary(iam, role))
    user = iam.users.get(rest.rpartition("/")[2]) if kind == "user" else None
    if user is None:
        return None
    groups = [group for group in iam.groups.values() if user in group.users]
    return Identity(user.arn, Policies(_documents(iam, [user, *groups])), None)


def _documents(iam: Any, holders: Iterable[Any]) -> list[dict | str]:
    found: list[dict | str] = []
    for holder in holders:
        inline = holder.policies.values() if isinstance(holder.policies, dict) else holder.policies
        found += [getattr(one, "policy_document", one) for one in inline]
        found += [_managed(iam, arn) for arn in holder.managed_policies]
    return found


def _managed(iam: Any, arn: str) -> dict | str:
    policy = iam.managed_policies[arn]
    return next(one.document for one in policy.versions if one.version_id == policy.default_version_id)


def _boundary(iam: Any, role: Any) -> Policies | None:
    arn = getattr(role, "permissions_boundary_arn", None)
    return Policies([_managed(iam, arn)]) if arn else None


def make_linked_role(ctx: Context, arn: str) -> None:
    """A service makes its service-linked role, when the account does not have it."""
    from moto.iam.models import iam_backends

    iam = iam_backends[ctx.account]["aws"]
    _, _, service, name = arn.rpartition(":")[2].split("/")
    if all(one.name != name for one in iam.roles.values()):
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        path = f"/aws-service-role/{service}/"
        iam.create_role(name, document, path, None, "", [], "3600", linked_service=service)


class Facts:
    """Condition keys of one need, looked up when a condition asks for them."""

    def __init__(self, ctx: Context, need: Need):
        self.ctx, self.need = ctx, need

    def __call__(self, key: str) -> Any:
        if key in self.need.facts:
            return self.need.facts[key]
        if "resourcetag/" in key:
            wanted = key.partition("resourcetag/")[2]
            tags = tags_of(self.need.resource)
            return next((value for name, value in tags.items() if name.lower() == wanted), None)
        return self._global(key)

    def _global(self, key: str) -> Any:
        principal = self.ctx.principal
        known = {
            "aws:principalarn": role_arn(principal) or principal,
            "aws:principalaccount": principal.split(":")[4] if principal.count(":") > 4 else self.ctx.account,
            "aws:requestedregion": self.ctx.region,
            "ec2:region": self.ctx.region,
            "aws:securetransport": "true",
            "aws:viaawsservice": "false",
            "aws:sourceip": "127.0.0.1",
        }
        if ":user/" in principal:
            known["aws:username"] = principal.rpartition("/")[2]
        if self.need.resource.count(":") > 4:
            known["aws:resourceaccount"] = self.need.resource.split(":")[4] or None
        return known.get(key)


def authorize(ctx: Context, service: str, operation: str, params: dict) -> None:
    """Raise the service's error when the caller may not do this. For those whom nothing restricts it costs a look."""
    who = identity_of(ctx.principal)
    if who is None:
        return
    try:
        wanted = requests.needs(ctx, service, operation, params)
    except requests.Unknown as unknown:
        raise AwsError(
            "NotImplementedByEmulator", f"iam/catalogue.py has no row that says what {unknown} needs", 501
        ) from None
    for need in wanted:
        require(ctx, service, need, who)


def require(ctx: Context, service: str, need: Need, who: Identity | None = None) -> None:
    """Raise the error of `service` when the caller may not do this."""
    who = who or identity_of(ctx.principal)
    if who is None:
        return
    facts = Facts(ctx, need)
    resource = need.resource or general(ctx, need.action)
    for boundary, policies in ((False, who.policies), (True, who.boundary)):
        if policies is None:
            continue
        decision = policies.decide(need.action, resource, facts)
        _note(who, need, decision)
        if decision.verdict != ALLOWED:
            shown = need.resource or ("" if service in wire.NO_RESOURCE else resource)
            raise wire.denial(service, ctx.principal, need.action, shown, decision.verdict, boundary)


def may(ctx: Context, action: str, resource: str) -> bool:
    """Whether the caller is allowed something that he did not ask for."""
    who = identity_of(ctx.principal)
    if who is None:
        return True
    need = Need(action, resource)
    both = [who.policies, who.boundary or who.policies]
    return all(one.decide(action, resource, Facts(ctx, need)).verdict == ALLOWED for one in both)


def general(ctx: Context, action: str) -> str:
    """What stands for the resource of an action that has none."""
    service = action.partition(":")[0]
    return f"arn:aws:{service}:{ctx.region}:{ctx.account}:*"


def _note(who: Identity, need: Need, decision: Any) -> None:
    key = (who.arn, need.action, decision)
    for uses in (USES, ALL_USES):
        if key not in uses:
            uses[key] = Use(need.action, decision.sids, decision.verdict, need.resource)
        uses[key].count += 1
