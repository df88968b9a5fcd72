# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a baseline approves for one platform at one moment, shared by all machines that ask the same."""

from datetime import datetime

from local_aws.fleet import catalogue
from local_aws.fleet.catalogue import Patch
from local_aws.framework import state
from local_aws.ssm.baselines import evaluate
from local_aws.ssm.baselines.evaluate import Decision

_cache: dict[tuple, "Snapshot"] = {}
state.on_reset(_cache.clear)


class Snapshot:
    """baseline: members of GetPatchBaseline plus Revision; decisions by patch id; dropped: superseded patch ids."""

    def __init__(self, baseline: dict, platform_key: str, moment: datetime):
        self.baseline = baseline
        self.platform_key = platform_key
        self.moment = moment
        self.patches: tuple[Patch, ...] = catalogue.released(platform_key, moment)
        self.decisions: dict[str, Decision] = evaluate.evaluate(baseline, self.patches, moment)
        # On Windows a patch that a later one replaces is no longer offered, approved or not (API PatchRule).
        self.dropped = {old for patch in self.patches for old in patch.supersedes}
        self.until = self._next_change(moment)
        self.blocks = baseline.get("RejectedPatchesAction") == "BLOCK"
        self.installable = tuple(
            patch
            for patch in self.patches
            if patch.id in self.decisions and self.decisions[patch.id].approved and patch.id not in self.dropped
        )

    def _next_change(self, moment: datetime) -> datetime | None:
        dates = [patch.released for patch in catalogue.patches(self.platform_key)]
        dates += [decision.approval_date for decision in self.decisions.values() if decision.approval_date]
        return min((date for date in dates if date > moment), default=None)


def take(baseline: dict, platform_key: str, moment: datetime) -> Snapshot:
    """The snapshot of a baseline for a platform; the same object as long as the answer is the same."""
    key = (baseline["BaselineId"], baseline["Revision"], platform_key)
    found = _cache.get(key)
    if found is None or not found.moment <= moment or (found.until is not None and moment >= found.until):
        found = _cache[key] = Snapshot(baseline, platform_key, moment)
    return found
