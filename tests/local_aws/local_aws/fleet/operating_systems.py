# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The operating systems of simulated machines, in the words that AWS uses for them.

PlatformName, PlatformVersion: as the agent reports them (DescribeInstanceInformation). operating_system: enum of the
patch operations. product: value of the patch filter key PRODUCT.
"""

from dataclasses import dataclass

LATEST_AGENT = "3.3.3572.0"
AGENT_VERSIONS = ("3.3.2746.0", "3.3.3050.0", "3.3.3185.0", "3.3.3270.0", LATEST_AGENT)
DEFAULT_WINDOWS = "windows-2022"
DEFAULT_LINUX = "amazon-linux-2023"


@dataclass(frozen=True)
class Platform:
    """One row of the table. features: what may be on a machine of this platform and decides which patches apply."""

    key: str
    platform_type: str
    platform_name: str
    platform_version: str
    operating_system: str
    product: str
    arch: str = "x86_64"
    features: tuple[str, ...] = ()


_WINDOWS_FEATURES = ("Web-Server", "DHCP", "Print-Server", "Hyper-V", "SQLServer", "Office")


def _windows(year: str, build: str) -> Platform:
    return Platform(
        f"windows-{year}",
        "Windows",
        f"Microsoft Windows Server {year} Datacenter",
        f"10.0.{build}",
        "WINDOWS",
        f"WindowsServer{year}",
        "amd64",
        _WINDOWS_FEATURES,
    )


def _linux(key: str, name: str, version: str, operating_system: str, product: str, arch: str = "x86_64") -> Platform:
    return Platform(key, "Linux", name, version, operating_system, product, arch)


_ROWS = (
    _windows("2016", "14393"),
    _windows("2019", "17763"),
    _windows("2022", "20348"),
    _windows("2025", "26100"),
    _linux("amazon-linux-2", "Amazon Linux", "2", "AMAZON_LINUX_2", "AmazonLinux2"),
    _linux("amazon-linux-2023", "Amazon Linux", "2023", "AMAZON_LINUX_2023", "AmazonLinux2023"),
    _linux("ubuntu-22.04", "Ubuntu", "22.04", "UBUNTU", "Ubuntu22.04", "amd64"),
    _linux("ubuntu-24.04", "Ubuntu", "24.04", "UBUNTU", "Ubuntu24.04", "amd64"),
    _linux("rhel-8", "Red Hat Enterprise Linux", "8.10", "REDHAT_ENTERPRISE_LINUX", "RedhatEnterpriseLinux8.10"),
    _linux("rhel-9", "Red Hat Enterprise Linux", "9.4", "REDHAT_ENTERPRISE_LINUX", "RedhatEnterpriseLinux9.4"),
)

PLATFORMS: dict[str, Platform] = {row.key: row for row in _ROWS}


def platform(key: str) -> Platform:
    """The row of a platform key; ValueError that names the known ones otherwise."""
    try:
        return PLATFORMS[key]
    except KeyError:
        raise ValueError(f"unknown platform {key!r}; known: {', '.join(PLATFORMS)}") from None
