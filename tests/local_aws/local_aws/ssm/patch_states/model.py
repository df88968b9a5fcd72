# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Patch reports: what the last Scan or Install of a machine has said. A report stays as it is until the next one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from typing import Any

from local_aws.fleet import catalogue
from local_aws.fleet.catalogue import Patch
from local_aws.fleet.patchset import STATES
from local_aws.framework import state
from local_aws.framework import switches
from local_aws.ssm.baselines import model as groups
from local_aws.ssm.baselines.evaluate import Decision
from local_aws.ssm.baselines.snapshot import Snapshot

NON_COMPLIANT = ("MISSING", "FAILED", "INSTALLED_REJECTED", "INSTALLED_PENDING_REBOOT")
LEVELS = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNSPECIFIED")

switches.assume(
    "non-compliant-counts",
    "CriticalNonCompliantCount counts patches with the compliance level CRITICAL, SecurityNonCompliantCount the "
    "others with a security classification, OtherNonCompliantCount the rest: each patch counts once.",
    "API InstancePatchState",
)
switches.assume(
    "patch-state-of-first-scan",
    "A seeded machine that was scanned carries the report of a Scan that ended when the scenario starts.",
    "an invention of the local AWS",
)


@dataclass(frozen=True)
class Row:
    """One reported patch."""

    patch: Patch
    state: str
    decision: Decision | None


class Report:
    """operation Scan | Install; codes: state of each patch of the platform (patchset.STATES)."""

    __slots__ = (
        "operation",
        "started",
        "ended",
        "snapshot",
        "group",
        "snapshot_id",
        "reboot_option",
        "override",
        "codes",
        "last_no_reboot",
        "execution_id",
        "_counts",
    )

    def __init__(
        self,
        operation: str,
        started: datetime,
        ended: datetime,
        snapshot: Snapshot,
        group: str,
        codes: bytes,
        **more: Any,
    ):
        self.operation, self.started, self.ended = operation, started, ended
        self.snapshot, self.group, self.codes = snapshot, group, codes
        self.snapshot_id = more.get("snapshot_id", "")
        self.reboot_option = more.get("reboot_option", "")
        self.override = more.get("override", "")
        self.last_no_reboot: datetime | None = more.get("last_no_reboot")
        self.execution_id = more.get("execution_id", "")
        self._counts: Counter | None = None

    @property
    def baseline_id(self) -> str:
        return groups.short_id(self.snapshot.baseline)

    def rows(self) -> Iterator[Row]:
        """The reported patches in the order of the catalogue."""
        every = catalogue.patches(self.snapshot.platform_key)
        for patch, code in zip(every, self.codes, strict=True):
            if code:
                yield Row(patch, STATES[code], self.snapshot.decisions.get(patch.id))

    @property
    def counts(self) -> Counter:
        """{state: number} plus critical, security, other (non-compliant)."""
        if self._counts is None:
            found = Counter({STATES[code]: number for code, number in Counter(self.codes).items() if code})
            for row in self.rows():
                if self.violates(row):
                    found[_kind(row)] += 1
            self._counts = found
        return self._counts

    def violates(self, row: Row) -> bool:
        """Whether a reported patch makes the node non-compliant."""
        if row.state == "AVAILABLE_SECURITY_UPDATE":
            return self.snapshot.baseline.get("AvailableSecurityUpdatesComplianceStatus") == "NON_COMPLIANT"
        return row.state in NON_COMPLIANT

    @property
    def compliant(self) -> bool:
        counts = self.counts
        return not (counts["critical"] or counts["security"] or counts["other"])

    def to_api(self, instance_id: str) -> dict[str, Any]:
        """InstancePatchState."""
        counts = self.counts
        found = {
            "InstanceId": instance_id,
            "PatchGroup": self.group,
            "BaselineId": self.baseline_id,
            "OwnerInformation": "",
            "InstalledCount": counts["INSTALLED"],
            "InstalledOtherCount": counts["INSTALLED_OTHER"],
            "InstalledPendingRebootCount": counts["INSTALLED_PENDING_REBOOT"],
            "InstalledRejectedCount": counts["INSTALLED_REJECTED"],
            "MissingCount": counts["MISSING"],
            "FailedCount": counts["FAILED"],
            "UnreportedNotApplicableCount": 0,
            "NotApplicableCount": counts["NOT_APPLICABLE"],
            "AvailableSecurityUpdateCount": counts["AVAILABLE_SECURITY_UPDATE"],
            "OperationStartTime": self.started,
            "OperationEndTime": self.ended,
            "Operation": self.operation,
            "CriticalNonCompliantCount": counts["critical"],
            "SecurityNonCompliantCount": counts["security"],
            "OtherNonCompliantCount": counts["other"],
        }
        for name, value in (
            ("SnapshotId", self.snapshot_id),
            ("RebootOption", self.reboot_option),
            ("InstallOverrideList", self.override),
            ("LastNoRebootInstallOperationTime", self.last_no_reboot),
        ):
            if value:
                found[name] = value
        return found


def _kind(row: Row) -> str:
    if row.decision and row.decision.level == "CRITICAL":
        return "critical"
    return "security" if row.patch.security else "other"


def of(machine: Any) -> Report | None:
    """The last report of a machine; None when it was never scanned."""
    if machine.report is None and machine.spec.get("scanned") and machine.agent != "none":
        first = machine.patches.first
        end = first.moment
        machine.report = Report(
            "Scan",
            end - timedelta(seconds=machine.scan_seconds),
            end,
            first,
            machine.spec.get("_patch_group", ""),
            machine.patches.assess(first),
            snapshot_id=machine.spec.get("_snapshot_id", ""),
            execution_id=machine.spec.get("_snapshot_id", ""),
        )
    return machine.report


def seed(machine: Any) -> None:
    """Remember what the first report must not read later: the group of the moment."""
    machine.spec["_patch_group"] = machine.patch_group
    machine.spec["_snapshot_id"] = state.new_uuid()
