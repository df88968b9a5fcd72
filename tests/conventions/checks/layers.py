# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who may import whom, and where API calls, fail_json and sleep may stand. By AST, so nothing is imported."""

import ast
import pathlib
import re
import sys

OURS = "ansible_collections.fleetpatch.aws.plugins"
PUBLIC_AMAZON = "ansible_collections.amazon.aws.plugins.module_utils"
CLOCKS = {"time", "random", "secrets"}
CLOCK_CALLS = {"now", "utcnow", "today", "uuid1", "uuid4", "getenv"}
OUTSIDE_CALLS = {"subprocess", "socket", "urllib", "http"}
# The pure rooms, from the ground up: each may import those before it.
PURE_ROOMS = ("_schedule", "_declared", "_calendar", "_planner", "_patch_run")
# What of _core they may import; these files keep the rules of the pure rooms themselves.
PURE_CORE = ("errors", "limits", "words", "tags", "redact")
FOLDERS = ("plugins", "tests", "tools", "extensions")


def sources(root, *folders):
    """(relative path, syntax tree) of every Python file below the folders."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root), ast.parse(path.read_text(encoding="utf-8"))


def room(path):
    """The room of a file below plugins/: modules, action, filter, ..., or api, service, pure_core, _core or a pure room in module_utils."""
    parts = path.parts[1:]
    if parts[0] != "module_utils":
        return parts[0]
    if len(parts) > 1 and parts[1] in ("_core", *PURE_ROOMS):
        return "pure_core" if parts[1] == "_core" and path.stem in PURE_CORE else parts[1]
    if len(parts) > 2 and parts[1].startswith("_"):
        return "api" if len(parts) == 4 and parts[-1] == "api.py" else "service"
    return "?"


def imported(path, tree):
    """(line, absolute dotted name) of all imports; `from x import y` counts as x.y when x is a package of ours."""
    package = [*OURS.split("."), *path.parts[1:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def _ours(name):
    """What a name is within our plugins: ("_core", ...), ("plugin_utils", ...) ..., or None when it is not ours."""
    if not name.startswith(OURS + "."):
        return None
    parts = name[len(OURS) + 1 :].split(".")
    return tuple(parts[1:] if parts[0] == "module_utils" else parts)


def _is_public_amazon(name):
    rest = name[len(PUBLIC_AMAZON) + 1 :].split(".")
    return name.startswith(PUBLIC_AMAZON + ".") and not any(part.startswith("_") for part in rest)


def _is_stdlib(name):
    return name.split(".")[0] in sys.stdlib_module_names


def _is_service(ours):
    return ours[0].startswith("_") and ours[0] not in ("_core", *PURE_ROOMS)


def _is_pure_core(ours):
    return ours[0] == "_core" and len(ours) > 1 and ours[1] in PURE_CORE


def _is_below(where, ours):
    """Whether a pure room may import this: itself, the pure rooms before it, the pure files of _core."""
    return _is_pure_core(ours) or ours[0] in PURE_ROOMS[: PURE_ROOMS.index(where) + 1]


def allowed(where, path, name):
    """The table of the layers: may a file in this room import that name?"""
    ours = _ours(name)
    top = name.split(".")[0]
    if ours:
        same_service = where in ("api", "service") and ours[0] == path.parts[2]
        if where in PURE_ROOMS:
            return _is_below(where, ours)
        return same_service or {
            "modules": ours[0] == "_core" or _is_service(ours),
            "action": ours[0] in ("_core", "plugin_utils", *PURE_ROOMS) or _is_service(ours),
            "filter": ours[0] in PURE_ROOMS or ours[:2] == ("plugin_utils", "_errors"),
            "api": ours[0] == "_core",
            # Modules refuse the schedules that the filters refuse: one grammar, which is pure.
            "service": ours[0] == "_core" or (path.stem == "limits" and ours[0] == "_schedule"),
            "_core": ours[0] == "_core",
            "pure_core": _is_pure_core(ours),
            "plugin_utils": ours[0] in ("plugin_utils", "_core", *PURE_ROOMS),
        }.get(where, False)
    if _is_stdlib(name):
        return where not in ("pure_core", *PURE_ROOMS) or top not in CLOCKS | OUTSIDE_CALLS
    return {
        "modules": name.startswith("ansible.module_utils.") or _is_public_amazon(name),
        "action": name.startswith("ansible.") or _is_public_amazon(name),
        "filter": name.startswith(("ansible.errors.", "ansible.module_utils.")),
        "api": top in ("botocore", "boto3") or name.startswith("ansible.module_utils.") or _is_public_amazon(name),
        "service": name.startswith("ansible.module_utils."),
        "_core": name.startswith("ansible.module_utils."),
        "plugin_utils": top in ("icalendar", "jinja2", "markupsafe", "recurring_ical_events")
        or name.startswith("ansible."),
        "inventory": name.startswith("ansible."),
        "lookup": name.startswith("ansible."),
    }.get(where, False)


def import_findings(root):
    """Every import that the table of the layers does not allow."""
    found = []
    for path, tree in sources(root, "plugins"):
        where = room(path)
        if where == "?":
            found.append(f"{path}: module_utils has the rooms _core, {', '.join(PURE_ROOMS)} and _<service>/ only")
            continue
        for line, name in imported(path, tree):
            if not allowed(where, path, name):
                found.append(f"{path}:{line}: {where} must not import {name}")
    return found


def local_aws_findings(root):
    """The local AWS shares nothing with what it is there to test."""
    found = []
    for path, tree in sources(root, "tests/local_aws/local_aws"):
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in names:
                if name.split(".")[0] in ("ansible", "ansible_collections", "plugins"):
                    found.append(f"{path}:{node.lineno}: the local AWS must not import {name}")
    return found


def _dotted(node):
    """ "self.client" of an expression made of names and attributes, else ""."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value)
        return f"{base}.{node.attr}" if base else node.attr
    return ""


def _calls(tree):
    """(call node, dotted name of what is called, names of the functions around it)."""

    def walk(node, around):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            around = (*around, node.name)
        if isinstance(node, ast.Call):
            yield node, _dotted(node.func), around
        for child in ast.iter_child_nodes(node):
            yield from walk(child, around)

    yield from walk(tree, ())


def client_call_findings(root):
    """`client.<operation>(` stands in _<service>/<resource>/api.py only."""
    found = []
    for path, tree in sources(root, "plugins"):
        if room(path) == "api":
            continue
        for node, name, _around in _calls(tree):
            if re.search(r"(^|[._])client\.\w+$", name):
                found.append(f"{path}:{node.lineno}: {name}( belongs into the api.py of its resource")
    return found


def fail_json_findings(root):
    """fail_json and fail_json_aws stand in _core and in main() only."""
    found = []
    for path, tree in sources(root, "plugins"):
        if room(path) in ("_core", "pure_core"):
            continue
        for node, name, around in _calls(tree):
            if name.split(".")[-1].startswith("fail_json") and "main" not in around:
                found.append(f"{path}:{node.lineno}: {name}( outside of main(); raise an error of _core instead")
    return found


def sleep_findings(root):
    """sleep stands in _core/wait.py only; elsewhere it is `clock.sleep(` of a clock that the caller handed in."""
    keeper = pathlib.PurePosixPath("plugins/module_utils/_core/wait.py")
    found = []
    for path, tree in sources(root, "plugins"):
        if path == pathlib.Path(keeper):
            continue
        found += [
            f"{path}:{node.lineno}: {name}( belongs into {keeper}"
            for node, name, _around in _calls(tree)
            if name.split(".")[-1] == "sleep" and not re.search(r"(^|\.)_?clock\.sleep$", name)
        ]
        found += [f"{path}:{line}: {name}" for line, name in imported(path, tree) if name == "time.sleep"]
    return found


def _pure_sources(root):
    """(relative path, syntax tree) of the files of the pure rooms and of the pure files of _core."""
    for path, tree in sources(root, "plugins/module_utils"):
        if room(path) in ("pure_core", *PURE_ROOMS):
            yield path, tree


def clock_findings(root):
    """The pure rooms are handed the time; they never ask for it, nor for randomness or the environment."""
    found = []
    for path, tree in _pure_sources(root):
        for node, name, _around in _calls(tree):
            if name.split(".")[-1] in CLOCK_CALLS:
                found.append(f"{path}:{node.lineno}: a pure room must not call {name}(")
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and _dotted(node) == "os.environ":
                found.append(f"{path}:{node.lineno}: a pure room must not read the environment")
    return found


def _graph(root):
    """{module of a pure room: modules of pure rooms that it imports}, as "_planner.waves"."""
    modules = {f"{path.parts[2]}.{path.stem}": (path, tree) for path, tree in _pure_sources(root)}
    graph = {}
    for name, (path, tree) in modules.items():
        parts = [_ours(imported_name) or () for _line, imported_name in imported(path, tree)]
        graph[name] = {".".join(ours[:2]) for ours in parts} & set(modules)
    return graph


def cycle_findings(root):
    """No module of a pure room imports itself by way of others."""
    graph, found, done = _graph(root), [], set()

    def walk(name, way):
        if name in way:
            found.append(" imports ".join([*way[way.index(name) :], name]))
        elif name not in done:
            for other in sorted(graph[name]):
                walk(other, [*way, name])
            done.add(name)

    for name in sorted(graph):
        walk(name, [])
    return found


def name_findings(root):
    """In the pure rooms a name means one thing: no two modules and no two classes have the same."""
    places = {}
    for path, tree in _pure_sources(root):
        if room(path) == "pure_core":
            continue
        places.setdefault(f"module {path.stem}", []).append(path.as_posix())
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                places.setdefault(f"class {node.name.lstrip('_')}", []).append(path.as_posix())
    return [f"{what} stands in {' and '.join(paths)}" for what, paths in places.items() if len(paths) > 1]


def standard_name_findings(root):
    """No module is named as one of the standard library: who reads an import has to know which one is meant.

    resource.py is a name that every package of a service may have (checks/packages.py), and is imported from there only.
    """
    return [
        f"{path.relative_to(root)}: the standard library has a module {path.stem}"
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*.py"))
        if path.stem in sys.stdlib_module_names
        and not (path.stem == "resource" and room(path.relative_to(root)) == "service" and folder == "plugins")
    ]
