# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The report as text for a terminal: the verdict, the waves, what failed and what to do about it."""

from __future__ import annotations

import textwrap
import typing as t

from . import _words
from ._text import clean

_SHOWN_FAILURES = 20
_MARKS = {
    "done": "ok",
    "failed": "FAILED",
    "unknown": "UNKNOWN",
    "skipped": "not started",
    "waiting": "waiting",
    "running": "running",
}


def _wave(wave: t.Mapping[str, t.Any]) -> str:
    hosts = wave["hosts"]
    patched = sum(host["outcome"] == "patched" for host in hosts)
    again = sum(host["attempts"] > 1 for host in hosts)
    before = sum(host["missing_before"] or 0 for host in hosts if host["missing_after"] is not None)
    after = sum(host["missing_after"] or 0 for host in hosts)
    counted = any(host["missing_after"] is not None for host in hosts)
    missing = f", missing patches {before} -> {after}" if counted else ""
    retried = f", {again} retried" if again else ""
    place = f"{wave['number']:>3} {clean(wave['id']):<22} {_MARKS[wave['outcome']]:<11}"
    return f"{place} {patched} of {len(hosts)} patched{missing}{retried}"


def _failure(failure: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    name = f"{failure['name']} ({failure['instance_id']})" if failure["name"] else failure["instance_id"]
    step = f", step {failure['step']}" if failure["step"] else ""
    yield f"  {clean(name)}, wave {clean(failure['wave'])}{step}"
    cause, following = (
        f"{word}: {failure[key]}" if failure[key] else "" for word, key in (("cause", "cause"), ("next", "next_step"))
    )
    for text in (failure["message"], cause, following):
        yield from textwrap.wrap(clean(text), 100, initial_indent="      ", subsequent_indent="      ")


def render_report_text(report: t.Mapping[str, t.Any]) -> str:
    """The report of run_report, at most some 110 columns wide."""
    totals = report["totals"]
    lines = ["", f"Run {report['run_id']}: {report['outcome'].upper()}"]
    lines += textwrap.wrap(clean(report["message"]), 108, initial_indent="  ", subsequent_indent="  ")
    lines += ["", *(_wave(wave) for wave in report["waves"]), ""]
    lines.append(
        f"  {totals['patched']} of {_words.plural(totals['hosts'], 'host')} patched, {_words.plural(totals['images'], 'image')}, "
        f"{_words.plural(totals['retried'], 'host')} retried, {totals['excluded']} excluded"
    )
    besides = {
        "unknown": "unknown, which may be patched",
        "pending_reboot": "still waiting for a reboot",
        "gone": "no longer there, terminated after the plan",
        "left_out": "left out, changed after the plan",
    }
    said = [f"{_words.plural(totals[key], 'host')} {words}" for key, words in besides.items() if totals.get(key)]
    lines += [f"  {', '.join(said)}"] if said else []
    lines += [f"  {clean(label)} {clean(text)}" for label, text in _words.sign_off(report)]
    if report.get("rule"):
        rule = f"{report['rule'][:1].upper()}{report['rule'][1:]}."
        lines += textwrap.wrap(clean(rule), 108, initial_indent="  ", subsequent_indent="  ")
    if report["failures"]:
        title = "Needs attention" if totals.get("unknown") else "Failures"
        lines += ["", f"{title} ({len(report['failures'])}):"]
        for failure in report["failures"][:_SHOWN_FAILURES]:
            lines += _failure(failure)
        if len(report["failures"]) > _SHOWN_FAILURES:
            lines.append(f"  ... and {len(report['failures']) - _SHOWN_FAILURES} more in the report")
    return "\n".join([*lines, ""])
