# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Executions and steps as the API shows them."""

import json
from typing import Any

from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation import rate
from local_aws.ssm.automation.flow import ends
from local_aws.ssm.automation.flow import truth
from local_aws.ssm.automation.model import TERMINAL
from local_aws.ssm.automation.model import Execution
from local_aws.ssm.automation.model import Step
from local_aws.ssm.automation.templates import text
from local_aws.ssm.automation.templates import wire

define("steps_bound", 100, int, "how many StepExecutions GetAutomationExecution returns at most")
define("resolved_targets_bound", 100, int, "how many ResolvedTargets are returned before Truncated is true")
define("targets_summary", True, bool, "whether TargetsSummary of rate-controlled parents is returned")
define("progress_counters", True, bool, "ProgressCounters of multi-account and multi-Region runs")
assume("wire.steps_bound", "GetAutomationExecution returns at most 100 steps (switch)", "StepExecutionsTruncated")
assume("wire.resolved", "ResolvedTargets are truncated after 100 (switch)", "ResolvedTargets")
assume("wire.inputs", "inputs of a step are shown as JSON", "StepExecution: Inputs")
assume("wire.details", "keys inside FailureDetails.Details are invented", "FailureDetails")


def _clean(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value is not None}


def step(record: Step) -> dict[str, Any]:
    """StepExecution."""
    definition = record.definition
    found: dict[str, Any] = {
        "StepName": record.name,
        "Action": record.action,
        "TimeoutSeconds": None if record.timeout is None else int(record.timeout),
        "OnFailure": definition.get("onFailure", "Abort"),
        "MaxAttempts": record.attempts,
        "ExecutionStartTime": record.start,
        "ExecutionEndTime": record.end,
        "StepStatus": record.status,
        "ResponseCode": record.response_code,
        "Inputs": {key: json.dumps(value, default=text) for key, value in record.inputs.items()},
        "Outputs": {key: wire(value) for key, value in record.outputs.items()} or None,
        "FailureMessage": record.message,
        "StepExecutionId": record.id,
        "IsEnd": ends(definition),
        "NextStep": definition.get("nextStep"),
        "IsCritical": truth(definition.get("isCritical")),
        "ParentStepDetails": record.parent,
        "OverriddenParameters": {},
    }
    if record.failure is not None:
        found["FailureDetails"] = {
            "FailureStage": record.failure.stage,
            "FailureType": record.failure.kind,
            "Details": {key: wire(value) for key, value in record.failure.details.items() if value},
        }
    return _clean(found)


def _common(execution: Execution) -> dict[str, Any]:
    document = execution.document
    found: dict[str, Any] = {
        "AutomationExecutionId": execution.id,
        "DocumentName": document.name,
        "DocumentVersion": document.version,
        "AutomationExecutionStatus": execution.status,
        "ExecutionStartTime": execution.start,
        "ExecutionEndTime": execution.end,
        "ExecutedBy": execution.executed_by,
        "Mode": execution.mode,
        "ParentAutomationExecutionId": execution.parent.id if execution.parent else None,
        "FailureMessage": execution.message,
        "Outputs": execution.outputs,
        "Target": execution.target,
    }
    if execution.current is not None and execution.status not in TERMINAL:
        found.update(CurrentStepName=execution.current.name, CurrentAction=execution.current.action)
    control = execution.rate
    if control is not None:
        found.update(
            TargetParameterName=control.parameter,
            Targets=control.targets,
            TargetMaps=control.maps,
            MaxConcurrency=control.concurrency,
            MaxErrors=control.errors,
        )
    found["ResolvedTargets"] = _resolved(execution)
    return _clean(found)


def _resolved(execution: Execution) -> dict[str, Any]:
    if execution.rate is not None:
        values = [target for target, _ in execution.rate.items or []]
    else:
        values = []
    bound = SWITCHES["resolved_targets_bound"]
    return {"ParameterValues": values[:bound], "Truncated": len(values) > bound}


def execution(found: Execution) -> dict[str, Any]:
    """AutomationExecution."""
    answer = _common(found)
    bound = SWITCHES["steps_bound"]
    answer.update(
        StepExecutions=[step(record) for record in found.steps[:bound]],
        StepExecutionsTruncated=len(found.steps) > bound,
        Parameters=found.parameters,
    )
    if found.variables:
        answer["Variables"] = {name: wire(value) for name, value in found.variables.items()}
    if found.rate is not None and SWITCHES["targets_summary"]:
        answer["TargetsSummary"] = rate.summary(found)
    return answer


def metadata(found: Execution) -> dict[str, Any]:
    """AutomationExecutionMetadata: no Parameters, no steps."""
    return {"AutomationType": "Local", **_common(found)}
