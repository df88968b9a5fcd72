# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A mail as SES takes it: addresses, bodies, MIME. Pure, but for the attachments that it reads."""

from __future__ import annotations

import mimetypes
import os
import re
from dataclasses import dataclass
from dataclasses import field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr
from email.utils import parseaddr
from html.parser import HTMLParser

from ..._core.errors import InvalidInput

SIZE = 40 * 1024 * 1024  # SES service quotas: a message of API v2, encoded, with its attachments


@dataclass(frozen=True)
class Mail:
    """One mail. Addresses as people write them ("Ops <ops@example.com>"); attachments are paths."""

    sender: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str = ""
    text: str | None = None
    html: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    configuration_set: str | None = None

    @property
    def recipients(self) -> tuple[str, ...]:
        return (*self.to, *self.cc, *self.bcc)

    @property
    def plain(self) -> str | None:
        """The text, or what can be read of the HTML when there is none."""
        return self.text if self.text is not None or self.html is None else text_of(self.html)


def bare(address: str) -> str:
    """ops@example.com of "Ops <ops@example.com>"."""
    return parseaddr(address)[1]


def to_wire(mail: Mail) -> dict:
    """The request of SendEmail. Raises InvalidInput when the mail is too large."""
    destination = {"ToAddresses": mail.to, "CcAddresses": mail.cc, "BccAddresses": mail.bcc}
    wire: dict = {
        "FromEmailAddress": encoded(mail.sender),
        "Destination": {name: [encoded(one) for one in given] for name, given in destination.items() if given},
    }
    if mail.configuration_set:
        wire["ConfigurationSetName"] = mail.configuration_set
    if mail.headers or mail.attachments:
        wire["Content"] = {"Raw": {"Data": _checked(mime(mail))}}
        return wire
    if mail.reply_to:
        wire["ReplyToAddresses"] = [encoded(one) for one in mail.reply_to]
    bodies = {"Text": mail.plain, "Html": mail.html}
    _checked("".join(body or "" for body in bodies.values()).encode())
    wire["Content"] = {
        "Simple": {
            "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
            "Body": {kind: {"Data": body, "Charset": "UTF-8"} for kind, body in bodies.items() if body},
        }
    }
    return wire


def _checked(content: bytes) -> bytes:
    if len(content) > SIZE:
        raise InvalidInput(f"attachments: the mail has {len(content)} bytes; SES allows at most {SIZE}")
    return content


def encoded(address: str) -> str:
    """The address with its name in ASCII (RFC 2047), as the API wants it."""
    return formataddr(parseaddr(address), "utf-8")


def mime(mail: Mail) -> bytes:
    """The whole mail, without the blind copies, which are only in the request."""
    # SES asks for content beyond ASCII to be encoded (API RawMessage).
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["Subject"] = mail.subject
    for name, addresses in (("From", (mail.sender,)), ("To", mail.to), ("Cc", mail.cc), ("Reply-To", mail.reply_to)):
        if addresses:
            message[name] = [_address(one) for one in addresses]
    for name, value in mail.headers.items():
        message[name] = value
    if mail.plain:
        message.set_content(mail.plain)
    if mail.html:
        (message.add_alternative if mail.plain else message.set_content)(mail.html, subtype="html")
    for path in mail.attachments:
        kind = (mimetypes.guess_type(path)[0] or "application/octet-stream").split("/", 1)
        try:
            with open(path, "rb") as stream:
                content = stream.read()
        except OSError as error:
            raise InvalidInput(f"attachments: {path} cannot be read: {error.strerror}") from error
        message.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=os.path.basename(path))
    return message.as_bytes()


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    return Address(display_name=name, addr_spec=address)


# The text of an HTML mail

_BREAKS = frozenset({"br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "table", "tr", "ul", "ol", "hr"})
_HIDDEN = frozenset({"head", "script", "style", "title"})


class _Reader(HTMLParser):
    """Collects the words that a person would see; a link keeps its address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0
        self.link = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag in _HIDDEN:
            self.hidden += 1
        elif tag in _BREAKS:
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        elif tag == "a":
            self.link = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag in _BREAKS and tag not in ("br", "hr", "li"):
            self.parts.append("\n")
        elif tag == "a" and self.link:
            if self.link not in "".join(self.parts[-2:]):
                self.parts.append(f" ({self.link})")
            self.link = ""

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of(html: str) -> str:
    """What can be read of an HTML document, for people whose mail program shows no HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [line.strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(re.sub(r" {2,}", " ", line) for line in lines)).strip() + "\n"
