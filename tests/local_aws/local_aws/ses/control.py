# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""/_emu/ses: the owner of a mail identity clicks the link in the mail of AWS."""

from typing import Any

from local_aws.framework import identity
from local_aws.framework.control import BadRequest
from local_aws.framework.control import route
from local_aws.ses import model


@route("POST", "ses")
def _verify(path: list, query: dict, body: Any) -> dict:
    body = body or {}
    unknown = set(body) - {"verify", "status"}
    if unknown or "verify" not in body:
        raise BadRequest("the keys are verify (an identity) and status (SUCCESS, PENDING, FAILED)")
    account = query.get("account", identity.DEFAULTS["account"])
    region = query.get("region", identity.DEFAULTS["region"])
    model.verify(account, region, body["verify"], body.get("status", "SUCCESS"))
    return {}
