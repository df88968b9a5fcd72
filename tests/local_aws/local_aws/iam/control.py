# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""GET /_emu/permissions: what principals with policies did, and were denied."""

from dataclasses import asdict

from local_aws.framework.control import route
from local_aws.iam import model


@route("GET", "permissions")
def permissions(path: list, query: dict, body: object) -> dict:
    """who: only the user or role with this ARN; all: also what was before the last reset."""
    wanted, uses = query.get("who"), model.ALL_USES if query.get("all") else model.USES
    return {"uses": [{"who": key[0], **asdict(use)} for key, use in uses.items() if wanted in (None, key[0])]}
