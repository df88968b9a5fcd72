# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who runs which playbook in the system tests: users and roles with exactly the policies of the roles (tests/principals.yml)."""

from __future__ import annotations

import json
import os
import pathlib
from dataclasses import asdict

from local_aws import testing
from local_aws.iam import model
from local_aws.scenario import principals

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

principals.always(PRINCIPALS)


def acting(playbook: str | pathlib.Path, environment: dict[str, str]) -> dict[str, str]:
    """The environment with the access key for a playbook of the collection, or for one of a test with the same name.

    Another playbook, and who has a key of its own (tests/chaos), acts as the administrator.
    """
    key = KEYS.get(pathlib.PurePath(playbook).stem)
    mine = environment["AWS_ACCESS_KEY_ID"] == testing.ACCESS_KEY
    return {**environment, "AWS_ACCESS_KEY_ID": key} if key and mine else environment


def keep() -> None:
    """Write down what the users and roles of this process did, for tools/permissions.py."""
    KEPT.mkdir(parents=True, exist_ok=True)
    uses = [{"who": key[0], **asdict(use)} for key, use in model.ALL_USES.items()]
    (KEPT / f"system-{os.getpid()}.json").write_text(json.dumps({"uses": uses}), encoding="utf-8")
