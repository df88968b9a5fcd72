# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The plan as text for a terminal."""

from __future__ import annotations

import textwrap
import typing as t
import unicodedata

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.fleet import is_hybrid

from . import _words

_COLUMNS = (
    ("host", 25),
    ("instance id", 19),
    ("zone", 14),
    ("missing", 7),
    ("crit.", 5),
    ("baseline", 22),
    ("notes", 16),
)
_SHOWN = 12


def clean(value: t.Any) -> str:
    """Text without control characters: a tag must not be able to move the cursor or colour the terminal."""
    text = str(value)
    return text if text.isprintable() else "".join(map(_safe, text))


def _safe(char: str) -> str:
    if char in "\n\r\t":
        return " "
    return "�" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") else char


def _fit(value: t.Any, width: int, right: bool = False) -> str:
    text = clean(value)
    text = text if len(text) <= width else text[: width - 1] + "…"
    return text.rjust(width) if right else text.ljust(width)


def _row(cells: t.Sequence[t.Any]) -> str:
    made = [
        _fit(cell, width, title in ("missing", "crit.")) for cell, (title, width) in zip(cells, _COLUMNS, strict=True)
    ]
    return ("    " + " ".join(made)).rstrip()


def _notes(host: t.Mapping[str, t.Any]) -> str:
    notes = {"never_scanned": ["never scanned"], "stale": ["stale scan"]}.get(host.get("patch_status") or "", [])
    notes += ["reboot"] if host.get("pending_reboot") else []
    notes += ["start+stop"] if host.get("former_state") == "stopped" else []
    notes += ["hybrid"] if is_hybrid(host["instance_id"]) else []
    return ", ".join(notes)


def _baseline(host: t.Mapping[str, t.Any]) -> str:
    baseline = host.get("baseline")
    if not baseline:
        return "–"
    name = (baseline["name"] or baseline["id"]).removeprefix("AWS-")
    if not baseline["default"]:
        return name
    return f"{name if len(name) <= 12 else name[:11] + '…'} (default)"


def _drained(wave: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """The hosts that are deregistered from target groups. Plans of earlier versions have none."""
    groups = [host["target_groups"] for host in wave["hosts"] if host.get("target_groups")]
    if groups:
        names = ", ".join(sorted({clean(name) for group in groups for name in group}))
        text = f"{_words.plural(len(groups), 'host')} deregistered from {names} during patching"
        yield from textwrap.wrap(text, 116, initial_indent="    ", subsequent_indent="      ")


def _wave(wave: t.Mapping[str, t.Any], hosts: int) -> t.Iterator[str]:
    canary = ", canary" if wave["canary"] else ""
    part = f", part {wave['part']} of {wave['parts']}" if wave["parts"] > 1 else ""
    yield (
        f"{wave['number']:>3} {clean(wave['id'])}: {_words.plural(len(wave['hosts']), 'host')} of tier {clean(wave['tier'])} "
        f"in {clean(', '.join(wave['zones']))}{canary}{part}"
    )
    yield (
        f"    about {_words.duration(wave['estimate']['minutes'])}, {wave['max_concurrency']} at once, "
        f"error budget {wave['max_errors']}"
    )
    yield from _drained(wave)
    if not hosts:
        return
    yield _row([title for title, _width in _COLUMNS])
    for host in wave["hosts"][:hosts]:
        missing, critical = (_words.number(host.get(key)) for key in ("missing", "critical"))
        name = host["name"] or host["host"]
        yield _row([name, host["instance_id"], host["zone"], missing, critical, _baseline(host), _notes(host)])
    if len(wave["hosts"]) > hosts:
        yield f"    … and {len(wave['hosts']) - hosts} more"


def _excluded(plan: t.Mapping[str, t.Any], hosts: int) -> t.Iterator[str]:
    for group in _words.by_reason(plan["exclusions"]):
        yield f"  {len(group['hosts']):>4} {group['title']}"
        for item in group["hosts"][: min(hosts, 3)]:
            text = f"{clean(item['name'])} ({clean(item['instance_id']) or 'no instance'}) {clean(item['detail'])}"
            yield f"       {_fit(text, 110)}"
        if hosts and len(group["hosts"]) > 3:
            yield f"       … and {len(group['hosts']) - 3} more"


def render_plan_text(plan: t.Mapping[str, t.Any], hosts: int = _SHOWN) -> str:
    """The plan in at most 120 columns. plan: Plan.to_dict(); hosts: how many are listed per wave (0 lists none)."""
    summary = plan["summary"]
    lines = [
        f"Plan of run {clean(plan['run_id'])} in {plan['region'] or 'no Region'}, created {_words.stamp(plan['created_at'])}",
        *(f"  {clean(label)} {clean(text)}" for label, text in _words.sign_off(plan)),
        f"  {_words.plural(summary['hosts'], 'host')} in {_words.plural(summary['waves'], 'wave')}, "
        f"{_words.number(summary['excluded'])} excluded; {_words.number(summary['missing'])} patches missing, "
        f"{_words.number(summary['critical'])} of them critical",
        f"  estimated duration {_words.duration(summary['estimated_minutes'])}; images up to "
        f"{_words.size(summary['image_gib'])}, {_words.money(summary['image_cost_month'])} per month",
    ]
    lines.append(f"  selects {clean(_words.selection(plan['options']))}")
    if plan["summary"].get("capacity"):
        lines.append(f"  at most {clean(plan['options']['max_unavailable'])} of a role in a zone unavailable at once")
    if plan["warnings"]:
        lines += ["", "Needs attention"]
        labels = _words.labels(plan)
        for item in plan["warnings"]:
            named = ", ".join(clean(labels.get(host, host)) for host in item["hosts"][:3]) + (
                " …" if len(item["hosts"]) > 3 else ""
            )
            lines += textwrap.wrap(
                f"! {clean(item['message'])}" + (f": {named}" if named else ""),
                116,
                initial_indent="  ",
                subsequent_indent="    ",
            )
    lines += ["", "Waves, in order"]
    for wave in plan["waves"]:
        lines += [*_wave(wave, hosts), ""]
    if plan["exclusions"]:
        lines += ["Excluded", *_excluded(plan, hosts)]
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"
