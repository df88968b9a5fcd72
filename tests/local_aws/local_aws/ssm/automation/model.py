# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is kept of automation executions, and the one function that changes a status."""

from collections.abc import Callable
from collections.abc import Generator
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from typing import Any

from local_aws.framework import clock
from local_aws.framework import inproc
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define
from local_aws.ssm.automation.catalogue import ACTIONS
from local_aws.ssm.automation.templates import MISSING
from local_aws.ssm.documents.model import Document

define("timeout_cancels", True, bool, "the time limit of a step cancels its command, or the automation that it started")
define("stop_cancels", True, bool, "stopping an automation cancels the command, or the automation, of its running step")
assume(
    "automation.timeout_cancels", "a step's time limit cancels its command or nested automation (switch)", "timeouts"
)
assume("automation.stop_cancels", "a stop cancels the running step's command or nested automation (switch)", "Stop…")

TERMINAL = frozenset(
    ("Success", "TimedOut", "Cancelled", "Failed", "CompletedWithSuccess", "CompletedWithFailure", "Rejected", "Exited")
)
# Called as listener(execution, step or None, status) after every change: for status-change events.
LISTENERS: list[Callable[["Execution", "Step | None", str], None]] = []

Coroutine = Generator[Any, Any, Any]


class StepFailure(Exception):
    """A step failed. stage, kind: the values of FailureDetails (API: FailureDetails)."""

    def __init__(
        self,
        message: str,
        stage: str = "Invocation",
        kind: str = "Action",
        details: dict[str, Any] | None = None,
        *,
        status: str = "Failed",
        outputs: dict[str, Any] | None = None,
    ):
        super().__init__(message)
        self.stage, self.kind, self.details = stage, kind, details or {}
        self.status, self.outputs = status, outputs or {}


@dataclass(slots=True)
class Result:
    """What an action gives: outputs; source: what declared outputs select from; jump: the next step of a branch."""

    outputs: dict[str, Any] = field(default_factory=dict)
    source: Any = None
    jump: str | None = None
    response_code: str | None = None
    status: str = "Success"


@dataclass(slots=True, eq=False)
class Step:
    """One StepExecution. parent: ParentStepDetails of a step inside a loop."""

    definition: dict
    id: str
    status: str = "Pending"
    start: datetime | None = None
    end: datetime | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    failure: StepFailure | None = None
    message: str | None = None
    response_code: str | None = None
    parent: dict[str, Any] | None = None
    signal: clock.Event | None = None  # fires with (signal type, payload, principal)
    decisions: list[dict] = field(default_factory=list)
    task: clock.Task | None = None
    late: bool = False  # its time limit has struck

    @property
    def cancels(self) -> bool:
        """Whether what the step waits for is cancelled together with the step."""
        return SWITCHES["timeout_cancels" if self.late else "stop_cancels"]

    @property
    def name(self) -> str:
        return self.definition["name"]

    @property
    def action(self) -> str:
        return self.definition["action"]

    @property
    def timeout(self) -> float | None:
        given = self.definition.get("timeoutSeconds")
        return float(given) if given is not None else ACTIONS[self.action].timeout

    @property
    def attempts(self) -> int:
        return int(self.definition.get("maxAttempts", 1))


@dataclass(slots=True, eq=False)
class Execution:
    """One AutomationExecution. parameters: as on the wire; values: typed; results: {(step, output): value}."""

    id: str
    account: str
    region: str
    document: Document
    parameters: dict[str, list[str]]
    values: dict[str, Any]
    executed_by: str
    access_key: str
    role_arn: str | None
    mode: str = "Auto"
    parent: "Execution | None" = None
    depth: int = 0
    status: str = "Pending"
    start: datetime | None = None
    end: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    results: dict[tuple[str, str], Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, list[str]] = field(default_factory=dict)
    message: str | None = None
    worst: str | None = None  # the status that a critical step leaves
    current: Step | None = None
    definitions: list[dict] = field(default_factory=list)  # the steps among which `current` is
    completing: bool = False
    cancelling: bool = False
    target: str | None = None
    rate: "RateControl | None" = None
    children: list["Execution"] = field(default_factory=list)
    done: clock.Event = field(default_factory=clock.Event)
    task: clock.Task | None = None

    def client(self, service: str) -> Any:
        """A client that acts as the automation's role in its account; without one as who started it."""
        return inproc.client(
            service,
            self.account,
            self.region,
            role_arn=self.role_arn,
            principal=None if self.role_arn else self.executed_by,
        )

    def lookup(self, name: str) -> Any:
        """The value of a reference, or MISSING."""
        head, colon, rest = name.partition(":")
        if colon:
            if head == "variable":
                return self.variables.get(rest, MISSING)
            return self._system(head, rest)
        if name in self.values:
            return self.values[name]
        step, _, output = name.partition(".")
        return self.results.get((step, output), MISSING)

    def _system(self, head: str, name: str) -> Any:
        if head == "automation":
            return self.id if name == "EXECUTION_ID" else MISSING
        moment = clock.now()
        found = {
            "ACCOUNT_ID": self.account,
            "REGION": self.region,
            "AWS_PARTITION": "aws",
            "DATE": moment.strftime("%Y-%m-%d"),
            "DATE_TIME": moment.strftime("%Y-%m-%d_%H.%M.%S"),
        }
        return found.get(name, MISSING) if head == "global" else MISSING


@dataclass(slots=True, eq=False)
class RateControl:
    """The rate control of a parent. items: [(target, {parameter: [value]})], filled when the parent begins."""

    parameter: str | None
    targets: list[dict] | None
    maps: list[dict] | None
    concurrency: str
    errors: str
    items: list[tuple[str, dict[str, list[str]]]] | None = None
    running: int = 0
    failed: int = 0
    succeeded: int = 0
    wake: clock.Event = field(default_factory=clock.Event)


def set_status(execution: Execution, step: Step | None, status: str) -> None:
    """Change the status of a step, or of the execution when step is None; times follow; listeners hear of it."""
    thing: Any = execution if step is None else step
    if thing.status == status:
        return
    thing.status = status
    if status in TERMINAL:
        thing.end = clock.now()
        if thing.start is None and step is None:
            thing.start = thing.end
    elif thing.start is None and status != "Pending":
        thing.start = clock.now()
    for listener in LISTENERS:
        listener(execution, step, status)
    if step is None and status in TERMINAL:
        execution.current = None
        execution.done.set(status)


def executions(account: str, region: str) -> dict[str, Execution]:
    """All executions of an account and Region, oldest first."""
    return state.store(account, region, "ssm.automation")


def find(account: str, region: str, execution_id: str) -> Execution:
    """Raises AutomationExecutionNotFoundException."""
    found = executions(account, region).get(execution_id.lower())
    if found is None:
        raise AwsError(
            "AutomationExecutionNotFoundException", f"There is no automation execution with the ID {execution_id}."
        )
    return found


def new_step(definition: dict, parent: dict[str, Any] | None = None) -> Step:
    """A step that has not begun."""
    return Step(definition, state.new_uuid(), parent=parent)
