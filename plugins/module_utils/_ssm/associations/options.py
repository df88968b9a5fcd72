# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The argument specification of one association, without its tags."""

from __future__ import annotations

TARGET = {
    "key": {"type": "str", "required": True, "no_log": False},
    "values": {"type": "list", "elements": "raw", "required": True},
}
OUTPUT_LOCATION = {
    "s3_bucket_name": {"type": "str"},
    "s3_key_prefix": {"type": "str", "no_log": False},
    "s3_region": {"type": "str"},
}
ALARMS = {
    "alarms": {"type": "list", "elements": "str"},
    "ignore_poll_alarm_failure": {"type": "bool", "default": False},
}
LOCATION = {
    "accounts": {"type": "list", "elements": "str"},
    "regions": {"type": "list", "elements": "str"},
    "execution_role_name": {"type": "str"},
    "target_location_max_concurrency": {"type": "str"},
    "target_location_max_errors": {"type": "str"},
    "include_child_organization_units": {"type": "bool", "default": False},
    "exclude_accounts": {"type": "list", "elements": "str"},
    "targets": {"type": "list", "elements": "dict", "options": TARGET},
    "targets_max_concurrency": {"type": "str"},
    "targets_max_errors": {"type": "str"},
}
SEVERITIES = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "UNSPECIFIED"]
CONTENT = {
    "document_name": {"type": "str"},
    "document_version": {"type": "str"},
    "targets": {"type": "list", "elements": "dict", "options": TARGET},
    "target_maps": {"type": "list", "elements": "dict"},
    "target_locations": {"type": "list", "elements": "dict", "options": LOCATION},
    "automation_target_parameter_name": {"type": "str"},
    "parameters": {"type": "dict"},
    "schedule_expression": {"type": "str"},
    "schedule_offset": {"type": "int"},
    "apply_only_at_cron_interval": {"type": "bool"},
    "calendar_names": {"type": "list", "elements": "str"},
    "duration": {"type": "int"},
    "max_concurrency": {"type": "str"},
    "max_errors": {"type": "str"},
    "output_location": {"type": "dict", "options": OUTPUT_LOCATION},
    "compliance_severity": {"type": "str", "choices": SEVERITIES},
    "sync_compliance": {"type": "str", "choices": ["AUTO", "MANUAL"]},
    "alarm_configuration": {"type": "dict", "options": ALARMS},
    "association_dispatch_assume_role": {"type": "str"},
}
ASSOCIATION = {
    "association_name": {"type": "str"},
    "association_id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "recreate": {"type": "bool", "default": False},
    **CONTENT,
}
