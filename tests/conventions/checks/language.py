# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Words: the forms that sound translated are refused in everything a person reads, with what to write instead."""

import ast
import re

SKIPPED = (".git/", ".venv/", ".cache/", "tests/local_aws/tests/", "tests/unit/", "tests/output/", "collections/")
SUFFIXES = {".md", ".yml", ".yaml", ".j2", ".py"}

_NOT_TEXT = (
    "text|texts|number|list|dictionary|string|date|time|duration|percentage|JSON|URL|cron|kind|choice|command|document|instance"
    "|maintenance window|Command document|wave of a plan|plan|report"
)
_NAME = r"name: [\"']?(?:\w+(?: \w+)* \| )?"

# (pattern, what to write). Case does not count. A space stands for any white space, also for the end of a line in a comment.
FORMS = (
    (r"\bgo(?:es|ing)? on where\b", "resumes where it stopped"),
    (r"\bwent on where\b", "resumed where it stopped"),
    (r"\b(?:is|are|was|were|be|been|being|gets?) told\b", "is notified, is reported"),
    (r"\btold (?:of|about|in)\b", "reported, notified of"),
    (
        r"\b(?:AWS|API|SSM|EC2|IAM|Manager|agent|report|plan|listing|node|it|they) tells?\b",
        "as reported by, says, returns",
    ),
    (r"\btells? of\b", "reports, lists"),
    (r"\btells? in two ways\b", "AWS's documentation is inconsistent about"),
    (r"\btells? nobody\b|\btell how\b|\btells? the truth\b", "say what it does"),
    (r"\bmend(?:s|ed|ing)?\b", "fix, correct"),
    (r"\bthings?\b", "resource, or the name of what is meant"),
    (
        r"\b(?:make|makes|made|making) (?:it |them |(?:the|a) [\w-]+ (?:[\w-]+ )?)?so\b(?! that| far| much)",
        "apply, applied",
    ),
    (r"\bstands? (?:only )?in\b(?! for)", "is in, are in"),
    (
        r"\b(?:until|when|once|after|before|while|whose) (?:[\w-]+ ){1,3}(?:is|are|was|were) over\b",
        "ends, has ended, expires",
    ),
    (r"\b(?:is|are|was|were) over(?=[.,;:)]| and| before| or)", "has ended, has expired"),
    (r"\bLeave behind\b", "Mark as passed"),
    (rf"(?<!there\s)\b(?:is|are|was) no (?:{_NOT_TEXT})\b(?! (?:longer|more))", "must be a …, is not a …"),
    (r"\b(?:only )?one of both\b", "one of the two"),
    (r"\bhow (?:it|they|(?:a|an|the|this|that) [\w-]+) stands?\b", "status, state"),
    (r"\bwhere (?:a|the) run stands?\b", "phase of the run"),
    (r"\blook at first(?! glance)\b", "Needs attention"),
    (r"^(?:#+ |<h\d>)In figures\b", "Summary"),
    (r"^(?:#+ |<h\d>)On the clock\b", "Timeline"),
    (r"\bbrought about\b", "applied"),
    (r"\bnobody believes\b", "reject"),
    (r"\bwithout a word\b", "silently"),
    (r"\bfrom which on\b", "from which, since"),
    (r"\bwindows? (?:that |which )?(?:(?:next|already|then|also) )?opens?\b", "the window starts, runs"),
    (
        r"\b(?:is|are|was|were) out of (?:its|the|a|their|all|every) (?:target groups?|load balancers?)\b",
        "is deregistered from",
    ),
    (_NAME + r"(?:Tell|Say|Look(?! up)|Note)\b", "an imperative that names the effect: Show, Check, Report, Record"),
    (r"\bshort_description: (?:Tell|Say|Look|Note)\b", "an imperative that names the effect"),
)


def compiled(form):
    """The expression of a form."""
    return re.compile(form.replace(" ", r"(?:[\s#]+)"), re.MULTILINE | re.IGNORECASE)


_COMPILED = tuple((compiled(form), better) for form, better in FORMS)


def texts(root):
    """(path, first line, text) of all that is read: whole files, and the strings of Python source."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix not in SUFFIXES or name.startswith(SKIPPED) or not path.is_file():
            continue
        if path.suffix != ".py":
            yield name, 1, path.read_text(encoding="utf-8")
        elif name.startswith(("plugins/", "extensions/", "tests/local_aws/local_aws/")):
            yield from ((name, line, text) for line, text in strings(path.read_text(encoding="utf-8")))


def strings(source):
    """(line, text) of documentation, messages and docstrings. Strings without white space are names and not sentences."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\S\s+\S", node.value):
            yield node.lineno, node.value


def language_findings(root, exceptions):
    """Text for people uses the terms of the field. exceptions: {(path, words): reason}."""
    found, used = [], set()
    for path, first, text in texts(root):
        for form, better in _COMPILED:
            for match in form.finditer(text):
                words = " ".join(match.group().split())
                if (path, words) in exceptions:
                    used.add((path, words))
                    continue
                found.append(f"{path}:{first + text.count(chr(10), 0, match.start())}: {words!r}; write: {better}")
    found += [f"{path}: {words!r} has an exception, but is not there" for path, words in sorted(set(exceptions) - used)]
    found += [f"{place}: the exception gives no reason" for place, why in exceptions.items() if len(why.split()) < 4]
    return found
