# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What every converging module promises, tested in one way for all of them; converging/*.yml says how (see its README.md).

The check mode predicts what is read afterwards; a second run changes nothing and sends no mutating call, as check mode does;
every option is compared; omitted leaves, given sets, empty clears.
"""

import copy
import importlib
import pathlib
import re

import pytest
import yaml

HERE = pathlib.Path(__file__).parent
MODULES = HERE.parents[3] / "plugins" / "modules"
# Modules with a state that keep nothing as declared.
NO_CONVERGING = {"ec2_instance_image": "makes images of a run, which are never changed"}
FILES = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("converging/*.yml"))}
FRONTS = [(name, front) for name, data in FILES.items() for front in ("one", *(["many"] if data.get("plural") else []))]
CASES = [
    pytest.param(name, front, case, id=f"{name}-{front}-{case['set']}-{number}")
    for name, front in FRONTS
    for number, case in enumerate(FILES[name]["cases"])
]
THINGS = [(name, front, thing) for name, front in FRONTS for thing in FILES[name]["things"]]
REFUSED = [(name, front, case) for name, front in FRONTS for case in FILES[name].get("refused", [])]
PLURALS = [name for name, front in FRONTS if front == "many"]


def module_of(name):
    return importlib.import_module(f"ansible_collections.fleetpatch.aws.plugins.modules.{name}")


class Bench:
    """One module at the local AWS, as the module of one thing or as the one of many, by the same calls."""

    def __init__(self, aws, run_module, name, front):
        self.aws, self.run_module, self.data, self.front = aws, run_module, FILES[name], front
        self.unread = set(self.data["plural"].get("unread", [])) if front == "many" else set()
        self.module = module_of(self.data["plural"]["module"] if front == "many" else name)
        for bucket in self.data.get("buckets", []):
            aws.client("s3").create_bucket(Bucket=bucket)

    def run(self, check=False, **options):
        """The result of one run, in the form of the module of one thing."""
        if self.front == "one":
            return self.run_module(self.module, check=check, **options)
        result = self.run_module(self.module, check=check, **{self.data["plural"]["list"]: [options]})
        if result.get("failed"):
            return result
        [one] = result["results"]
        return {**one, "changed": result["changed"], "diff": result["diff"]}

    def model(self, result):
        """The thing without what only AWS knows, at any depth."""
        return strip(result[self.data["returns"]], set(self.data["assigned"]))

    def make(self, thing):
        """Create a thing of the file; returns its options and what identifies it."""
        options = copy.deepcopy(self.data["things"][thing])
        result = self.run(**options)
        assert not result.get("failed"), result["msg"]
        return options, {name: options[name] for name in self.data["identity"]}, result

    def written(self):
        return [call["operation"] for call in self.aws.calls(source="client") if call["mutating"]]

    def four(self, **options):
        """check, real, check, real. Returns the results; the promises that do not depend on the options hold for all."""
        steps = []
        for check in (True, False, True, False):
            self.aws.clear_calls()
            steps.append(self.run(check=check, **options))
            assert not steps[-1].get("failed"), steps[-1]["msg"]
            assert bool(self.written()) is (len(steps) == 2), f"step {len(steps)} sent {self.written()}"
            assert "unconfirmed" not in steps[-1]
        predicted, real, check, again = steps
        assert [step["changed"] for step in steps] == [True, True, False, False]
        assert self.model(predicted) == self.model(real) == self.model(check) == self.model(again)
        assert predicted["changes"] == real["changes"] and check["changes"] == again["changes"] == []
        return steps


@pytest.fixture(name="bench")
def fixture_bench(serve, run_module):
    return lambda name, front: Bench(serve(FILES[name].get("scenario", {})), run_module, name, front)


def strip(value, names):
    if isinstance(value, list):
        return [strip(item, names) for item in value]
    if isinstance(value, dict):
        return {key: strip(item, names) for key, item in value.items() if key not in names}
    return value


def at(value, path):
    """What stands at a path like approval_rules.0.compliance_level; None where there is nothing."""
    for step in path.split("."):
        try:
            value = value[int(step) if isinstance(value, list) else step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def put(options, path, value):
    """Set what stands at a path; dictionaries on the way are made."""
    *way, last = path.split(".")
    for step in way:
        options = options[int(step)] if isinstance(options, list) else options.setdefault(step, {})
    options[int(last) if isinstance(options, list) else last] = copy.deepcopy(value)


def changed_options(thing, identity, case):
    """The options of a case: the identity, and the options that the paths of the case are in, the rest of them as it was."""
    given, paths = copy.deepcopy(thing), {case["set"]: case["to"], **case.get("together", {})}
    for path, value in paths.items():
        put(given, path, value)
    return {**identity, **{path.split(".")[0]: given[path.split(".")[0]] for path in paths}}


@pytest.mark.parametrize("name, front, thing", THINGS)
def test_life(bench, name, front, thing):
    """Made as predicted; every option omitted changes nothing; the same again changes nothing; removed."""
    one = bench(name, front)
    options = one.data["things"][thing]
    made = one.four(**options)[1]
    assert made["diff"] and not made["diff" if front == "one" else "changes"] == {}
    identity = {key: options[key] for key in one.data["identity"]}
    same = one.run(**identity)
    assert same["changed"] is False and one.model(same) == strip(one.model(made), one.unread)
    gone = one.four(**identity, state="absent")
    assert all(step[one.data["returns"]] == {} for step in gone[:2])


@pytest.mark.parametrize("name, front, case", CASES)
def test_an_option_alone(bench, name, front, case):
    """A change of one option is detected, made, and stable; all other fields stay."""
    one = bench(name, front)
    thing, identity, made = one.make(case["thing"])
    before = one.model(made if front == "one" else one.run(**thing))
    after = one.model(one.four(**changed_options(thing, identity, case))[3])
    fields = {path.split(".")[0] for path in (case["set"], *case.get("together", {}))}
    found = {field for field in set(before) - (one.unread - fields) if before[field] != after[field]}
    assert found - set(case.get("follow", [])) == fields - set(case.get("unseen", []))
    if case.get("shown", True):
        assert at(after, case["set"]) == case.get("reads", case["to"])


@pytest.mark.parametrize("name, front, case", REFUSED)
def test_what_cannot_change_is_refused_before_anything_is_written(bench, name, front, case):
    one = bench(name, front)
    thing, identity, _made = one.make(case["thing"])
    for check in (True, False):
        one.aws.clear_calls()
        result = one.run(check=check, **changed_options(thing, identity, case))
        assert result["failed"] and case["set"] in result["msg"] and one.written() == []


# Nothing is forgotten


def leaves(spec, place=""):
    """(path, entry) of every option without options of its own."""
    for name, entry in spec.items():
        if entry.get("options"):
            yield from leaves(entry["options"], f"{place}{name}.")
        else:
            yield f"{place}{name}", entry


def without_numbers(path):
    return re.sub(r"\.\d+", "", path)


@pytest.mark.parametrize("name", FILES)
def test_every_option_has_a_case(name):
    data, spec = FILES[name], module_of(name).SPEC
    known = {path for path, _entry in leaves(spec)}
    tried = {without_numbers(case["set"]) for case in data["cases"] + data.get("refused", [])}
    for case in data["cases"]:
        tried |= {f"{without_numbers(case['set'])}.{key}" for key in keys_of(case["to"])}
        tried |= {without_numbers(path) for path in case.get("together", {})}
    missing = known - tried - set(data["not_compared"])
    assert not missing, f"no case in converging/{name}.yml for {sorted(missing)}"
    assert not set(data["not_compared"]) - known, "not_compared names options that there are not"


def keys_of(value):
    """Names below a value: a case that replaces a whole list or dictionary tries what it has."""
    items = value if isinstance(value, list) else [value]
    for item in items:
        if isinstance(item, dict):
            for key, inner in item.items():
                yield key
                yield from (f"{key}.{below}" for below in keys_of(inner))


@pytest.mark.parametrize("name", FILES)
def test_every_option_that_can_be_empty_has_a_case_that_clears_it(name):
    """Texts, lists and dictionaries at the top; what cannot be empty says why."""
    data, spec = FILES[name], module_of(name).SPEC
    fit = {key for key, entry in spec.items() if entry.get("type", "str") in ("str", "list", "dict", "raw")}
    fit -= {key for key, entry in spec.items() if entry.get("choices")} | set(data["not_compared"])
    cleared = {case["set"] for case in data["cases"] if case["to"] in ("", [], {})}
    assert fit - cleared == set(data["never_empty"])


def test_every_converging_module_has_a_file():
    found, plural = set(), set()
    for path in MODULES.glob("*.py"):
        spec = getattr(module_of(path.stem), "SPEC", {})
        if sorted(spec.get("state", {}).get("choices", [])) == ["absent", "present"]:
            found.add(path.stem)
        if "purge" in spec and "deployment" in spec:
            plural.add(path.stem)
    assert found - set(NO_CONVERGING) == set(FILES)
    assert plural == {FILES[name]["plural"]["module"] for name in PLURALS}


# What the modules of many have beside the options of one


@pytest.mark.parametrize("name", PLURALS)
def test_tags_and_purge_of_a_list(bench, name):
    one = bench(name, "many")
    plural, things = one.data["plural"], list(one.data["things"].values())[:2]
    assert set(one.module.SPEC) == {plural["list"], "tags", "purge_tags", "deployment", "purge"}
    plain = [{key: value for key, value in thing.items() if key != "tags"} for thing in things]
    results = [run_list(one, plural["list"], plain, tags={"list": "x"}, deployment="contract") for _run in range(2)]
    assert [result["changed"] for result in results] == [True, False]
    expected = {"list": "x", "fleetpatch:owner": "fleetpatch", "fleetpatch:deployment": "contract"}
    assert [one_result[one.data["returns"]]["tags"] for one_result in results[1]["results"]] == [expected] * len(things)
    assert not run_list(one, plural["list"], plain[:1], deployment="contract")["changed"]
    purged = run_list(one, plural["list"], plain[:1], deployment="contract", purge=True)
    assert purged["summary"]["removed"] == len(things) - 1 and purged["summary"]["unchanged"] == 1


def run_list(one, name, items, **options):
    result = one.run_module(one.module, **{name: copy.deepcopy(items)}, **options)
    assert not result.get("failed"), result["msg"]
    return result
