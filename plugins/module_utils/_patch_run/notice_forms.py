# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The forms of a notice: one line, a subject, a text of at most 78 columns, a message for Slack, facts of a bounded size."""

from __future__ import annotations

import datetime
import json
import textwrap
import typing as t
import unicodedata

from .._core.words import counted
from .._schedule.clock import moment

# How many hosts with a reason, and how many others, a notice lists; the report has all.
FEW = 20
MANY = 40
WIDTH = 78
# RFC 5322 recommends lines of 78 characters; a phone shows about half of that.
SUBJECT = 150
# API Publish of SNS: ASCII, begins with a letter, number or punctuation mark, less than 100 characters.
SNS_SUBJECT = 99
# API Publish takes 256 KB for all forms of a message together: text and three times the facts, escaped once more.
FACTS_BYTES = 40_000
TEXT_BYTES = 40_000
# Slack, "Formatting text for app surfaces": more than 4 000 characters of a text may be cut.
SLACK = 3_500

_Dict = t.Mapping[str, t.Any]


def line(value: t.Any, width: int = 256) -> str:
    """Text as one line that cannot pretend to be another: no control characters, no reordering, at most width characters."""
    text = " ".join(str(value).split())
    if not text.isprintable():
        hidden = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        text = "".join("\ufffd" if unicodedata.category(char) in hidden else char for char in text)
    return text if len(text) <= width else text[: width - 2].rstrip() + " …"


def stamp(text: t.Any) -> str:
    """ISO-8601 as `2026-03-10 02:00 UTC`; empty for nothing."""
    time = moment(text)
    return "" if time is None else time.astimezone(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def span(start: t.Any, end: t.Any) -> str:
    """`2026-03-10 02:00 UTC to 02:25 UTC`, with the date again when it is another day."""
    first, last = stamp(start), stamp(end)
    if not first or not last:
        return first
    return f"{first} to {last[11:] if last[:10] == first[:10] else last}"


def subject_line(prefix: str, title: str, gist: str, run_id: str) -> str:
    """One line; what is longer than SUBJECT loses the end of the gist, never the run."""
    head, tail = line(f"{prefix} {title}: ".lstrip()), f" (run {run_id})" if run_id else ""
    return f"{head} {line(gist, max(12, SUBJECT - len(head) - len(tail) - 1))}{tail}"


def ascii_subject(subject: str) -> str:
    """The subject as SNS takes it."""
    plain = unicodedata.normalize("NFKD", subject.replace("…", "..."))
    plain = "".join(char if 32 <= ord(char) < 127 else "?" for char in plain if not unicodedata.combining(char))
    return (plain if len(plain) <= SNS_SUBJECT else plain[: SNS_SUBJECT - 3].rstrip() + "...").strip() or "fleetpatch"


# Text


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _label(row: _Dict) -> str:
    return row["instance_id"] if row["name"] == row["instance_id"] else f"{row['name']} ({row['instance_id']})"


def _failure(row: _Dict) -> t.Iterator[str]:
    step = f", step {row['step']}" if row["step"] else ""
    place = f", wave {row['wave']}" if row["wave"] else ""
    yield from _wrapped(f"* {_label(row)}: {row['outcome_words']}{place}{step}")
    for label, value in (
        ("reason", row["reason"]),
        ("cause", row["cause"]),
        ("next", row["next_step"]),
        ("execution", row["execution_id"]),
        ("image", row["image_id"]),
        ("time", row["times"]),
    ):
        if value:
            yield from _wrapped(f"{label}: {value}", "    ")


def _host(row: _Dict) -> t.Iterator[str]:
    facts = [row["outcome_words"], row["times"], f"execution {row['execution_id']}" if row["execution_id"] else ""]
    yield from _wrapped(f"* {_label(row)}: {', '.join(fact for fact in facts if fact)}")


def _wave(wave: _Dict) -> t.Iterator[str]:
    minutes = f", about {wave['minutes']} min" if wave["minutes"] else ""
    canary = ", canary" if wave["canary"] else ""
    yield from _wrapped(
        f"{wave['number']:>3}. {wave['id']}: {counted(wave['hosts'], 'host')} in {wave['zones']}{canary}{minutes}"
    )


def plain_text(made: _Dict) -> str:
    """The notice as text. made: of notice_text.notice, before its text."""
    width = max((len(label) for label, _value in made["figures"]), default=0)
    lines = [made["title"], "=" * len(made["title"]), "", *_wrapped(made["lead"])]
    lines += ["", *_wrapped(made["note"])] if made["note"] else []
    lines += ["", *(f"{label + ':':<{width + 1}} {value}" for label, value in made["figures"])]
    for title, rows, form in (
        ("Waves, in order", made["waves"], _wave),
        (made["failures_title"], made["failures"], _failure),
        ("Hosts", made["hosts"], _host),
    ):
        if rows:
            lines += ["", title, "-" * len(title)]
            lines += [text for row in rows for text in form(row)]
    if made["more"]:
        lines += ["", f"{counted(made['more'], 'more host')} in the report."]
    if made["report"]:
        lines += ["", f"Report: {made['report']}"]
    return _cut("\n".join([*lines, ""]), TEXT_BYTES)


def _cut(text: str, size: int) -> str:
    encoded = text.encode("utf-8")
    if len(encoded) <= size:
        return text
    return encoded[: size - 40].decode("utf-8", "ignore").rstrip() + "\n\nTruncated; see the report.\n"


# Slack


def _escaped(text: str) -> str:
    """Slack: these three are all that has to be escaped, and then no text mentions a channel or makes a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_SIGNS = {"good": ":white_check_mark:", "warn": ":warning:", "bad": ":x:", "idle": ":information_source:"}


def slack_text(made: _Dict) -> str:
    """The notice as the text of a Slack message (mrkdwn)."""
    lines = [f"{_SIGNS[made['tone']]} *{_escaped(made['subject'])}*", _escaped(made["lead"])]
    lines += [_escaped(made["note"])] if made["note"] else []
    for row in made["failures"][:5]:
        facts = [row["outcome_words"], f"execution {row['execution_id']}" if row["execution_id"] else "", row["times"]]
        lines.append(f"• {_escaped(_label(row))}: {_escaped(', '.join(fact for fact in facts if fact))}")
        lines += [f"    {_escaped(row['reason'])}"] if row["reason"] else []
    rest = len(made["failures"]) - 5
    lines += [f"… and {counted(rest, 'more host')}"] if rest > 0 else []
    tail = f"\nReport: {_escaped(made['report'])}" if made["report"] else ""
    text = "\n".join(lines)
    return (text if len(text) + len(tail) <= SLACK else text[: SLACK - len(tail) - 2].rsplit("\n", 1)[0] + "\n…") + tail


def fitted(facts: dict[str, t.Any]) -> dict[str, t.Any]:
    """Facts of at most FACTS_BYTES as JSON: hosts go first, then failures; the totals stay and tell."""
    for name in ("hosts", "failures"):
        while facts[name] and len(json.dumps(facts)) > FACTS_BYTES:
            facts = {**facts, name: facts[name][: len(facts[name]) // 2]}
    return facts
