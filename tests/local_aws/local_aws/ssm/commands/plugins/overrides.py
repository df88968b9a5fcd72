# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""InstallOverrideList and BaselineOverride of AWS-RunPatchBaseline: where they are read from and what they mean.

Source: user guide "About the AWS-RunPatchBaseline SSM document", "Using the BaselineOverride parameter".
"""

import json
from typing import Any
from urllib.parse import parse_qs
from urllib.parse import unquote
from urllib.parse import urlsplit

import yaml
from botocore.exceptions import ClientError

from local_aws.fleet import catalogue
from local_aws.fleet.catalogue import Patch
from local_aws.framework import clock
from local_aws.framework import inproc
from local_aws.framework import switches
from local_aws.ssm.baselines import evaluate

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
NON_COMPLIANT = ("MISSING", "FAILED", "INSTALLED_REJECTED", "INSTALLED_PENDING_REBOOT")

switches.define(
    "baseline_override_reports",
    False,
    bool,
    "whether an operation with BaselineOverride overwrites the patch state (the user guide: it does not, the results are"
    " in the output only)",
)
switches.assume(
    "override-errors",
    "An override that cannot be read or used fails the operation with exit code 1 before anything is scanned.",
    "user guide, AWS-RunPatchBaseline parameters",
)
switches.assume(
    "override-https",
    "https URLs are read when they name a public object of S3 (ACL or bucket policy) or are presigned; other hosts"
    " cannot be reached from a simulated machine.",
    "user guide: https for public buckets, s3:// for private ones",
)
switches.assume(
    "override-other-system",
    "A BaselineOverride without a baseline for the node's operating system fails the operation; of several the first.",
    "user guide: baselines that match the host operating system are used",
)


class Refused(Exception):
    """The operation cannot be carried out; the text goes to stderr."""


def _fetch(machine: Any, name: str, url: str) -> bytes:
    bucket, key, public = _place(url)
    if not bucket:
        raise Refused(f"{name}: cannot read {url}: s3:// or https:// of S3 is needed")
    client = inproc.client("s3", machine.account, machine.region, source="machine")
    try:
        if public and not _is_public(client, bucket, key):
            raise Refused(f"{name}: cannot read {url}: HTTP Error 403: Forbidden (the object is not public)")
        # A public object is anybody's, and a presigned URL that of its maker.
        with inproc.acting(machine.principal if url.startswith("s3://") else None):
            return client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise Refused(f"{name}: cannot read {url}: {error}") from None


def _place(url: str) -> tuple[str, str, bool]:
    """(bucket, key, whether the object must be public) of s3:// and of the https forms of S3."""
    if url.startswith("s3://"):
        bucket, _, key = url[len("s3://") :].partition("/")
        return bucket, key, False
    parts = urlsplit(url)
    host, path = parts.netloc.split(":")[0], unquote(parts.path.lstrip("/"))
    signed = bool({"X-Amz-Signature", "Signature"} & set(parse_qs(parts.query)))
    if not host.endswith(".amazonaws.com"):
        return "", "", True
    bucket, found, _ = host.partition(".s3")
    if found and not host.startswith(("s3.", "s3-")):
        return bucket, path, not signed
    bucket, _, key = path.partition("/")
    return bucket, key, not signed


def _is_public(client: Any, bucket: str, key: str) -> bool:
    grants = client.get_object_acl(Bucket=bucket, Key=key)["Grants"]
    if any(one["Grantee"].get("URI") == ALL_USERS and one["Permission"] in ("READ", "FULL_CONTROL") for one in grants):
        return True
    try:
        policy = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError:
        return False
    return any(
        one.get("Effect") == "Allow"
        and one.get("Principal") in ("*", {"AWS": "*"})
        and {"s3:GetObject", "s3:*", "*"} & set([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        for one in policy.get("Statement", [])
    )


def install_list(machine: Any, url: str) -> list[Patch]:
    """The patches of an InstallOverrideList that fit the machine and are not installed. Raises Refused."""
    text = _fetch(machine, "InstallOverrideList", url)
    try:
        entries = yaml.safe_load(text)["patches"]
        if not all(isinstance(entry, dict) and "id" in entry for entry in entries):
            raise TypeError("each entry of patches needs an id")
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise Refused(f"InstallOverrideList: {url} is not a list of patches: {error}") from None
    return [
        patch
        for patch in catalogue.released(machine.platform, clock.now())
        if machine.patches.applies(patch)
        and not machine.patches.is_installed(patch)
        and evaluate.overridden(entries, patch)
    ]


def baseline(machine: Any, url: str) -> dict[str, Any]:
    """The baseline of a BaselineOverride for the machine's system, in the form of GetPatchBaseline. Raises Refused."""
    try:
        entries = json.loads(_fetch(machine, "BaselineOverride", url))
        found = [one for one in entries if one["OperatingSystem"] == machine.operating_system]
    except (ValueError, TypeError, KeyError) as error:
        raise Refused(f"BaselineOverride: {url} is not a list of patch baselines: {error}") from None
    if not found:
        raise Refused(f"BaselineOverride: {url} has no baseline for {machine.operating_system}")
    return {"BaselineId": "", "Name": "BaselineOverride", **found[0], "Revision": 0}


def printed(machine: Any, rows: list[Any]) -> str:
    """What the output says of the patches that are non-compliant by an overriding baseline."""
    bad = [row for row in rows if row.state in NON_COMPLIANT]
    lines = [f"{row.patch.id} {row.state.title().replace('_', '')} {row.patch.title}" for row in bad]
    return "\n".join(["Baseline override: non-compliant packages", *lines, ""])
