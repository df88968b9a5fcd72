# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

import pytest

from local_aws.testing import serve

from .helpers import scenario


@pytest.fixture(scope="module")
def running():
    with serve(scenario()) as server:
        yield server


@pytest.fixture
def server(running):
    running.reset(scenario())
    return running


@pytest.fixture
def ssm(server):
    return server.client("ssm")
