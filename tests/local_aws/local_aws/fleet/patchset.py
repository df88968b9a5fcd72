# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The patches of one machine: what is installed, what waits for a reboot, and how a baseline judges it."""

import random
from collections.abc import Iterable
from datetime import datetime
from datetime import timedelta

from local_aws.fleet import catalogue
from local_aws.fleet.catalogue import Patch
from local_aws.fleet.operating_systems import platform
from local_aws.framework import switches
from local_aws.ssm.baselines.snapshot import Snapshot

STATES = (
    "",
    "INSTALLED",
    "INSTALLED_OTHER",
    "INSTALLED_PENDING_REBOOT",
    "INSTALLED_REJECTED",
    "MISSING",
    "NOT_APPLICABLE",
    "FAILED",
    "AVAILABLE_SECURITY_UPDATE",
)
CODE = {name: number for number, name in enumerate(STATES)}
MAX_DRAWN = 9

switches.assume(
    "scan-after-failed-install",
    "A Scan reports a patch whose installation failed before as MISSING, not as FAILED.",
    "patch-manager-compliance-states says of FAILED only that it could not be installed",
)


class PatchSet:
    """Drawn on first use: before that a machine costs only this object.

    missing: how many approved patches are missing at `snapshot.moment`; None = drawn by the machine's id.
    """

    __slots__ = ("platform_key", "seed", "wanted", "first", "_absent", "base", "installed_at", "pending", "features")

    def __init__(self, platform_key: str, seed: str, wanted: int | None, first: Snapshot):
        self.platform_key = platform_key
        self.seed = seed
        self.wanted = wanted
        self.first = first
        self.base = first.moment
        self._absent: frozenset[str] | None = None
        self.installed_at: dict[str, datetime] = {}
        self.pending: dict[str, datetime] = {}
        offered = platform(platform_key).features
        dice = random.Random(f"{seed}/features")
        self.features = frozenset(feature for feature in offered if dice.random() < 0.3)

    @property
    def absent(self) -> frozenset[str]:
        """Ids of patches that were out at the start and are not installed (unless installed_at says so since)."""
        if self._absent is None:
            self._absent = self._draw()
        return self._absent

    def copy(self) -> "PatchSet":
        """The same patches on another disk."""
        made = object.__new__(PatchSet)
        for name in self.__slots__:
            setattr(made, name, getattr(self, name))
        made.installed_at, made.pending = dict(self.installed_at), dict(self.pending)
        return made

    def rebind(self, first: Snapshot) -> bool:
        """Draw by another snapshot; False when it is too late, because somebody has looked already."""
        if self._absent is None:
            self.first = first
        return self._absent is None

    def candidates(self, snapshot: Snapshot) -> list[Patch]:
        """Approved patches that fit this machine, installed or not."""
        return [patch for patch in snapshot.installable if self.applies(patch)]

    def applies(self, patch: Patch) -> bool:
        """Whether the machine has what the patch is for."""
        return not patch.feature or patch.feature in self.features

    def _draw(self) -> frozenset[str]:
        dice = random.Random(f"{self.seed}/patches")
        able = sorted(self.candidates(self.first), key=lambda patch: patch.age)
        wanted = dice.randint(1, MAX_DRAWN) if self.wanted is None else self.wanted
        wanted = min(wanted, len(able))
        missing = {patch.id for patch in dice.sample(able[: max(wanted * 2, 6)], wanted)}
        absent = set(missing)
        fit = {patch.id for patch in able}
        for patch in self.first.patches:
            if patch.id in fit:
                continue
            decision = self.first.decisions.get(patch.id)
            if not self.applies(patch) or (decision and not decision.approved) or dice.random() < 0.4:
                absent.add(patch.id)
        return frozenset(absent)

    def is_installed(self, patch: Patch) -> bool:
        return patch.id in self.installed_at or (patch.released <= self.base and patch.id not in self.absent)

    def installed_time(self, patch: Patch) -> datetime | None:
        """When an installed patch came onto the machine."""
        if patch.id in self.installed_at:
            return self.installed_at[patch.id]
        if not self.is_installed(patch):
            return None
        return min(self.base, patch.released + timedelta(days=random.Random(f"{self.seed}{patch.id}").uniform(1, 9)))

    def installed(self) -> list[Patch]:
        """All installed patches of the catalogue."""
        return [patch for patch in catalogue.patches(self.platform_key) if self.is_installed(patch)]

    def missing(self, snapshot: Snapshot) -> list[Patch]:
        """What an Install with this snapshot would install."""
        return [patch for patch in self.candidates(snapshot) if not self.is_installed(patch)]

    def install(self, patches: Iterable[Patch], moment: datetime) -> None:
        """Installed and waiting for a reboot."""
        for patch in patches:
            self.installed_at[patch.id] = moment
            self.pending[patch.id] = moment

    def assess(self, snapshot: Snapshot, failed: Iterable[str] = (), *, installing: bool = False) -> bytes:
        """One state code per patch of the platform's catalogue (index = Patch.position, 0 = not reported).

        installing: the report of an Install, which lists no missing patches.
        """
        codes = bytearray(len(catalogue.patches(self.platform_key)))
        failed = frozenset(failed)
        for patch in snapshot.patches:
            code = self._state(snapshot, patch, failed)
            if code == 5 and installing:
                code = 0
            codes[patch.position] = code
        return bytes(codes)

    def _state(self, snapshot: Snapshot, patch: Patch, failed: frozenset[str]) -> int:
        decision = snapshot.decisions.get(patch.id)
        if self.is_installed(patch):
            if patch.id in self.pending:
                return CODE["INSTALLED_PENDING_REBOOT"]
            if decision and decision.rejected:
                return CODE["INSTALLED_REJECTED"] if snapshot.blocks else CODE["INSTALLED_OTHER"]
            return CODE["INSTALLED"] if decision and decision.approved else CODE["INSTALLED_OTHER"]
        if decision is None:
            return 0
        windows = patch.operating_system == "WINDOWS"
        if not decision.approved:
            offered = windows and patch.security and not decision.rejected and self.applies(patch)
            return CODE["AVAILABLE_SECURITY_UPDATE"] if offered and patch.id not in snapshot.dropped else 0
        if patch.id in failed:
            return CODE["FAILED"]
        if patch.id in snapshot.dropped or not self.applies(patch):
            return CODE["NOT_APPLICABLE"] if windows else 0
        return CODE["MISSING"]
