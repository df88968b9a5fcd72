# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules of the project find what they are there for."""

import pytest
from checks import project


# In pieces: the rule walks this file too.
@pytest.mark.parametrize(
    "text",
    [
        "see /buil" + "d/main/x",
        "cat /roo" + "t/.ssh/id",
        "cd /home/jo" + "hn/x",
        "pip install --index-ur" + "l=x",
        "key AKIAABCDEFGHIJKL" + "MNOP",
        "<<<<<<" + "< HEAD",
        "-----BEGIN RSA PRIVATE K" + "EY-----",
    ],
)
def test_forbidden_words(write, text):
    assert len(project.word_findings(write("docs/a.md", text))) == 1


@pytest.mark.parametrize(
    "text", ["the workshop /network/ and $PWD/build", "AKIAIOSFODNN7EXAMPLE", "rebuild/ it", "~/build/x"]
)
def test_other_words(write, text):
    assert project.word_findings(write("docs/a.md", text)) == []


HEAD = f"# Copyright: (c) 2026, Fleetpatch contributors\n# {project.LICENCE}\n"


def test_header(write):
    write("tools/good.py", HEAD)
    write("plugins/modules/good.py", HEAD + "from __future__ import annotations\n")
    assert project.header_findings(write("tools/good.sh", "#!/bin/sh\n" + HEAD)) == []
    write("plugins/modules/no_future.py", HEAD)
    assert len(project.header_findings(write("tools/bad.py", "x = 1\n"))) == 2


@pytest.fixture(name="requirements")
def fixture_requirements(write):
    write("requirements-dev.txt", "# why\nmoto[server]==5.2.5\npytest==9.2.0\n")
    write("tests/unit/requirements.txt", "moto[server]==5.2.5\n")
    write("tests/integration/requirements.txt", "")
    return write("CONTRIBUTING.md", "| `moto` | x |\n| `pytest` | y |\n")


def test_requirements(requirements):
    assert project.requirement_findings(requirements) == []


@pytest.mark.parametrize(
    "name, text",
    [
        ("requirements-dev.txt", "moto==5.2.5\npytest>=9\n"),
        ("requirements-dev.txt", "moto==5.2.5\npytest\n"),
        ("requirements-dev.txt", "moto==5.2.4\npytest==9.2.0\n"),
        ("tests/unit/requirements.txt", "moto==5.2.4\n"),
        ("CONTRIBUTING.md", "| `moto` | x |\n"),
    ],
)
def test_bad_requirements(requirements, write, name, text):
    assert project.requirement_findings(write(name, text))


@pytest.mark.parametrize(
    "text",
    [
        "```\nmake gone\n```\n",
        "run `make gone` first",
        "    make demo && make gone",
        "`ansible-playbook -i inventories/local fleetpatch.aws.gone`",
        "[page](docs/gone.md)",
    ],
)
def test_commands_that_are_not_there(write, text):
    write("playbooks/patch.yml", "---\n")
    write("Makefile", "X := 1\n.PHONY: demo\ndemo:\n\techo\n")
    good = "`make demo`, `ansible-playbook -i x fleetpatch.aws.patch`, [here](Makefile), to make sure of it\n"
    assert project.command_findings(write("README.md", good)) == []
    assert len(project.command_findings(write("README.md", text))) == 1


CONFIG = "title: fleetpatch.aws\nprelude_section_name: release_summary\ntrivial_section_name: trivial\nsections: [[bugfixes, Bugs]]\n"


def test_changelog(write):
    root = write("changelogs/config.yaml", CONFIG)
    assert len(project.changelog_findings(root)) == 1
    assert project.changelog_findings(write("changelogs/fragments/1.yml", "bugfixes: [a]\n")) == []
    assert len(project.changelog_findings(write("changelogs/fragments/1.yml", "bugfix: [a]\n"))) == 1
    write("changelogs/fragments/1.yml", "bugfixes: [a]\n")
    assert (
        len(project.changelog_findings(write("changelogs/config.yaml", CONFIG.replace("fleetpatch.aws", "Name.Space"))))
        == 1
    )


GALAXY = """dependencies: {amazon.aws: ">=10.1.0", community.aws: ">=10.0.0"}
license: [GPL-3.0-or-later]
build_ignore: [.venv, .cache, .git, tools]
"""


@pytest.mark.parametrize(
    "old, new",
    [
        ("10.1.0", "9.0.0"),
        ("GPL-3.0-or-later", "MIT"),
        (".venv, ", ""),
    ],
)
def test_galaxy(write, old, new):
    write("meta/runtime.yml", 'requires_ansible: ">=2.19.0"\n')
    assert project.galaxy_findings(write("galaxy.yml", GALAXY)) == []
    assert len(project.galaxy_findings(write("galaxy.yml", GALAXY.replace(old, new)))) == 1


def test_hidden_folder_that_would_be_published(write):
    write("meta/runtime.yml", 'requires_ansible: ">=2.19.0"\n')
    write("galaxy.yml", GALAXY)
    assert project.galaxy_findings(write(".idea/x", "")) == ["galaxy.yml: build_ignore lacks .idea"]
