# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The control endpoint /_emu/..., JSON in and out. Not part of AWS."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from werkzeug.wsgi import get_input_stream

from local_aws.framework import clock
from local_aws.framework import faults
from local_aws.framework import history
from local_aws.framework import messages
from local_aws.framework import recorder
from local_aws.framework import state
from local_aws.framework import switches
from local_aws.framework.registry import OPS

CRASHES: list[str] = []


class BadRequest(Exception):
    """The control request is wrong; the text says how."""


def application(environ: dict, start_response: Any) -> list[bytes]:
    """WSGI application of /_emu/."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"][len("/_emu/") :].strip("/")
    query = {key: values[-1] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    raw = get_input_stream(environ).read()
    try:
        body = json.loads(raw) if raw.strip() else None
        status, answer = 200, _dispatch(method, path.split("/"), query, body)
    except (BadRequest, ValueError, KeyError) as wrong:
        status, answer = 400, {"error": f"{type(wrong).__name__}: {wrong}"}
    except LookupError as wrong:
        status, answer = 404, {"error": str(wrong)}
    content = json.dumps(answer, default=_plain).encode()
    start_response(
        f"{status} {'OK' if status == 200 else 'Error'}",
        [("Content-Type", "application/json"), ("Content-Length", str(len(content)))],
    )
    return [content]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "read"):
        return "<stream>"
    return str(value)


def _dispatch(method: str, path: list[str], query: dict, body: Any) -> Any:
    handler = ROUTES.get((method, path[0]))
    if handler is None:
        raise LookupError(f"no {method} /_emu/{'/'.join(path)}")
    if handler in UNLOCKED:
        return handler(path[1:], query, body)
    with clock.LOCK:
        return handler(path[1:], query, body)


def _health(path: list, query: dict, body: Any) -> dict:
    return {
        "ok": not CRASHES and not clock.status()["errors"],
        "crashes": CRASHES,
        "coroutine_errors": clock.status()["errors"],
        "operations": sorted(f"{service}:{operation}" for service, operation in OPS),
    }


def reset_application(environ: dict, start_response: Any) -> list[bytes]:
    """moto's own reset endpoint would not know our state: it resets both."""
    environ["PATH_INFO"] = "/_emu/reset"
    return application(environ, start_response)


def _calls(path: list, query: dict, body: Any) -> dict:
    found = recorder.calls(
        query.get("service"), query.get("operation"), int(query.get("after", 0)), query.get("source")
    )
    return {"calls": found}


def _delete_calls(path: list, query: dict, body: Any) -> dict:
    recorder.CALLS.clear()
    return {}


def _add_faults(path: list, query: dict, body: Any) -> dict:
    if isinstance(body, list):
        return {"ids": [faults.add(spec) for spec in body]}
    return {"id": faults.add(body or {})}


def _faults(path: list, query: dict, body: Any) -> dict:
    return {"faults": list(faults.FAULTS.values())}


def _delete_faults(path: list, query: dict, body: Any) -> dict:
    if path:
        if faults.FAULTS.pop(int(path[0]), None) is None:
            raise LookupError(f"no fault {path[0]}")
    else:
        faults.FAULTS.clear()
    return {}


def _clock(path: list, query: dict, body: Any) -> dict:
    return clock.status()


def _set_clock(path: list, query: dict, body: Any) -> dict:
    body = body or {}
    unknown = set(body) - {"rate", "advance", "jump"}
    if unknown:
        raise BadRequest(f"unknown key {sorted(unknown)}")
    settled = True
    if "rate" in body:
        clock.set_rate(float(body["rate"]))
    if "advance" in body:
        settled = clock.advance(float(body["advance"]))
    if "jump" in body:
        settled = clock.jump(body["jump"])
    return {**clock.status(), "settled": settled}


def _history(path: list, query: dict, body: Any) -> dict:
    return {"history": history.entries(query.get("kind"), query.get("instance"))}


def _messages(path: list, query: dict, body: Any) -> dict:
    return messages.read()


def _switches(path: list, query: dict, body: Any) -> dict:
    return {"switches": dict(switches.SWITCHES), "defined": switches.described()}


def _set_switches(path: list, query: dict, body: Any) -> dict:
    switches.set_switches(body or {})
    return {"switches": dict(switches.SWITCHES)}


def _assumptions(path: list, query: dict, body: Any) -> dict:
    return {"assumptions": switches.ASSUMPTIONS}


ROUTES: dict[tuple[str, str], Callable] = {
    ("GET", "health"): _health,
    ("GET", "calls"): _calls,
    ("DELETE", "calls"): _delete_calls,
    ("POST", "faults"): _add_faults,
    ("GET", "faults"): _faults,
    ("DELETE", "faults"): _delete_faults,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _set_clock,
    ("GET", "history"): _history,
    ("GET", "messages"): _messages,
    ("GET", "switches"): _switches,
    ("POST", "switches"): _set_switches,
    ("GET", "assumptions"): _assumptions,
}
# It lets other requests in between: a jump to idle may need answers to a script that calls the server.
UNLOCKED = {_set_clock}


def route(method: str, name: str) -> Callable:
    """Register `handler(path, query, body) -> dict` for METHOD /_emu/NAME: for what belongs to a service."""

    def register(handler: Callable[[list, dict, Any], Any]) -> Callable[[list, dict, Any], Any]:
        ROUTES[method, name] = handler
        return handler

    return register


state.on_reset(CRASHES.clear)
