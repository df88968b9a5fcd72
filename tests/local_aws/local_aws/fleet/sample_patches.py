# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The sample patches of the catalogue, generated from tables with a seed for each platform.

All ids (KB numbers, versions, advisories, CVEs) are sample data: they look real and mean nothing. Dates are ages in days
before the start of the scenario's clock (negative: released later), so that every scenario has old, fresh, not yet
approved and coming patches. No age lies between 5 and 9 days: a rule with the usual delay of 7 days gives the same answer
throughout the first two days.
"""

import random

from local_aws.fleet.operating_systems import PLATFORMS
from local_aws.fleet.operating_systems import Platform

# what, classification, MSRC severity, how many, oldest age in days, restart needed
WINDOWS = (
    ("Security Update for .NET Framework 4.8", "SecurityUpdates", "Important", 6, 340, True),
    ("Servicing Stack Update", "SecurityUpdates", "Critical", 4, 330, False),
    ("Security Update for Secure Boot DBX", "SecurityUpdates", "Critical", 3, 300, True),
    ("Security Update for Windows Kernel", "SecurityUpdates", "Important", 3, 260, True),
    ("Critical Update for Windows", "CriticalUpdates", "Critical", 4, 320, True),
    ("Update for Root Certificates", "CriticalUpdates", "Important", 4, 290, False),
    ("Security Update for Windows Media", "SecurityUpdates", "Moderate", 3, 310, False),
    ("Security Update for Windows Journal", "SecurityUpdates", "Low", 1, 200, False),
    ("Update for Windows", "Updates", "Unspecified", 4, 280, False),
    ("Update Rollup for Windows", "UpdateRollups", "Unspecified", 2, 240, True),
    ("Security Intelligence Update for Microsoft Defender Antivirus", "DefinitionUpdates", "Unspecified", 2, 40, False),
)
WINDOWS_YOUNG = (
    ("Security Update for Remote Desktop Services", "SecurityUpdates", "Critical", 2.2, True),
    ("Security Update for Windows SMB Server", "SecurityUpdates", "Important", 3.4, True),
    ("Update for Time Zones", "CriticalUpdates", "Important", 4.5, False),
    ("Security Update for Windows Graphics", "SecurityUpdates", "Important", -12, True),
    ("Critical Update for Windows", "CriticalUpdates", "Critical", -20, True),
)
# feature, what, classification, severity, age; a machine without the feature reports NOT_APPLICABLE
WINDOWS_FEATURES = (
    ("Web-Server", "Security Update for Internet Information Services", "SecurityUpdates", "Important", 66),
    ("DHCP", "Security Update for DHCP Server", "SecurityUpdates", "Critical", 128),
    ("Print-Server", "Security Update for Print Spooler", "SecurityUpdates", "Important", 97),
    ("Hyper-V", "Security Update for Hyper-V", "SecurityUpdates", "Critical", 185),
)
# feature, product family, product, what, classification, severity, age
WINDOWS_APPLICATIONS = (
    (
        "SQLServer",
        "SQL Server",
        "SQLServer2019",
        "Security Update for SQL Server 2019",
        "SecurityUpdates",
        "Important",
        55,
    ),
    (
        "SQLServer",
        "SQL Server",
        "SQLServer2019",
        "Cumulative Update for SQL Server 2019",
        "Updates",
        "Unspecified",
        130,
    ),
    ("Office", "Office", "Office2016", "Security Update for Microsoft Office 2016", "SecurityUpdates", "Important", 34),
    ("Office", "Office", "Office2016", "Update for Microsoft Excel 2016", "CriticalUpdates", "Unspecified", 150),
)
CUMULATIVE_AGES = (-39, -10, 20, 50, 80, 110, 140, 170, 200, 230, 260, 290, 320, 350)

# name, version, classification, severity, restart needed, Debian section
LINUX = (
    ("kernel", "5.14.0", "Security", "Important", True, "kernel"),
    ("glibc", "2.34", "Security", "Critical", True, "libs"),
    ("openssl", "3.0.7", "Security", "Critical", False, "utils"),
    ("openssh-server", "8.7", "Security", "Important", False, "net"),
    ("systemd", "252", "Security", "Important", True, "admin"),
    ("curl", "7.88", "Security", "Important", False, "web"),
    ("libxml2", "2.9.13", "Security", "Important", False, "libs"),
    ("python3", "3.9.18", "Security", "Important", False, "python"),
    ("expat", "2.5.0", "Security", "Critical", False, "libs"),
    ("sudo", "1.9.5", "Security", "Important", False, "admin"),
    ("bind-libs", "9.16.23", "Security", "Important", False, "net"),
    ("nss", "3.90", "Security", "Important", False, "libs"),
    ("krb5-libs", "1.21", "Security", "Important", False, "net"),
    ("zlib", "1.2.13", "Security", "Critical", False, "libs"),
    ("dbus", "1.12.28", "Security", "Important", True, "admin"),
    ("gnutls", "3.8.0", "Security", "Important", False, "libs"),
    ("sqlite", "3.40", "Security", "Important", False, "database"),
    ("vim-minimal", "9.0", "Security", "{low}", False, "editors"),
    ("perl", "5.32", "Security", "{low}", False, "perl"),
    ("less", "608", "Security", "Low", False, "text"),
    ("tar", "1.34", "Security", "Low", False, "utils"),
    ("coreutils", "8.32", "Bugfix", "", False, "utils"),
    ("chrony", "4.3", "Bugfix", "", False, "net"),
    ("rsyslog", "8.2310", "Bugfix", "", False, "admin"),
    ("NetworkManager", "1.46", "Bugfix", "", True, "net"),
    ("lvm2", "2.03", "Bugfix", "", True, "admin"),
    ("grub2-common", "2.06", "Bugfix", "", True, "admin"),
    ("dracut", "057", "Bugfix", "", True, "admin"),
    ("util-linux", "2.37", "Bugfix", "", False, "utils"),
    ("tzdata", "2025b", "Bugfix", "", False, "localization"),
    ("nfs-utils", "2.5.4", "Bugfix", "", False, "net"),
    ("microcode_ctl", "20250211", "Enhancement", "", True, "kernel"),
    ("selinux-policy", "38.1", "Enhancement", "", False, "admin"),
    ("bash-completion", "2.11", "Enhancement", "", False, "shells"),
    ("jq", "1.6", "plain", "", False, "utils"),
    ("htop", "3.2", "plain", "", False, "utils"),
    ("nginx", "1.24.0", "plain", "", False, "web"),
)
LINUX_YOUNG = (
    ("libtiff", "4.4.0", "Security", "Important", 2.1, False, "libs"),
    ("polkit", "0.117", "Security", "Important", 3.3, False, "admin"),
    ("e2fsprogs", "1.46", "Bugfix", "", 4.4, False, "admin"),
    ("libssh", "0.10", "Security", "Critical", -12, False, "libs"),
    ("rsync", "3.2", "Security", "Important", -20, False, "net"),
    ("xz-libs", "5.2", "Security", "Critical", -33, False, "libs"),
)
RELEASES = {
    "amazon-linux-2": "{n}.amzn2.0.{m}",
    "amazon-linux-2023": "{n}.amzn2023.0.{m}",
    "rhel-8": "{n}.el8_10.{m}",
    "rhel-9": "{n}.el9_4.{m}",
    "ubuntu-22.04": "{n}ubuntu0.22.04.{m}",
    "ubuntu-24.04": "{n}ubuntu0.24.04.{m}",
}
REPOSITORIES = {
    "amazon-linux-2": "Core",
    "amazon-linux-2023": "amazonlinux",
    "rhel-8": "rhel-8-baseos-rhui-rpms",
    "rhel-9": "rhel-9-baseos-rhui-rpms",
    "ubuntu-22.04": "jammy",
    "ubuntu-24.04": "noble",
}
PRIORITIES = ("Required", "Important", "Standard", "Optional")


def _spread(dice: random.Random, oldest: int) -> float:
    return round(dice.uniform(9.5, oldest), 2)


def _cves(dice: random.Random, wanted: bool) -> list[int]:
    return sorted(dice.sample(range(90000, 99999), dice.choice((1, 1, 2, 3)))) if wanted else []


def _update(dice: random.Random, number: int, facts: tuple, **more) -> dict:
    what, classification, severity, age, restart = facts
    row = {
        "id": f"KB{number}",
        "what": what,
        "classification": classification,
        "severity": severity,
        "age": age,
        "restart": restart,
        "cves": _cves(dice, classification == "SecurityUpdates"),
        "size": dice.randrange(1, 60) * 1_000_000,
        **more,
    }
    if classification in ("SecurityUpdates", "CriticalUpdates") and severity in ("Critical", "Important"):
        row["bulletin"] = dice.randrange(10, 99)
    return row


def _windows(platform: Platform) -> list[dict]:
    dice = random.Random(platform.key)
    numbers = iter(dice.sample(range(5010000, 5079999), 80))
    rows: list[dict] = []
    for age in reversed(CUMULATIVE_AGES):
        more = {"supersedes": [rows[-1]["id"]]} if rows else {}
        facts = ("Cumulative Update", "SecurityUpdates", "Critical", age, True)
        rows.append(_update(dice, next(numbers), facts, **more))
    for what, classification, severity, count, oldest, restart in WINDOWS:
        for _ in range(count):
            facts = (what, classification, severity, _spread(dice, oldest), restart)
            rows.append(_update(dice, next(numbers), facts))
    rows += [_update(dice, next(numbers), facts) for facts in WINDOWS_YOUNG]
    for feature, *facts in WINDOWS_FEATURES:
        rows.append(_update(dice, next(numbers), (*facts, True), feature=feature))
    for feature, family, product, *facts in WINDOWS_APPLICATIONS:
        more = {"feature": feature, "family": family, "product": product, "set": "APPLICATION"}
        rows.append(_update(dice, next(numbers), (*facts, False), **more))
    return rows


def _linux(platform: Platform) -> list[dict]:
    dice = random.Random(platform.key)
    low = "Medium" if platform.key.startswith("amazon") else "Moderate"
    rows = [
        (name, version, kind, severity, _spread(dice, 350), restart, section)
        for name, version, kind, severity, restart, section in LINUX
    ] + list(LINUX_YOUNG)
    return [_package(dice, platform, row, low, number) for number, row in enumerate(rows)]


def _package(dice: random.Random, platform: Platform, row: tuple, low: str, number: int) -> dict:
    name, version, kind, severity, age, restart, section = row
    ubuntu = platform.operating_system == "UBUNTU"
    security = kind == "Security"
    repository = REPOSITORIES[platform.key]
    if ubuntu:
        repository += "-security" if security else "-updates"
    entry = {
        "id": f"{name}.{platform.arch}",
        "name": name,
        "epoch": 1 if name in ("dbus", "NetworkManager", "openssl") else 0,
        "version": version,
        "release": RELEASES[platform.key].format(n=dice.randrange(1, 60), m=dice.randrange(1, 30)),
        "classification": "Enhancement" if kind == "plain" else kind,
        "severity": severity.format(low=low),
        "age": age,
        "restart": restart,
        "cves": _cves(dice, security),
        "size": dice.randrange(1, 90) * 100_000,
        "repository": repository,
        # EnableNonSecurity decides about the others: no update notice (yum, dnf), or not from the security pocket (apt)
        "advisory": security if ubuntu else kind != "plain",
    }
    if not ubuntu and kind != "plain":
        entry["notice"] = dice.randrange(1000, 9999)
        entry["bugzilla"] = [str(dice.randrange(2_000_000, 2_399_999))] if kind == "Bugfix" else []
    if ubuntu:
        entry["priority"] = PRIORITIES[number % len(PRIORITIES)]
        entry["section"] = section
    return entry


def build() -> dict[str, list[dict]]:
    """The patches of every platform: {platform key: [patch, ...]}, the same at every call."""
    return {
        key: _windows(platform) if platform.platform_type == "Windows" else _linux(platform)
        for key, platform in PLATFORMS.items()
    }
