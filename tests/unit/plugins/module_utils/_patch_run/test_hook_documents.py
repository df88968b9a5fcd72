# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.hook_documents import document_names
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.hook_documents import document_problems
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_host

DRAIN = {
    "name": "drain",
    "document_type": "Command",
    "platform_types": ["Linux"],
    "parameters": [
        {"name": "port", "default_value": None},
        {"name": "executionTimeout", "default_value": "3600"},
        {"name": "note", "default_value": ""},
    ],
}
LINUX = read_host({"instance_id": "i-1", "name": "web", "platform": "Amazon Linux 2023"})
WINDOWS = read_host({"instance_id": "i-2", "name": "sql", "platform": "Microsoft Windows Server 2022 Datacenter"})


@pytest.mark.parametrize(
    "hook, hosts, words",
    [
        ({"document": "drain", "parameters": {"port": 80}, "timeout": 60}, [LINUX], []),
        ({}, [WINDOWS], []),
        ({"linux": "x"}, [WINDOWS], []),
        ("", [], []),
        ({"document": "other"}, [], ["hook: document other does not exist"]),
        ("other", [], ["hook: document other does not exist"]),
        ("drain", [], ["hook: document drain requires the parameter port"]),
        (
            {"document": "drain", "parameters": {"port": 1, "b": 1, "a": 1}},
            [],
            ["hook: document drain has no parameter a, b"],
        ),
        (
            {"document": "drain", "parameters": {"port": 1}},
            [LINUX, WINDOWS],
            ["hook: document drain does not run on Windows, which sql have"],
        ),
    ],
)
def test_what_a_document_cannot_be(hook, hosts, words):
    assert document_problems({"hook": hook}, [DRAIN], hosts) == words


def test_a_document_of_another_type_or_without_a_timeout():
    book = {**DRAIN, "name": "book", "document_type": "Automation"}
    assert document_problems({"hook": "book"}, [book]) == ["hook: document book has type Automation; must be Command"]
    plain = {**DRAIN, "parameters": []}
    found = document_problems({"hook": {"document": "drain", "timeout": 60}}, [plain])
    assert found == ["hook: document drain has no parameter executionTimeout, so a timeout cannot be set"]


def test_many_hosts_are_counted():
    hosts = [WINDOWS._replace(name=f"sql-{number}") for number in range(5)]
    found = document_problems({"hook": {"document": "drain", "parameters": {"port": 1}}}, [DRAIN], hosts)
    assert found == ["hook: document drain does not run on Windows, which sql-0, sql-1, sql-2 and 2 more have"]


def test_names_of_documents():
    hooks = {"pre": {"document": "b"}, "post": {"linux": "x"}, "exit": {}, "one": "a", "none": "", "twice": "b"}
    assert document_names(hooks) == ["b", "a"]


def test_values_that_the_document_does_not_allow():
    port = {"name": "port", "default_value": None, "declaration": {"type": "String", "allowedPattern": "^[0-9]+$"}}
    strict = {**DRAIN, "parameters": [port]}
    for value, words in ((80, []), ("http", ["'http' does not match the pattern ^[0-9]+$"])):
        found = document_problems({"hook": {"document": "drain", "parameters": {"port": value}}}, [strict])
        assert found == [f"hook: parameter port of document drain: {one}" for one in words]
