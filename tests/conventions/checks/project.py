# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The project as a whole: headers, words that must not occur, pinned requirements, commands that the texts name."""

import pathlib
import re
import subprocess

import yaml

LICENCE = "GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)"
# Written in pieces, so that this file does not find itself.
FORBIDDEN = {
    r"(?<![\w.~$}])/(?:roo" + r"t|wor" + r"k|workspace|builds?|Users)/(?=[\w.])": "an absolute path of one machine",
    r"(?<![\w.~])/home/(?!runner|user\b|ec2-user)[a-z]+" + r"/": "an absolute path of one machine",
    r"(?i)--(?:extra-)?index-ur" + r"l\b": "a registry: what to install from is the user's setting",
    r"(?i)\b(AKIA|ASIA)(?!LOCALAWS|IOSFODNN7EXAMPLE)[A-Z0-9]{1" + r"6}\b": "an access key that could be real",
    r"-----BEGIN [A-Z ]*PRIVATE KE" + r"Y": "a private key",
    r"^(<{7}|>{7}) " + r"": "a merge conflict",
}


def files(root):
    """Relative paths of the project's files: what git tracks or would; without git, everything but hidden folders."""
    git = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True, text=True
    )
    if git.returncode == 0 and (root / ".git").exists():
        names = [pathlib.Path(name) for name in git.stdout.split("\0") if name]
    else:
        names = [path.relative_to(root) for path in root.rglob("*")]
        names = [name for name in names if not {".venv", ".cache", ".git"} & set(name.parts)]
    return sorted(name for name in names if (root / name).is_file())


def texts(root):
    """(relative path, text) of all files that are text."""
    for path in files(root):
        try:
            yield path, (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def word_findings(root):
    """Paths of one machine, registry hosts, keys and the like."""
    found = []
    for path, text in texts(root):
        for pattern, what in FORBIDDEN.items():
            for match in re.finditer(pattern, text, re.MULTILINE):
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path}:{line}: {match.group(0)!r}: {what}")
    return found


def header_findings(root):
    """Licence in the head of every Python file and shell script; plugins say `from __future__ import annotations`."""
    found = []
    for path, text in texts(root):
        if path.suffix not in (".py", ".sh"):
            continue
        if LICENCE not in "\n".join(text.splitlines()[:8]):
            found.append(f"{path}: no licence in its first lines")
        elif (
            path.parts[0] == "plugins" and path.suffix == ".py" and "\nfrom __future__ import annotations\n" not in text
        ):
            found.append(f"{path}: no `from __future__ import annotations`")
    return found


def pins(path):
    """{package: version} of a requirements file; a line that is not pinned exactly has the version None."""
    result = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if line:
            match = re.fullmatch(r"([A-Za-z0-9_.-]+)(\[[\w,]+\])?==([\w.]+)", line)
            result[match.group(1).lower() if match else line] = match.group(3) if match else None
    return result


def requirement_findings(root):
    """Everything that the tests install is pinned, with one version everywhere, and has its reason in CONTRIBUTING.md."""
    main = pins(root / "requirements-dev.txt")
    found, alone = [], root / "requirements-aws-cli.txt"
    names = ("requirements-dev.txt", "tests/unit/requirements.txt", "tests/integration/requirements.txt")
    for name in (*names, *([alone.name] if alone.exists() else [])):
        for package, version in pins(root / name).items():
            if version is None:
                found.append(f"{name}: {package} is not pinned with ==")
            elif main.get(package, version) != version:
                found.append(f"{name}: {package} {version}, but requirements-dev.txt has {main[package]}")
    path = root / "CONTRIBUTING.md"
    text = path.read_text(encoding="utf-8").lower() if path.exists() else ""
    everything = {**main, **(pins(alone) if alone.exists() else {})}
    found += [f"CONTRIBUTING.md: no reason for {package}" for package in everything if f"| `{package}`" not in text]
    return found


def make_targets(root):
    """Names of the targets in the Makefile."""
    return set(re.findall(r"^([a-z][\w-]*):(?!=)", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def code_of(path, text):
    """The parts of a text that are commands: fenced and indented blocks and `code` of Markdown, comments and all of other files."""
    if path.suffix != ".md":
        return text
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*fenced, *re.findall(r"^    .*", text, re.MULTILINE), *re.findall(r"`[^`\n]+`", text)])


def command_findings(root):
    """`make X` and playbooks that README.md, CONTRIBUTING.md, docs and playbooks name exist; so do relative links."""
    found = []
    for path, text in texts(root):
        if not (path.suffix == ".md" or path.parts[0] in ("playbooks", ".ci")):
            continue
        for name in re.findall(r"(?:^\s*|[`$;&] ?)make ([a-z][\w-]*)", code_of(path, text), re.MULTILINE):
            if name not in make_targets(root):
                found.append(f"{path}: there is no `make {name}`")
        for name in re.findall(r"ansible-playbook [^\n`]*?\bfleetpatch\.aws\.(\w+)", text):
            if not (root / "playbooks" / f"{name}.yml").exists():
                found.append(f"{path}: there is no playbook fleetpatch.aws.{name}")
        for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text):
            if not ((root / path).parent / link).exists():
                found.append(f"{path}: link to {link}, which is not there")
    return found


def changelog_findings(root):
    """Something to say: a fragment or a release; fragments use the sections of config.yaml; the title is ours."""
    folder = root / "changelogs"
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    known = {name for name, _title in config["sections"]} | {
        config["prelude_section_name"],
        config["trivial_section_name"],
    }
    fragments = sorted(p for p in (folder / "fragments").glob("*") if p.suffix in (".yml", ".yaml"))
    found = [] if fragments or (folder / "changelog.yaml").exists() else ["changelogs: no fragment and no release"]
    for path in fragments:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [f"{path.name}: unknown section {key}" for key in (content or {"(empty)": ""}) if key not in known]
    return found + ([] if config["title"] == "fleetpatch.aws" else [f"config.yaml: title {config['title']!r}"])


def galaxy_findings(root):
    """galaxy.yml: dependencies, licence, nothing of the work place in the archive; runtime.yml: the oldest Ansible."""
    galaxy = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))
    runtime = yaml.safe_load((root / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    wanted = {"amazon.aws": ">=10.1.0", "community.aws": ">=10.0.0"}
    found = [] if galaxy["dependencies"] == wanted else [f"galaxy.yml: dependencies {galaxy['dependencies']}"]
    found += [] if galaxy["license"] == ["GPL-3.0-or-later"] else ["galaxy.yml: licence"]
    found += [] if runtime["requires_ansible"] == ">=2.19.0" else ["meta/runtime.yml: requires_ansible"]
    hidden = {path.parts[0] for path in files(root) if path.parts[0].startswith(".")} | {
        ".venv",
        ".cache",
        ".git",
        "tools",
    }
    kept = {".ansible-lint", ".yamllint"}  # ansible-lint of the importer reads them
    return found + [f"galaxy.yml: build_ignore lacks {n}" for n in sorted(hidden - set(galaxy["build_ignore"]) - kept)]
