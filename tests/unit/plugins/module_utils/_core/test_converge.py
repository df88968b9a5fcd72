# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import copy
import dataclasses

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import compare
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core import wait
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.converge import Resource
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.converge import converge


class Shelf:
    """A service with one thing; it assigns an id, and remembers what was done to it."""

    def __init__(self, thing=None, lag=0):
        self.thing, self.lag, self.done, self.old = thing, 0, [], None
        self.lag_after_write = lag

    def find(self):
        if self.lag:
            self.lag -= 1
            return copy.deepcopy(self.old)
        return copy.deepcopy(self.thing)

    def _write(self, word, thing):
        self.done.append(word)
        self.old, self.thing, self.lag = self.thing, thing, self.lag_after_write

    def resource(self):
        return Resource(
            kind="thing",
            name="x",
            find=self.find,
            create=lambda after: self._write("create", {**after, "id": "t-1"}),
            update=lambda before, after, names: self._write(
                f"update {sorted(names)}", {**after, "tags": before["tags"]}
            ),
            delete=lambda before: self._write("delete", None),
            set_tags=self._tag,
            unordered=("ports",),
            immutable=("system",),
            server=("id",),
            hidden=("text",),
        )

    def _tag(self, after, to_set, to_remove):
        self._write(f"tag {to_set} {to_remove}", {**self.thing, "tags": after["tags"]})


def steps(shelf, desired, **options):
    """The four steps: check, real, check again, real again."""
    clock = wait.Clock(now=lambda: 0.0, sleep=lambda seconds: None)
    return [
        converge(shelf.resource(), desired, check_mode=check, clock=clock, **options) for check in (True, False) * 2
    ]


FULL = {"size": 1, "ports": [2, 1], "system": "A", "text": "long"}
EXISTING = {"id": "t-1", "size": 1, "ports": [1, 2], "system": "A", "text": "long", "tags": {"a": "1", "aws:x": "y"}}


@pytest.mark.parametrize(
    "before, desired, options, done",
    [
        (None, FULL, {"tags": {"a": "1"}}, ["create"]),
        (EXISTING, {"size": 2}, {}, ["update ['size']"]),
        (EXISTING, {"ports": []}, {}, ["update ['ports']"]),
        (EXISTING, {"size": None}, {"tags": {"b": "2"}}, ["tag {'b': '2'} ['a']"]),
        (EXISTING, {}, {"tags": {}}, ["tag {} ['a']"]),
        (EXISTING, {}, {"tags": {"b": "2"}, "purge_tags": False}, ["tag {'b': '2'} []"]),
        (EXISTING, {"size": 2}, {"tags": {"a": "3"}}, ["update ['size', 'tags']", "tag {'a': '3'} []"]),
        (EXISTING, None, {}, ["delete"]),
    ],
)
def test_four_steps(before, desired, options, done):
    shelf = Shelf(before)
    predicted, real, again, still = steps(shelf, desired, **options)
    assert shelf.done == done
    assert [step["changed"] for step in (predicted, real, again, still)] == [True, True, False, False]
    strip = [{key: value for key, value in step["thing"].items() if key != "id"} for step in (predicted, real)]
    assert strip[0] == strip[1]
    assert predicted["changes"] == real["changes"]
    assert "unconfirmed" not in real


@pytest.mark.parametrize("desired, options", [({}, {}), (FULL, {}), ({"size": 1}, {"tags": {"a": "1"}})])
def test_nothing_to_do(desired, options):
    shelf = Shelf(EXISTING)
    assert [step["changed"] for step in steps(shelf, desired, **options)] == [False] * 4
    assert shelf.done == []


def test_lagging_reads_are_read_again():
    real = steps(Shelf(EXISTING, lag=2), {"size": 2})[1]
    assert real["thing"]["size"] == 2
    assert "unconfirmed" not in real


def test_what_stays_different_is_reported():
    shelf = Shelf(EXISTING)
    broken = Resource(**{**shelf.resource().__dict__, "update": lambda before, after, names: None})
    clock = wait.Clock(now=lambda: 0.0, sleep=lambda seconds: None)
    result = converge(broken, {"size": 2}, clock=clock)
    assert result["unconfirmed"] == [{"field": "size", "before": 2, "after": 1}]


def test_immutable_and_hidden():
    with pytest.raises(errors.InvalidInput) as caught:
        steps(Shelf(EXISTING), {"system": "B"})
    assert caught.value.code == "immutable"
    result = steps(Shelf(EXISTING), {"text": "other"})[0]
    assert "text" not in result["thing"] and result["changes"] == []
    assert result["diff"]["after"]["text"] == "other"


@pytest.mark.parametrize(
    "before, after, fields",
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, ["a"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a"]),
        ({"s": [1, 2]}, {"s": [2, 1]}, []),
        ({"a": None}, {}, []),
        (None, {"a": 1}, ["a"]),
        ({"v": 1}, {"v": 2}, []),
    ],
)
def test_compare(before, after, fields):
    assert [change.field for change in compare.compare(before, after, unordered=("s",), ignore=("v",))] == fields


@pytest.mark.parametrize(
    "before, desired, purge, after",
    [
        ([1, 2], None, True, [1, 2]),
        ([1, 2], [], True, []),
        ([1, 2], [3], True, [3]),
        ([1, 2], [3], False, [1, 2, 3]),
        (None, [3], True, [3]),
    ],
)
def test_merge_set(before, desired, purge, after):
    assert compare.merge_set(before, desired, purge) == after


class Race(Shelf):
    """Somebody else makes the thing between the look and the creation; reads see it after some looks only."""

    def __init__(self, others, unseen=0):
        super().__init__()
        self.others, self.unseen = others, unseen

    def find(self):
        if self.thing is not None and self.unseen:
            self.unseen -= 1
            return None
        return super().find()

    def resource(self):
        return dataclasses.replace(super().resource(), create=self.create, raced=("Exists",))

    def create(self, after):
        self.thing = copy.deepcopy(self.others)
        raise errors.ServiceError("it exists", code="Exists")


@pytest.mark.parametrize(("others", "done"), [(80, []), (81, ["update ['port']"])])
@pytest.mark.parametrize("unseen", [0, 2])
def test_what_somebody_else_makes_in_between_is_found_and_compared(others, done, unseen):
    shelf = Race({"port": others, "id": "t-2", "tags": {}}, unseen)
    clock = wait.Clock(now=lambda: 0.0, sleep=lambda seconds: None)
    result = converge(shelf.resource(), {"port": 80}, clock=clock)
    assert (shelf.done, result["changed"]) == (done, bool(done)) and result["thing"]["port"] == 80
    assert result["diff"]["before"]["port"] == others


def test_what_exists_and_is_never_seen_stays_an_error():
    shelf = Race({"port": 80, "tags": {}}, unseen=99)
    clock = wait.Clock(now=lambda: 0.0, sleep=lambda seconds: None)
    with pytest.raises(errors.ServiceError, match="it exists"):
        converge(shelf.resource(), {"port": 80}, clock=clock)
