# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Roles: what they say of themselves in four places must be the same, and nothing may be missing."""

import re

import yaml
from checks import documentation

import role_docs

TOPICS = {
    "purpose": r"(?i)\boutcome\b|\bpurpose\b|guarantee",
    "variables": r"(?im)^#+ .*variables",
    "IAM permissions": r"(?im)^#+ .*permissions",
    "example": r"(?im)^#+ .*example",
}


def _load(path, default=None):
    return yaml.safe_load(path.read_text(encoding="utf-8")) or default if path.exists() else default


def roles(root):
    return sorted(path for path in (root / "roles").glob("*") if path.is_dir() and not path.name.startswith("_"))


def spec_findings(root):
    """meta/argument_specs.yml has an entry point main, describes every option, and says an option of several entry points the same way."""
    found = []
    for role in roles(root):
        specs = role_docs.entry_points(role)
        first = {}
        where = f"roles/{role.name}/meta/argument_specs.yml"
        if "main" not in specs:
            found.append(f"{where}: has no entry point main")
        for entry, spec in specs.items():
            for name, option in spec.get("options", {}).items():
                if not option.get("description"):
                    found.append(f"{where}: {name} has no description")
                if first.setdefault(name, option) != option:
                    found.append(
                        f"{where}: {name} of {entry} is another one than before; name it with an anchor and an alias"
                    )
    return found


def generated_findings(root):
    """defaults/main.yml and the tables of variables in README.md are what `make format` writes from meta/argument_specs.yml."""
    found = []
    for role in roles(root):
        if not role_docs.entry_points(role) or not (role / "README.md").exists():
            continue  # told by another rule
        for path, text in role_docs.files(role).items():
            if text is None:
                found.append(f"{path.relative_to(root)}: has no lines {role_docs.BEGIN!r} and {role_docs.END!r}")
            elif not path.exists() or path.read_text(encoding="utf-8") != text:
                found.append(f"{path.relative_to(root)}: differs from meta/argument_specs.yml; run make format")
    return found


def names_findings(root):
    """The list of the names of all options is what `make format` writes from meta/argument_specs.yml."""
    path, text = role_docs.names_file(root)
    same = path.exists() and path.read_text(encoding="utf-8") == text
    return [] if same else [f"{path.relative_to(root)}: differs from meta/argument_specs.yml; run make format"]


def readme_findings(root):
    """README.md has purpose, variables, permissions and an example."""
    found = []
    for role in roles(root):
        where = f"roles/{role.name}/README.md"
        path = root / where
        if not path.exists():
            found.append(f"{where}: is missing")
            continue
        text = path.read_text(encoding="utf-8")
        found += [
            f"{where}: nothing about {topic}" for topic, pattern in TOPICS.items() if not re.search(pattern, text)
        ]
    return found


def _names(node, place=""):
    """(name, what it is) of all variables that tasks make: register, set_fact, vars, loop_var."""
    if isinstance(node, list):
        for item in node:
            yield from _names(item, place)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("register", "loop_var", "index_var") and isinstance(value, str):
                yield value, key
            elif key in ("ansible.builtin.set_fact", "set_fact", "vars") and isinstance(value, dict):
                yield from ((name, key) for name in value if name != "cacheable")
            if key != "vars":
                yield from _names(value, key)


def prefix_findings(root):
    """Variables of a role start with its name, internal ones with two underscores more."""
    found = []
    for role in roles(root):
        own = (f"{role.name}_", f"__{role.name}_")
        for folder in ("defaults", "vars"):
            names = _load(role / folder / "main.yml", {})
            found += [f"roles/{role.name}/{folder}/main.yml: {name}" for name in names if not name.startswith(own)]
        for path in sorted((role / "tasks").rglob("*.yml")) + sorted((role / "handlers").rglob("*.yml")):
            for name, kind in _names(_load(path, [])):
                # another role of the collection is called with its own variables
                others = tuple(f"{other.name}_" for other in roles(root))
                if not name.startswith(own + (others if kind == "vars" else ()) + ("ansible_",)):
                    found.append(f"{path.relative_to(root)}: {kind} {name}")
    return found


def molecule_findings(root):
    """Every role has a scenario that converges it, runs twice without a change and verifies."""
    found = []
    for role in roles(root):
        folder = root / "extensions" / "molecule" / role.name
        found += [
            f"extensions/molecule/{role.name}/{name}: is missing"
            for name in ("molecule.yml", "converge.yml", "verify.yml")
            if not (folder / name).exists()
        ]
    return found


def _texts(node):
    """All strings of parsed YAML, keys included; comments are not among them."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from _texts(item)
    elif isinstance(node, str):
        yield node


def _included(node):
    """Task files of the own role that tasks include or import, as patterns: what is rendered may be anything."""
    if isinstance(node, list):
        for item in node:
            yield from _included(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if str(key).rpartition(".")[2] in ("include_tasks", "import_tasks"):
                name = value["file"] if isinstance(value, dict) else value
                pattern = re.sub(r"\{\{.*?\}\}", "*", name)
                yield from [pattern] if pattern != "*" else []  # a file of the user's own
            else:
                yield from _included(value)


def _words(node):
    """Words of all strings, without options of a command line that a message shows (-e name=value)."""
    return {word for text in _texts(node) for word in re.findall(r"\w+", re.sub(r"-e \w+=", "", text))}


def used_options(role, entry):
    """Options of a role that an entry point uses: in its task files, those that they include, and the variables of vars/ that these use."""
    inner = _load(role / "vars" / "main.yml", {})
    files, todo, words = set(), [f"{entry}.yml"], set()
    while todo:
        for path in (role / "tasks").glob(todo.pop()):
            if path not in files:
                files.add(path)
                tasks = _load(path, [])
                todo += _included(tasks)
                words |= _words(tasks)
    todo = [name for name in inner if name in words]
    while todo:
        found = _words(inner[todo.pop()]) - words
        words |= found
        todo += [name for name in found if name in inner]
    return {name for name in role_docs.options(role) if name in words}


def entry_point_findings(root, validating):
    """An entry point claims every option that it uses, and no other one unless it is there to validate them (exceptions.py)."""
    found = []
    for role in roles(root):
        for entry, spec in role_docs.entry_points(role).items():
            claimed, used = set(spec.get("options", {})), used_options(role, entry)
            where = f"roles/{role.name}: entry point {entry}"
            found += [f"{where} uses {name}, which it does not claim" for name in sorted(used - claimed)]
            if f"{role.name}.{entry}" not in validating:
                found += [f"{where} claims {name}, which it does not use" for name in sorted(claimed - used)]
            elif claimed == used:
                found.append(f"{where} needs no exception")
    return found


PLAN_TASK = "fleetpatch.aws.patch_plan"
# Options of patch_plan that are no variables of the role: patch_run_id may be empty, a run has an id.
NOT_VARIABLES = {"account", "content", "planned_by", "preview", "run_id"}


def plan_option_findings(root):
    """The role patch_run hands every option of patch_plan over, and says of each what the module's documentation says."""
    role = root / "roles" / "patch_run"
    known = role_docs.options(role)
    documented = documentation.own_options(documentation.modules(root)["patch_plan"])
    (given,) = (task[PLAN_TASK] for task in _load(role / "tasks" / "plan.yml") if PLAN_TASK in task)
    found = [f"plan.yml does not hand over {name}" for name in sorted(set(documented) - set(given))]
    for name in sorted((set(documented) & set(given)) - NOT_VARIABLES):
        option = known.get(f"patch_run_{name}")
        if not re.search(rf"\bpatch_run_{name}\b", str(given[name])):
            found.append(f"plan.yml hands over {name} as {given[name]!r}")
        if option is None:
            found.append(f"patch_run_{name} is no option of the role")
        elif not documented[name].get("required") or name == "tiers":
            found += [f"patch_run_{text}" for text in _unlike(name, option, documented[name])]
    return found


def _unlike(name, option, documented):
    """What argument_specs and documentation say differently; a default that the module lacks, or spreads over suboptions, is the role's own."""
    for detail in ("type", "elements", "choices", "default"):
        ours, theirs = option.get(detail), documented.get(detail)
        own_default = detail == "default" and (documented.get("required") or documented.get("suboptions"))
        if ours != theirs and not own_default:
            yield f"{name}: {detail} is {ours!r}, of patch_plan {theirs!r}"


def plan_default_findings(root):
    """The defaults of the planner are those of the role, so that a plan that names no option is the plan of the role."""
    from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.options import PlanOptions

    known = role_docs.options(root / "roles" / "patch_run")
    found = []
    for name, default in PlanOptions().to_dict().items():
        option = known.get(f"patch_run_{name}")
        if option is None:
            found.append(f"the planner's option {name} is no option of the role")
        elif option["default"] != default:
            found.append(f"patch_run_{name}: the default is {option['default']!r}, of the planner {default!r}")
    return found


# Actions that wait for something, and what a command of a hook may take at most (plugins/module_utils/_patch_run/hooks.py).
WAITING = ("aws:runCommand", "aws:waitForAwsResourceProperty", "aws:changeInstanceState", "aws:loop")
LONGEST_HOOK = 14400


def runbook_findings(root):
    """Each step of a runbook that waits has a time limit, above the sum of what it waits for."""
    found = []
    for path in sorted(root.glob("roles/*/files/*.yaml")):
        for step in (_load(path, {}) or {}).get("mainSteps", ()):
            found += [f"{path.relative_to(root)}: {words}" for words in _step_findings(step)]
    return found


def _step_findings(step):
    inner = step["inputs"].get("Steps", ()) if step["action"] == "aws:loop" else ()
    for one in inner:
        yield from _step_findings(one)
    limit = step.get("timeoutSeconds")
    least = sum(one.get("timeoutSeconds", 0) for one in inner)
    if step["action"] == "aws:runCommand":
        delivery = step["inputs"].get("TimeoutSeconds")
        if delivery is None:
            yield f"{step['name']}: its command has no TimeoutSeconds, so one that arrives late would still start"
        least = (delivery or 0) + _seconds_of_command(step["inputs"])
    if step["action"] in WAITING and (limit is None or limit <= least):
        yield f"{step['name']}: timeoutSeconds is {limit}; it waits up to {least} seconds"


def _seconds_of_command(inputs):
    given = inputs.get("Parameters")
    if not isinstance(given, dict):
        return LONGEST_HOOK
    texts = [str(given[name][0]) for name in ("executionTimeout", "StepTimeoutSeconds") if name in given]
    return max((int(text) if text.isdigit() else LONGEST_HOOK for text in texts), default=0)
