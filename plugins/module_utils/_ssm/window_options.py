# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of one maintenance window, once: for the module of one window and for the one of many."""

from __future__ import annotations

TARGET = {
    "name": {"type": "str"},
    "window_target_id": {"type": "str"},
    "resource_type": {"type": "str", "choices": ["INSTANCE", "RESOURCE_GROUP"]},
    "tags": {"type": "dict"},
    "instance_ids": {"type": "list", "elements": "str"},
    "resource_groups": {"type": "list", "elements": "str"},
    "resource_type_filters": {"type": "list", "elements": "str"},
    "owner_information": {"type": "str"},
    "description": {"type": "str"},
}
ALARMS = {
    "alarms": {"type": "list", "elements": "str", "required": True},
    "ignore_poll_alarm_failure": {"type": "bool", "default": False},
}
NOTIFICATION = {
    "arn": {"type": "str"},
    "events": {
        "type": "list",
        "elements": "str",
        "choices": ["All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"],
    },
    "type": {"type": "str", "choices": ["Command", "Invocation"]},
}
CLOUDWATCH_OUTPUT = {
    "log_group_name": {"type": "str"},
    "output_enabled": {"type": "bool"},
}
RUN_COMMAND = {
    "comment": {"type": "str"},
    "cloudwatch_output_config": {"type": "dict", "options": CLOUDWATCH_OUTPUT},
    "document_hash": {"type": "str"},
    "document_hash_type": {"type": "str", "choices": ["Sha256", "Sha1"]},
    "document_version": {"type": "str"},
    "notification_config": {"type": "dict", "options": NOTIFICATION},
    "output_s3_bucket_name": {"type": "str"},
    "output_s3_key_prefix": {"type": "str", "no_log": False},
    "parameters": {"type": "dict"},
    "service_role_arn": {"type": "str"},
    "timeout_seconds": {"type": "int"},
}
AUTOMATION = {
    "document_version": {"type": "str"},
    "parameters": {"type": "dict"},
}
LAMBDA = {
    "client_context": {"type": "str"},
    "qualifier": {"type": "str"},
    "payload": {"type": "raw"},
}
STEP_FUNCTIONS = {
    "input": {"type": "raw"},
    "name": {"type": "str"},
}
TASK = {
    "name": {"type": "str"},
    "window_task_id": {"type": "str"},
    "task_type": {"type": "str", "choices": ["RUN_COMMAND", "AUTOMATION", "LAMBDA", "STEP_FUNCTIONS"]},
    "task_arn": {"type": "str"},
    "targets": {"type": "list", "elements": "str"},
    "window_target_ids": {"type": "list", "elements": "str"},
    "instance_ids": {"type": "list", "elements": "str"},
    "priority": {"type": "int"},
    "max_concurrency": {"type": "str"},
    "max_errors": {"type": "str"},
    "service_role_arn": {"type": "str"},
    "cutoff_behavior": {"type": "str", "choices": ["CONTINUE_TASK", "CANCEL_TASK"]},
    "description": {"type": "str"},
    "alarm_configuration": {"type": "dict", "options": ALARMS},
    "run_command": {"type": "dict", "options": RUN_COMMAND},
    "automation": {"type": "dict", "options": AUTOMATION},
    "lambda": {"type": "dict", "options": LAMBDA},
    "step_functions": {"type": "dict", "options": STEP_FUNCTIONS},
}
WINDOW = {
    "name": {"type": "str"},
    "window_id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "description": {"type": "str"},
    "schedule": {"type": "str"},
    "schedule_timezone": {"type": "str"},
    "schedule_offset": {"type": "int"},
    "start_date": {"type": "str"},
    "end_date": {"type": "str"},
    "duration": {"type": "int"},
    "cutoff": {"type": "int"},
    "allow_unassociated_targets": {"type": "bool"},
    "enabled": {"type": "bool"},
    "targets": {"type": "list", "elements": "dict", "options": TARGET},
    "purge_targets": {"type": "bool", "default": True},
    "tasks": {"type": "list", "elements": "dict", "options": TASK},
    "purge_tasks": {"type": "bool", "default": True},
}
