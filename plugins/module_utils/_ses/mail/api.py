# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Simple Email Service (API v2): one function is one API operation."""

from __future__ import annotations

from typing import Any

from ..._core.calls import api_call
from ..._core.retry import ONCE

NOT_THERE = ("NotFoundException",)


@api_call("send the mail of {FromEmailAddress}", ONCE)
def send_email(client: Any, **request: Any) -> str:
    """SendEmail: the message id. There is no client token: a second request is a second mail."""
    return client.send_email(**request)["MessageId"]


@api_call("read the mail account")
def get_account(client: Any) -> dict:
    """GetAccount: sandbox, whether sending is enabled, quota."""
    return client.get_account()


@api_call("read mail identity {identity}", missing=NOT_THERE)
def get_identity(client: Any, identity: str) -> dict:
    """GetEmailIdentity of an address or a domain."""
    return client.get_email_identity(EmailIdentity=identity)


@api_call("read configuration set {name}", missing=NOT_THERE)
def get_configuration_set(client: Any, name: str) -> dict:
    """GetConfigurationSet."""
    return client.get_configuration_set(ConfigurationSetName=name)
