# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What SES refuses to send."""

import re
from email.utils import parseaddr

from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ses.model import is_verified
from local_aws.ses.model import limits
from local_aws.ses.model import sent_today
from local_aws.ses.model import ses_backend

RECIPIENTS = 50
SIZE = {"ses": 10 * 1024 * 1024, "sesv2": 40 * 1024 * 1024}
SIMULATOR = "simulator.amazonses.com"
ADDRESS = re.compile(r"[^@\s]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}")

define("ses_sandbox", False, bool, "the account has no production access: recipients must be verified, 200 mails a day")
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


def check(ctx: Context, service: str, senders: list[str], recipients: list[str], size: int) -> None:
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
    failed = list(dict.fromkeys(one for one in checked if not is_verified(ctx, parseaddr(one)[1])))
    if failed:
        ses_backend(ctx).rejected_messages_count += 1
        text = "Email address is not verified. The following identities failed the check in region"
        raise AwsError("MessageRejected", f"{text} {ctx.region.upper()}: {', '.join(failed)}")
    if sent_today(ctx) + len(recipients) > limits()[0]:
        code = "Throttling" if service == "ses" else "LimitExceededException"
        raise AwsError(code, "Daily message quota exceeded.")


def check_set(ctx: Context, service: str, name: str | None) -> None:
    if name and name not in ses_backend(ctx).config_sets:
        code = "ConfigurationSetDoesNotExistException" if service == "ses" else "NotFoundException"
        raise AwsError(code, f"Configuration set <{name}> does not exist.")
