# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a person sees who stopped a run."""

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.stop_status import stop_status
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave

TARGETS = [
    {"target": "i-1", "outcome": "cancelled", "failed_step": "install"},
    {"target": "i-2", "outcome": "running", "failed_step": ""},
]
WAVES = [read_wave({"hosts": [{"instance_id": "i-1", "name": "sql"}]}), read_wave({})]


def test_forced():
    first, sql, other, last = stop_status(TARGETS, "spring", True, WAVES)
    assert first == "Run spring was stopped by force."
    assert (sql, other) == ("sql (i-1): cancelled in step install", "i-2: running")
    assert "may still be working on its host" in last


def test_asked():
    lines = stop_status(TARGETS[1:], "spring", False)
    assert lines == [
        "Run spring was asked to stop; executions that are under way run to their end.",
        "i-2: running",
    ]


def test_nothing_was_under_way():
    assert stop_status([], "spring", True) == ["Run spring was stopped by force. No execution was under way."]
