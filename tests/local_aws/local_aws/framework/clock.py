# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The virtual clock and the coroutines that run on it.

One heap of events; every event runs at its own virtual time, so that times in answers do not depend on how fast the
computer is. Virtual time never passes an event that is due and has not run yet. One lock (LOCK) around all handlers and
all due events. Work in real threads (a script's subprocess) goes through `in_thread`.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from collections.abc import Generator
from datetime import UTC
from datetime import datetime
from typing import Any

LOCK = threading.RLock()
SLICE = 0.05  # seconds of real time that run_due may hold the lock
DEFAULT_START = datetime(2026, 3, 10, 2, 0, tzinfo=UTC).timestamp()

log = logging.getLogger("local_aws.clock")


class Cancelled(Exception):
    """Thrown into a coroutine at its next resume after Task.cancel()."""


class _Clock:
    def __init__(self, generation: int = 0) -> None:
        self.generation = generation  # one more at each reset: threads of an earlier world report to nobody
        self.rate = 1.0
        self.virtual_base = DEFAULT_START
        self.real_base = time.monotonic()
        self.heap: list[list] = []
        self.counter = itertools.count()
        self.running_at: float | None = None
        self.running = False
        self.runner = 0
        self.threads = 0
        self.errors: list[str] = []
        self.floor = DEFAULT_START


_clock = _Clock()


def _wall() -> float:
    return _clock.virtual_base + (time.monotonic() - _clock.real_base) * _clock.rate


def _top() -> float | None:
    """Time of the next event, with the lock held; clears dead ones away."""
    heap = _clock.heap
    while heap and heap[0][2] is None:
        heapq.heappop(heap)
    return heap[0][0] if heap else None


def timestamp() -> float:
    """Virtual time, epoch seconds. Inside an event: the event's own time."""
    if _clock.running_at is not None and _clock.runner == threading.get_ident():
        return _clock.running_at
    if not LOCK.acquire(blocking=False):
        return _clock.floor  # somebody else is at work: the time that they have reached
    try:
        wall = _wall()
        upcoming = _top()
        if upcoming is not None and upcoming < wall:
            wall = upcoming
        # A cancelled event at the top could otherwise have shown a later time before.
        _clock.floor = max(_clock.floor, wall)
        return _clock.floor
    finally:
        LOCK.release()


def now() -> datetime:
    """Virtual time, aware UTC."""
    return datetime.fromtimestamp(timestamp(), UTC)


class Event:
    """Something that coroutines wait for. set() wakes all of them at the current virtual time."""

    def __init__(self) -> None:
        self.is_set = False
        self.value: Any = None
        self._waiters: list[tuple[Task, int]] = []

    def set(self, value: Any = None) -> None:
        if self.is_set:
            return
        self.is_set = True
        self.value = value
        waiters, self._waiters = self._waiters, []
        for task, turn in waiters:
            _push(timestamp(), lambda task=task, turn=turn: task._resume(turn, True))

    def _wait(self, task: "Task", turn: int) -> None:
        if self.is_set:
            _push(timestamp(), lambda: task._resume(turn, True))
        else:
            self._waiters.append((task, turn))


class Task:
    """A coroutine on the heap. done: Event with the return value; error: the exception that ended it, if any."""

    def __init__(self, generator: Generator, name: str, background: bool):
        self.name = name
        self.background = background
        self.done = Event()
        self.error: BaseException | None = None
        self._generator = generator
        self._turn = 0  # every wait has a number, so that a wake-up that comes too late is recognised
        self._timer: list | None = None

    def cancel(self) -> None:
        """Throw Cancelled into the coroutine at its next resume, which is now. Does nothing when it has ended."""
        if self.done.is_set:
            return
        self._turn += 1
        turn = self._turn
        self._stop_timer()
        _push(timestamp(), lambda: self._resume(turn, None, Cancelled()))

    def _stop_timer(self) -> None:
        # A timer that is not needed any more must not hold "jump to idle" up until its time.
        if self._timer is not None:
            self._timer[2] = None
            self._timer = None

    def _resume(self, turn: int, value: Any = None, error: BaseException | None = None) -> None:
        if turn != self._turn or self.done.is_set:
            return
        self._turn += 1
        turn = self._turn
        self._stop_timer()
        try:
            wanted = self._generator.throw(error) if error else self._generator.send(value)
        except StopIteration as stop:
            self.done.set(stop.value)
            return
        except Cancelled:
            self.done.set(None)
            return
        except (
            Exception
        ) as failure:  # a mistake of the local AWS itself: shown by /_emu/health, raised by testing.serve
            log.exception("coroutine %s failed", self.name)
            self.error = failure
            _clock.errors.append(f"{self.name}: {type(failure).__name__}: {failure}")
            self.done.set(None)
            return
        if turn != self._turn:
            return  # cancelled by itself while it ran; the throw is on the heap
        self._wait_for(wanted, turn)

    def _wait_for(self, wanted: Any, turn: int) -> None:
        if isinstance(wanted, Task):
            wanted = wanted.done
        if isinstance(wanted, Event):
            wanted._wait(self, turn)
        elif isinstance(wanted, tuple):
            event, timeout = wanted
            event = event.done if isinstance(event, Task) else event
            event._wait(self, turn)
            if timeout is not None and not event.is_set:
                self._timer = _push(timestamp() + timeout, lambda: self._resume(turn, False), self.background)
        elif isinstance(wanted, (int, float)):
            self._timer = _push(timestamp() + max(0.0, wanted), lambda: self._resume(turn, None), self.background)
        else:
            self._resume(turn, None, TypeError(f"a coroutine cannot wait for {wanted!r}"))


def _push(when: float, function: Callable[[], Any], background: bool = False) -> list:
    item = [when, next(_clock.counter), function, background]
    heapq.heappush(_clock.heap, item)
    return item


def spawn(generator: Generator, name: str = "", *, background: bool = False) -> Task:
    """Start a coroutine at the current virtual time (its first step runs after the present handler).

    It yields seconds (sleep), an Event or Task, or (Event, timeout in seconds); the value of the yield is True when the
    event fired, False when the time ran out. background: does not count for "jump to idle" (heartbeats).
    """
    task = Task(generator, name or getattr(generator, "__name__", "task"), background)
    _push(timestamp(), lambda: task._resume(0))
    return task


def after(seconds: float, function: Callable[[], Any]) -> None:
    """Call function() once, `seconds` of virtual time from now."""
    _push(timestamp() + seconds, function)


def in_thread(function: Callable[[], Any]) -> Event:
    """Run function() in a real thread, without the lock; the Event fires with (result, None) or (None, exception)."""
    event = Event()
    with LOCK:
        _clock.threads += 1
        generation = _clock.generation

    def work() -> None:
        try:
            outcome = (function(), None)
        except BaseException as failure:
            outcome = (None, failure)
        with LOCK:
            if generation == _clock.generation:
                _clock.threads -= 1
                event.set(outcome)

    threading.Thread(target=work, daemon=True, name="local-aws-work").start()
    return event


def _is_due() -> bool:
    upcoming = _top()
    return upcoming is not None and upcoming <= _wall()


def run_due(limit: float = SLICE) -> bool:
    """Run due events for at most `limit` real seconds; True when none is left. Does nothing when already running."""
    with LOCK:
        if _clock.running:
            return False
        _clock.running = True
        _clock.runner = threading.get_ident()
        stop = time.monotonic() + limit
        try:
            while _is_due():
                when, _, function, _ = heapq.heappop(_clock.heap)
                _clock.running_at = _clock.floor = max(when, _clock.floor)
                _run(function)
                if time.monotonic() > stop:
                    return not _is_due()
            return True
        finally:
            _clock.running_at = None
            _clock.running = False


def _run(function: Callable[[], Any]) -> None:
    try:
        function()
    except Exception as failure:
        log.exception("a due event failed")
        _clock.errors.append(f"{type(failure).__name__}: {failure}")


def _drain(deadline: float) -> bool:
    while not run_due():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.0005)  # lets a waiting request have the lock
    return True


def set_time(start: datetime | float, rate: float | None = None) -> None:
    """Put the clock to a time (only sensible before anything runs) and, optionally, its rate."""
    with LOCK:
        _clock.virtual_base = start.timestamp() if isinstance(start, datetime) else float(start)
        _clock.real_base = time.monotonic()
        _clock.floor = _clock.virtual_base
        if rate is not None:
            _clock.rate = float(rate)


def set_rate(rate: float) -> None:
    """Virtual seconds per real second from now on (0 stops the clock)."""
    if rate < 0:
        raise ValueError("rate: must not be negative")
    with LOCK:
        _clock.virtual_base = _wall()
        _clock.real_base = time.monotonic()
        _clock.rate = float(rate)


def advance(seconds: float, patience: float = 60.0) -> bool:
    """Move the clock forward and run what became due; False when that took more than `patience` real seconds."""
    if seconds < 0:
        raise ValueError("advance: seconds must not be negative")
    with LOCK:
        _clock.virtual_base += seconds
    return _drain(time.monotonic() + patience)


def _next(foreground: bool) -> float | None:
    times = [item[0] for item in _clock.heap if item[2] is not None and not (foreground and item[3])]
    return min(times) if times else None


def jump(to: str, patience: float = 120.0) -> bool:
    """`next`: to the next event and run it. `idle`: until no event and no thread is left, background events aside."""
    if to not in ("next", "idle"):
        raise ValueError("jump must be next or idle")
    deadline = time.monotonic() + patience
    while True:
        finished = _drain(deadline)
        with LOCK:
            upcoming = _next(foreground=to == "idle")
            if upcoming is not None:
                _clock.virtual_base += max(0.0, upcoming - _wall()) + 1e-6  # floats: never stop just before it
        if upcoming is None and (to == "next" or not _clock.threads):
            return finished
        if to == "next":
            return _drain(deadline)
        if time.monotonic() > deadline:
            return False
        if upcoming is None:
            time.sleep(0.005)


def status() -> dict[str, Any]:
    """{now, timestamp, rate, pending (events), next (epoch or None), threads, errors}"""
    with LOCK:
        return {
            "now": now().isoformat(),
            "timestamp": timestamp(),
            "rate": _clock.rate,
            "pending": sum(1 for item in _clock.heap if item[2] is not None and not item[3]),
            "background": sum(1 for item in _clock.heap if item[2] is not None and item[3]),
            "next": _next(False),
            "threads": _clock.threads,
            "errors": list(_clock.errors),
        }


def reset() -> None:
    """Drop all events and go back to the default start and rate 1."""
    with LOCK:
        running, runner = _clock.running, _clock.runner
        _clock.__init__(_clock.generation + 1)
        _clock.running, _clock.runner = running, runner


class Ticker:
    """Runs due events every `interval` real seconds until stop()."""

    def __init__(self, interval: float = 0.02):
        self._interval = interval
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True, name="local-aws-ticker")

    def start(self) -> None:
        self._thread.start()

    def _loop(self) -> None:
        while not self._stopped.wait(self._interval):
            while not run_due() and not self._stopped.is_set():
                time.sleep(0.001)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=5)
