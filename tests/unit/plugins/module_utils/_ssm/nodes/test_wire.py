# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)


import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.nodes import wire as node_wire


def model_of(shape):
    import botocore.session

    return botocore.session.get_session().get_service_model("ssm").shape_for(shape)


def test_every_operating_system_is_a_word_of_the_service_model():
    words = {word for _prefix, word in node_wire.PLATFORM_NAMES}
    assert words <= set(model_of("OperatingSystem").enum)


@pytest.mark.parametrize(
    "node, expected",
    [
        ({"PlatformType": "Windows", "PlatformName": "Microsoft Windows Server 2022 Datacenter"}, "WINDOWS"),
        ({"PlatformName": "Amazon Linux", "PlatformVersion": "2"}, "AMAZON_LINUX_2"),
        ({"PlatformName": "Amazon Linux", "PlatformVersion": "2023"}, "AMAZON_LINUX_2023"),
        ({"PlatformName": "Amazon Linux", "PlatformVersion": "2023.4.20240401"}, "AMAZON_LINUX_2023"),
        ({"PlatformName": "Amazon Linux AMI", "PlatformVersion": "2018.03"}, "AMAZON_LINUX"),
        ({"PlatformName": "Ubuntu", "PlatformVersion": "24.04"}, "UBUNTU"),
        ({"PlatformName": "Red Hat Enterprise Linux", "PlatformVersion": "9.4"}, "REDHAT_ENTERPRISE_LINUX"),
        ({"PlatformName": "Plan 9"}, None),
        ({}, None),
    ],
)
def test_operating_system(node, expected):
    assert node_wire.operating_system(node) == expected
