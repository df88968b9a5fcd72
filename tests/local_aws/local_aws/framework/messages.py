# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Mail (SES, SES v2) and notifications (SNS) that were sent: what ses.py kept, and what moto's backends have."""

from datetime import UTC
from datetime import datetime
from typing import Any

from local_aws.framework import state

MAIL = "mail"


def read() -> dict[str, list[dict[str, Any]]]:
    """{"ses": [{account, region, kind, id, time, source, subject, body, text, html, destinations, recipients, raw}],
    "sns": [{topic, subject, message}]}; body is the HTML part when there is one. Templated mail: moto's fields only."""
    return {"ses": _kept() + _ses(), "sns": _sns()}


def _kept() -> list[dict[str, Any]]:
    found = []
    for (account, region), mails in state.stores(MAIL).items():
        for mail in mails:
            moment = datetime.fromtimestamp(mail["time"], UTC).isoformat()
            body = mail["html"] or mail["text"]
            found.append({"account": account, "region": region, **mail, "time": moment, "body": body})
    return sorted(found, key=lambda mail: mail["time"])


def _ses() -> list[dict[str, Any]]:
    from moto.ses.models import ses_backends

    found = []
    for account, regions in list(ses_backends.items()):
        for region, backend in list(regions.items()):
            for message in backend.sent_messages:
                facts = {key: getattr(message, key, None) for key in ("id", "source", "subject", "body")}
                destinations = getattr(message, "destinations", None)
                raw = getattr(message, "raw_data", None)
                kind = type(message).__name__
                found.append({"account": account, "region": region, "kind": kind, **facts, **_raw(raw, destinations)})
    return found


def _raw(raw: str | None, destinations: Any) -> dict[str, Any]:
    if isinstance(destinations, list):
        destinations = {"ToAddresses": destinations}
    return {"destinations": destinations or {}, "raw": raw}


def _sns() -> list[dict[str, Any]]:
    from moto.sns.models import sns_backends

    found = []
    for account, regions in list(sns_backends.items()):
        for region, backend in list(regions.items()):
            for topic in list(backend.topics.values()):
                for number, message, subject, attributes, _group in topic.sent_notifications:
                    facts = {"id": number, "message": message, "subject": subject, "attributes": attributes or {}}
                    found.append({"account": account, "region": region, "topic": topic.arn, **facts})
    return found
