# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who runs which playbook in the system tests: users and roles with exactly the policies of the roles (tests/principals.yml)."""

from __future__ import annotations

import json
import os
import pathlib
from dataclasses import asdict

PRINCIPALS = pathlib.Path(__file__).resolve().parents[1] / "principals.yml"
KEPT = pathlib.Path(__file__).resolve().parents[2] / ".cache" / "permissions"
AUTOMATION = "arn:aws:iam::123456789012:role/fleetpatch-automation"
KEYS = {
    **dict.fromkeys(("patch", "plan", "promote", "announce"), "LOCALAWS0PATCHRUN001"),
    "stop": "LOCALAWS0PATCHSTOP01",
    "rollback": "LOCALAWS0ROLLBACK001",
    "baselines": "LOCALAWS0BASELINES01",
    "windows": "LOCALAWS0WINDOWS0001",
    "teardown": "LOCALAWS0TEARDOWN001",
    "images": "LOCALAWS0IMAGES00001",
    "calendar": "LOCALAWS0CALENDAR001",
}


def key_of(playbook: str | pathlib.Path) -> dict[str, str]:
    """The access key for a playbook of the collection; a test's own playbook belongs to the administrator."""
    return {"AWS_ACCESS_KEY_ID": KEYS[playbook]} if isinstance(playbook, str) else {}


def keep() -> None:
    """Write down what the users and roles of this process did, for tools/permissions.py."""
    from local_aws.iam import model

    KEPT.mkdir(parents=True, exist_ok=True)
    uses = [{"who": key[0], **asdict(use)} for key, use in model.ALL_USES.items()]
    (KEPT / f"system-{os.getpid()}.json").write_text(json.dumps({"uses": uses}), encoding="utf-8")
