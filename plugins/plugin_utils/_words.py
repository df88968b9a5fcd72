# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Words and numbers of the pages: what a code means, how a time and a duration read."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.words import counted
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import identity
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.advice import short
from ansible_collections.fleetpatch.aws.plugins.module_utils._schedule.clock import moment

REASONS = {
    "auto_scaling_member": "Auto Scaling group members",
    "ecs_managed": "ECS container instances",
    "eks_managed": "Kubernetes nodes",
    "emr_managed": "EMR cluster nodes",
    "exempt": "Exempt by tag",
    "malformed_tag": "Malformed tags",
    "no_agent": "Not managed by Systems Manager",
    "not_an_instance": "Neither EC2 instances nor hybrid nodes",
    "not_tagged": "Without the selector tag",
    "other_environment": "Other environments",
    "other_region": "Other Regions",
    "other_solution": "Other solutions",
    "other_tier": "Other tiers",
    "unknown_role": "Ignored roles",
    "wrong_state": "Not running",
}
# Reasons that need attention come first, intended exclusions last.
_URGENT = ("malformed_tag", "no_agent", "wrong_state", "not_tagged")

OUTCOMES = {
    "patched": ("✓", "patched", "good"),
    "failed": ("✕", "failed", "bad"),
    "image_failed": ("✕", "no image", "bad"),
    "running": ("…", "still running", "warn"),
    "not_started": ("–", "not started", "idle"),
    "gone": ("–", "no longer exists", "idle"),
    "left_out": ("–", "left out", "idle"),
    "unknown": ("?", "unknown", "warn"),
}
WAVE_OUTCOMES = {
    "done": ("✓", "done", "good"),
    "failed": ("✕", "stopped the run", "bad"),
    "running": ("…", "in progress", "warn"),
    "unknown": ("?", "unknown", "warn"),
    "waiting": ("–", "waiting", "idle"),
    "skipped": ("–", "not started", "idle"),
}
RUN_OUTCOMES = {
    "completed": ("✓", "Completed", "good"),
    "stopped": ("■", "Stopped", "bad"),
    "failed": ("✕", "Failed", "bad"),
    "running": ("…", "In progress", "warn"),
    "unknown": ("?", "State unknown", "warn"),
    "interrupted": ("■", "Interrupted", "warn"),
}
PATCH_STATUS = {
    "compliant": ("✓", "compliant", "good"),
    "non_compliant": ("!", "patches missing", "warn"),
    "never_scanned": ("?", "never scanned", "bad"),
    "stale": ("?", "stale scan", "warn"),
    None: ("–", "not read", "idle"),
}
_UNKNOWN = ("?", "unknown", "idle")


def duration(minutes: float | int | None) -> str:
    """Minutes as `45 min`, `2 h 05 min` or `3 d 4 h`."""
    if minutes is None:
        return "–"
    whole = int(round(minutes))
    if whole < 60:
        return f"{whole} min"
    if whole < 48 * 60:
        return f"{whole // 60} h {whole % 60:02d} min"
    return f"{whole // 1440} d {whole % 1440 // 60} h"


def between(start: str | None, end: str | None) -> str:
    first, last = moment(start), moment(end)
    return "–" if first is None or last is None else duration((last - first).total_seconds() / 60)


def stamp(text: str | None) -> str:
    made = moment(text)
    return "–" if made is None else made.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def clock(text: str | None) -> str:
    made = moment(text)
    return "–" if made is None else made.astimezone(datetime.timezone.utc).strftime("%H:%M")


def selection(options: t.Mapping[str, t.Any]) -> str:
    """What of the inventory the options of a plan select, in words: "solution shop, all environments"."""
    found = []
    for name, word in (("solutions", "solution"), ("environments", "environment"), ("only_tiers", "tier")):
        values = options.get(name) or ()
        if values:
            found.append(f"{word if len(values) == 1 else word + 's'} {', '.join(map(str, values))}")
        elif name != "only_tiers":
            found.append(f"all {word}s")
    return "; ".join(found)


def number(value: t.Any) -> str:
    """A number with thin groups of thousands; a dash for what is unknown."""
    return "–" if value is None else value if isinstance(value, str) else f"{value:,}".replace(",", "\u202f")


def size(gib: int | None) -> str:
    """GiB, or TiB (rounded to one place) from 10 000 GiB on."""
    if gib is None or gib < 10_000:
        return f"{number(gib)} GiB"
    return f"{number(round(gib / 1024, 1))} TiB"


def money(amount: float) -> str:
    return number(f"{amount:.2f}" if amount < 1000 else round(amount))


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 host`, `2 hosts`, with thin groups of thousands."""
    return counted(count, one, many, shown=number(count))


def by_reason(exclusions: t.Sequence[t.Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Exclusions grouped by reason, those that need attention first."""
    groups: dict[str, list[t.Mapping[str, t.Any]]] = {}
    for item in exclusions:
        groups.setdefault(item["reason"], []).append(item)
    order = sorted(groups, key=lambda code: (code not in _URGENT, REASONS.get(code, code)))
    return [
        {"code": code, "title": REASONS.get(code, code), "urgent": code in _URGENT, "hosts": groups[code]}
        for code in order
    ]


def sign_off(document: t.Mapping[str, t.Any]) -> list[tuple[str, str]]:
    """(label, text) of account, who planned, who approved, and the digest, as far as a plan or report has them."""
    account = document.get("account") or {}
    alias = f" ({account['alias']})" if account.get("alias") else ""
    approved = document.get("approved_by") or {}
    at = f" at {stamp(approved['at'])}" if approved.get("at") else ""
    made = [
        ("account", f"{account['id']}{alias}" if account.get("id") else ""),
        ("planned by", identity.words(document.get("planned_by") or {})),
        ("approved by", f"{identity.words(approved)}{at}" if approved else ""),
        ("digest", document.get("digest") or ""),
    ]
    return [(label, text) for label, text in made if text]


def labels(plan: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Inventory names to labels of Name tag and instance id."""
    hosts = [host for wave in plan["waves"] for host in wave["hosts"]] + list(plan["exclusions"])
    return {
        host["host"]: f"{host['name']} ({host['instance_id']})"
        for host in hosts
        if host["name"] and host["instance_id"] and host["name"] != host["instance_id"]
    }


FILTERS: dict[str, t.Callable[..., t.Any]] = {
    "duration": duration,
    "stamp": stamp,
    "clock": clock,
    "number": number,
    "size": size,
    "money": money,
    "plural": plural,
    "between": between,
    "short": lambda message: short(message or ""),
    "sign_off": sign_off,
    "label": lambda host, known: known.get(host, host),
    "outcome": lambda code: OUTCOMES.get(code, _UNKNOWN),
    "wave_outcome": lambda code: WAVE_OUTCOMES.get(code, _UNKNOWN),
    "run_outcome": lambda code: RUN_OUTCOMES.get(code, _UNKNOWN),
    "patch_status": lambda code: PATCH_STATUS.get(code, _UNKNOWN),
}
