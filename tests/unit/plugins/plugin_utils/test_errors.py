# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Our errors, and values of another shape than the documented one, as errors of Ansible that name the plugin."""

import pytest

from ansible.errors import AnsibleActionFail
from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import FleetpatchError
from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import action_errors
from ansible_collections.fleetpatch.aws.plugins.plugin_utils._errors import filter_errors


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InvalidInput("no such wave"), "shown: no such wave"),
        (FleetpatchError("no answer"), "shown: no answer"),
        (KeyError("hosts"), "shown: the wave has no 'hosts'"),
        (TypeError("not a list"), "shown: the wave cannot be read: not a list"),
        (ValueError("not a number"), "shown: the wave cannot be read: not a number"),
        (AttributeError("no get"), "shown: the wave cannot be read: no get"),
    ],
)
@pytest.mark.parametrize(("wrapper", "kind"), [(filter_errors, AnsibleFilterError), (action_errors, AnsibleActionFail)])
def test_errors_are_shown_with_the_name(wrapper, kind, error, words):
    @wrapper("shown", "the wave")
    def work():
        raise error

    with pytest.raises(kind) as caught:
        work()
    assert str(caught.value) == words
    assert caught.value.__cause__ is error


def test_other_errors_and_results_pass():
    @filter_errors("shown")
    def work(value):
        if value == 1:
            raise RuntimeError("a mistake of ours")
        return value

    assert (work(2), work(value=3)) == (2, 3)
    with pytest.raises(RuntimeError):
        work(1)
