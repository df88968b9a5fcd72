# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Mail: only verified identities may send, in the sandbox only to verified ones; what was sent is kept with both bodies.

Source: API SendEmail, SendRawEmail, GetIdentityVerificationAttributes (SES), SendEmail (SES v2); SES developer guide
"Verified identities", "Request production access", "Amazon SES email sending errors".
"""

import base64
import email
import email.policy
import re
from email.utils import getaddresses
from email.utils import parseaddr
from typing import Any

from moto.ses.models import SESBackend
from moto.ses.models import ses_backends

from local_aws.framework import clock
from local_aws.framework import messages
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define

RECIPIENTS = 50
SIZE = {"ses": 10 * 1024 * 1024, "sesv2": 40 * 1024 * 1024}
SIMULATOR = "simulator.amazonses.com"
WAIT = {"EMAIL_ADDRESS": 24 * 3600, "DOMAIN": 72 * 3600}  # GetIdentityVerificationAttributes
ADDRESS = re.compile(r"[^@\s]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}")
PLAIN = {"SUCCESS": "Success", "PENDING": "Pending", "FAILED": "Failed"}

define("ses_sandbox", False, bool, "the account has no production access: recipients must be verified, 200 mails a day")
define(
    "ses_verification",
    "immediate",
    ["immediate", "pending"],
    "a new identity is verified at once, or Pending until POST /_emu/ses {verify: identity} (then Failed, after a day)",
)
assume(
    "ses-verified",
    "An address is verified when it, its domain or a parent domain is; addresses are compared without case.",
    "SES developer guide, verified identities; the guide calls local parts case sensitive",
)
assume(
    "ses-error-codes",
    "A malformed address and a message that is too large are InvalidParameterValue (SES) or BadRequestException (v2).",
    "the API reference names MessageRejected only",
)
assume("ses-quota", "beyond the mails of 24 hours: Throttling (SES), LimitExceededException (v2)", "sending errors")

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


def _status(identity: Any) -> str:
    waited = clock.timestamp() - getattr(identity, "local_aws_since", 0)
    if identity.verification_status == "PENDING" and waited > WAIT[identity.identity_type]:
        set_status(identity, "FAILED")
    return identity.verification_status


def _backend(ctx: Context) -> Any:
    return ses_backends[ctx.account][ctx.region]


def _is_verified(ctx: Context, address: str) -> bool:
    known = {name.lower(): identity for name, identity in _backend(ctx).email_identities.items()}
    address = address.lower()
    parts = address.rpartition("@")[2].split(".")
    names = [address, *(".".join(parts[index:]) for index in range(len(parts)))]
    return any(name in known and _status(known[name]) == "SUCCESS" for name in names)


def _limits() -> tuple[float, float]:
    return (200.0, 1.0) if SWITCHES["ses_sandbox"] else (50000.0, 14.0)


def _kept(ctx: Context) -> list[dict]:
    return state.store(ctx.account, ctx.region, messages.MAIL, list)


def _sent_today(ctx: Context) -> int:
    since = clock.timestamp() - 24 * 3600
    return sum(len(mail["recipients"]) for mail in _kept(ctx) if mail["time"] > since)


def _check(ctx: Context, service: str, senders: list[str], recipients: list[str], size: int) -> None:
    wrong = "InvalidParameterValue" if service == "ses" else "BadRequestException"
    if not recipients:
        raise AwsError(wrong, "The message has no recipient.")
    if len(recipients) > RECIPIENTS:
        raise AwsError(wrong, f"Recipient count exceeds {RECIPIENTS}.")
    for address in senders + recipients:
        if not ADDRESS.fullmatch(parseaddr(address)[1]):
            raise AwsError(wrong, f"Illegal address: {address}")
    if size > SIZE[service]:
        raise AwsError(wrong, f"Message length is more than {SIZE[service]} bytes long.")
    checked = list(senders)
    if SWITCHES["ses_sandbox"]:
        checked += [one for one in recipients if not parseaddr(one)[1].lower().endswith(f"@{SIMULATOR}")]
    failed = list(dict.fromkeys(one for one in checked if not _is_verified(ctx, parseaddr(one)[1])))
    if failed:
        _backend(ctx).rejected_messages_count += 1
        text = "Email address is not verified. The following identities failed the check in region"
        raise AwsError("MessageRejected", f"{text} {ctx.region.upper()}: {', '.join(failed)}")
    if _sent_today(ctx) + len(recipients) > _limits()[0]:
        code = "Throttling" if service == "ses" else "LimitExceededException"
        raise AwsError(code, "Daily message quota exceeded.")


def _check_set(ctx: Context, service: str, name: str | None) -> None:
    if name and name not in _backend(ctx).config_sets:
        code = "ConfigurationSetDoesNotExistException" if service == "ses" else "NotFoundException"
        raise AwsError(code, f"Configuration set <{name}> does not exist.")


def _keep(ctx: Context, source: str, recipients: list[str], **facts: Any) -> dict:
    number = f"{state.new_id('', 16)}-{state.new_uuid()}-000000"
    backend = _backend(ctx)
    backend.__process_sns_feedback__(source, recipients)
    backend.sent_message_count += len(recipients)
    mail = {"id": number, "time": clock.timestamp(), "source": source, "recipients": recipients, **facts}
    _kept(ctx).append(mail)
    return {"MessageId": number}


def _simple(ctx: Context, service: str, source: str, params: dict, message: dict) -> dict:
    destination = {key: list(value) for key, value in (params.get("Destination") or {}).items() if value}
    recipients = [address for addresses in destination.values() for address in addresses]
    bodies = {kind: part["Data"] for kind, part in (message.get("Body") or {}).items() if part}
    if not bodies:
        raise AwsError("InvalidParameterValue" if service == "ses" else "BadRequestException", "Body is empty.")
    _check_set(ctx, service, params.get("ConfigurationSetName"))
    size = sum(len(text.encode()) for text in bodies.values())
    _check(ctx, service, [source], recipients, size)
    return _keep(
        ctx, source, recipients, kind="Message", subject=message["Subject"]["Data"], destinations=destination,
        text=bodies.get("Text"), html=bodies.get("Html"), reply_to=params.get("ReplyToAddresses") or [], raw=None,
    )  # fmt: skip


def _bytes(data: Any) -> bytes:
    if isinstance(data, bytes):
        try:
            return base64.b64decode(data, validate=True)
        except ValueError:
            return data
    return base64.b64decode(data)


def _raw(ctx: Context, service: str, source: str | None, given: list[str], params: dict, data: Any) -> dict:
    content = _bytes(data)
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    headers = {name: [str(value) for value in parsed.get_all(name, [])] for name in ("From", "To", "Cc", "Bcc")}
    senders = [address for _, address in getaddresses(headers["From"])] + ([source] if source else [])
    if not senders:
        raise AwsError("InvalidParameterValue" if service == "ses" else "BadRequestException", "Missing From.")
    destination = {f"{name}Addresses": [one for _, one in getaddresses(headers[name])] for name in ("To", "Cc", "Bcc")}
    recipients = given or [one for addresses in destination.values() for one in addresses]
    _check_set(ctx, service, params.get("ConfigurationSetName"))
    _check(ctx, service, senders, recipients, len(content))
    parts = {kind: parsed.get_body((kind,)) for kind in ("plain", "html")}
    bodies = {kind: part.get_content() if part is not None else None for kind, part in parts.items()}
    return _keep(
        ctx, source or headers["From"][0], recipients, kind="RawMessage", subject=str(parsed.get("Subject", "")),
        destinations={"ToAddresses": recipients} if given else {key: one for key, one in destination.items() if one},
        text=bodies["plain"], html=bodies["html"], reply_to=[], raw=content.decode("utf-8", "replace"),
    )  # fmt: skip


@op("ses", "SendEmail")
def send_email(ctx: Context, params: dict) -> dict:
    return _simple(ctx, "ses", params["Source"], params, params["Message"])


@op("ses", "SendRawEmail")
def send_raw_email(ctx: Context, params: dict) -> dict:
    given = list(params.get("Destinations") or [])
    return _raw(ctx, "ses", params.get("Source"), given, params, params["RawMessage"]["Data"])


@op("sesv2", "SendEmail")
def send_email_v2(ctx: Context, params: dict) -> dict:
    content = params["Content"]
    if content.get("Template"):
        raise AwsError("NotImplementedByEmulator", "Templates of SES v2 are not here yet.", 501)
    source = params.get("FromEmailAddress")
    if content.get("Raw"):
        destination = params.get("Destination") or {}
        given = [one for addresses in destination.values() for one in addresses or []]
        return _raw(ctx, "sesv2", source, given, params, content["Raw"]["Data"])
    if not content.get("Simple") or not source:
        raise AwsError("BadRequestException", "FromEmailAddress and one of Simple, Raw and Template are required.")
    return _simple(ctx, "sesv2", source, params, content["Simple"])


@op("ses", "GetIdentityVerificationAttributes")
def verification_attributes(ctx: Context, params: dict) -> dict:
    """Identities that nobody has made are left out."""
    found = {}
    for name in params["Identities"]:
        identity = _backend(ctx).email_identities.get(name)
        if identity is not None:
            found[name] = {"VerificationStatus": PLAIN[_status(identity)]}
            if identity.identity_type == "DOMAIN":
                found[name]["VerificationToken"] = base64.b64encode(name.encode()).decode()
    return {"VerificationAttributes": found}


@op("ses", "GetSendQuota")
def send_quota(ctx: Context, params: dict) -> dict:
    most, rate = _limits()
    return {"Max24HourSend": most, "MaxSendRate": rate, "SentLast24Hours": float(_sent_today(ctx))}


@op("sesv2", "GetAccount")
def get_account(ctx: Context, params: dict) -> dict:
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": not SWITCHES["ses_sandbox"],
        "SendQuota": send_quota(ctx, {}),
        "SendingEnabled": True,
    }
