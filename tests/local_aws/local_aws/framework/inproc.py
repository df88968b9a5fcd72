# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Real boto3 clients without a socket, through the same front: validation, faults, rates and recorder apply."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from werkzeug.test import EnvironBuilder

from local_aws.framework import perf
from local_aws.framework.registry import Context

ACCESS_KEY = "LOCALAWS0INPROCESS00"
SECRET = "local-0f3c9a7e51"
_acting: ContextVar[str | None] = ContextVar("acting", default=None)


class _Raw(io.BytesIO):
    """What botocore expects of a urllib3 response."""

    def stream(self, **_: Any) -> Any:
        while chunk := self.read(65536):
            yield chunk


@lru_cache(maxsize=1)
def _session() -> Any:
    return boto3.session.Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET, region_name="us-east-1")


@lru_cache(maxsize=256)
def client(
    service: str,
    account: str,
    region: str,
    *,
    role_arn: str | None = None,
    principal: str | None = None,
    source: str = "automation",
) -> Any:
    """A boto3 client that acts in account and region as the role (session name "automation"), else as the principal
    (an ARN), else as the account's root.

    No retries: the caller decides (a sleep of botocore would be real time with the lock held).
    """
    made = _session().client(
        service,
        region_name=region,
        endpoint_url="http://127.0.0.1",
        config=Config(retries={"total_max_attempts": 1, "mode": "standard"}, parameter_validation=True),
    )
    ctx = Context(account, region, ACCESS_KEY, _principal(account, role_arn, principal), source)
    made.meta.events.register("before-send", lambda request, **_: _send(request, ctx))
    perf.keep()
    return made


def _principal(account: str, role_arn: str | None, principal: str | None) -> str:
    return session_arn(role_arn) if role_arn else principal or f"arn:aws:iam::{account}:root"


def session_arn(role_arn: str, session: str = "automation") -> str:
    """The ARN of a session of a role."""
    return f"arn:aws:sts::{role_arn.split(':')[4]}:assumed-role/{role_arn.split('/')[-1]}/{session}"


@contextmanager
def acting(principal: str | None) -> Iterator[None]:
    """Calls inside come from this principal (an ARN), whatever their client is of; None changes nothing."""
    token = _acting.set(principal)
    try:
        yield
    finally:
        _acting.reset(token)


def _send(request: Any, ctx: Context) -> AWSResponse:
    from local_aws.framework import front

    path, _, query = request.url.partition("://")[2].partition("/")[2].partition("?")
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    builder = EnvironBuilder(
        path="/" + path,
        base_url="http://127.0.0.1",
        query_string=query,
        method=request.method,
        data=body,
        headers=[(name, _text(value)) for name, value in request.headers.items() if name.lower() != "expect"],
    )
    environ = builder.get_environ()
    acting_as = _acting.get()
    environ[front.CONTEXT_KEY] = replace(ctx, principal=acting_as) if acting_as else ctx
    status, headers, content = front.answer(environ)
    return AWSResponse(request.url, status, dict(headers), _Raw(content))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
