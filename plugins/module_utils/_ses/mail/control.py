# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether a mail can be sent: only reads."""

from __future__ import annotations

from ..._core.calls import Connection
from ..._core.errors import NotFound
from ..._core.errors import RunFailed
from . import api
from . import run
from .limits import check
from .limits import check_addresses
from .wire import Mail
from .wire import bare
from .wire import to_wire

# The mailbox simulator can be written to from the sandbox (SES developer guide).
SIMULATOR = "simulator.amazonses.com"


def preview(aws: Connection, mail: Mail) -> dict:
    """Check mode: the mail can be made and sent. Raises what send would, and RunFailed as preflight does."""
    check(mail)
    to_wire(mail)
    found = preflight(aws, mail)
    return {**found, "changed": True, "message_id": None, **run.facts(mail), "msg": run.told(mail, "would be sent")}


def preflight(aws: Connection, mail: Mail) -> dict:
    """Whether the account may send, and sender (in the sandbox: recipients, too) are verified; only reads.

    Raises RunFailed with everything that was seen when the mail could not be sent.
    """
    check_addresses(mail)
    account = _account(api.get_account(aws))
    known: dict[str, dict | None] = {}
    asked = [bare(mail.sender)]
    if account["sandbox"]:
        asked += [bare(one) for one in mail.recipients if not bare(one).lower().endswith(f"@{SIMULATOR}")]
    identities = [_identity(aws, address, known) for address in dict.fromkeys(asked)]
    problems = [*_account_problems(account, mail), *_set_problems(aws, mail), *_identity_problems(identities)]
    answer = {"changed": False, "ready": not problems, "account": account, "identities": identities}
    if problems:
        raise RunFailed("; ".join(problems), code="not_ready", details={"problems": problems}, results=answer)
    return {**answer, "msg": f"mail from {asked[0]} can be sent"}


def _account(account: dict) -> dict:
    quota = account.get("SendQuota") or {}
    return {
        "sandbox": not account.get("ProductionAccessEnabled"),
        "sending_enabled": bool(account.get("SendingEnabled")),
        "enforcement_status": account.get("EnforcementStatus"),
        "max_24_hour_send": quota.get("Max24HourSend"),
        "sent_last_24_hours": quota.get("SentLast24Hours"),
        "max_send_rate": quota.get("MaxSendRate"),
    }


def _account_problems(account: dict, mail: Mail) -> list[str]:
    problems = []
    if not account["sending_enabled"] or account["enforcement_status"] == "SHUTDOWN":
        problems.append(f"SES does not send for this account (reputation status {account['enforcement_status']})")
    most, sent = account["max_24_hour_send"], account["sent_last_24_hours"]
    # API SendQuota: -1 stands for an unlimited quota.
    if most is not None and most >= 0 and (sent or 0) + len(mail.recipients) > most:
        problems.append(f"the quota of {most:.0f} mails in 24 hours is exhausted: {sent:.0f} were sent")
    return problems


def _set_problems(aws: Connection, mail: Mail) -> list[str]:
    if not mail.configuration_set:
        return []
    try:
        found = api.get_configuration_set(aws, name=mail.configuration_set)
    except NotFound:
        return [f"configuration set {mail.configuration_set} does not exist"]
    # Absent means that nobody has switched it off.
    enabled = (found.get("SendingOptions") or {}).get("SendingEnabled", True)
    return [] if enabled else [f"sending with configuration set {mail.configuration_set} is disabled"]


def _identity(aws: Connection, address: str, known: dict[str, dict | None]) -> dict:
    """Who vouches for an address: itself, its domain or a parent of that, whichever is verified."""
    seen = []
    for name in _candidates(address):
        if name not in known:
            try:
                known[name] = api.get_identity(aws, identity=name)
            except NotFound:
                known[name] = None
        found = known[name]
        if found is None:
            continue
        status = found.get("VerificationStatus") or ("SUCCESS" if found.get("VerifiedForSendingStatus") else None)
        if found.get("VerifiedForSendingStatus"):
            return {"address": address, "verified": True, "identity": name, "status": status}
        seen.append((name, status))
    name, status = seen[0] if seen else (None, None)
    return {"address": address, "verified": False, "identity": name, "status": status}


def _candidates(address: str) -> list[str]:
    """The identities that may stand for an address; a top-level domain is nobody's."""
    labels = address.rpartition("@")[2].lower().split(".")
    return [address, *(".".join(labels[start:]) for start in range(len(labels) - 1))]


def _identity_problems(identities: list[dict]) -> list[str]:
    problems = []
    for number, one in enumerate(identities):
        if one["verified"]:
            continue
        status = f"verification {one['status']}" if one["identity"] else "SES knows neither the address nor its domain"
        why = "" if number == 0 else ", and the account is in the sandbox"
        option = "from" if number == 0 else "to, cc, bcc"
        problems.append(f"{option}: {one['address']} is not verified in this Region ({status}){why}")
    return problems
