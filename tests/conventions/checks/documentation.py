# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Modules: documentation, examples, return values and argument specs, compared with each other."""

import copy
import functools
import importlib
import pathlib
import re

import yaml

from ansible.errors import AnsibleError
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

PREFIX = "fleetpatch.aws."
RULES = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")
PLACEHOLDERS = {"int": 1, "float": 1.0, "bool": True, "list": [], "dict": {}}
COMPARED = ("type", "required", "default", "choices", "elements", "aliases")


class Captured(Exception):
    """Carries the keyword arguments of AnsibleModule.__init__ out of a module's main()."""


def modules(root):
    """{name: path} of all modules."""
    found = sorted((root / "plugins" / "modules").glob("*.py"))
    return {path.stem: path for path in found if path.stem != "__init__"}


@functools.lru_cache(maxsize=None)
def docs(path):
    """(documentation with its fragments, examples as text, return values) of a module file."""
    try:
        doc, examples, returns, _metadata = get_docstring(
            str(path), fragment_loader, verbose=False, collection_name="fleetpatch.aws", plugin_type="module"
        )
    except AnsibleError:
        return {}, "", {}  # reported as missing
    return doc or {}, examples or "", returns or {}


def own_options(path):
    """The options that the file documents itself, without those of doc fragments."""
    doc, _examples, _returns = docs(path)
    text = path.read_text(encoding="utf-8").partition("DOCUMENTATION = ")[2]
    block = yaml.safe_load(text.split('"""')[1]) if '"""' in text else {}
    return {name: option for name, option in doc.get("options", {}).items() if name in (block.get("options") or {})}


@functools.lru_cache(maxsize=None)
def captured(path):
    """Keyword arguments that main() hands to AnsibleModule, or None for a module without main (an action plugin does it all)."""
    if "def main(" not in path.read_text(encoding="utf-8"):
        return None
    module = importlib.import_module(f"ansible_collections.fleetpatch.aws.plugins.modules.{path.stem}")

    def stop(_self, **arguments):
        raise Captured(arguments)

    original, AnsibleModule.__init__ = AnsibleModule.__init__, stop
    try:
        module.main()
    except Captured as caught:
        return caught.args[0]
    finally:
        AnsibleModule.__init__ = original
    raise AssertionError(f"{path.name}: main() made no AnsibleModule")


def missing_findings(root):
    """Documentation, examples, return values, attributes: there must be all of them, and a person must find the words."""
    found = []
    for name, path in modules(root).items():
        doc, examples, returns = docs(path)
        if doc.get("module") != name:
            found.append(f"{name}: DOCUMENTATION is missing, does not parse or names another module")
            continue
        found += [
            f"{name}: no {what}" for what, value in (("EXAMPLES", examples.strip()), ("RETURN", returns)) if not value
        ]
        attributes = doc.get("attributes", {})
        found += [
            f"{name}: attribute {key} is not documented" for key in ("check_mode", "diff_mode") if key not in attributes
        ]
        found += [f"{name}: {place} has no sample" for place in without_sample(returns)]
        found += [
            f"{name}: option {key} has no description" for key, o in doc["options"].items() if not o.get("description")
        ]
    return found


def version_findings(root):
    """version_added of every plugin and role is a version, and none that is still to come."""
    current = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    found = []
    places = [*(root / "plugins").rglob("*.py"), *(root / "roles").glob("*/meta/argument_specs.yml")]
    for path in sorted(places):
        for version in re.findall(
            r"^\s*version_added: *[\"']?([^\"'\s]+)", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            if not re.fullmatch(r"\d+\.\d+\.\d+", version) or _parts(version) > _parts(current):
                found.append(f"{path.relative_to(root)}: version_added {version}, the collection is {current}")
    return found


def _parts(version):
    return [int(part) for part in version.split(".")]


def without_sample(returns, place=""):
    """Return values without `contains` and without a sample."""
    for key, value in returns.items():
        if value.get("contains"):
            yield from without_sample(value["contains"], f"{place}{key}.")
        elif "sample" not in value:
            yield f"{place}{key}"


def tasks(node, prefix=PREFIX):
    """(module name, arguments) of all our tasks in parsed YAML."""
    if isinstance(node, list):
        for item in node:
            yield from tasks(item, prefix)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(key, str) and key.startswith(prefix):
                yield key[len(prefix) :], value
            elif isinstance(value, (list, dict)):
                yield from tasks(value, prefix)


def spec_of(options):
    """An argument spec from documented options."""
    spec = {}
    for name, option in (options or {}).items():
        entry = {key: option[key] for key in COMPARED if key in option}
        if option.get("suboptions"):
            entry["options"] = spec_of(option["suboptions"])
        spec[name] = entry
    return spec


def fill(value, option):
    """A value of the right type instead of a template, which cannot be checked before it is rendered."""
    option = option or {}
    if isinstance(value, str) and "{{" in value:
        if option.get("choices"):
            return option["choices"][0]
        return PLACEHOLDERS.get(option.get("type"), value)
    if isinstance(value, dict) and option.get("options"):
        return {key: fill(item, option["options"].get(key)) for key, item in value.items()}
    if isinstance(value, list) and option.get("elements"):
        inner = {"type": option["elements"], **{k: option[k] for k in ("choices", "options") if k in option}}
        return [fill(item, inner) for item in value]
    return value


def example_findings(root):
    """EXAMPLES parse, use only modules of ours that are there, and only options that the module has, with right values."""
    found = []
    for name, path in modules(root).items():
        doc, examples, _returns = docs(path)
        try:
            parsed = yaml.safe_load(examples)
        except yaml.YAMLError as error:
            found.append(f"{name}: EXAMPLES do not parse: {str(error).splitlines()[0]}")
            continue
        used = list(tasks(parsed))
        if name not in [module for module, _arguments in used]:
            found.append(f"{name}: EXAMPLES do not use it")
        for module, arguments in used:
            if module not in modules(root):
                found.append(f"{name}: EXAMPLES use {PREFIX}{module}, which is not there")
                continue
            found += [f"{name}: example of {module}: {text}" for text in task_errors(modules(root)[module], arguments)]
    return found


def task_errors(path, arguments):
    """What is wrong with the arguments of one task, by the module's documentation and the rules of its argument spec."""
    spec = copy.deepcopy(spec_of(docs(path)[0].get("options")))  # the validator fills defaults in
    rules = {key: (captured(path) or {}).get(key) for key in RULES}
    given = {key: fill(value, spec.get(key)) for key, value in (arguments or {}).items()}
    return ArgumentSpecValidator(spec, **rules).validate(given).error_messages


def argument_spec_findings(root):
    """Documentation equals argument_spec: names of all options, every detail of our own ones."""
    found = []
    for name, path in modules(root).items():
        arguments = captured(path)
        if arguments is None:
            if not (root / "plugins" / "action" / f"{name}.py").exists():
                found.append(f"{name}: has neither main() nor an action plugin")
            else:
                found += [f"{name}: {text}" for text in action_differences(path)]
            continue
        documented = docs(path)[0].get("options", {})
        spec = arguments["argument_spec"]
        found += [f"{name}: {key} is documented only" for key in sorted(set(documented) - set(spec))]
        found += [f"{name}: {key} is not documented" for key in sorted(set(spec) - set(documented))]
        own = {key: option for key, option in own_options(path).items() if key in spec}
        found += [f"{name}: {text}" for text in differences(own, spec)]
        if not arguments.get("supports_check_mode"):
            found.append(f"{name}: does not support check mode")
    return found


def action_differences(path):
    """Differences of the documentation and the SPEC of an action plugin that does all the work; one without checks its options by hand."""
    source = path.parents[1] / "action" / path.name
    if "\nSPEC = " in source.read_text(encoding="utf-8"):
        spec = importlib.import_module(f"ansible_collections.fleetpatch.aws.plugins.action.{path.stem}").SPEC
        documented = docs(path)[0].get("options", {})
        yield from (f"{key} is not documented" for key in sorted(set(spec) - set(documented)))
        ours = set(own_options(path)) | (set(spec) & set(documented))
        # The keys of a dictionary may be documented although the action takes any.
        free = [key for key in ours if "options" not in spec.get(key, {})]
        yield from differences(
            {key: {**documented[key], **({"suboptions": None} if key in free else {})} for key in ours}, spec
        )


def differences(documented, spec, place=""):
    """Differences of documented options and an argument spec, recursively."""
    for key, option in documented.items():
        entry = spec.get(key)
        if entry is None:
            yield f"{place}{key} is documented only"
            continue
        for detail in COMPARED:
            said, real = _value(option, detail), _value(entry, detail)
            if said != real:
                yield f"{place}{key}: {detail} is documented as {said!r}, but is {real!r}"
        inner = entry.get("options")
        if option.get("suboptions") or inner:
            theirs = option.get("suboptions") or {}
            yield from (f"{place}{key}.{name} is not documented" for name in sorted(set(inner or {}) - set(theirs)))
            yield from differences(theirs, inner or {}, f"{place}{key}.")


def _value(option, detail):
    """A detail in one notation: str is the default type, order and tuple or list do not matter for choices and aliases."""
    if detail == "type":
        return option.get("type") or "str"
    if detail == "required":
        return bool(option.get("required"))
    if detail in ("choices", "aliases"):
        return sorted(map(str, option.get(detail) or []))
    value = option.get(detail)
    return str(value) if isinstance(value, pathlib.Path) else value


def action_group_findings(root, no_aws=frozenset()):
    """meta/runtime.yml: the group `aws` names every module, and nothing else, and extends those of the dependencies."""
    group = yaml.safe_load((root / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]["aws"]
    names = [entry for entry in group if isinstance(entry, str)]
    extended = [name for entry in group if isinstance(entry, dict) for name in entry["metadata"]["extend_group"]]
    found = [f"{name}: not in the action group aws" for name in sorted(set(modules(root)) - set(names) - no_aws)]
    found += [f"{name}: in the action group, but calls no AWS" for name in sorted(set(names) & no_aws)]
    found += [f"{name}: in the action group, but no module" for name in sorted(set(names) - set(modules(root)))]
    wanted = ("amazon.aws.aws", "community.aws.aws")
    found += [f"the action group does not extend {name}" for name in wanted if name not in extended]
    return found + ([] if names == sorted(set(names)) else ["the action group is not sorted, or names a module twice"])


def info_findings(root, exceptions):
    """A module that keeps or runs something (it has the option `state`) has a reader NAME_info; readers have none to write."""
    found = []
    for name, path in modules(root).items():
        options = docs(path)[0].get("options", {})
        if name.endswith("_info"):
            found += [f"{name}: a reader with the option {key}" for key in ("state", "purge_tags") if key in options]
        elif "state" in options and f"{name}_info" not in modules(root) and name not in exceptions:
            found.append(f"{name}: there is no {name}_info")
    return found
