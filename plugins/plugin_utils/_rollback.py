# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A rollback for people: what it is about to do, and what it did, as text and as a page."""

from __future__ import annotations

import textwrap
import typing as t

from . import _render
from . import _words
from ._text import clean

OUTCOMES = {
    "rolled_back": ("✓", "rolled back", "good"),
    "not_back": ("✕", "agent not back", "bad"),
    "unverified": ("?", "not verified by a scan", "warn"),
    "failed": ("✕", "failed, old root volume in place", "bad"),
    "failed_detached": ("✕", "NO ROOT VOLUME", "bad"),
    "running": ("…", "in progress", "warn"),
    "unknown": ("?", "unknown", "bad"),
    "not_started": ("–", "not started", "idle"),
}
_STATUS = {"todo": "", "done": ", already done", "under_way": ", in progress", "again": ", failed before, retried now"}
_SHOWN = 100
_Dict = t.Mapping[str, t.Any]


def label(host: _Dict) -> str:
    return f"{host['name']} ({host['instance_id']})" if host["name"] else host["instance_id"]


def age(hours: int | None) -> str:
    return "of unknown age" if hours is None else f"{_words.duration(hours * 60)} old" if hours else "less than 1 h old"


def volume_text(volume: _Dict) -> str:
    size = "" if volume.get("size_gib") is None else f" {_words.size(volume['size_gib'])}"
    return f"{volume['device']} {volume['volume_id']}{size}"


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(clean(text), 108, initial_indent=" " * indent, subsequent_indent=" " * indent)


def _title(model: _Dict) -> str:
    other = f" as {model['rollback_id']}" if model["rollback_id"] != model["run_id"] else ""
    return clean(f"Rollback of run {model['run_id']}{other}{' in ' + model['region'] if model['region'] else ''}")


def _cost(totals: _Dict, price: float | None = None) -> str:
    at = f" (at {price:g} per GiB)" if price else ""
    return (
        f"Old root volumes of {_words.size(totals['kept_gib'])} are kept and cost {_words.money(totals['monthly_cost'])} "
        f"per month{at} until they are deleted."
    )


# Before


def preview_text(plan: _Dict, price: float = 0.0) -> str:
    """What a rollback is about to do. plan: of rollback_plan()."""
    totals = plan["totals"]
    count = f"{_words.plural(totals['hosts'], 'host')} in {_words.plural(totals['waves'], 'wave')}, last wave first"
    lines = ["", f"{_title(plan)}: {count}"]
    lines += _wrapped(
        "Root volumes are replaced from the images. Data written to them since is lost; hosts restart.", 2
    )
    left = _SHOWN
    for wave in plan["waves"]:
        lines += [
            "",
            f"{wave['number']:>3} {clean(wave['id']) or 'no wave'}  {_words.plural(len(wave['hosts']), 'host')}",
        ]
        for host in wave["hosts"][: max(left, 0)]:
            lines += _host_lines(host)
        left -= len(wave["hosts"])
    if left < 0:
        lines.append(f"      ... and {-left} more hosts")
    lines += ["", *_closing(plan, price)]
    return "\n".join([*lines, ""])


def _host_lines(host: _Dict) -> t.Iterator[str]:
    image = f"{host['image_id'] or 'no image'} of {_words.stamp(host['image_date'])}, {age(host['image_age_hours'])}"
    yield f"      {clean(label(host))}: {image}{_STATUS[host['status']]}"
    if host["without_root"]:
        yield f"        HAS NO ROOT VOLUME and is down; the old root volume is {host['old_root_volume_id'] or 'unknown'}"
    if host["agent"] != "Online" and host["status"] != "done":
        yield "        its agent is not online, so its return cannot be verified"
    if host["data_volumes"]:
        yield f"        NOT rolled back: {clean(', '.join(volume_text(one) for one in host['data_volumes']))}"


def _closing(plan: _Dict, price: float) -> list[str]:
    totals = plan["totals"]
    lines = []
    if plan["refused"]:
        lines.append(f"  Refused ({len(plan['refused'])}):")
        for one in plan["refused"]:
            lines += _wrapped(f"{label(one)}: {one['refused']}", 6)
    if totals["data_volumes"]:
        volumes = f"{_words.plural(totals['data_volumes'], 'data volume')}, {_words.size(totals['data_gib'])}"
        lines += _wrapped(f"NOT rolled back: {volumes}. Their newer data stays and is used by the older system.", 2)
    lines += _wrapped("Old root volumes are deleted." if plan["delete_old"] else _cost(totals, price), 2)
    return lines


# After


def report_text(report: _Dict) -> str:
    """What a rollback did. report: of rollback_report()."""
    totals = report["totals"]
    lines = ["", f"{_title(report)}: {report['outcome'].upper()}", *_wrapped(report["message"], 2), ""]
    for wave in report["waves"]:
        done = sum(host["outcome"] == "rolled_back" for host in wave["hosts"])
        word = {"done": "ok", "failed": "FAILED", "skipped": "not started"}[wave["outcome"]]
        lines.append(
            f"{wave['number']:>3} {clean(wave['id']):<22} {word:<11} {done} of {len(wave['hosts'])} rolled back"
        )
    scanned = f"{_words.plural(totals['rolled_back'], 'host')} scanned after the rollback"
    lines += ["", f"  {_words.plural(totals['missing_now'], 'patch', 'patches')} missing on {scanned}"]
    if totals["kept_gib"]:
        lines += _wrapped(_cost(totals), 2)
    if totals["data_volumes"]:
        lines += _wrapped(f"NOT rolled back: {_words.plural(totals['data_volumes'], 'data volume')}", 2)
    if report["failures"]:
        lines += ["", f"Failures ({len(report['failures'])}):"]
        for host in report["failures"][:_SHOWN]:
            lines.append(f"  {clean(label(host))}, wave {clean(host['wave'])}: {OUTCOMES[host['outcome']][1]}")
            lines += _wrapped(host["message"], 6) + _wrapped(f"next: {host['next_step']}", 6)
    return "\n".join([*lines, ""])


def report_html(report: _Dict) -> str:
    """The report as one self-contained page."""
    filters = {
        "rollback_outcome": lambda code: OUTCOMES.get(code, ("?", "unknown", "idle")),
        "age": age,
        "volume": volume_text,
    }
    return _render.page("rollback.html.j2", filters=filters, report=report)
