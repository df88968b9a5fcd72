# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""References, JSONPath, types, conditions and durations."""

import pytest

from local_aws.ssm.automation import conditions
from local_aws.ssm.automation.actions.control import seconds
from local_aws.ssm.automation.rate import amount
from local_aws.ssm.automation.templates import MISSING
from local_aws.ssm.automation.templates import fits
from local_aws.ssm.automation.templates import parse_selector
from local_aws.ssm.automation.templates import resolve
from local_aws.ssm.automation.templates import select
from local_aws.ssm.automation.templates import wire

VALUES = {"Name": "web", "Ids": ["i-1", "i-2"], "Map": {"a": 1}, "Yes": True, "Five": 5, "step.Out": "{{ Name }}"}


def lookup(name):
    return VALUES.get(name, MISSING)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("plain", "plain"),
        ("{{ Name }}", "web"),
        ("{{Name}}", "web"),
        ("{{ Ids }}", ["i-1", "i-2"]),
        ("{{ Yes }}", True),
        ("{{ Five }}", 5),
        ("{{ Map }}", {"a": 1}),
        ("a-{{ Name }}-{{ Five }}", "a-web-5"),
        ("x {{ Ids }}", 'x ["i-1", "i-2"]'),
        ("{{ Yes }}!", "true!"),
        (["{{ Ids }}"], ["i-1", "i-2"]),
        (["i-0", "{{ Ids }}", "{{ Name }}"], ["i-0", "i-1", "i-2", "web"]),
        ({"a": ["{{ Ids }}"], "b": {"c": "{{ Five }}"}}, {"a": ["i-1", "i-2"], "b": {"c": 5}}),
        ("{{ step.Out }}", "{{ Name }}"),  # no multi-level expansion
        ("{{ other.Out }}", "{{ other.Out }}"),
        (7, 7),
    ],
)
def test_resolve(given, expected):
    assert resolve(given, lookup) == expected


DOCUMENT = {"A": [{"B": [{"Id": "x"}, {"Id": "y"}]}, {"B": [{"Id": "z"}]}], "S": {"Name": "n", "aws:key-1": 1}}
DOCUMENT |= {"O": {"step.Out": ["o"]}, "T": [{"K": "k", "V": 1}, {"K": "k", "V": 2}]}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("$.S.Name", "n"),
        ("$.A[0].B[1].Id", "y"),
        ("$.A[1].B[0]", {"Id": "z"}),
        ("$.A[5].B", MISSING),
        ("$.S.None", MISSING),
        ("$..Id", ["x", "y", "z"]),
        ("$.A[0]..Id", ["x", "y"]),
        ("$..Nothing", []),
        ("$", DOCUMENT),
        ("$.S.aws:key-1", 1),
        # Only in published runbooks:
        ("S.Name", "n"),
        ("A[0].B[1].Id", "y"),
        ("$.A.[1].B[0].Id", "z"),
        ("$.S['Name']", "n"),
        ("$.O.'step.Out'[0]", "o"),
        ("$.A[0].B[?(@.Id == 'y')].Id", "y"),
        ("$.A[0].B[?(@.Id=='none')].Id", MISSING),
        ("$.T[?(@.K == 'k')].V", [1, 2]),
    ],
)
def test_select(selector, expected):
    assert select(selector, DOCUMENT) == expected


@pytest.mark.parametrize("selector", ["", "$.", "$.A[*]", "$.A[?(@.x)]", "$.A[0:2]", "$.A[-1]", "A B", "$A"])
def test_selectors_outside_of_the_subset(selector):
    with pytest.raises(ValueError):
        parse_selector(selector)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("String", "a", 1),
        ("StringList", ["a"], ["a", 1]),
        ("Boolean", True, "true"),
        ("Integer", 3, True),
        ("StringMap", {"a": 1}, [{"a": 1}]),
        ("MapList", [{"a": 1}], {"a": 1}),
    ],
)
def test_types_are_static(kind, good, bad):
    assert fits(good, kind)
    assert not fits(bad, kind)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", ["a"]), (["a", 2], ["a", "2"]), (True, ["true"]), ({"a": 1}, ['{"a": 1}']), ([{"a": 1}], ['{"a": 1}'])],
)
def test_wire(value, expected):
    assert wire(value) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Variable": "{{ Name }}", "StringEquals": "web"}, True),
        ({"Variable": "{{ Name }}", "StringEquals": "WEB"}, False),
        ({"Variable": "{{ Name }}", "EqualsIgnoreCase": "WEB"}, True),
        ({"Variable": "{{ Name }}", "StartsWith": "we"}, True),
        ({"Variable": "{{ Name }}", "EndsWith": "we"}, False),
        ({"Variable": "{{ Name }}", "Contains": "e"}, True),
        ({"Variable": "{{ Five }}", "NumericEquals": 5}, True),
        ({"Variable": "{{ Five }}", "NumericGreater": 5}, False),
        ({"Variable": "{{ Five }}", "NumericLesser": 6}, True),
        ({"Variable": "{{ Five }}", "NumericGreaterOrEquals": "5"}, True),
        ({"Variable": "{{ Five }}", "NumericLesserOrEquals": 4}, False),
        ({"Variable": "{{ Yes }}", "BooleanEquals": True}, True),
        ({"Variable": "true", "BooleanEquals": "{{ Yes }}"}, True),
        ({"Not": {"Variable": "{{ Name }}", "StringEquals": "web"}}, False),
        (
            {"And": [{"Variable": "{{ Yes }}", "BooleanEquals": True}, {"Variable": "{{ Five }}", "NumericLesser": 5}]},
            False,
        ),
        (
            {"Or": [{"Variable": "{{ Yes }}", "BooleanEquals": False}, {"Variable": "{{ Five }}", "NumericEquals": 5}]},
            True,
        ),
    ],
)
def test_conditions(rule, expected):
    assert conditions.problems(rule) == []
    assert conditions.holds(rule, lambda value: resolve(value, lookup)) is expected


def test_a_text_is_no_number():
    with pytest.raises(conditions.ConditionError):
        conditions.holds({"Variable": "{{ Name }}", "NumericEquals": 1}, lambda value: resolve(value, lookup))


@pytest.mark.parametrize(
    ("words", "expected"), [("PT3S", 3), ("PT10M", 600), ("PT1H30M", 5400), ("P1DT1S", 86401), ("P1W", 604800)]
)
def test_durations(words, expected):
    assert seconds(words) == expected


@pytest.mark.parametrize("words", ["", "P", "PT", "10", "-PT5S", "P1Y", "5 minutes"])
def test_bad_durations(words):
    with pytest.raises(ValueError):
        seconds(words)


@pytest.mark.parametrize(("words", "total", "expected"), [("3", 50, 3), ("10%", 50, 5), ("10%", 9, 0), ("100%", 7, 7)])
def test_amounts(words, total, expected):
    assert amount(words, total) == expected
