# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How long waves take, and what their images cost."""

from ansible_collections.fleetpatch.aws.plugins.module_utils._planner import estimate
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import PlannedHost


def host(platform="Ubuntu 24.04", missing=4, gib=100):
    return PlannedHost("h", "i-1", "h", "t", "r", "z", platform, "why", missing=missing, image_gib=gib)


def test_the_largest_instance_decides_how_long_images_take():
    small = estimate.wave_estimate([host(gib=10)], 5, True)
    large = estimate.wave_estimate([host(gib=10), host(gib=1000)], 5, True)
    assert large.image_minutes > small.image_minutes > 0
    assert estimate.wave_estimate([host()], 5, False).image_minutes == 0
    assert large.minutes == large.image_minutes + large.patch_minutes


def test_unknown_need_is_not_taken_for_none():
    assert estimate.patch_minutes(host(missing=None)) > estimate.patch_minutes(host(missing=0))
    assert estimate.patch_minutes(host("Microsoft Windows Server 2022")) > estimate.patch_minutes(host())


def test_a_start_and_a_stop_take_time():
    asleep = host()._replace(former_state="stopped")
    assert estimate.wave_estimate([asleep], 1, False).minutes == estimate.wave_estimate([host()], 1, False).minutes + 10


def test_image_cost():
    assert estimate.image_cost(250, 0.05) == 12.5
