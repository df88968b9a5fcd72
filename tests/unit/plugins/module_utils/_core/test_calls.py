# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)


import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.calls import chunk_sizes


@pytest.mark.parametrize(
    "count, sizes", [(0, []), (1, [1]), (300, [300]), (301, [151, 150]), (1000, [250] * 4), (700, [234, 233, 233])]
)
def test_chunk_sizes(count, sizes):
    assert chunk_sizes(count, 300) == sizes


def test_a_resumed_run_cuts_the_same_pieces():
    for count in range(1, 2500, 7):
        sizes = chunk_sizes(count, 300)
        assert max(sizes) <= 300 and sum(sizes) == count
        while sizes:
            assert chunk_sizes(sum(sizes), 300) == sizes
            sizes = sizes[1:]
