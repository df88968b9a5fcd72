# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Promotion: exactly what was installed, the same text every time, and no host forgotten in silence."""

import pytest
import yaml

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import overrides
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.overrides import OverrideError
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.promotion import promoted_list as promoted
from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.report import RunReport


def promoted_list(given, nodes):
    return promoted(RunReport.from_dict(given), nodes)


def report(*outcomes, **more):
    hosts = [
        {"instance_id": f"i-{number}", "host": f"h-{number}", "name": f"na\nme-{number}", "outcome": outcome}
        for number, outcome in enumerate(outcomes, 1)
    ]
    return {
        "run_id": "test",
        "region": "us-east-1",
        "outcome": "completed",
        "started": "2026-03-10T02:00:00Z",
        "ended": "2026-03-10T03:00:00Z",
        "waves": [{"hosts": hosts}],
        **more,
    }


def node(number, *patches, **more):
    found = [{"kb_id": patch, "title": title} for patch, title in patches]
    return {"instance_id": f"i-{number}", "status": "known", "patches": found, "untimed": 0, **more}


KERNEL, UPDATE = ("kernel.x86_64", "kernel.x86_64:0:6.1"), ("KB5034123", 'Update: "March" # 1')


def test_the_list_is_what_aws_reads_and_always_the_same():
    nodes = [node(1, KERNEL, UPDATE), node(2, KERNEL), node(3, ("KB1", "of a host that failed"))]
    made = promoted_list(report("patched", "patched", "failed"), nodes)
    data = yaml.safe_load(made["text"])
    assert data == {"patches": [{"id": one, "title": title} for one, title in (UPDATE, KERNEL)]}
    assert len(overrides.install_list(data)) == made["patches"] == 2 and made["hosts"] == 2
    assert made == promoted_list(report("patched", "patched", "failed"), nodes[::-1])
    assert "patch run test" in made["text"]


def test_hosts_of_which_something_is_unknown_are_named():
    nodes = [node(1, KERNEL), node(2, status="no_data"), node(3, status="unknown"), node(4, UPDATE, untimed=2)]
    made = promoted_list(report(*["patched"] * 5), nodes)
    assert [text.partition(":")[0].partition(" of ")[0] for text in made["unknown"]][-1] == "no patches"
    assert [f"i-{number}" in text for number, text in zip((2, 3, 4, 5), made["unknown"], strict=True)] == [True] * 4
    assert yaml.safe_load(made["text"])["patches"], "a name from a tag does not end the comment"
    assert made["text"].count("# Incomplete:") == 4


@pytest.mark.parametrize(
    ("given", "nodes", "text"),
    [
        (report("patched", outcome="running"), [], "has not ended"),
        (report("patched", ended=None), [], "has not ended"),
        (report("failed"), [node(1, KERNEL)], "patched no host"),
        (report("patched"), [node(1)], "no patch that was installed"),
    ],
)
def test_what_cannot_be_promoted_is_refused(given, nodes, text):
    with pytest.raises(OverrideError, match=text):
        promoted_list(given, nodes)
