# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Commands as they are kept: a command, its invocations, and their plugins."""

from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from datetime import timedelta
from typing import Any

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import define
from local_aws.ssm.commands import statuses
from local_aws.ssm.documents import model as documents

DEFAULT_EXECUTION_TIMEOUT = 3600
LONGEST = 48 * 3600  # the longest execution timeout that a document can have
define(
    "delivery_timeout",
    "total",
    ["timeout_seconds", "total"],
    "a command that no agent took is Delivery Timed Out after TimeoutSeconds plus the execution timeout (user guide), "
    "or after TimeoutSeconds (API)",
)
define(
    "delivery_counts_from",
    "node",
    ["node", "command"],
    "the delivery timeout of a node counts from its turn in the rate control, or from SendCommand for all nodes",
)


@dataclass
class Plugin:
    """One step of a document on one node."""

    name: str
    action: str
    inputs: dict
    precondition: tuple[str, ...] = ()
    details: str = "Pending"
    code: int = -1
    start: datetime | None = None
    end: datetime | None = None
    stdout: str = ""
    stderr: str = ""
    document: str = ""  # of a step inside aws:runDocument


@dataclass
class Invocation:
    """A command on one node. details: detailed status."""

    instance_id: str
    name: str
    requested: datetime
    plugins: list[Plugin]
    details: str = "Pending"
    task: Any = None
    plugin_task: Any = None
    cancelling: bool = False


@dataclass
class Command:
    """What SendCommand made. hidden: reads that do not find it yet (switch eventual_reads)."""

    id: str
    account: str
    region: str
    document: documents.Document
    given: dict[str, list[str]]
    values: dict[str, Any]
    requested: datetime
    timeout: int
    execution_timeout: int
    max_concurrency: str
    max_errors: str
    request: dict[str, Any]
    invocations: dict[str, Invocation] = field(default_factory=dict)
    cancelled: bool = False
    rate_exceeded: bool = False
    hidden: int = 0
    active: int = 0  # started and not ended; counted along, a command may have thousands of nodes
    errors: int = 0
    changed: clock.Event = field(default_factory=clock.Event)

    @property
    def details(self) -> str:
        """Detailed status of the whole command."""
        if self.rate_exceeded:
            return "RateExceeded"
        return statuses.aggregate([one.details for one in self.invocations.values()], self.error_limit, self.cancelled)

    @property
    def error_limit(self) -> int:
        return statuses.limit(self.max_errors, len(self.invocations))

    def deadline(self, turn: datetime) -> datetime:
        """Until when the agent of a node may take the command whose turn came then."""
        seconds = self.timeout
        if SWITCHES["delivery_timeout"] == "total":
            seconds += self.execution_timeout
        start = turn if SWITCHES["delivery_counts_from"] == "node" else self.requested
        return start + timedelta(seconds=seconds)

    @property
    def expires(self) -> datetime:
        return self.requested + timedelta(seconds=self.timeout + self.execution_timeout)

    def tell(self) -> None:
        """Wake whoever waits for a change."""
        event, self.changed = self.changed, clock.Event()
        event.set()


def book(account: str, region: str) -> dict[str, Command]:
    """The commands of an account and Region, oldest first."""
    return state.store(account, region, "commands")


def seconds_of(plugin: Plugin) -> int:
    """Execution timeout of a plugin; aws:runDocument has none of its own, the steps inside have theirs."""
    if plugin.action == "aws:runDocument":
        return LONGEST
    given = str(plugin.inputs.get("timeoutSeconds", ""))
    return int(given) if given.isdigit() else DEFAULT_EXECUTION_TIMEOUT


def find(ctx: Context, command_id: str) -> Command:
    """The command; raises InvalidCommandId."""
    found = book(ctx.account, ctx.region).get(command_id)
    if found is None:
        raise AwsError("InvalidCommandId", f"The command {command_id} does not exist.")
    return found
