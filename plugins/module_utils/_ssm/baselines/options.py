# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of one patch baseline: of ssm_patch_baseline, and of each item of ssm_patch_baselines."""

from __future__ import annotations

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..._core import argspec
from ..._core.errors import InvalidInput
from ..._core.limits import require
from ..._core.limits import wrong_form
from ..._core.tags import values_of as tag_values
from . import limits
from .resource import Desired

LEVELS = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNSPECIFIED"]
FILTER = {
    "key": {"type": "str", "required": True, "no_log": False},
    "values": {"type": "list", "elements": "raw", "required": True},
}
RULE = {
    "patch_filters": {"type": "list", "elements": "dict", "required": True, "options": FILTER},
    "approve_after_days": {"type": "int"},
    "approve_until_date": {"type": "str"},
    "compliance_level": {"type": "str", "choices": LEVELS, "default": "UNSPECIFIED"},
    "enable_non_security": {"type": "bool", "default": False},
}
SOURCE = {
    "name": {"type": "str", "required": True},
    "products": {"type": "list", "elements": "str", "required": True},
    "configuration": {"type": "str", "required": True, "no_log": True},
}
CONTENT = {
    "description": {"type": "str"},
    "global_filters": {"type": "list", "elements": "dict", "options": FILTER},
    "approval_rules": {"type": "list", "elements": "dict", "options": RULE},
    "approved_patches": {"type": "list", "elements": "str"},
    "approved_patches_compliance_level": {"type": "str", "choices": LEVELS},
    "approved_patches_enable_non_security": {"type": "bool"},
    "rejected_patches": {"type": "list", "elements": "str"},
    "rejected_patches_action": {"type": "str", "choices": ["ALLOW_AS_DEPENDENCY", "BLOCK"]},
    "sources": {"type": "list", "elements": "dict", "options": SOURCE},
    "available_security_updates_compliance_status": {"type": "str", "choices": ["COMPLIANT", "NON_COMPLIANT"]},
}
BASELINE = {
    "name": {"type": "str"},
    "baseline_id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "operating_system": {"type": "str"},
    "recreate": {"type": "bool", "default": False},
    **CONTENT,
    "patch_groups": {"type": "list", "elements": "raw"},
    "purge_patch_groups": {"type": "bool", "default": True},
    "default": {"type": "bool"},
}


REQUIRED_ONE_OF = [("name", "baseline_id")]
# An item of a list: None in purge_tags is the purge_tags of the list.
ITEM = {**BASELINE, "tags": {**argspec.TAGS["tags"]}, "purge_tags": {"type": "bool"}}


def items_of(given: list[dict]) -> list[dict]:
    """The validated options of each entry of the list. Raises InvalidInput with what is wrong in any of them."""
    validator = ArgumentSpecValidator(ITEM, required_one_of=REQUIRED_ONE_OF)
    found, wrong = [], []
    for number, entry in enumerate(given):
        result = validator.validate(entry)
        found.append(result.validated_parameters)
        wrong += [f"{place(number, entry)}: {text}" for text in result.error_messages]
    if wrong:
        raise InvalidInput("; ".join(wrong), details={"option": "baselines"})
    return found


def place(number: int, entry: dict) -> str:
    """How messages call an entry of the list."""
    name = entry.get("name") or entry.get("baseline_id")
    return f"baselines[{number}] ({name})" if name else f"baselines[{number}]"


def secrets(given: list[dict]) -> set[str]:
    """The configurations of sources in entries that are not validated yet."""
    lists = [entry.get("sources") for entry in given]
    sources = [source for one in lists if isinstance(one, list) for source in one if isinstance(source, dict)]
    return {str(source["configuration"]) for source in sources if source.get("configuration")}


def desired_of(params: dict) -> Desired:
    """What the options ask for. Raises InvalidInput for an id or a name that is none."""
    baseline_id = params["baseline_id"]
    if baseline_id is not None:
        baseline_id = baseline_id.rpartition("/")[2]  # the last part of an ARN
        require("baseline_id", wrong_form(baseline_id, limits.BASELINE_ID, "an id such as pb-0123456789abcdef0"))
    if params["name"] is not None:
        require("name", wrong_form(params["name"], limits.NAME, limits.NAME_WORDS))
    return Desired(
        name=params["name"],
        baseline_id=baseline_id,
        operating_system=params["operating_system"],
        content={name: params[name] for name in CONTENT},
        patch_groups=None if params["patch_groups"] is None else tag_values("patch_groups", params["patch_groups"]),
        purge_patch_groups=params["purge_patch_groups"],
        default=params["default"],
        recreate=params["recreate"],
        absent=params["state"] == "absent",
    )
