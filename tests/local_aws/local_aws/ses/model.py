# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Mail identities and the mail that was sent."""

from typing import Any

from moto.ses.models import SESBackend
from moto.ses.models import ses_backends

from local_aws.framework import clock
from local_aws.framework import messages
from local_aws.framework import state
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import define

WAIT = {"EMAIL_ADDRESS": 24 * 3600, "DOMAIN": 72 * 3600}  # GetIdentityVerificationAttributes
PLAIN = {"SUCCESS": "Success", "PENDING": "Pending", "FAILED": "Failed"}
define(
    "ses_verification",
    "immediate",
    ["immediate", "pending"],
    "a new identity is verified at once, or Pending until POST /_emu/ses {verify: identity} (then Failed, after a day)",
)

_born = SESBackend.create_email_identity_v2


def _create(self: Any, email_identity: str, *args: Any, **kwargs: Any) -> Any:
    made = _born(self, email_identity, *args, **kwargs)
    made.local_aws_since = clock.timestamp()
    set_status(made, "SUCCESS" if SWITCHES["ses_verification"] == "immediate" else "PENDING")
    return made


SESBackend.create_email_identity_v2 = _create


def set_status(identity: Any, status: str) -> None:
    """status: SUCCESS, PENDING or FAILED."""
    identity.verification_status = status
    identity.verified_for_sending_status = status == "SUCCESS"


def verify(account: str, region: str, name: str, status: str = "SUCCESS") -> None:
    """The owner of an identity clicks the link (or, with another status, does not). LookupError when there is none."""
    found = ses_backends[account][region].email_identities.get(name)
    if found is None:
        raise LookupError(f"no identity {name} in {account} {region}")
    set_status(found, status)


def status_of(identity: Any) -> str:
    waited = clock.timestamp() - getattr(identity, "local_aws_since", 0)
    if identity.verification_status == "PENDING" and waited > WAIT[identity.identity_type]:
        set_status(identity, "FAILED")
    return identity.verification_status


def ses_backend(ctx: Context) -> Any:
    return ses_backends[ctx.account][ctx.region]


def is_verified(ctx: Context, address: str) -> bool:
    known = {name.lower(): identity for name, identity in ses_backend(ctx).email_identities.items()}
    address = address.lower()
    parts = address.rpartition("@")[2].split(".")
    names = [address, *(".".join(parts[index:]) for index in range(len(parts)))]
    return any(name in known and status_of(known[name]) == "SUCCESS" for name in names)


def limits() -> tuple[float, float]:
    return (200.0, 1.0) if SWITCHES["ses_sandbox"] else (50000.0, 14.0)


def kept(ctx: Context) -> list[dict]:
    return state.store(ctx.account, ctx.region, messages.MAIL, list)


def sent_today(ctx: Context) -> int:
    since = clock.timestamp() - 24 * 3600
    return sum(len(mail["recipients"]) for mail in kept(ctx) if mail["time"] > since)
