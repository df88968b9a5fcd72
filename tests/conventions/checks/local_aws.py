# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rooms of the local AWS: the framework, the machines, and a folder for each service and resource."""

import ast
import pathlib

from checks import layers

PACKAGE = "tests/local_aws/local_aws"
TESTS = "tests/local_aws/tests"
NO_SERVICE = {"framework", "fleet", "scenario"}
# Of a service or of one of its resources.
FILES = {
    "operations",  # the operations of the API
    "model",  # what is kept, and how it changes over time
    "rules",  # what AWS refuses
    "wire",  # what is kept as the API shows it
    "control",  # what of it is reached by /_emu/
}
SHORT_REASON = 20


def _files(root):
    """(path below the package, path in the tree, syntax tree) of every file of the local AWS."""
    for path, tree in layers.sources(root, PACKAGE):
        yield path.relative_to(PACKAGE), path, tree


def name_findings(root, exceptions):
    """A file of a service has one of the known names, or it or its folder stands in exceptions with a reason."""
    found, needed = [], set()
    for inner, _path, _tree in _files(root):
        if len(inner.parts) == 1 or inner.parts[0] in NO_SERVICE or inner.stem in FILES | {"__init__"}:
            continue
        place = next((one for one in (f"{folder}/" for folder in inner.parents) if one in exceptions), str(inner))
        needed.add(place)
        if len(exceptions.get(place, "")) < SHORT_REASON:
            found.append(f"{inner}: not one of {', '.join(sorted(FILES))}; give it a reason in exceptions.py")
    found += [f"{place}: stands in exceptions.py and does not need to" for place in sorted(set(exceptions) - needed)]
    return found


def framework_findings(root):
    """The framework imports nothing of the local AWS but itself."""
    found = []
    for inner, path, tree in _files(root):
        if inner.parts[0] != "framework":
            continue
        for line, name in layers.imported(path, tree):
            if name.startswith("local_aws.") and not name.startswith("local_aws.framework."):
                found.append(f"{path}:{line}: the framework must not import {name}")
    return found


def operation_findings(root):
    """Operations stand in files called operations.py, which the framework finds by that name."""
    found = []
    for inner, path, tree in _files(root):
        for node in ast.walk(tree):
            for decorator in getattr(node, "decorator_list", ()):
                called = getattr(decorator, "func", None)
                if getattr(called, "id", "") == "op" and inner.stem != "operations":
                    found.append(f"{path}:{node.lineno}: @op belongs into operations.py")
    return found


def mirror_findings(root):
    """Tests of the local AWS stand in the folder of what they test."""
    found = []
    for path, _tree in layers.sources(root, TESTS):
        folder = path.relative_to(TESTS).parent
        if path.name.startswith("test_") and not (root / PACKAGE / folder).is_dir():
            found.append(f"{path}: there is no {pathlib.PurePosixPath(PACKAGE) / folder}")
    return found
