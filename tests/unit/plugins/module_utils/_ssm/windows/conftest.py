# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Options of windows and tasks with everything in them, and the windows that they make."""

import pytest

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import predict
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import wire

ROLE = "arn:aws:iam::123456789012:role/maintenance-window"
BLOCKS = {
    "RUN_COMMAND": {
        "comment": "Patch",
        "cloudwatch_output_config": {"log_group_name": "patches", "output_enabled": True},
        "document_hash": "0123456789abcdef",
        "document_hash_type": "Sha256",
        "document_version": "1",
        "notification_config": {"arn": "arn:aws:sns:::x", "events": ["Failed"], "type": "Command"},
        "output_s3_bucket_name": "shop-logs",
        "output_s3_key_prefix": "patches",
        "parameters": {"Operation": ["Install"]},
        "service_role_arn": ROLE,
        "timeout_seconds": 600,
    },
    "AUTOMATION": {"document_version": "1", "parameters": {"InstanceId": ["{{RESOURCE_ID}}"]}},
    "LAMBDA": {"client_context": "e30=", "qualifier": "live", "payload": '{"a": 1}'},
    "STEP_FUNCTIONS": {"input": '{"a": 1}', "name": "patch"},
}


@pytest.fixture(name="blocks")
def fixture_blocks():
    """Every option of a task of each type."""
    return BLOCKS


@pytest.fixture(name="options_of")
def fixture_options_of():
    """options_of(**given) -> the options of one window, validated."""
    return lambda **given: ArgumentSpecValidator(options.WINDOW).validate(given).validated_parameters


@pytest.fixture(name="window")
def fixture_window(options_of):
    """window(**given) -> the model of a new window."""

    def window(**given):
        usual = {"name": "shop", "schedule": "cron(0 2 ? * SUN *)", "duration": 4, "cutoff": 1}
        return predict.predict(None, options.desired_of(options_of(**{**usual, **given})))

    return window


@pytest.fixture(name="task")
def fixture_task():
    """task(kind, **more) -> the options of a task with everything in them."""

    def task(kind, **more):
        return {
            "name": "patch",
            "task_type": kind,
            "task_arn": "arn:aws:something",
            "targets": ["web"],
            "priority": 3,
            "max_concurrency": "1",
            "max_errors": "0",
            "service_role_arn": ROLE,
            "cutoff_behavior": "CANCEL_TASK",
            "description": "Patch",
            "alarm_configuration": {"alarms": ["down"], "ignore_poll_alarm_failure": True},
            wire.BLOCKS[kind][0]: BLOCKS[kind],
            **more,
        }

    return task
