# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A pytest plugin: Python looks for cycles seldom. With the service models of boto3 loaded, each look costs more than it frees."""

import gc


def pytest_configure():
    gc.set_threshold(50_000, 50, 100)


def pytest_collection_finish():
    gc.collect()
    gc.freeze()
