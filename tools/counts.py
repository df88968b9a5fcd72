# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Read from a step's log how many things it tested. Pure: text in, numbers out."""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Count:
    """passed, failed, skipped: numbers of tests (or of checks); unit: what they are."""

    passed: int
    failed: int
    skipped: int = 0
    unit: str = "check"

    def text(self):
        parts = [f"{self.passed} {self.unit}{'' if self.passed == 1 else 's'}"]
        parts += [f"{number} {word}" for number, word in ((self.failed, "failed"), (self.skipped, "skipped")) if number]
        return ", ".join(parts)


def _pytest(text):
    lines = re.findall(r"^=*\s*((?:\d+ [a-z]+, )*\d+ [a-z]+) in [\d.]+s.*$", text, re.MULTILINE)
    if not lines:
        return None
    found = {word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", lines[-1])}
    failed = found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0)
    skipped = found.get("skipped", 0) + found.get("deselected", 0)
    return Count(found.get("passed", 0) + found.get("xfailed", 0), failed, skipped, "test")


def _sanity(text):
    ran = len(re.findall(r"^Running sanity test ", text, re.MULTILINE))
    bad = re.search(r"The (\d+) sanity test\(s\) listed below \(out of \d+\) failed", text)
    failed = int(bad.group(1)) if bad else 0
    return Count(max(ran - failed, 0), failed, 0, "sanity test") if ran else None


def _integration(text):
    ran = len(set(re.findall(r"^Running (\S+) integration test (?:role|script)", text, re.MULTILINE)))
    failed = 1 if re.search(r"^(FATAL|ERROR): ", text, re.MULTILINE) else 0
    return Count(max(ran - failed, 0), failed, 0, "target") if ran else None


def _molecule(text):
    ran = set(re.findall(r"^(\S+) (?:➜|>) converge: Executed: Successful", text, re.MULTILINE))
    # the table at its end calls a failed idempotence step successful; the line of the step itself does not
    failed = set(re.findall(r"(?:^|\[)(\S+) (?:➜|>) \w+\]?:? +Executed: (?:Failed|Error)", text, re.MULTILINE))
    return Count(len(ran - failed), len(failed), 0, "scenario") if ran or failed else None


def _tools(text):
    verdicts = re.findall(r"^(\w+): (ok|FAILED)$", text, re.MULTILINE)
    bad = sum(1 for _name, verdict in verdicts if verdict != "ok")
    return Count(len(verdicts) - bad, bad, 0, "tool") if verdicts else None


READERS = {
    "unit": _pytest,
    "local-aws": _pytest,
    "conventions": _pytest,
    "system": _pytest,
    "sanity": _sanity,
    "integration": _integration,
    "molecule": _molecule,
    "format": _tools,
}


def count(step, text, ok):
    """Count of a finished step; `ok`: it ended with status 0. A step that failed counts at least one failure."""
    text = re.sub(r"\x1b\[[\d;]*m", "", text)
    found = READERS.get(step, lambda _text: None)(text) or Count(1 if ok else 0, 0 if ok else 1)
    if not ok and not found.failed:
        return dataclasses.replace(found, failed=1)
    return found


def excerpt(text, lines=40):
    """What a person needs of the log of a failed step: the lines that say what is wrong, then the end."""
    text = re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()
    end = text[-lines:]
    wrong = [line for line in text[: -len(end) or None] if re.match(r"(ERROR|FATAL|FAILED|CRITICAL)\b|E   +\S", line)]
    more = [f"... {len(wrong) - lines} more like these"] if len(wrong) > lines else []
    return "\n".join([*wrong[:lines], *more, *(["..."] if wrong else []), *end])
