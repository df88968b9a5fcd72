# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Mail: only verified identities may send, in the sandbox only to verified ones; what was sent is kept with both bodies.

Source: API SendEmail, SendRawEmail, GetIdentityVerificationAttributes (SES), SendEmail (SES v2); SES developer guide
"Verified identities", "Request production access", "Amazon SES email sending errors".
"""

import base64
import email
import email.policy
from email.utils import getaddresses
from typing import Any

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.registry import op
from local_aws.framework.switches import SWITCHES
from local_aws.ses.model import PLAIN
from local_aws.ses.model import kept
from local_aws.ses.model import limits
from local_aws.ses.model import sent_today
from local_aws.ses.model import ses_backend
from local_aws.ses.model import status_of
from local_aws.ses.rules import check
from local_aws.ses.rules import check_set


def _keep(ctx: Context, source: str, recipients: list[str], **facts: Any) -> dict:
    number = f"{state.new_id('', 16)}-{state.new_uuid()}-000000"
    backend = ses_backend(ctx)
    backend.__process_sns_feedback__(source, recipients)
    backend.sent_message_count += len(recipients)
    mail = {"id": number, "time": clock.timestamp(), "source": source, "recipients": recipients, **facts}
    kept(ctx).append(mail)
    return {"MessageId": number}


def _simple(ctx: Context, service: str, source: str, params: dict, message: dict) -> dict:
    destination = {key: list(value) for key, value in (params.get("Destination") or {}).items() if value}
    recipients = [address for addresses in destination.values() for address in addresses]
    bodies = {kind: part["Data"] for kind, part in (message.get("Body") or {}).items() if part}
    if not bodies:
        raise AwsError("InvalidParameterValue" if service == "ses" else "BadRequestException", "Body is empty.")
    check_set(ctx, service, params.get("ConfigurationSetName"))
    size = sum(len(text.encode()) for text in bodies.values())
    check(ctx, service, [source], recipients, size)
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
    check_set(ctx, service, params.get("ConfigurationSetName"))
    check(ctx, service, senders, recipients, len(content))
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
        raise AwsError("NotImplementedByEmulator", "Templates of SES v2 are not implemented in the local AWS.", 501)
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
        identity = ses_backend(ctx).email_identities.get(name)
        if identity is not None:
            found[name] = {"VerificationStatus": PLAIN[status_of(identity)]}
            if identity.identity_type == "DOMAIN":
                found[name]["VerificationToken"] = base64.b64encode(name.encode()).decode()
    return {"VerificationAttributes": found}


@op("ses", "GetSendQuota")
def send_quota(ctx: Context, params: dict) -> dict:
    most, rate = limits()
    return {"Max24HourSend": most, "MaxSendRate": rate, "SentLast24Hours": float(sent_today(ctx))}


@op("sesv2", "GetAccount")
def get_account(ctx: Context, params: dict) -> dict:
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": not SWITCHES["ses_sandbox"],
        "SendQuota": send_quota(ctx, {}),
        "SendingEnabled": True,
    }
