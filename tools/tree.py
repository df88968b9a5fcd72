# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Copies of the collection in the places and shapes that the tools of the ecosystem want."""

import fnmatch
import os
import re
import shutil
import subprocess

import environment


def build_ignore():
    """The patterns under build_ignore of galaxy.yml (plain list of strings; read without a YAML library)."""
    text = (environment.ROOT / "galaxy.yml").read_text(encoding="utf-8")
    block = re.search(r"^build_ignore:\n((?:[ ]+- .*\n)+)", text, re.MULTILINE)
    return [line.split("- ", 1)[1].strip().strip("\"'") for line in block.group(1).splitlines()] if block else []


def is_published(path, patterns):
    """True when `ansible-galaxy collection build` puts the file (relative path) into the archive."""
    places = [str(path), *(str(parent) for parent in path.parents if str(parent) != ".")]
    return not any(fnmatch.fnmatch(place, pattern) for place in places for pattern in patterns)


def copy_published(name):
    """A real copy of what is published, as .cache/NAME/ansible_collections/fleetpatch/aws, with the dependencies beside it.

    ansible-test and antsibull-docs resolve symlinks and then refuse the place. Returns the path of the copy.
    """
    top = environment.CACHE / name / "ansible_collections"
    copy = top / environment.NAMESPACE / environment.NAME
    copy.mkdir(parents=True, exist_ok=True)
    for entry in copy.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    patterns = build_ignore()
    for path in environment.files():
        if is_published(path, patterns) or str(path) == "galaxy.yml":
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(environment.ROOT / path, copy / path, follow_symlinks=False)
    site = environment.site_collections()
    for namespace in ("amazon", "community"):
        link = top / namespace
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(site / namespace, top), target_is_directory=True)
    # A repository of its own: otherwise ansible-test asks the one around it, which ignores .cache, finds no file,
    # says "All targets skipped" and passes.
    if shutil.which("git") and not (copy / ".git").exists():
        subprocess.run(["git", "init", "-q", str(copy)], check=True, env=environment.variables())
    return copy
