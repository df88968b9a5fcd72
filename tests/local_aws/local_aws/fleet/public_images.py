# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Platforms that the simulated fleet knows, and the public image of each.

Names and owners follow the public images of Amazon, Canonical and Red Hat; the ids are invented (a hash of Region and
platform), so that they are the same in every run.
"""

import hashlib
from typing import Any

from local_aws.framework import state

WINDOWS, AMAZON, CANONICAL, RED_HAT = "801119661308", "137112412989", "099720109477", "309956199498"
# platform: (image name, owner, EC2 platform, PlatformDetails, root device)
PLATFORMS: dict[str, tuple[str, str, str | None, str, str]] = {
    **{
        f"windows-{year}": (
            f"Windows_Server-{year}-English-Full-Base-2026.02.11",
            WINDOWS,
            "windows",
            "Windows",
            "/dev/sda1",
        )
        for year in (2016, 2019, 2022, 2025)
    },
    "amazon-linux-2": ("amzn2-ami-hvm-2.0.20260216.0-x86_64-gp2", AMAZON, None, "Linux/UNIX", "/dev/xvda"),
    "amazon-linux-2023": (
        "al2023-ami-2023.10.20260216.1-kernel-6.1-x86_64",
        AMAZON,
        None,
        "Linux/UNIX",
        "/dev/xvda",
    ),
    "ubuntu-22.04": (
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20260218",
        CANONICAL,
        None,
        "Linux/UNIX",
        "/dev/sda1",
    ),
    "ubuntu-24.04": (
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260218",
        CANONICAL,
        None,
        "Linux/UNIX",
        "/dev/sda1",
    ),
    "rhel-8": (
        "RHEL-8.10.0_HVM-20260110-x86_64-0-Hourly2-GP3",
        RED_HAT,
        None,
        "Red Hat Enterprise Linux",
        "/dev/sda1",
    ),
    "rhel-9": (
        "RHEL-9.5.0_HVM-20260110-x86_64-0-Hourly2-GP3",
        RED_HAT,
        None,
        "Red Hat Enterprise Linux",
        "/dev/sda1",
    ),
}


def image_id(region: str, platform: str) -> str:
    """The id of the public image of a platform in a Region."""
    return "ami-" + hashlib.sha256(f"{region}/{platform}".encode()).hexdigest()[:17]


def ensure_public_images(account: str, region: str) -> None:
    """Put the public images into moto's EC2 of this account and Region, once."""
    from moto.ec2.models import ec2_backends
    from moto.ec2.models.amis import Ami

    done = state.store(account, region, "public_images")
    if done:
        return
    done["done"] = True
    backend = ec2_backends[account][region]
    for platform, (name, owner, kind, _, root) in PLATFORMS.items():
        number = image_id(region, platform)
        backend.amis[number] = Ami(
            backend,
            number,
            name=name,
            owner_id=owner,
            owner_alias="amazon" if owner in (WINDOWS, AMAZON) else None,
            public=True,
            virtualization_type="hvm",
            architecture="x86_64",
            platform=kind,
            image_location=f"{owner}/{name}",
            hypervisor="xen",
            root_device_type="ebs",
            root_device_name=root,
            region_name=region + "a",
        )


def platform_of(instance: Any) -> str | None:
    """The platform key of a moto instance by its image (an image made from an instance has the instance's)."""
    region = instance.ec2_backend.region_name
    known = state.store("*", region, "platform_by_image")
    if not known:
        known.update({image_id(region, platform): platform for platform in PLATFORMS})
    found = known.get(instance.image_id)
    if found is None and instance.platform == "windows":
        return "windows-2022"
    return found


def details_of(instance: Any) -> str:
    """PlatformDetails of a moto instance."""
    platform = platform_of(instance)
    if platform is None:
        return "Windows" if instance.platform == "windows" else "Linux/UNIX"
    return PLATFORMS[platform][3]


def billing(platform: str | None) -> str:
    """PlatformDetails of a platform key."""
    return PLATFORMS[platform][3] if platform in PLATFORMS else "Linux/UNIX"
