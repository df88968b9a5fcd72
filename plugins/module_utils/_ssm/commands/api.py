# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run Command: one function is one API operation; lists come whole."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import next_token
from ..._core.calls import paged
from ..._core.retry import ONCE
from ..._core.retry import PROTECTED

NO_COMMAND = ("InvalidCommandId",)
NO_INVOCATION = ("InvocationDoesNotExist", "InvalidPluginName", "InvalidCommandId")


@api_call("send {DocumentName}", ONCE)
def send_command(client: Any, **request: Any) -> dict:
    """SendCommand: the Command. There is no client token: a second request is a second command."""
    return client.send_command(**request)["Command"]


@api_call("cancel command {command_id}", PROTECTED, missing=NO_COMMAND)
def cancel_command(client: Any, command_id: str) -> None:
    """CancelCommand on all its nodes; cancelling twice ends in the same state."""
    client.cancel_command(CommandId=command_id)


@api_call("list commands")
def _commands_page(client: Any, filters: list, token: str | None) -> dict:
    return client.list_commands(Filters=filters, MaxResults=50, **next_token(token))


def list_commands(aws: Connection, filters: dict[str, str]) -> list[dict]:
    """ListCommands; filters as {key: value} (InvokedAfter, DocumentName, ...)."""
    wire = [{"key": key, "value": value} for key, value in filters.items()]
    return list(paged(partial(_commands_page, aws, filters=wire), "Commands"))


@api_call("read command {command_id}", missing=NO_COMMAND)
def get_command(client: Any, command_id: str) -> dict | None:
    """ListCommands of one id; None when the list does not have it (yet)."""
    found = client.list_commands(CommandId=command_id).get("Commands") or []
    return next((command for command in found if command.get("CommandId") == command_id), None)


@api_call("list the invocations of command {command_id}", missing=NO_COMMAND)
def _invocations_page(client: Any, command_id: str, token: str | None) -> dict:
    return client.list_command_invocations(CommandId=command_id, Details=True, MaxResults=50, **next_token(token))


def list_invocations(aws: Connection, command_id: str) -> list[dict]:
    """ListCommandInvocations with the plugins of each node."""
    return list(paged(partial(_invocations_page, aws, command_id=command_id), "CommandInvocations"))


@api_call("read the output of command {command_id} on {instance_id}", missing=NO_INVOCATION)
def get_invocation(client: Any, command_id: str, instance_id: str, plugin: str) -> dict:
    """GetCommandInvocation of one step."""
    return client.get_command_invocation(CommandId=command_id, InstanceId=instance_id, PluginName=plugin)
