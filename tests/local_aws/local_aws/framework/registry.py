# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Operations that the local AWS carries out itself, by service and operation name of the botocore model."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class AwsError(Exception):
    """An error answer of an operation.

    code: error code as AWS sends it; message: text; status: HTTP status (None = the model's, else 400);
    further members: members of the modelled error shape.
    """

    def __init__(self, code: str, message: str = "", status: int | None = None, **members: Any):
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.status = status
        self.members = members
        for name, value in members.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@dataclass(frozen=True)
class Context:
    """Who calls, where. principal: ARN of the user, role or assumed role; source: client | automation | machine."""

    account: str
    region: str
    access_key: str = ""
    principal: str = ""
    source: str = "client"


OPS: dict[tuple[str, str], Callable[[Context, dict], dict]] = {}
# service: what is called with (ctx, operation, params) before moto carries out an operation of that service
BEFORE_MOTO: dict[str, Callable[[Context, str, dict], None]] = {}
# called with (ctx, service, operation, params) before an operation is carried out: raises AwsError when the caller may not
AUTHORIZE: list[Callable[[Context, str, str, dict], None]] = []
# service: what is called with (ctx, operation, params, status) after moto carried one out: raises AwsError to answer that
AFTER_MOTO: dict[str, Callable[[Context, str, dict, int], None]] = {}
LOADED = ("operations", "control")  # files with these names register themselves when they are imported


def op(service: str, operation: str) -> Callable:
    """Register `handler(ctx, params) -> dict` (botocore member names both ways, datetimes aware UTC)."""

    def register(handler: Callable[[Context, dict], dict]) -> Callable[[Context, dict], dict]:
        key = (service, operation)
        if key in OPS and OPS[key] is not handler:
            raise RuntimeError(f"{service}:{operation} is registered twice")
        OPS[key] = handler
        return handler

    return register


def load() -> None:
    """Import every operations.py and control.py of the package; one that cannot be imported stops the start."""
    import local_aws

    for found in pkgutil.walk_packages(local_aws.__path__, "local_aws."):
        if found.name.rsplit(".", 1)[-1] in LOADED:
            importlib.import_module(found.name)


def partition_arn(ctx: Context, service: str, resource: str) -> str:
    """arn:aws:<service>:<region>:<account>:<resource>"""
    return f"arn:aws:{service}:{ctx.region}:{ctx.account}:{resource}"
