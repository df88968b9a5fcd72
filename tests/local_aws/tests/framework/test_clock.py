# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The virtual clock, without a server."""

from datetime import UTC
from datetime import datetime

import pytest

from local_aws.framework import clock


@pytest.fixture(autouse=True)
def still_clock():
    clock.reset()
    clock.set_time(datetime(2026, 1, 1, tzinfo=UTC), 0)
    yield
    clock.reset()


def seconds():
    return round(clock.timestamp() - datetime(2026, 1, 1, tzinfo=UTC).timestamp(), 3)


def test_each_event_runs_at_its_own_time_in_order():
    seen = []

    def sleeper(name, *naps):
        for nap in naps:
            yield nap
            seen.append((name, seconds()))

    clock.spawn(sleeper("a", 10, 10))
    clock.spawn(sleeper("b", 5, 10, 10))
    assert clock.advance(100)
    assert seen == [("b", 5), ("a", 10), ("b", 15), ("a", 20), ("b", 25)]
    assert seconds() == 100


def test_virtual_time_waits_for_events_that_are_due():
    clock.after(5, lambda: None)
    clock._clock.virtual_base += 60
    assert seconds() == 5
    clock.run_due()
    assert seconds() == 60


def test_event_or_timeout():
    seen = []
    event = clock.Event()

    def waiter(limit):
        fired = yield (event, limit)
        seen.append((limit, fired, seconds()))

    clock.spawn(waiter(10))
    clock.spawn(waiter(30))
    clock.after(20, lambda: event.set("value"))
    clock.advance(60)
    assert seen == [(10, False, 10), (30, True, 20)]
    assert event.value == "value"


def test_a_late_waiter_of_a_set_event_goes_on_at_once_and_a_task_can_be_awaited():
    event = clock.Event()
    event.set()

    def child():
        assert (yield event) is True
        yield 7
        return "result"

    task = clock.spawn(child())
    seen = []

    def parent():
        yield task
        seen.append((task.done.value, seconds()))

    clock.spawn(parent())
    clock.advance(10)
    assert seen == [("result", 7)]


def test_cancel_throws_into_the_coroutine_which_may_clean_up_in_virtual_time():
    seen = []

    def worker():
        try:
            yield 100
        except clock.Cancelled:
            seen.append(("cancelled", seconds()))
            yield 5
            seen.append(("clean", seconds()))

    task = clock.spawn(worker())
    clock.after(30, task.cancel)
    clock.advance(200)
    assert seen == [("cancelled", 30), ("clean", 35)]
    assert task.done.is_set


def test_cancel_before_the_first_step_and_after_the_end():
    def worker():
        yield 1

    first = clock.spawn(worker())
    first.cancel()
    clock.advance(5)
    assert first.done.is_set and first.error is None
    first.cancel()
    clock.advance(5)
    assert clock.status()["errors"] == []


def test_a_fired_event_leaves_no_timer_behind_that_idle_would_wait_for():
    event = clock.Event()

    def waiter():
        yield (event, 3600)

    clock.spawn(waiter())
    clock.after(10, event.set)
    assert clock.jump("idle")
    assert seconds() == 10


def test_idle_does_not_wait_for_background_coroutines_next_takes_one_event():
    def heartbeat():
        while True:
            yield 300

    clock.spawn(heartbeat(), background=True)
    clock.after(20, lambda: None)
    clock.after(40, lambda: None)
    clock.jump("next")
    assert seconds() == 20
    clock.jump("idle")
    assert seconds() == 40


def test_running_due_events_inside_an_event_does_nothing():
    order = []

    def inner():
        order.append("inner")

    def outer():
        clock.after(0, inner)
        assert clock.run_due() is False
        order.append("outer")

    clock.after(1, outer)
    clock.advance(2)
    assert order == ["outer", "inner"]


def test_a_slice_ends_after_its_limit():
    import time

    for _ in range(20):
        clock.after(1, lambda: time.sleep(0.01))
    clock._clock.virtual_base += 2
    assert clock.run_due(limit=0.03) is False
    assert 0 < clock.status()["pending"] < 20
    while not clock.run_due():
        pass
    assert clock.status()["pending"] == 0


def test_a_failing_coroutine_is_kept_as_an_error():
    def broken():
        yield 1
        raise KeyError("lost")

    task = clock.spawn(broken(), "broken one")
    clock.advance(2)
    assert isinstance(task.error, KeyError)
    assert "broken one" in clock.status()["errors"][0]


def test_threads_hold_idle_until_they_are_done():
    import time

    seen = []

    def worker():
        event = clock.in_thread(lambda: time.sleep(0.05) or 42)
        yield event
        seen.append(event.value)
        event = clock.in_thread(lambda: 1 / 0)
        yield event
        seen.append(type(event.value[1]))

    clock.spawn(worker())
    assert clock.jump("idle")
    assert seen == [(42, None), ZeroDivisionError]


def test_rate():
    import time

    clock.set_rate(1000)
    start = clock.timestamp()
    time.sleep(0.05)
    clock.set_rate(0)
    passed = clock.timestamp() - start
    assert 50 <= passed
    assert clock.timestamp() - start == passed
    with pytest.raises(ValueError):
        clock.set_rate(-1)
    with pytest.raises(ValueError):
        clock.advance(-1)


def test_a_look_at_the_clock_from_outside_does_not_move_it():
    import threading

    held, finish, seen = threading.Event(), threading.Event(), []

    def holder():
        with clock.LOCK:
            held.set()
            finish.wait(5)

    clock.after(5, lambda: seen.append(seconds()))
    clock._clock.virtual_base += 60
    thread = threading.Thread(target=holder)
    thread.start()
    held.wait(5)
    assert seconds() <= 5
    finish.set()
    thread.join()
    clock.run_due()
    assert seen == [5]


def test_a_thread_of_an_earlier_world_reports_to_nobody():
    import threading

    go = threading.Event()
    seen = []

    def worker():
        yield clock.in_thread(lambda: go.wait(5))
        seen.append("resumed")

    clock.spawn(worker())
    clock.run_due()
    clock.reset()
    go.set()
    for thread in threading.enumerate():
        if thread.name == "local-aws-work":
            thread.join(5)
    assert clock.jump("idle")
    assert seen == [] and clock.status()["threads"] == 0
