# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The verdict on a wave: by what happened to each host, never by what the execution as a whole says."""

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from ansible_collections.fleetpatch.aws.plugins.module_utils._patch_run import verdict
from ansible_collections.fleetpatch.aws.plugins.module_utils._planner.model import read_wave

BEGAN, ENDED, SCANNED = "2026-03-10T02:00:00Z", "2026-03-10T02:20:00Z", "2026-03-10T02:19:00Z"


def wave(count=1, max_errors=0):
    hosts = [
        {"instance_id": f"i-{n}", "host": f"host-{n}", "name": f"name-{n}", "missing": 5} for n in range(1, count + 1)
    ]
    return {"id": "data.use1a", "max_errors": max_errors, "hosts": hosts}


def target(number=1, outcome="succeeded", **more):
    return {
        "target": f"i-{number}",
        "outcome": outcome,
        "execution_id": f"e-{number}",
        "start_time": BEGAN,
        "end_time": ENDED,
        **more,
    }


def state(number=1, **more):
    return {
        "instance_id": f"i-{number}",
        "status": "compliant",
        "operation": "Scan",
        "operation_start_time": "2026-03-10T02:18:00Z",
        "operation_end_time": SCANNED,
        "missing_count": 0,
        "failed_count": 0,
        "installed_pending_reboot_count": 0,
        **more,
    }


def image(number=1, outcome="created", **more):
    return {"instance_id": f"i-{number}", "image_id": f"ami-{number}", "outcome": outcome, **more}


def wave_verdict(given_wave, *arguments, **more):
    """The verdict as JSON values, which give the equal verdict back."""
    got = verdict.wave_verdict(read_wave(given_wave), *arguments, **more)
    assert verdict.WaveVerdict.from_dict(got.to_dict()) == got
    return got.to_dict()


def judge(targets=None, states=(), count=1, images=None, max_errors=0, reboot_option="RebootIfNeeded"):
    attempts = [{"targets": list(batch)} for batch in targets or []]
    return wave_verdict(wave(count, max_errors), images, attempts, states, reboot_option)


def test_patched():
    got = judge([[target()]], [state()], images=[image()])
    (row,) = got["hosts"]
    assert (row["outcome"], row["image_id"], row["missing_before"], row["missing_after"]) == ("patched", "ami-1", 5, 0)
    assert (row["attempts"], row["start"], row["end"], row["scan_end"]) == (1, BEGAN, ENDED, SCANNED)
    assert got["succeeded"] == ["i-1"] and not got["retry"] and not got["spent"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (None, "no patch state"),
        ({"status": "never_scanned"}, "no patch state"),
        ({"operation_end_time": "2026-03-10T01:59:59Z"}, "before it began"),
        ({"operation_end_time": None}, "before it began"),
        ({"operation": "Install"}, "was not scanned after"),
        ({"missing_count": 2}, "2 patches are still missing"),
        ({"failed_count": 1}, "1 failed to install"),
        ({"installed_pending_reboot_count": 3}, "3 patches are installed but require a reboot"),
    ],
)
def test_a_successful_runbook_is_not_enough(changed, words):
    got = judge([[target()]], [] if changed is None else [state(**changed)])
    assert got["failed"] == got["retry"] == ["i-1"] and got["spent"]
    assert words in got["hosts"][0]["message"] and got["hosts"][0]["failed_step"] == "verify"


def test_a_pending_reboot_is_what_was_asked_for_with_no_reboot():
    got = judge([[target()]], [state(installed_pending_reboot_count=3)], reboot_option="NoReboot")
    assert got["succeeded"] == ["i-1"] and got["hosts"][0]["pending_reboot"] is True


@pytest.mark.parametrize("outcome", ["failed", "timed_out", "cancelled"])
def test_a_host_that_failed_is_not_patched_even_if_a_scan_says_so(outcome):
    got = judge([[target(outcome=outcome, failed_step="postHook", failure_message="100% broken %s {x}")]], [state()])
    assert got["failed"] == ["i-1"] and "100% broken %s {x}" in got["msg"] and "postHook" in got["msg"]


def test_what_is_not_over_is_not_started_again_and_nothing_begins_after_it():
    got = judge([[target(1, "running"), target(2)]], [state(1), state(2)], count=2, max_errors=2)
    assert got["running"] == ["i-1"] and got["retry"] == [] and got["spent"] is True
    assert "no later wave may start" in got["msg"]


@pytest.mark.parametrize("outcome", ["unknown", "PendingApproval", None])
def test_what_could_not_be_read_is_unknown_and_nothing_begins_after_it(outcome):
    refused = target(1, outcome, failure_message="AccessDenied")
    got = judge([[refused, target(2)]], [state(1), state(2)], count=2, max_errors=2)
    assert (got["unknown"], got["succeeded"], got["failed"], got["retry"]) == (["i-1"], ["i-2"], [], [])
    assert got["spent"] is True and "1 is unknown" in got["msg"] and "AccessDenied" in got["msg"]


def test_without_a_result_and_without_patch_states_nobody_knows():
    lost = wave_verdict(wave(2), None, [{"targets": [], "unread": ["i-1"], "why": "MODULE FAILURE"}], [])
    row = lost["hosts"][0]
    assert lost["unknown"] == ["i-1"] and row["attempts"] == 1 and "MODULE FAILURE" in row["message"]
    unread = wave_verdict(wave(2), None, [{"targets": [target(1), target(2, "failed")]}], None)
    assert (unread["unknown"], unread["failed"], unread["retry"], unread["spent"]) == (["i-1"], ["i-2"], ["i-2"], True)
    assert "patch state of the host could not be read" in unread["hosts"][0]["message"]


def test_one_that_failed_does_not_hide_another_that_still_runs():
    got = judge([[target(1, "failed"), target(2, "running")]], count=2, max_errors=2)
    assert (got["failed"], got["running"], got["retry"]) == (["i-1"], ["i-2"], ["i-1"])


def test_the_last_attempt_counts_and_a_host_that_it_left_out_keeps_its_outcome():
    got = judge([[target(1), target(2, "failed")], [target(2)]], [state(1), state(2)], count=2)
    assert got["succeeded"] == ["i-1", "i-2"] and not got["spent"]
    assert [row["attempts"] for row in got["hosts"]] == [1, 2]


def test_an_attempt_that_did_not_reach_a_host_does_not_hide_the_earlier_failure():
    got = judge([[target(1, "failed", failure_message="first")], [target(1, "not_started")]])
    assert got["hosts"][0]["outcome"] == "failed" and got["hosts"][0]["message"] == "first"


def test_before_the_first_attempt_nobody_has_failed():
    got = judge(count=3, images=[image(1), image(2), image(3, "reused")])
    assert got["retry"] == ["i-1", "i-2", "i-3"] and got["failed"] == [] and not got["spent"]


def test_a_host_that_was_never_started_is_not_patched():
    got = judge([[target(1, "failed"), target(2, "not_started")]], count=3, max_errors=2)
    assert got["failed"] == ["i-1", "i-2", "i-3"] and got["retry"] == ["i-1", "i-2", "i-3"] and got["spent"]


@pytest.mark.parametrize("images", [[], [image(1, "failed")], [image(1, "timed_out")]])
def test_without_its_image_a_host_is_not_patched(images):
    got = judge(images=images)
    assert got["hosts"][0]["outcome"] == "image_failed" and got["retry"] == [] and got["spent"]


@pytest.mark.parametrize(
    ("outcome", "said"), [("pending", "not_started"), ("not_started", "not_started"), ("unknown", "unknown")]
)
def test_an_image_that_is_not_there_yet_has_not_failed_and_its_host_waits(outcome, said):
    got = judge(images=[image(1, outcome), image(2)], count=2, max_errors=2)
    assert [row["outcome"] for row in got["hosts"]] == [said, "not_started"]
    assert (got["failed"], got["retry"], got["spent"]) == ([], ["i-2"], True) and got["hosts"][0]["message"]


def test_images_that_nobody_asked_for_are_not_missed():
    assert judge()["retry"] == ["i-1"]


def test_images_that_failed_use_up_the_budget_of_the_attempts():
    got = judge(count=3, images=[image(1, "failed"), image(2), image(3)], max_errors=2)
    assert (got["errors"], got["errors_left"], got["spent"], got["retry"]) == (1, 1, False, ["i-2", "i-3"])


def test_the_budget():
    targets = [[target(1, "failed"), target(2), target(3)]]
    states = [state(2), state(3)]
    assert judge(targets, states, count=3, max_errors=1)["spent"] is False
    assert judge(targets, states, count=3, max_errors=0)["spent"] is True


def test_the_message_names_host_wave_step_and_reason():
    got = judge([[target(outcome="failed", failed_step="install", failure_message="exit status 156")]])
    for word in ("name-1", "i-1", "data.use1a", "install", "exit status 156", "0 of 1 host of"):
        assert word in got["msg"]


def test_seconds_with_fractions_and_offsets_compare_as_times():
    got = judge(
        [[target(start_time="2026-03-10T02:00:00.700Z")]], [state(operation_end_time="2026-03-10T03:00:00+01:00")]
    )
    assert got["succeeded"] == ["i-1"], "the same second counts: AWS keeps the two times with different precision"


def test_with_a_list_only_what_it_names_may_not_be_missing():
    patches = [{"kb_id": name, "title": "", "state": "MISSING"} for name in ("kernel.x86_64", "zlib.x86_64")]
    attempts, states = [{"targets": [target()]}], [state(missing_count=2, patches=patches)]

    def judged(entry, **more):
        override = {"kind": "list", "entries": [{"id": entry, "title": ""}]}
        return wave_verdict(wave(), None, attempts, [{**states[0], **more}], override=override)

    assert judged("curl*")["succeeded"] == ["i-1"] and "InstallOverrideList" in judged("curl*")["rule"]
    assert "1 patches are still missing" in judged("zlib*")["hosts"][0]["message"]
    assert judged("curl*", failed_count=1)["failed"] == ["i-1"]
    assert judged("curl*", operation_end_time="2026-03-09T02:00:00Z")["failed"] == ["i-1"], "no fresh scan"
    assert judge([[target()]], [state()])["rule"] == ""


OUTCOME = st.sampled_from(
    ["succeeded", "failed", "timed_out", "cancelled", "not_started", "running", "unknown", "Baking"]
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), count=st.integers(0, 6), max_errors=st.integers(0, 6))
def test_every_host_has_one_outcome_and_the_budget_holds(data, count, max_errors):
    numbers = range(1, count + 1)
    attempts = data.draw(st.lists(st.lists(st.tuples(st.sampled_from(range(1, 7)), OUTCOME), max_size=6), max_size=3))
    targets = [[target(number, outcome) for number, outcome in batch if number in numbers] for batch in attempts]
    states = [state(n, missing_count=data.draw(st.integers(0, 1))) for n in numbers if data.draw(st.booleans())]
    images = data.draw(
        st.sampled_from([None, [image(n, data.draw(st.sampled_from(["created", "failed"]))) for n in numbers]])
    )
    got = judge(targets, states, count, images, max_errors)
    every = [f"i-{n}" for n in numbers]
    by_outcome = {row["instance_id"]: row["outcome"] for row in got["hosts"]}
    assert list(by_outcome) == every and set(by_outcome.values()) <= set(verdict.OUTCOMES)
    unstarted = [] if attempts else [i for i in every if by_outcome[i] == "not_started"]
    assert sorted(got["succeeded"] + got["failed"] + got["running"] + got["unknown"] + unstarted) == every
    assert not set(got["retry"]) & set(got["succeeded"] + got["running"] + got["unknown"])
    assert not any(by_outcome[i] == "image_failed" for i in got["retry"])
    still_open = got["running"] + got["unknown"]
    assert got["spent"] == (len(got["failed"]) + len(still_open) > max_errors or bool(still_open))
    assert got["errors_left"] <= max_errors
    assert all(
        row["message"] for row in got["hosts"] if row["outcome"] in ("failed", "image_failed", "running", "unknown")
    )


@pytest.mark.parametrize(
    "images, attempts, kept",
    [
        ([image(1, "failed", image_id="", message="InvalidInstanceID.NotFound"), image(2)], [[target(2)]], ""),
        ([image(1), image(2)], [[target(1, "failed"), target(2)]], "ami-1"),
        ([image(1), image(2)], [[target(2)]], "ami-1"),
        ([image(2)], [], ""),
    ],
)
def test_a_host_that_no_longer_exists_is_no_error_and_is_not_tried_again(images, attempts, kept):
    runs = [{"targets": targets} for targets in attempts]
    got = wave_verdict(wave(2), images, runs, [state(2)], gone=["i-1"])
    first = got["hosts"][0]
    assert (first["outcome"], first["image_id"], first["failed_step"]) == ("gone", kept, "")
    assert "no longer exists" in first["message"] and (f"its image {kept} is kept" in first["message"]) is bool(kept)
    assert (got["errors"], got["spent"], "i-1" in got["retry"], "i-1" in got["failed"]) == (0, False, False, False)
    assert got["retry"] == ([] if attempts else ["i-2"])
    assert "1 no longer exists" in got["msg"]


def test_what_was_patched_before_it_was_terminated_was_patched():
    got = wave_verdict(wave(1), None, [{"targets": [target(1)]}], [state(1)], gone=["i-1"])
    assert got["hosts"][0]["outcome"] == "patched"
    running = wave_verdict(wave(1), None, [{"targets": [target(1, "running")]}], [], gone=["i-1"])
    assert running["hosts"][0]["outcome"] == "running" and running["spent"]


def test_a_host_that_opted_out_is_left_out_unless_it_was_started():
    wave = read_wave(
        {"id": "data", "max_errors": 0, "hosts": [{"instance_id": "i-1", "name": "one"}, {"instance_id": "i-2"}]}
    )
    reasons = {"i-1": "tag install_patch is no"}
    before = verdict.wave_verdict(wave, None, [], [], left_out=reasons)
    assert [row.outcome for row in before.hosts] == ["left_out", "not_started"] and before.retry == ("i-2",)
    assert before.hosts[0].message.endswith("is left out: tag install_patch is no")
    started = {"targets": [{"target": "i-1", "outcome": "failed", "failure_message": "no"}]}
    after = verdict.wave_verdict(wave, None, [started], [], left_out=reasons)
    assert after.hosts[0].outcome == "failed"
    nobody = verdict.wave_verdict(wave, None, [], [], left_out={**reasons, "i-2": "is stopped"})
    assert not nobody.retry and not nobody.failed and not nobody.spent and "2 left out since the plan" in nobody.msg
