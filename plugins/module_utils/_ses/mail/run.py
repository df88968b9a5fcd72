# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Send a mail, at most once, and see beforehand whether it can be sent."""

from __future__ import annotations

from ..._core.calls import Connection
from ..._core.errors import ServiceError
from ..._core.errors import Unavailable
from ..._core.run import start_once
from . import api
from .limits import check
from .wire import Mail
from .wire import bare
from .wire import to_wire


def send(aws: Connection, mail: Mail) -> dict:
    """Send the mail. A throttled request sent nothing and is repeated; one without a clear answer is not."""
    check(mail)
    request = to_wire(mail)
    try:
        message_id, _found = start_once(
            lambda: api.send_email(aws, **request),
            lambda: None,  # SES has no list of mails
            is_reuse=lambda error: False,
            clock=aws.clock,
            repeat=aws.policy,
            looks=(),
        )
    except ServiceError as error:
        error.results = {"changed": isinstance(error, Unavailable), "message_id": None, **facts(mail)}
        if isinstance(error, Unavailable):
            error.message += "; it is not known whether the mail was sent, and it is not sent again"
        raise
    return {"changed": True, "message_id": message_id, **facts(mail), "msg": told(mail, "sent")}


def facts(mail: Mail) -> dict:
    """What is returned of a mail: never its content."""
    return {"recipients": list(mail.recipients), "subject": mail.subject}


def told(mail: Mail, verb: str) -> str:
    return f"mail from {bare(mail.sender)} to {len(mail.recipients)} recipients {verb}"
