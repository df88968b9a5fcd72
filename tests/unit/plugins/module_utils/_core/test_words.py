# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Counts in words: 1 host, 2 hosts."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.words import counted


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, "host"), "0 hosts"),
        ((1, "host"), "1 host"),
        ((2, "host"), "2 hosts"),
        ((1, "patch", "patches"), "1 patch"),
        ((3, "patch", "patches"), "3 patches"),
    ],
)
def test_counted(arguments, words):
    assert counted(*arguments) == words


def test_a_number_may_be_written_in_another_way():
    assert counted(12000, "host", shown="12 000") == "12 000 hosts"
    assert counted(1, "host", shown="one") == "one host"
