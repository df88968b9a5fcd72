# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CloudWatch alarms of a task. Source: API AlarmConfiguration; the state comes from moto's CloudWatch."""

from moto.cloudwatch.models import cloudwatch_backends

from local_aws.framework.switches import assume
from local_aws.ssm.windows.executions.model import Execution
from local_aws.ssm.windows.executions.model import TaskRun

EVERY = 30.0  # seconds between looks

assume(
    "windows.alarm",
    "An alarm in the state ALARM, or one that cannot be found (unless IgnorePollAlarmFailure), stops the task: its Run "
    "Command and its automations are cancelled, nothing new starts, the status is CANCELLED. It is read every 30 s",
    "AlarmConfiguration",
)


def triggered(execution: Execution, run: TaskRun) -> bool:
    """Whether the task's alarm says stop; notes TriggeredAlarms."""
    if run.alarms or "AlarmConfiguration" not in run.task:
        return bool(run.alarms)
    configuration = run.task["AlarmConfiguration"]
    known = cloudwatch_backends[execution.window.account][execution.window.region].alarms
    for alarm in configuration["Alarms"]:
        found = known.get(alarm["Name"])
        if found is None and not configuration.get("IgnorePollAlarmFailure", False):
            run.alarms.append({"Name": alarm["Name"], "State": "UNKNOWN"})
        elif found is not None and found.state_value == "ALARM":
            run.alarms.append({"Name": alarm["Name"], "State": "ALARM"})
    return bool(run.alarms)
