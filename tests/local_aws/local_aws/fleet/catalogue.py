# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The patches that exist for each platform, with dates that follow the scenario's clock.

They are generated from sample_patches.py once and kept in the cache of the checkout; without a cache, in memory.
"""

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from local_aws.fleet import sample_patches
from local_aws.fleet.operating_systems import Platform
from local_aws.fleet.operating_systems import platform
from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework import switches

# Of the generated JSON: tests rely on these patches, so a change must be meant (a Python whose random differs is none).
CHECKSUM = "8273264a3d6a1168f0ffe1c09bc48a21cc134568cec2a6c4d441048488cc2be1"
CACHE = Path(__file__).parents[4] / ".cache" / "local_aws"

switches.assume(
    "patch-release-date",
    "A sample patch has one date, used as release date and as date of the last update; real repositories may move it.",
    "patch-manager-release-dates",
)
switches.assume(
    "ubuntu-severity",
    "Ubuntu patches report a classification and a severity like those of Red Hat beside their priority and section.",
    "DescribePatchProperties names PRODUCT and PRIORITY only for UBUNTU",
)


@dataclass(frozen=True)
class Patch:
    """One patch. position: index in the list of its platform. reference: text that a Linux patch title shows."""

    position: int
    id: str
    title: str
    operating_system: str
    product: str
    product_family: str
    patch_set: str
    classification: str
    severity: str
    released: datetime
    age: float
    needs_reboot: bool
    size: int
    cves: tuple[str, ...]
    advisory_backed: bool
    security: bool
    name: str = ""
    epoch: int = 0
    version: str = ""
    release: str = ""
    arch: str = ""
    repository: str = ""
    priority: str = ""
    section: str = ""
    msrc_number: str = ""
    advisories: tuple[str, ...] = ()
    bugzilla: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    feature: str = ""


class _Anchor:
    moment: datetime | None = None


@state.on_reset
def _forget() -> None:
    _Anchor.moment = None


def anchor(moment: datetime | None = None) -> datetime:
    """The moment that ages in the catalogue count from: the clock's start; fixed by the first call after a reset."""
    if _Anchor.moment is None:
        _Anchor.moment = (moment or clock.now()).replace(microsecond=0)
    return _Anchor.moment


def patches(platform_key: str) -> tuple[Patch, ...]:
    """All patches of a platform, also those that are not released yet."""
    return _patches(platform_key, anchor())


def released(platform_key: str, now: datetime) -> tuple[Patch, ...]:
    """The patches of a platform that are out at this moment."""
    return tuple(patch for patch in patches(platform_key) if patch.released <= now)


@lru_cache(maxsize=256)
def _patches(platform_key: str, moment: datetime) -> tuple[Patch, ...]:
    row = platform(platform_key)
    make = _windows if row.platform_type == "Windows" else _linux
    return tuple(make(row, entry, number, moment) for number, entry in enumerate(_data()[platform_key]))


class CatalogueError(Exception):
    """The generated catalogue is not the one whose checksum is pinned."""


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=1)
def _data() -> dict[str, list[dict]]:
    return json.loads(_kept() or _generated())


def _kept() -> str | None:
    """The catalogue of the cache; None when there is none, or it is not the one that is wanted."""
    try:
        text = _file().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return text if _checksum(text) == CHECKSUM else None


def _file() -> Path:
    return CACHE / f"catalogue-{CHECKSUM[:16]}.json"


def _generated() -> str:
    text = json.dumps(sample_patches.build())
    if _checksum(text) != CHECKSUM:
        raise CatalogueError(
            f"sample_patches.py generates a catalogue with the checksum {_checksum(text)}, not {CHECKSUM}; when its "
            "tables were changed on purpose, write the new checksum into catalogue.py"
        )
    _keep(text)
    return text


def _keep(text: str) -> None:
    """Write the whole file or none, since other processes may do the same at this moment. The cache may be missing."""
    waiting = _file().with_suffix(f".{os.getpid()}")
    try:
        CACHE.mkdir(exist_ok=True)
        waiting.write_text(text, encoding="utf-8")
        os.replace(waiting, _file())
    except OSError:
        with contextlib.suppress(OSError):
            waiting.unlink(missing_ok=True)


def _windows(row: Platform, entry: dict, number: int, moment: datetime) -> Patch:
    date = moment - timedelta(days=entry["age"])
    system = f" for {row.platform_name.removesuffix(' Datacenter')} for x64-based Systems"
    return Patch(
        position=number,
        id=entry["id"],
        title=f"{date:%Y-%m} {entry['what']}{'' if entry.get('set') else system} ({entry['id']})",
        operating_system=row.operating_system,
        product=entry.get("product", row.product),
        product_family=entry.get("family", "Windows"),
        patch_set=entry.get("set", "OS"),
        classification=entry["classification"],
        severity=entry["severity"],
        released=date,
        age=entry["age"],
        needs_reboot=entry["restart"],
        size=entry["size"],
        cves=tuple(f"CVE-{date.year}-{cve}" for cve in entry["cves"]),
        advisory_backed=True,
        security=entry["classification"] == "SecurityUpdates",
        msrc_number=f"MS{date:%y}-{entry['bulletin']:03d}" if "bulletin" in entry else "",
        supersedes=tuple(entry.get("supersedes", ())),
        feature=entry.get("feature", ""),
    )


_NOTICES = {
    "AMAZON_LINUX_2": "ALAS2-{year}-{number}",
    "AMAZON_LINUX_2023": "ALAS2023-{year}-{number}",
    "REDHAT_ENTERPRISE_LINUX": "RH{kind}A-{year}:{number}",
}


def _linux(row: Platform, entry: dict, number: int, moment: datetime) -> Patch:
    date = moment - timedelta(days=entry["age"])
    version = f"{entry['version']}-{entry['release']}"
    epoch = "" if row.operating_system == "UBUNTU" else f"{entry['epoch']}:"
    advisories: tuple[str, ...] = ()
    if "notice" in entry:
        kind = {"Security": "S", "Bugfix": "B"}.get(entry["classification"], "E")
        text = _NOTICES[row.operating_system].format(year=date.year, number=entry["notice"], kind=kind)
        advisories = (text,)
    return Patch(
        position=number,
        id=entry["id"],
        title=f"{entry['id']}:{epoch}{version}",
        operating_system=row.operating_system,
        product=row.product,
        product_family=row.platform_name,
        patch_set="OS",
        classification=entry["classification"],
        severity=entry["severity"],
        released=date,
        age=entry["age"],
        needs_reboot=entry["restart"],
        size=entry["size"],
        cves=tuple(f"CVE-{date.year}-{cve}" for cve in entry["cves"]),
        advisory_backed=entry["advisory"],
        security=entry["classification"] == "Security",
        name=entry["name"],
        epoch=entry["epoch"],
        version=entry["version"],
        release=entry["release"],
        arch=row.arch,
        repository=entry["repository"],
        priority=entry.get("priority", ""),
        section=entry.get("section", ""),
        advisories=advisories,
        bugzilla=tuple(entry.get("bugzilla", ())),
    )
