# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a mail may hold, before it is sent. Pure, but for the attachments that it looks for."""

from __future__ import annotations

import os
import re
from email.utils import getaddresses

from ..._core.errors import InvalidInput
from . import wire
from .wire import Mail

RECIPIENTS = 50  # API SendEmail: across To, CC and BCC
# API MessageHeader: Name and Value.
HEADER_NAME = re.compile(r"[!-9;-@A-~]{1,126}")
HEADER_VALUE = re.compile(r"[ -~]{1,995}")
# What the other options, or MIME itself, say.
OWN_HEADERS = frozenset(
    {"from", "sender", "to", "cc", "bcc", "reply-to", "subject", "mime-version", "return-path", "date"}
)
ADDRESS = re.compile(r"[!-?A-~]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}")


def check_addresses(mail: Mail) -> None:
    """Raise InvalidInput for an address that SES would refuse with the whole mail."""
    options = {"from": (mail.sender,), "to": mail.to, "cc": mail.cc, "bcc": mail.bcc, "reply_to": mail.reply_to}
    for option, addresses in options.items():
        for address in addresses:
            # A line break would be a header of its own.
            broken = len(getaddresses([address])) != 1 or any(ord(letter) < 32 for letter in address)
            if broken or not ADDRESS.fullmatch(wire.bare(address)):
                raise InvalidInput(f"{option}: {address!r} is not a mail address")
    if len(mail.recipients) > RECIPIENTS:
        raise InvalidInput(f"to, cc, bcc: {len(mail.recipients)} recipients; SES allows at most {RECIPIENTS} per mail")


def check(mail: Mail) -> None:
    """Raise InvalidInput for a mail that cannot be sent."""
    check_addresses(mail)
    if not mail.recipients:
        raise InvalidInput("to: at least one recipient is required")
    if not mail.subject.strip() or any(ord(letter) < 32 for letter in mail.subject):
        raise InvalidInput("subject: must be a single line that is not empty")
    if not (mail.text or "").strip() and not (mail.html or "").strip():
        raise InvalidInput("text, html: one of them is required")
    for name, value in mail.headers.items():
        if not HEADER_NAME.fullmatch(name) or name.lower() in OWN_HEADERS or name.lower().startswith("content-"):
            raise InvalidInput(f"headers: {name!r} is a header that cannot be set")
        if not HEADER_VALUE.fullmatch(value):
            raise InvalidInput(f"headers: the value of {name} must be a single line of 1–995 ASCII characters")
    for path in mail.attachments:
        if not os.path.isfile(path) or not os.access(path, os.R_OK):
            raise InvalidInput(f"attachments: {path} is not a readable file")
