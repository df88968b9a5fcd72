# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of windows, held against the model of the API in the SDK, and read into one form."""

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import options

WEB = {"name": "web", "tags": {"role": "web"}, "owner_information": "us", "description": "Web"}


def test_choices_are_those_of_the_api(ssm):
    for choices, shape in (
        (options.TASK["task_type"], "MaintenanceWindowTaskType"),
        (options.TASK["cutoff_behavior"], "MaintenanceWindowTaskCutoffBehavior"),
        (options.TARGET["resource_type"], "MaintenanceWindowResourceType"),
        (options.NOTIFICATION["events"], "NotificationEvent"),
        (options.NOTIFICATION["type"], "NotificationType"),
        (options.RUN_COMMAND["document_hash_type"], "DocumentHashType"),
    ):
        assert set(choices["choices"]) == set(ssm.shape_for(shape).enum)


def test_pseudo_parameters_in_a_friendlier_spelling(window, task):
    given = {"a": ["[[RESOURCE_ID]]", "x-[[ WINDOW_ID ]]"], "b": "[[OTHER]] [[ssm:x]] {{TARGET_ID}}"}
    model = window(
        targets=[WEB], tasks=[task("RUN_COMMAND", run_command={"parameters": given, "comment": "[[TARGET_ID]]"})]
    )
    block = model["tasks"][0]["run_command"]
    assert block["comment"] == "{{TARGET_ID}}"
    assert block["parameters"] == {
        "a": ["{{RESOURCE_ID}}", "x-{{WINDOW_ID}}"],
        "b": ["[[OTHER]] [[ssm:x]] {{TARGET_ID}}"],
    }
