# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The patches of a node as the API shows them."""

from datetime import UTC
from datetime import datetime
from typing import Any

from local_aws.framework.switches import assume
from local_aws.ssm.patch_states.model import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OMITTED = ("INSTALLED_OTHER", "NOT_APPLICABLE")

assume(
    "instance-patches-omitted",
    "Classification and Severity of INSTALLED_OTHER and NOT_APPLICABLE rows are empty strings; CVEIds is given for "
    "MISSING and FAILED rows only; InstalledTime of a patch that is not installed is the start of the epoch.",
    "patch-manager-compliance-states note 1; API PatchComplianceData",
)


def shown_patch(found: Any, row: Row) -> dict[str, Any]:
    patch = row.patch
    omitted = row.state in OMITTED
    installed = found.patches.installed_time(patch) if row.state.startswith("INSTALLED") else None
    shown = {
        "Title": patch.title,
        "KBId": patch.id,
        "Classification": "" if omitted else patch.classification,
        "Severity": "" if omitted else patch.severity,
        "State": row.state,
        "InstalledTime": installed or _EPOCH,
    }
    if row.state in ("MISSING", "FAILED") and patch.cves:
        shown["CVEIds"] = ",".join(patch.cves)
    return shown
