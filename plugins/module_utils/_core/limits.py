# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The checks of single values: length, form, range, choice, number of entries. Pure.

Each wrong_*() returns what is wrong with a value, or None: a caller raises the error of its own room. require() raises
the error of modules. The limits of each resource are in its limits.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from collections.abc import Sized
from typing import Any
from typing import NoReturn

from .errors import InvalidInput

SHOWN = 60  # characters of a value that a message repeats


def refuse(option: str, wrong: str) -> NoReturn:
    """Raise InvalidInput that names the option."""
    raise InvalidInput(f"{option}: {wrong}", details={"option": option})


def require(option: str, *wrong: str | None) -> None:
    """Raise InvalidInput, with the option's name, for the first of the checks that found something."""
    for found in wrong:
        if found:
            refuse(option, found)


def wrong_length(text: str | bytes, least: int, most: int, *, secret: bool = False) -> str | None:
    """A length in characters, of bytes in bytes; a secret is not repeated in the message."""
    if least <= len(text) <= most:
        return None
    unit = "bytes" if isinstance(text, bytes) else "characters"
    said = f"must have {_range(least, most)} {unit}, not {len(text)}"
    return said if secret else f"{_quoted(text)} {said}"


def wrong_form(text: str, pattern: re.Pattern, words: str) -> str | None:
    """A whole text against a pattern; words: what it must be ("3–128 letters and digits")."""
    return None if pattern.fullmatch(text) else f"{_quoted(text)} must be {words}"


def wrong_letters(text: str, least: int, most: int, signs: str) -> str | None:
    """A text of letters, digits and spaces of any script and these signs: what AWS takes in tags, its classes L, Z and N."""
    known = all(letter in signs or unicodedata.category(letter)[0] in "LZN" for letter in text)
    if known and least <= len(text) <= most:
        return None
    return f"{_quoted(text)} must be {_range(least, most)} letters, digits, spaces and {signs}"


def wrong_number(number: int, least: int, most: int | None = None) -> str | None:
    """A number in a range; most None: without an end."""
    if least <= number and (most is None or number <= most):
        return None
    return f"{number} must be at least {least}" if most is None else f"{number} must be from {least} to {most}"


def wrong_choice(value: Any, choices: Iterable[str]) -> str | None:
    """One of some values."""
    known = sorted(choices)
    return None if value in known else f"{_quoted(value)} must be one of {', '.join(known)}"


def wrong_count(items: Sized, least: int, most: int) -> str | None:
    """How many entries a list or a dict has."""
    return None if least <= len(items) <= most else f"must have {_range(least, most)} entries, not {len(items)}"


def repeated(items: Iterable[str]) -> list[str]:
    """The items that are given more than once, sorted."""
    return sorted(item for item, times in Counter(items).items() if times > 1)


def _range(least: int, most: int) -> str:
    return f"{least}–{most}" if least else f"at most {most}"


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN + 2 else f"{text[: SHOWN - 2]}...'"
