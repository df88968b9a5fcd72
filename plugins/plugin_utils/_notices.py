# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Notices of a run on the controller: which were sent, which were not and why, and the mail as HTML."""

from __future__ import annotations

import json
import textwrap
import typing as t

from ansible.errors import AnsibleError

from . import _render
from ._rundir import RunDirectory
from ._text import clean

FILE = "notices.json"
SHOWN = 10
KEYS = ("event", "wave", "attempt", "channel", "sent", "reason", "id", "time")


def read_json(folder: RunDirectory, name: str) -> t.Any:
    """A file of the run, or None. Raises AnsibleError that names the file when it is not JSON."""
    path = folder.path / name
    if not path.exists():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AnsibleError(f"{path} cannot be read as JSON: {error}") from error


def read(folder: RunDirectory) -> list[dict[str, t.Any]]:
    """The recorded notifications of a run: dicts with KEYS. A damaged file counts as empty: notifications never stop a run."""
    try:
        found = read_json(folder, FILE)
    except AnsibleError:
        return []
    entries = found if isinstance(found, list) else []
    return [{key: entry.get(key, "") for key in KEYS} for entry in entries if isinstance(entry, dict)]


def add(folder: RunDirectory, entries: t.Sequence[t.Mapping[str, t.Any]]) -> None:
    folder.write(FILE, json.dumps([*read(folder), *entries], indent=1))


def is_told(entries: t.Sequence[t.Mapping[str, t.Any]], event: str, wave: str, attempt: int, channel: str) -> bool:
    """Whether a notice was delivered on a channel."""
    key = (event, wave, attempt, channel)
    return any(
        entry["sent"] and (entry["event"], entry["wave"], entry["attempt"], entry["channel"]) == key
        for entry in entries
    )


def undelivered_text(entries: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """Lines for a terminal about undelivered notifications; empty when all were delivered."""
    failed = [entry for entry in entries if not entry["sent"]]
    if not failed:
        return ""
    lines = [f"Undelivered notifications ({len(failed)}), patching is not affected:"]
    for entry in failed[:SHOWN]:
        about = " ".join(clean(entry[key]) for key in ("event", "wave") if entry[key])
        text = f"{about}, {clean(entry['channel']) or 'every channel'}: {clean(entry['reason'])}"
        lines += textwrap.wrap(text, 104, initial_indent="  ", subsequent_indent="      ")
    lines += [f"  ... and {len(failed) - SHOWN} more in the report"] if len(failed) > SHOWN else []
    return "\n".join([*lines, ""])


def render_mail(made: t.Mapping[str, t.Any]) -> str:
    """The notice as HTML for mail programs. made: of notice_text.notice."""
    return _render.page("mail.html.j2", notice=made)
