# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a window will be."""

import pytest

from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import options
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import predict
from ansible_collections.fleetpatch.aws.plugins.module_utils._ssm.windows import wire as window_wire

UUID = "11111111-2222-3333-4444-555555555555"
WEB = {"name": "web", "tags": {"role": "web"}, "owner_information": "us", "description": "Web"}


def test_predicting_changes_nothing_that_was_given(window, task, options_of):
    before = {**window(targets=[WEB], tasks=[task("LAMBDA")]), "window_id": "mw-1"}
    before["target_ids"], before["task_ids"] = [UUID], [UUID]
    copy = repr(before)
    desired = options.desired_of(
        options_of(name="shop", targets=[{"name": "web", "tags": {"a": "b"}}], tasks=[task("LAMBDA", priority=1)])
    )
    said = repr(desired)
    after = predict.predict(before, desired)
    after["targets"].clear()
    after["task_ids"].clear()
    assert repr(before) == copy and repr(desired) == said


@pytest.mark.parametrize(
    "former, given, after",
    [
        (None, "2020-01-01", None),
        ("2021-01-01T00:00:00Z", "2020-01-01", "2021-01-01T00:00:00Z"),
        ("2099-01-01T00:00:00Z", "2020-01-01", "2020-01-01T00:00:00Z"),
        ("2021-01-01T00:00:00Z", "2099-01-01", "2099-01-01T00:00:00Z"),
        ("2099-01-01T00:00:00Z", "", None),
    ],
)
def test_a_start_that_has_passed_means_nothing_to_a_rate(former, given, after, window, options_of):
    """ "When using a rate schedule, if you provide a start date that occurs in the past, the current date and time are used"."""
    before = {**window(schedule="rate(1 day)"), "start_date": former}
    desired = options.desired_of(options_of(name="shop", start_date=given))
    assert predict.predict(before, desired)["start_date"] == after
    cron = {**before, "schedule": "cron(0 2 ? * SUN *)"}
    assert predict.predict(cron, desired)["start_date"] == window_wire.date_text(given)


def test_the_order_of_the_targets_of_a_task_means_nothing(window, task, options_of):
    targets = [WEB, {"name": "data", "tags": {"role": "data"}}]
    before = {**window(targets=targets, tasks=[task("LAMBDA", targets=["web", "data"])]), "task_ids": [UUID]}
    before["target_ids"] = ["two", "one"]
    assert before["tasks"][0]["targets"] == ["web", "data"]
    desired = options.desired_of(options_of(name="shop", tasks=[task("LAMBDA", targets=["data", "web"])]))
    assert predict.predict(before, desired)["tasks"] == before["tasks"]


def test_an_id_goes_before_a_name(window, options_of):
    before = {**window(targets=[WEB]), "target_ids": [UUID]}
    given = [{"window_target_id": UUID, "name": "servers"}, {"name": "web", "tags": {"role": "new"}}]
    after = predict.predict(before, options.desired_of(options_of(name="shop", targets=given)))
    assert dict(zip(after["target_ids"], (one["name"] for one in after["targets"]), strict=True)) == {
        UUID: "servers",
        None: "web",
    }


LINKED = "arn:aws:iam::123456789012:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM"


@pytest.mark.parametrize(
    "given",
    [
        {"service_role_arn": LINKED},
        {"window_task_id": UUID.upper()},
        {"task_arn": "arn:aws:ssm:us-east-1::document/AWS-RunPatchBaseline"},
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_what_reads_have_in_another_form_changes_nothing(window, task, options_of, given, named):
    plain = {"task_arn": "AWS-RunPatchBaseline", "service_role_arn": None, "name": "patch" if named else None}
    before = {**window(targets=[WEB], tasks=[task("RUN_COMMAND", **plain)]), "target_ids": [UUID], "task_ids": [UUID]}
    given = {**plain, **given, "name": plain["name"]}
    desired = options.desired_of(options_of(name="shop", tasks=[task("RUN_COMMAND", **given)]))
    after = predict.predict(before, desired)
    assert (after["tasks"], after["task_ids"]) == (before["tasks"], before["task_ids"])
