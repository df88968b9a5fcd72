# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""python -m local_aws.judge_documents FOLDER: which documents of a folder CreateDocument accepts, and why not.

Meant for documents as AWS publishes them: a rule that these break is no rule of AWS. Attachments are never at hand, so
a document that needs one is judged by its content only and counted apart, as is one over 64 KiB.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import yaml

from local_aws.framework.registry import AwsError
from local_aws.ssm.documents import rules as document_rules

VERDICTS = ("accepted", "refused", "no attachment", "over 64 KiB")
SUFFIXES = (".json", ".yaml", ".yml")
PLACES = re.compile(r"\b(step|parameter|output|variable|file) [^\s:]+(?=:)")
WORDS = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass
class Verdicts:
    """counts: {(type, schema): {verdict: number}}; reasons: {reason without names: {document: as it was said}}."""

    counts: dict[tuple[str, str], Counter] = field(default_factory=lambda: defaultdict(Counter))
    reasons: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    others: int = 0  # files that are no documents of a type with rules

    @property
    def share(self) -> float:
        """Percent of the complete documents that are accepted."""
        total = sum(self.counts.values(), Counter())
        complete = total["accepted"] + total["refused"]
        return 100 * total["accepted"] / complete if complete else 0.0


def type_of(content: Any) -> str | None:
    """The DocumentType that a content is written for; None when it is none that has rules."""
    if not isinstance(content, dict):
        return None
    schema = content.get("schemaVersion")
    if schema == "0.3":
        return "Automation.ChangeTemplate" if "executableRunBooks" in content else "Automation"
    if schema == "1.0":
        return "Session" if "sessionType" in content else None
    if schema in ("1.2", "2.0", "2.2"):
        return "Package" if "packages" in content else "Command"
    return None


def documents(folder: Path) -> Iterator[tuple[str, Any]]:
    """(name, content) of every JSON and YAML file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES:
            text = path.read_text(encoding="utf-8")
            yield path.stem, json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def judge(folder: Path) -> Verdicts:
    """Judge all documents of a folder. Raises ValueError, yaml.YAMLError for a file that cannot be read."""
    found = Verdicts()
    for name, content in documents(folder):
        kind = type_of(content)
        if kind is None:
            found.others += 1
            continue
        verdict, problems = _verdict(content, kind)
        found.counts[kind, content["schemaVersion"]][verdict] += 1
        for problem in problems:
            found.reasons[WORDS.sub("...", PLACES.sub(r"\1 ...", problem))].setdefault(name, problem)
    return found


def _verdict(content: dict, kind: str) -> tuple[str, list[str]]:
    try:
        # Without indentation: what was published may have been laid out again by whoever collected it.
        document_rules.check(json.dumps(content, separators=(",", ":")), "JSON", kind)
    except AwsError as error:
        if error.code == "MaxDocumentSizeExceeded":
            return "over 64 KiB", []
        return "refused", error.message.split("; ")
    return "no attachment" if content.get("files") else "accepted", []


def report(found: Verdicts) -> list[str]:
    """The lines to print: a table of the types, then the reasons, most frequent first."""
    lines = [f"{'type':28}{'schema':>8}" + "".join(f"{verdict:>15}" for verdict in VERDICTS)]
    for (kind, schema), counts in sorted(found.counts.items()):
        lines.append(f"{kind:28}{schema:>8}" + "".join(f"{counts[verdict]:>15}" for verdict in VERDICTS))
    lines.append(f"{found.share:.1f} % of the complete documents accepted; {found.others} files are of other types")
    for reason, names in sorted(found.reasons.items(), key=lambda item: (-len(item[1]), item[0])):
        name, said = next(iter(names.items()))
        lines.append(f"{len(names):>5}  {reason[:100]}  [{name}: {said[:160]}]")
    return lines


def main(argv: list[str] | None = None) -> int:
    """0 when all complete documents are accepted, else 1; 2 for a folder without documents."""
    parser = argparse.ArgumentParser(prog="python -m local_aws.judge_documents", description=__doc__)
    parser.add_argument("folder", type=Path)
    found = judge(parser.parse_args(argv).folder)
    print("\n".join(report(found)))
    if not found.counts:
        return 2
    return 1 if any(counts["refused"] for counts in found.counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
