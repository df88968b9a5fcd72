# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The tree under test, made importable as ansible_collections.fleetpatch.aws."""

import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tools")]


def pytest_configure(config):
    from ansible.utils.collection_loader import _collection_finder as finder

    if any(type(entry).__name__ == "_AnsibleCollectionFinder" for entry in sys.meta_path):
        return
    link = ROOT / ".cache" / "collections" / "ansible_collections" / "fleetpatch" / "aws"
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(ROOT, link.parent), target_is_directory=True)
    path = str(link.parents[2])
    finder._AnsibleCollectionFinder(paths=[path, *sys.path])._install()


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture
def write(tmp_path):
    """write(path, text) puts a file into a small tree of its own and returns the root of that tree."""

    def put(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path

    return put
