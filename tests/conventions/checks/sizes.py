# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How long functions, files and playbooks may be."""

import ast
import re

import yaml

FUNCTION_LINES, FILE_LINES, PLAYBOOK_LINES, FILTER_LINES = 40, 600, 60, 40
FOLDERS = ("plugins", "tools", "tests/local_aws/local_aws", "tests/chaos", "tests/conventions")
DOC_NAMES = {"DOCUMENTATION", "EXAMPLES", "RETURN"}


def _docs(node):
    """True for an assignment of documentation and for a docstring: text for readers, not code."""
    if isinstance(node, ast.Assign):
        return any(
            isinstance(t, ast.Name) and (t.id in DOC_NAMES or t.id.isupper()) for t in node.targets
        ) and isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _length(node):
    return node.end_lineno - node.lineno + 1


def code_lines(text):
    """Lines of a file without its documentation blocks."""
    tree = ast.parse(text)
    return len(text.splitlines()) - sum(_length(node) for node in tree.body if _docs(node))


def function_lines(node):
    """Lines of a function without its docstring, decorators and nested functions."""
    inner = sum(_length(n) for n in node.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return _length(node) - inner - (_length(node.body[0]) if _docs(node.body[0]) else 0)


def too_long(root):
    """{"path" or "path:function": lines} of all files and functions over the limits."""
    found = {}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            name = path.relative_to(root).as_posix()
            if code_lines(text) > FILE_LINES:
                found[name] = code_lines(text)
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and function_lines(node) > FUNCTION_LINES:
                    found[f"{name}:{node.name}"] = function_lines(node)
    return found


def size_findings(root, exceptions):
    """What is too long without a reason, and reasons that nothing needs any more. exceptions: {place: reason}."""
    long = too_long(root)
    found = [f"{place}: {lines} lines" for place, lines in long.items() if place not in exceptions]
    found += [f"{place}: has an exception, but is short enough" for place in exceptions if place not in long]
    found += [f"{place}: the exception gives no reason" for place, why in exceptions.items() if len(why.split()) < 4]
    return found


def playbook_findings(root):
    """Playbooks are entry points of less than 60 lines, without logic."""
    found = []
    for path in sorted((root / "playbooks").glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) >= PLAYBOOK_LINES:
            found.append(f"playbooks/{path.name}: {len(text.splitlines())} lines, {PLAYBOOK_LINES} is the limit")
        if re.search(r"^\s+(- )?(ansible\.builtin\.)?(set_fact|shell|command|script)\s*:", text, re.MULTILINE):
            found.append(f"playbooks/{path.name}: holds logic; that belongs into a role")
    return found


def begin_findings(root):
    """Every playbook ends with an error for --limit, and for tags that leave nothing to do, instead of doing nothing."""
    found = []
    for path in sorted((root / "playbooks").glob("*.yml")):
        (play,) = yaml.safe_load(path.read_text(encoding="utf-8"))
        first = play["tasks"][0].get("ansible.builtin.import_tasks")
        if "ansible_limit" not in play["hosts"] or first != "tasks/whole.yml":
            found.append(
                f"playbooks/{path.name}: --limit or --tags could leave nothing to do; begin like playbooks/patch.yml"
            )
    return found


def filter_findings(root):
    """A filter file holds one filter, named as the file, documented, with less than 40 lines of code."""
    found = []
    for path in sorted((root / "plugins" / "filter").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        name = f"plugins/filter/{path.name}"
        if code_lines(text) >= FILTER_LINES:
            found.append(f"{name}: {code_lines(text)} lines of code; the work belongs into a pure room")
        given = re.search(r"return \{([^}]*)\}", text.partition("class FilterModule")[2])
        keys = re.findall(r"[\"'](\w+)[\"']\s*:", given.group(1)) if given else []
        if keys != [path.stem]:
            found.append(f"{name}: gives {keys}, must give exactly {[path.stem]}")
        if not re.search(rf"^name: {path.stem}$", text, re.MULTILINE):
            found.append(f"{name}: its documentation does not name it")
        found += [f"{name}: no {block}" for block in sorted(DOC_NAMES) if f"\n{block} = " not in text]
    return found
