# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)


import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core import errors
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.wire import absolute
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.wire import parameters_to_wire


@pytest.mark.parametrize(
    "limit, total, least, expected",
    [("0", 10, 0, 0), (3, 10, 0, 3), ("10%", 50, 0, 5), ("10%", 9, 0, 0), ("10%", 9, 1, 1), ("100%", 7, 1, 7)],
)
def test_absolute(limit, total, least, expected):
    assert absolute(limit, total, least=least) == expected


@pytest.mark.parametrize("limit", ["", "-1", "101%", "1.5", "x%", "%", "²"])
def test_absolute_refuses(limit):
    with pytest.raises(errors.InvalidInput):
        absolute(limit, 10, least=0)


def test_parameters():
    given = {"a": "x", "b": ["y", 1], "c": True, "d": {"k": [1]}, "e": None}
    assert parameters_to_wire(given) == {"a": ["x"], "b": ["y", "1"], "c": ["true"], "d": ['{"k": [1]}']}
