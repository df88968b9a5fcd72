# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The option `gates`, which patch_plan and patch_gate share; the fragment of the same name has the documentation."""

from __future__ import annotations

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run.gates import Settings

from ._errors import action_errors

STRINGS = {"type": "list", "elements": "str", "default": []}
GATES = {
    "freezes": {"type": "list", "elements": "dict", "default": []},
    "timezone": {"type": "str", "default": "UTC"},
    "deadline": {"type": "str", "default": ""},
    "change_calendars": STRINGS,
    "alarms": STRINGS,
    "alarms_without_data": {"type": "str", "choices": ["open", "closed"], "default": "open"},
    "healthy_targets": {"type": "list", "elements": "dict", "default": []},
    "approval": {"type": "str", "choices": ["none", "pause", "token"], "default": "none"},
    "approved_run_id": {"type": "str", "default": ""},
    "approved_digest": {"type": "str", "default": ""},
    "plan_max_age": {"type": "int", "default": 0},
}
OPTION = {"type": "dict", "default": {}, "options": GATES, "apply_defaults": True}


def settings_of(gates: dict) -> Settings:
    """The gates as they are declared; refused before anything is asked of AWS. Raises AnsibleActionFail."""
    with action_errors("The gates cannot be understood"):
        return Settings.from_dict(gates)
