# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What AWS would refuse of the requests of a run, found before anything is touched.

Sources: API StartAutomationExecution, shape AutomationParameterMap; user guide "Data elements and parameters" (allowedValues,
allowedPattern, minChars, maxChars, minItems, maxItems); EC2 user guide, "Tag your Amazon EC2 resources".
"""

from __future__ import annotations

import re
import typing as t

from .._core import limits
from .._core import tags as tag_texts
from .._core.errors import InvalidInput

_Dict = t.Mapping[str, t.Any]
_OWN_TAGS = 4  # of an image, beside those of the user: run, instance, step, owner
_MOST_TAGS = 50


def parameter_problems(given: _Dict, declared: _Dict | None, own: t.Collection[str] = ()) -> list[str]:
    """Why an execution of a runbook cannot have these parameters, in words; empty when it can.

    given: name to a value or a list of values. declared: the section `parameters` of the document, None when it is not known. own:
    parameters that every target gets by itself.
    """
    found = [*_words("parameters", limits.wrong_count(given, 0, 200))]
    for name, value in given.items():
        values = tag_texts.all_texts(value)
        found += _words(f"parameter {name}", limits.wrong_length(name, 1, 50), limits.wrong_count(values, 0, 50))
        for text in values:
            found += _words(f"parameter {name}", limits.wrong_length(text, 1, 512))
        if declared is not None and name not in declared:
            found.append(f"parameter {name}: the document has no such parameter")
        elif declared is not None:
            found += _words(f"parameter {name}", *declaration_problems(values, declared[name]))
    if declared is not None:
        lacking = sorted(name for name, one in declared.items() if "default" not in one and name not in {*given, *own})
        found += [f"parameter {name}: is required by the document" for name in lacking]
    return found


def declaration_problems(values: t.Sequence[str], declared: _Dict) -> t.Iterator[str]:
    """What the declaration of a parameter in a document says against these values."""
    allowed = [tag_texts.text(one) for one in declared.get("allowedValues") or ()]
    for text in values:
        if allowed and text not in allowed:
            yield f"{text!r} must be one of {', '.join(allowed)}"
        if not _fits(text, declared.get("allowedPattern")):
            yield f"{text!r} does not match the pattern {declared['allowedPattern']}"
        yield from _sized(len(text), declared, "Chars", f"{text!r} has {len(text)} characters")
    yield from _sized(len(values), declared, "Items", f"has {len(values)} values")


def _fits(text: str, pattern: t.Any) -> bool:
    """Whether a text may match: AWS's engine has more than Python's, and whether it takes a part of the text is not documented."""
    try:
        return not pattern or bool(re.search(str(pattern), text))
    except re.error:
        return True


def _sized(size: int, declared: _Dict, unit: str, words: str) -> t.Iterator[str]:
    least, most = declared.get(f"min{unit}"), declared.get(f"max{unit}")
    if least is not None and size < int(least):
        yield f"{words}; the document requires at least {least}"
    if most is not None and size > int(most):
        yield f"{words}; the document allows at most {most}"


def tag_problems(given: _Dict) -> list[str]:
    """Why images and snapshots cannot have these tags of the user, in words."""
    try:
        made = tag_texts.texts(given, "patch_run_tags") or {}
    except InvalidInput as error:
        return [error.message]
    found = _words("patch_run_tags", limits.wrong_count(made, 0, _MOST_TAGS - _OWN_TAGS))
    for key, value in made.items():
        if key.casefold().startswith("aws:"):
            found.append(f"patch_run_tags: {key!r} must not begin with aws:")
        found += _words(f"patch_run_tags.{key}", limits.wrong_length(key, 1, 128), limits.wrong_length(value, 0, 256))
    return found


def _words(what: str, *wrong: str | None) -> list[str]:
    return [f"{what}: {one}" for one in wrong if one]
