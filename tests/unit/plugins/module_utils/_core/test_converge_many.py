# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import copy
import threading

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.converge import Resource
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.converge_many import Item
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.converge_many import converge_many


class Shop:
    """A service with many things by name; it assigns ids, and remembers what was done, in order."""

    def __init__(self, **things):
        self.things, self.done = copy.deepcopy(things), []
        self.fail = {}  # {(word, name): error}
        self._lock = threading.Lock()

    def _do(self, word, name, thing=None):
        with self._lock:
            self.done.append((word, name))
            error = self.fail.get((word, name))
            if error:
                raise error
            if word in ("create", "update", "tag"):
                self.things[name] = thing
            elif word == "delete":
                del self.things[name]

    def _find(self, name):
        self._do("find", name)
        return copy.deepcopy(self.things.get(name))

    def _create(self, name, after):
        made = {**after, "id": f"id-{name}"}
        self._do("create", name, made)
        return {"id": made["id"]}

    def item(self, name, desired, rank=0, tags=None):
        resource = Resource(
            kind="thing",
            name=name,
            find=lambda: self._find(name),
            create=lambda after: self._create(name, after),
            update=lambda before, after, names: self._do("update", name, after),
            delete=lambda before: self._do("delete", name),
            set_tags=lambda after, to_set, to_remove: self._do("tag", name, after),
            unordered=("ports",),
            immutable=("system",),
            server=("id",),
            hidden=("text",),
        )
        return Item(resource, desired, rank=rank, tags=tags)

    def words(self, *leave):
        return [word for word, _name in self.done if word not in leave]

    def confirm(self, models):
        self.done.append(("confirm", sorted(model["id"] for model in models)))
        return {model["id"][3:]: {"size": self.things[model["id"][3:]]["size"]} for model in models}


OLD = {"id": "id-old", "size": 1, "ports": [1, 2], "system": "A", "text": "long", "tags": {}}
NEW = {"size": 1, "ports": [2, 1], "system": "A", "text": "long"}


def shop():
    return Shop(old=OLD, same={**OLD, "id": "id-same"}, gone={**OLD, "id": "id-gone"})


def wanted(there):
    return [there.item("new", NEW), there.item("old", {"size": 2}), there.item("same", NEW), there.item("gone", None)]


ACTIONS = {"new": "created", "old": "updated", "same": "unchanged", "gone": "removed"}


@pytest.mark.parametrize("workers", [1, 4])
def test_four_steps(workers):
    there = shop()
    steps = [converge_many(wanted(there), check_mode=check, workers=workers) for check in (True, False) * 2]
    predicted, real, _again, still = steps
    assert [step["changed"] for step in steps] == [True, True, False, False]
    for step in (predicted, real):
        assert {one["name"]: one["action"] for one in step["results"]} == ACTIONS
        assert step["summary"] == {"created": 1, "updated": 1, "removed": 1, "unchanged": 1, "failed": 0}
        assert [one["after_header"] for one in step["diff"]] == ["thing new", "thing old", "thing gone"]
    assert sorted(word for word in there.words("find")) == ["create", "delete", "update"]
    for one, other in zip(predicted["results"], real["results"], strict=True):
        same = [{key: value for key, value in model["thing"].items() if key != "id"} for model in (one, other)]
        assert same[0] == same[1] and one["changes"] == other["changes"]
    assert still["summary"]["unchanged"] == 4 and still["diff"] == []


def test_all_are_looked_at_before_the_first_is_written():
    there = shop()
    converge_many(wanted(there), check_mode=False)
    assert there.words()[:4] == ["find"] * 4 and sorted(there.words()[4:]) == ["create", "delete", "update"]


def test_assigned_and_hidden_fields_and_diff():
    there = shop()
    result = converge_many(wanted(there), check_mode=False)
    new = result["results"][0]
    assert new["thing"]["id"] == "id-new" and "text" not in new["thing"]
    assert result["diff"][0]["before"] == {} and result["diff"][0]["after"]["text"] == "long"
    assert result["diff"][2]["before"]["id"] == "id-gone" and result["diff"][2]["after"] == {}
    assert result["results"][3]["thing"] == {}


def test_one_confirmation_for_all_that_was_written():
    there = shop()
    result = converge_many(wanted(there), check_mode=False, confirm=there.confirm)
    assert there.words()[-1] == "confirm" and there.done[-1][1] == ["id-new", "id-old"]
    assert not any("unconfirmed" in one for one in result["results"])
    there.done.clear()
    converge_many(wanted(there), check_mode=False, confirm=there.confirm)
    converge_many([there.item("other", NEW)], check_mode=True, confirm=there.confirm)
    assert "confirm" not in there.words()


def test_what_is_read_otherwise_is_unconfirmed_and_shown():
    there = shop()
    read = {"new": {"id": "other", "size": 7, "ports": [2, 1]}}
    result = converge_many(wanted(there), check_mode=False, confirm=lambda models: read)
    assert result["results"][0]["unconfirmed"] == [{"field": "size", "before": 1, "after": 7}]
    assert result["results"][0]["thing"]["size"] == 7 and "unconfirmed" not in result["results"][1]


def test_tags_alone():
    there = shop()
    result = converge_many([there.item("old", {}, tags={"a": "1"})], check_mode=False)
    assert there.words("find") == ["tag"] and result["results"][0]["thing"]["tags"] == {"a": "1"}


@pytest.mark.parametrize("check", [True, False])
def test_wrong_options_stop_everything_and_all_of_them_are_told(check):
    there = shop()
    items = [*wanted(there), there.item("gone", {"system": "B"}), there.item("same", {"system": "C"})]
    with pytest.raises(errors.InvalidInput) as caught:
        converge_many(items, check_mode=check)
    assert there.words("find") == [] and caught.value.code == "immutable"
    assert "gone: " in caught.value.message and "same: " in caught.value.message
    assert [item["name"] for item in caught.value.details["items"]] == ["gone", "same"]


@pytest.mark.parametrize("word, name", [("find", "new"), ("create", "new"), ("update", "old"), ("delete", "gone")])
def test_a_failure_is_a_value_and_the_others_are_done(word, name):
    there = shop()
    there.fail[(word, name)] = errors.AccessDenied("Not you", code="AccessDenied", details={"who": "me"})
    with pytest.raises(errors.RunFailed) as caught:
        converge_many(wanted(there), check_mode=False)
    results = caught.value.results
    assert {one["name"]: one["action"] for one in results["results"]} == {**ACTIONS, name: "failed"}
    failed = next(one for one in results["results"] if one["action"] == "failed")
    assert failed["failure"] == {"name": name, "code": "AccessDenied", "message": "Not you", "details": {"who": "me"}}
    assert failed["thing"] == {} and not failed["changed"] and results["changed"]
    assert results["summary"]["failed"] == 1 and name in caught.value.message and caught.value.code == "AccessDenied"
    assert f"thing {name}" not in [one["after_header"] for one in results["diff"]]


def test_in_check_mode_a_failure_to_read_is_told_too():
    there = shop()
    there.fail[("find", "old")] = errors.AccessDenied("Not you")
    with pytest.raises(errors.RunFailed) as caught:
        converge_many(wanted(there), check_mode=True)
    assert caught.value.results["summary"]["failed"] == 1 and there.words("find") == []


@pytest.mark.parametrize("workers", [1, 4])
def test_higher_ranks_are_written_after_lower_ones(workers):
    names = [f"t{number}" for number in range(12)]
    there = Shop()
    items = [there.item(name, NEW, rank=-number % 3) for number, name in enumerate(names)]
    result = converge_many(items, check_mode=False, workers=workers)
    ranks = {item.resource.name: item.rank for item in items}
    written = [ranks[name] for word, name in there.done if word == "create"]
    assert written == sorted(written) and [one["name"] for one in result["results"]] == names


def test_four_at_the_same_time():
    there, gate = Shop(), threading.Barrier(4, timeout=10)

    def find():
        gate.wait()

    items = [there.item(name, NEW) for name in "abcd"]
    items = [Item(Resource(**{**item.resource.__dict__, "find": find}), item.desired) for item in items]
    assert converge_many(items, check_mode=False)["summary"]["created"] == 4


def test_nothing_to_do():
    answer = converge_many([], check_mode=False, confirm=lambda models: 1 / 0)
    assert answer["results"] == [] and answer["changed"] is False
