# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rule of words finds the forms that sound translated, and leaves ordinary English alone."""

import pytest
from checks import language

BAD = [
    "A run that was killed goes on where it was.",
    "The run went on where it had stopped.",
    "People are told by mail.",
    "Events that are told of.",
    "What it told of waves is kept.",
    "When the image was made, as AWS tells it.",
    "Let it tell of the rollback.",
    "AWS tells in two ways whether it stops.",
    "Tell how many are left.",
    "Modules that tell the truth.",
    "They stay unpatched until it is mended.",
    "mend what the gate names",
    "Id of the thing.",
    "33 things",
    "What is given is made so.",
    "-e @calendar.yml   make it so",
    "Making a window so takes a call.",
    "What a run did stands in report.html.",
    "fail_json stands only in main()",
    "Wait until it is over.",
    "When the wave is over, the gate closes.",
    "the time to wait was over, so nothing was begun",
    "Leave behind the wave data",
    "'x' is no text of 1 to 256 characters",
    "a webhook that is no URL",
    "only one of both",
    "Tell how it stands",
    "Show how the run stands",
    "Where the run stands.",
    "Look at first",
    "## In figures",
    "<h2>On the clock",
    "brought about in one call each",
    "Check that nobody believes in --limit",
    "what AWS takes without\n      a word",
    "The moment from which on the window is looked at.",
    "Whether the window opens.",
    "when maintenance windows open next",
    "hosts are out of their target groups",
    "- name: Tell what is next",
    "- name: Attempt | Say who runs",
    '- name: "Look whether nothing forbids it"',
    "- name: Note that it is next",
    "short_description: Say when it runs",
]

GOOD = [
    "The operating system tells them apart.",
    "It is over its budget; over 50 hosts are too many.",
    "There is no document of this name.",
    "It is no longer registered; there is nothing, something or everything.",
    "I recommend to amend the settings.",
    "The local AWS stands in for the real one.",
    "so that it makes sense, so far",
    "- name: Look up two nodes",
    "- name: Notes and sayings",
    "The window starts at 03:00 and stays open for 4 hours.",
    "out of memory",
]


@pytest.mark.parametrize("text", BAD)
def test_forms_that_sound_translated(write, text):
    assert language.language_findings(write("docs/a.md", text), {})


@pytest.mark.parametrize("text", GOOD)
def test_ordinary_english(write, text):
    assert language.language_findings(write("docs/a.md", text), {}) == []


def test_every_form_has_a_sample():
    idle = [form for form, _better in language.FORMS if not any(language.compiled(form).search(text) for text in BAD)]
    assert idle == []


SOURCE = '''"""Makes a thing."""

DOCUMENTATION = r"""
description: When it is over.
"""


def main(module):
    """What is told."""
    told = module.params["is told"]
    module.fail_json(msg=f"{told}: is no text of 1 character")  # a thing
    return {"thing": "thing"}
'''


def test_strings_of_plugins(write):
    """Documentation, messages and docstrings are read; names in the code and comments are not."""
    root = write("plugins/modules/demo.py", SOURCE)
    places = {finding.split(": ")[0] for finding in language.language_findings(root, {})}
    assert places == {f"plugins/modules/demo.py:{line}" for line in (1, 4, 9, 10, 11)}


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "roles/a/tasks/main.yml",
        "playbooks/a.yml",
        "changelogs/fragments/1.yml",
        "extensions/molecule/a/verify.yml",
        "plugins/plugin_utils/templates/a.html.j2",
    ],
)
def test_files_that_are_read(write, name):
    findings = language.language_findings(write(name, "one\n- name: Tell it\n"), {})
    assert [finding.split(": ")[0] for finding in findings] == [f"{name}:2"]


def test_exceptions(write):
    root = write("README.md", "the Internet of Things")
    reason = "the name of a service of AWS"
    assert language.language_findings(root, {("README.md", "Things"): reason}) == []
    assert len(language.language_findings(root, {("README.md", "Things"): "because"})) == 1
    assert len(language.language_findings(root, {("README.md", "Things"): reason, ("a.md", "told"): reason})) == 1
