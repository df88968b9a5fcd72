# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters of the gates tell what is wrong instead of failing with a trace."""

import pytest

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.filter.gate_findings import FilterModule as Findings
from ansible_collections.fleetpatch.aws.plugins.filter.health_commands import FilterModule as Commands
from ansible_collections.fleetpatch.aws.plugins.filter.health_findings import FilterModule as Health

PLAN = {"waves": [{"id": "one", "estimate": {"minutes": 5}}], "done": [], "deadline": "", "summary": {}}
READ = {"time": "2026-03-10T02:00:00Z", "calendars": {}, "alarms": [{"name": "a", "state": "ALARM", "reason": ""}]}


def test_findings():
    findings = Findings().filters()["gate_findings"]
    assert [one["message"] for one in findings(PLAN, READ, {}, "before", "one")] == ["alarm a is in ALARM"]
    for wrong in ({"plan": {}}, {"read": {}}, {"settings": {"deadline": "x"}}, {"place": "x"}, {"wave": "two"}):
        given = {"plan": PLAN, "read": READ, "settings": {}, "place": "before", "wave": "one", **wrong}
        with pytest.raises(AnsibleFilterError, match="gate_findings: "):
            findings(**given)


def test_commands():
    commands = Commands().filters()["health_commands"]
    wave = {"number": 1, "hosts": [{"instance_id": "i-1", "platform": "Ubuntu"}]}
    assert commands(wave, {"linux": "x"}, ["i-1"])[0]["instance_ids"] == ["i-1"]
    asleep = {"hosts": [{**wave["hosts"][0], "former_state": "stopped"}]}
    assert commands(asleep, {"linux": "x"}, ["i-1"]) == []
    for wrong in ({"macos": "x"}, "x", None):
        with pytest.raises(AnsibleFilterError, match="health_commands: the health command"):
            commands(wave, wrong, ["i-1"])


def test_health():
    health = Health().filters()["health_findings"]
    assert health([]) == [] == health([{"outcome": "succeeded", "msg": "2 of 2"}])
    results = [{"outcome": "failed", "msg": "exit code 3"}, {"outcome": "succeeded"}, {"msg": "denied"}, {}]
    (closed,) = health(results)
    assert closed["gate"] == "health_command"
    assert closed["message"].endswith("not succeed on every host: exit code 3; denied; no reason is known")
    with pytest.raises(AnsibleFilterError, match="health_findings: "):
        health(["x"])
