# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rooms of services: a package for each resource, and the same file names in each."""

import ast
import pathlib
import re

from checks import layers

UTILS = "plugins/module_utils"
# Of a whole service: how modules reach it, and what several of its resources have in common.
SERVICE_FILES = {"connection", "wire"}
# Of one resource.
RESOURCE_FILES = {
    "api",  # one function is one API operation
    "wire",  # wire <-> model, pure
    "options",  # the argument specification, and options in one form
    "limits",  # what AWS takes, pure
    "resource",  # one resource converged
    "many",  # many of them in one call
    "run",  # what runs: adopted, started, followed, judged
    "watch",  # one that runs, looked at
    "control",  # stopped, signalled, followed by id, previewed
    "read",  # as it is, for info modules and gates
}
# These translate and check: they may import no file that calls AWS.
PURE_FILES = {"wire", "limits"}
SHORT_REASON = 20


def _service_files(root):
    """(relative path, parts below the service's room) of every Python file of a service."""
    for path, _tree in layers.sources(root, UTILS):
        if layers.room(path) in ("api", "service"):
            yield path, path.parts[3:]


def name_findings(root, exceptions):
    """Every file of a service has one of the known names, or stands in exceptions with a reason."""
    found, needed = [], set()
    for path, parts in _service_files(root):
        known = {1: SERVICE_FILES, 2: RESOURCE_FILES}.get(len(parts), set())
        if path.stem in known:
            continue
        needed.add(str(path))
        if len(exceptions.get(str(path), "")) < SHORT_REASON:
            found.append(f"{path}: not one of {', '.join(sorted(known))}; give it a reason in exceptions.py")
    found += [f"{path}: stands in exceptions.py and does not need to" for path in sorted(set(exceptions) - needed)]
    return found


def pure_findings(root):
    """wire and limits import no file of their service that calls AWS."""
    found = []
    for path, tree in layers.sources(root, UTILS):
        if layers.room(path) != "service" or path.stem not in PURE_FILES:
            continue
        for line, name in layers.imported(path, tree):
            target = _file_of(root, name)
            if target and target.stem not in PURE_FILES:
                found.append(f"{path}:{line}: {path.stem} must not import {name}")
    return found


def _file_of(root, name):
    """The file of a service that a dotted name is in, or None: also of a name in it."""
    parts = name.removeprefix(layers.OURS + ".").split(".")
    for end in (len(parts), len(parts) - 1):
        path = pathlib.Path("plugins", *parts[:end]).with_suffix(".py")
        if (root / path).is_file() and layers.room(path) in ("api", "service"):
            return path
    return None


def mirror_findings(root):
    """Unit tests of services and of _core stand at the path of what they test."""
    found = []
    for path, _tree in layers.sources(root, f"tests/unit/{UTILS}"):
        tested = path.relative_to("tests/unit").with_name(path.name.removeprefix("test_"))
        if not path.name.startswith("test_") or layers.room(tested) not in ("api", "service", "_core", "pure_core"):
            continue
        if not (root / tested).is_file():
            found.append(f"{path}: there is no {tested}")
    return found


def walk_findings(root):
    """The functions that CONTRIBUTING names in a table, with the file that they are in, are there."""
    found = []
    for number, line in enumerate((root / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines(), start=1):
        cells = line.split("|")
        file = None
        for word in re.findall(r"`([^`]+)`", cells[2]) if re.match(r"\| \d+ \|", line) else []:
            if word.endswith(".py"):
                # A file alone is in the folder of the one before it.
                file = _named_file(root, word if "/" in word or file is None else f"{file.parent}/{word}")
                found += [] if file else [f"CONTRIBUTING.md:{number}: there is no {word}"]
            elif file and word.split(".")[0] not in _names_of(root / file):
                found.append(f"CONTRIBUTING.md:{number}: {file} has no {word}")
    return found


def _named_file(root, word):
    for folder in (UTILS, "plugins", "."):
        if (root / folder / word).is_file():
            return pathlib.Path(folder, word)
    return None


def _names_of(path):
    """The functions, classes and values of a file."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names.update([node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else [])
        names.update(one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))
    return names
