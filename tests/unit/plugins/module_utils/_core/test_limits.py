# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The checks of single values, at their limits and beyond, and their words."""

import re

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import limits

NAME = re.compile(r"[a-z]{2,4}")


@pytest.mark.parametrize(
    "found, expected",
    [
        (limits.wrong_length("ab", 2, 3), None),
        (limits.wrong_length("abc", 2, 3), None),
        (limits.wrong_length("a", 2, 3), "'a' must have 2–3 characters, not 1"),
        (limits.wrong_length("abcd", 0, 3), "'abcd' must have at most 3 characters, not 4"),
        (limits.wrong_length("hunter2", 1, 3, secret=True), "must have 1–3 characters, not 7"),
        (limits.wrong_length("ä".encode(), 0, 1, secret=True), "must have at most 1 bytes, not 2"),
        (limits.wrong_form("abcd", NAME, "2–4 letters"), None),
        (limits.wrong_form("abcde", NAME, "2–4 letters"), "'abcde' must be 2–4 letters"),
        (limits.wrong_form("abc\n", NAME, "2–4 letters"), "'abc\\n' must be 2–4 letters"),
        (limits.wrong_letters("Grün 1.0", 1, 8, "_.:/=+-@"), None),
        (limits.wrong_letters("a;b", 1, 8, "_-"), "'a;b' must be 1–8 letters, digits, spaces and _-"),
        (limits.wrong_letters("", 1, 8, "_-"), "'' must be 1–8 letters, digits, spaces and _-"),
        (limits.wrong_number(0, 0, 6), None),
        (limits.wrong_number(6, 0, 6), None),
        (limits.wrong_number(7, 0, 6), "7 must be from 0 to 6"),
        (limits.wrong_number(-1, 0), "-1 must be at least 0"),
        (limits.wrong_number(10**9, 0), None),
        (limits.wrong_choice("a", ["b", "a"]), None),
        (limits.wrong_choice("c", ["b", "a"]), "'c' must be one of a, b"),
        (limits.wrong_choice(None, iter(["b", "a"])), "None must be one of a, b"),
        (limits.wrong_count([1], 1, 2), None),
        (limits.wrong_count({}, 1, 2), "must have 1–2 entries, not 0"),
        (limits.wrong_count([1, 2, 3], 0, 2), "must have at most 2 entries, not 3"),
    ],
)
def test_what_is_wrong(found, expected):
    assert found == expected


def test_a_long_value_is_shortened():
    told = limits.wrong_length("x" * 5000, 1, 64)
    assert told == f"'{'x' * 57}...' must have 1–64 characters, not 5000"


def test_require():
    limits.require("name", None, limits.wrong_length("ab", 2, 3))
    with pytest.raises(errors.InvalidInput) as caught:
        limits.require("name", None, limits.wrong_length("a", 2, 3), limits.wrong_form("a", NAME, "letters"))
    assert caught.value.message == "name: 'a' must have 2–3 characters, not 1"
    assert caught.value.details == {"option": "name"}
    assert caught.value.code == "invalid_input"


def test_refuse():
    with pytest.raises(errors.InvalidInput, match="^name: is taken$"):
        limits.refuse("name", "is taken")


def test_repeated():
    assert limits.repeated(["b", "a", "b", "c", "a", "b"]) == ["a", "b"]
    assert limits.repeated(()) == []
