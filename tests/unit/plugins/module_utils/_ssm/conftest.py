# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The model of the API in the SDK, against which options, limits and translations are held."""

import pytest


@pytest.fixture(name="ssm", scope="session")
def fixture_ssm():
    import botocore.session

    return botocore.session.get_session().get_service_model("ssm")
