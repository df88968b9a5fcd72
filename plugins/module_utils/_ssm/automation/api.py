# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Automation executions: one function is one API operation; lists come whole.

Every function takes a Connection and named arguments, and raises the errors of _core/errors.py.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import Iterator

from ..._core.calls import Connection
from ..._core.calls import api_call
from ..._core.calls import next_token
from ..._core.calls import paged
from ..._core.retry import ONCE
from ..._core.retry import PROTECTED
from ..connection import READS
from ..connection import STARTS
from ..connection import STOPS

NO_EXECUTION = ("AutomationExecutionNotFoundException",)
_METADATA = "AutomationExecutionMetadataList"


@api_call("start automation {DocumentName}", PROTECTED, pace=STARTS)
def start_execution(client: Any, **request: Any) -> str:
    """StartAutomationExecution; the ClientToken in the request is what makes a second try harmless."""
    return client.start_automation_execution(**request)["AutomationExecutionId"]


@api_call("read automation execution {execution_id}", pace=READS, missing=NO_EXECUTION)
def get_execution(client: Any, execution_id: str) -> dict:
    """GetAutomationExecution."""
    return client.get_automation_execution(AutomationExecutionId=execution_id)["AutomationExecution"]


@api_call("list automation executions with {key} {value}", pace=READS)
def _executions_page(client: Any, key: str, value: str, token: str | None) -> dict:
    filters = [{"Key": key, "Values": [value]}]
    return client.describe_automation_executions(Filters=filters, MaxResults=50, **next_token(token))


def list_children(aws: Connection, execution_id: str) -> list[dict]:
    """DescribeAutomationExecutions: the child executions of a parent."""
    return list(paged(partial(_executions_page, aws, key="ParentExecutionId", value=execution_id), _METADATA))


def list_tagged_executions(aws: Connection, tag_key: str) -> list[dict]:
    """DescribeAutomationExecutions: the executions that carry a tag with this key."""
    return list(paged(partial(_executions_page, aws, key="TagKey", value=tag_key), _METADATA))


def list_recent_executions(aws: Connection, key: str, value: str) -> Iterator[dict]:
    """DescribeAutomationExecutions with one filter, page by page as far as it is read."""
    return paged(partial(_executions_page, aws, key=key, value=value), _METADATA)


@api_call("list the unfinished automation executions of {document_name}", pace=READS)
def _unfinished_page(client: Any, document_name: str, statuses: list, token: str | None) -> dict:
    filters = [{"Key": "ExecutionStatus", "Values": statuses}]
    filters += [{"Key": "DocumentNamePrefix", "Values": [document_name]}] if document_name else []
    return client.describe_automation_executions(Filters=filters, MaxResults=50, **next_token(token))


def list_unfinished_executions(aws: Connection, document_name: str, statuses: list[str]) -> list[dict]:
    """DescribeAutomationExecutions: those in one of these statuses, of documents whose names begin so; parents and children."""
    page = partial(_unfinished_page, aws, document_name=document_name, statuses=statuses)
    return list(paged(page, _METADATA))


@api_call("list the steps of automation execution {execution_id}", pace=READS, missing=NO_EXECUTION)
def _steps_page(client: Any, execution_id: str, token: str | None) -> dict:
    return client.describe_automation_step_executions(
        AutomationExecutionId=execution_id, MaxResults=50, **next_token(token)
    )


def list_steps(aws: Connection, execution_id: str) -> list[dict]:
    """DescribeAutomationStepExecutions: all of them (GetAutomationExecution may cut its list off)."""
    return list(paged(partial(_steps_page, aws, execution_id=execution_id), "StepExecutions"))


@api_call("stop automation execution {execution_id}", PROTECTED, pace=STOPS, missing=NO_EXECUTION)
def stop_execution(client: Any, execution_id: str, stop_type: str) -> None:
    """StopAutomationExecution; stopping twice ends in the same state."""
    client.stop_automation_execution(AutomationExecutionId=execution_id, Type=stop_type)


@api_call("send {signal_type} to automation execution {execution_id}", ONCE, pace=READS, missing=NO_EXECUTION)
def send_signal(client: Any, execution_id: str, signal_type: str, payload: dict) -> None:
    """SendAutomationSignal; a second signal could approve or start the step after the one that was meant."""
    optional = {"Payload": payload} if payload else {}
    client.send_automation_signal(AutomationExecutionId=execution_id, SignalType=signal_type, **optional)
