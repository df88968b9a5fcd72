# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Filters: their examples work, and what cannot be used is refused with the filter's name."""

import pytest
import yaml

from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.filter import hook_parameters
from ansible_collections.fleetpatch.aws.plugins.filter import wave_verdict

WAVE = {"id": "data.use1a", "max_errors": 0, "hosts": [{"instance_id": "i-1", "host": "sql-1"}]}
VERDICT = wave_verdict.FilterModule().filters()["wave_verdict"]


@pytest.mark.parametrize(
    "module", [hook_parameters, wave_verdict], ids=lambda module: module.__name__.rsplit(".", 1)[-1]
)
def test_the_example_gives_what_the_documentation_shows(module):
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar
    from ansible.template import trust_as_template

    for task in yaml.safe_load(module.EXAMPLES):
        templar = Templar(loader=DataLoader(), variables=task.get("vars", {}))
        got = templar.template(trust_as_template(task["ansible.builtin.debug"]["msg"]))
        sample = yaml.safe_load(module.RETURN)["_value"].get("sample")
        if module is wave_verdict:
            assert got == sample["retry"]
        else:
            assert got["PreHookLinux"] == ["systemctl stop shop"]


@pytest.mark.parametrize(
    "module", [hook_parameters, wave_verdict], ids=lambda module: module.__name__.rsplit(".", 1)[-1]
)
def test_the_documented_options_are_the_arguments(module):
    import inspect

    (function,) = module.FilterModule().filters().values()
    documented = set(yaml.safe_load(module.DOCUMENTATION)["options"]) - {"_input"}
    assert documented == set(list(inspect.signature(function).parameters)[1:])


def test_verdict():
    assert VERDICT(WAVE)["retry"] == ["i-1"]
    assert VERDICT(WAVE, images=[])["spent"] is True


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([],), "must be a wave of a plan"),
        (({"id": "x"},), "must be a wave of a plan"),
        (({"hosts": [{}]},), "has no 'instance_id'"),
        ((WAVE, [{}]), "has no 'instance_id'"),
        ((WAVE, None, "text"), "wave_verdict: "),
        ((WAVE, None, [], [], "Maybe"), "reboot_option must be RebootIfNeeded or NoReboot, not 'Maybe'"),
        ((WAVE, None, [{"targets": [{"outcome": "failed"}]}]), "has no 'target'"),
        (
            (
                WAVE,
                None,
                [{"targets": [{"target": "i-1", "outcome": "succeeded", "start_time": "soon"}]}],
                [{"instance_id": "i-1"}],
            ),
            "soon",
        ),
    ],
)
def test_verdict_refuses(arguments, words):
    with pytest.raises(AnsibleFilterError, match=words):
        VERDICT(*arguments)
