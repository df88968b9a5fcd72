# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules, applied to the project. What each rule finds is proven in the other files of this folder."""

import exceptions
import pytest
from checks import documentation
from checks import language
from checks import layers
from checks import local_aws
from checks import packages
from checks import policies
from checks import project
from checks import roles
from checks import sizes

RULES = [
    layers.import_findings,
    layers.local_aws_findings,
    local_aws.framework_findings,
    local_aws.operation_findings,
    local_aws.mirror_findings,
    layers.client_call_findings,
    layers.fail_json_findings,
    layers.sleep_findings,
    layers.clock_findings,
    layers.cycle_findings,
    layers.name_findings,
    layers.standard_name_findings,
    packages.pure_findings,
    packages.mirror_findings,
    packages.walk_findings,
    sizes.playbook_findings,
    sizes.begin_findings,
    sizes.filter_findings,
    policies.file_findings,
    policies.content_findings,
    policies.page_findings,
    roles.spec_findings,
    roles.generated_findings,
    roles.names_findings,
    roles.plan_option_findings,
    roles.plan_default_findings,
    roles.readme_findings,
    roles.prefix_findings,
    roles.molecule_findings,
    documentation.missing_findings,
    documentation.example_findings,
    documentation.argument_spec_findings,
    documentation.version_findings,
    project.word_findings,
    project.header_findings,
    project.requirement_findings,
    project.command_findings,
    project.changelog_findings,
    project.galaxy_findings,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.__module__.split('.')[-1]}.{rule.__name__}")
def test_rule(rule, root):
    findings = rule(root)
    assert not findings, "\n".join([rule.__doc__, *findings])


def test_sizes(root):
    findings = sizes.size_findings(root, exceptions.TOO_LONG)
    assert not findings, "\n".join(findings)


def test_local_aws(root):
    findings = local_aws.name_findings(root, exceptions.LOCAL_AWS_FILES)
    assert not findings, "\n".join(findings)


def test_packages(root):
    findings = packages.name_findings(root, exceptions.FILES)
    assert not findings, "\n".join(findings)


def test_entry_points(root):
    findings = roles.entry_point_findings(root, exceptions.VALIDATING)
    assert not findings, "\n".join(findings)


def test_action_group(root):
    findings = documentation.action_group_findings(root, exceptions.NO_AWS)
    assert not findings, "\n".join(findings)


def test_readers(root):
    findings = documentation.info_findings(root, exceptions.NO_INFO)
    assert not findings, "\n".join(findings)


def test_words(root):
    findings = language.language_findings(root, exceptions.LANGUAGE)
    assert not findings, "\n".join(findings)


def test_the_tree_is_there(root):
    """A rule over nothing passes: make sure that there is something to walk."""
    assert documentation.modules(root)
    assert roles.roles(root)
    for room in layers.PURE_ROOMS:
        assert list(layers.sources(root, f"plugins/module_utils/{room}"))
    assert list(layers.sources(root, "tests/local_aws/local_aws"))
    assert sorted((root / "playbooks").glob("*.yml"))
