# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The values of the patch filter key PRODUCT that AWS knows, by operating system. Pure.

Sources: API PatchFilter of 2018 (lists of values for Windows, Ubuntu, Amazon Linux, Red Hat, SUSE, CentOS), user guide
"Patch Manager prerequisites" (versions that Patch Manager supports), AWS's message in
https://github.com/jparnaudeau/terraform-aws-ssm-patch-management/issues/1, and for Debian 13, which AWS refuses,
https://github.com/aws/amazon-ssm-agent/issues/648. A name that ends with .x stands for the version with and without a
minor number. Operating systems whose names are not published (AlmaLinux, Rocky Linux, macOS, Raspberry Pi OS) and
applications of Microsoft are not checked.
"""

import re
from functools import lru_cache

from local_aws.framework.switches import assume

assume(
    "baseline-products",
    "PRODUCT of AlmaLinux, Rocky Linux, macOS and Raspberry Pi OS, and of Microsoft applications, is not checked",
    "AWS publishes their names nowhere but in DescribePatchProperties",
)

_AMAZON = [f"AmazonLinux{year}.{month}" for year in range(2012, 2018) for month in ("03", "09")]
PRODUCTS: dict[str, tuple[str, ...]] = {
    "WINDOWS": (
        *("Windows7", "Windows8", "Windows8.1", "Windows8Embedded", "Windows10", "Windows10LTSB"),
        *("WindowsServer2008", "WindowsServer2008R2", "WindowsServer2012", "WindowsServer2012R2"),
        *("WindowsServer2016", "WindowsServer2019", "WindowsServer2022", "WindowsServer2025"),
    ),
    "AMAZON_LINUX": (*_AMAZON, "AmazonLinux2018.03"),
    "AMAZON_LINUX_2": ("AmazonLinux2", "AmazonLinux2.0"),
    "AMAZON_LINUX_2022": ("AmazonLinux2022",),
    "AMAZON_LINUX_2023": ("AmazonLinux2023",),
    "CENTOS": ("CentOS6.x", "CentOS7.x", "CentOS8.x", "CentOS9.x"),
    "DEBIAN": ("Debian8", "Debian9", "Debian10", "Debian11", "Debian12"),
    "ORACLE_LINUX": ("OracleLinux7.x", "OracleLinux8.x", "OracleLinux9.x"),
    "REDHAT_ENTERPRISE_LINUX": (
        *("RedhatEnterpriseLinux6.x", "RedhatEnterpriseLinux7.x", "RedhatEnterpriseLinux8.x"),
        *("RedhatEnterpriseLinux9.x", "RedhatEnterpriseLinux10.x"),
    ),
    "SUSE": ("Suse12.x", "Suse15.x"),
    "UBUNTU": (
        *("Ubuntu14.04", "Ubuntu16.04", "Ubuntu18.04", "Ubuntu20.04", "Ubuntu20.10", "Ubuntu22.04"),
        *("Ubuntu23.04", "Ubuntu23.10", "Ubuntu24.04", "Ubuntu24.10", "Ubuntu25.04"),
    ),
}


@lru_cache(maxsize=len(PRODUCTS))
def _pattern(system: str) -> re.Pattern:
    names = [re.escape(name).replace(r"\.x", r"(\.\d{1,2})?") for name in PRODUCTS[system]]
    return re.compile("|".join(names))


def known(system: str, product: str) -> bool:
    """Whether AWS knows a product; True for systems whose products are not checked."""
    return product == "*" or system not in PRODUCTS or bool(_pattern(system).fullmatch(product))


def exact(system: str) -> tuple[str, ...]:
    """The names without those that stand for several."""
    return tuple(name for name in PRODUCTS.get(system, ()) if not name.endswith(".x"))
