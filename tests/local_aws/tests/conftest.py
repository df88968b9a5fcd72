# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A local AWS of the scenario `base`, seeded anew for each test; a folder or a file may have a base of its own."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from local_aws.testing import serve  # noqa: E402

from .helpers import scenario  # noqa: E402


@pytest.fixture(scope="module")
def base():
    return scenario()


@pytest.fixture(scope="module")
def running(base):
    with serve(base) as server:
        yield server


@pytest.fixture
def server(running, base):
    running.reset(base)
    return running


@pytest.fixture
def ssm(server):
    return server.client("ssm")


@pytest.fixture
def ec2(server):
    return server.client("ec2")
