# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The local AWS in tests: a server in a thread, and a small client of the control endpoint."""

import contextlib
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ACCESS_KEY = "LOCALAWS0EXAMPLE0001"
SECRET = "local-0f3c9a7e51"


_serving: list[Any] = []


class ControlError(Exception):
    """The control endpoint refused a request."""


class Control:
    """Client of /_emu/ of the server at url."""

    def __init__(self, url: str):
        self.url = url.rstrip("/")

    def request(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """One request; the answer's JSON. Raises ControlError."""
        text = urllib.parse.urlencode({key: value for key, value in query.items() if value is not None})
        target = f"{self.url}/_emu/{path}" + (f"?{text}" if text else "")
        data = None if body is None else json.dumps(body, default=str).encode()
        request = urllib.request.Request(target, data=data, method=method)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=180) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise ControlError(f"{method} {target}: {error.read().decode()}") from None

    def health(self) -> dict:
        return self.request("GET", "health")

    def reset(self, scenario: dict | None = None) -> dict:
        """Forget everything and seed the scenario (None = the one of the start)."""
        return self.request("POST", "reset", None if scenario is None else {"scenario": scenario})

    def calls(self, **filters: Any) -> list[dict]:
        """Recorded calls; filters service, operation, after (seq), source."""
        return self.request("GET", "calls", **filters)["calls"]

    def clear_calls(self) -> None:
        self.request("DELETE", "calls")

    def faults(self, *specs: dict, **spec: Any) -> list[int]:
        """Add faults (dicts, or one as keywords); returns their ids."""
        wanted = list(specs) + ([spec] if spec else [])
        return [self.request("POST", "faults", one)["id"] for one in wanted]

    def list_faults(self) -> list[dict]:
        return self.request("GET", "faults")["faults"]

    def clear_faults(self) -> None:
        self.request("DELETE", "faults")

    def clock(self, **change: Any) -> dict:
        """The clock's state; with rate=, advance= or jump= after that change."""
        return self.request("POST", "clock", change) if change else self.request("GET", "clock")

    def history(self, **filters: Any) -> list[dict]:
        """What was done to machines; filters kind, instance."""
        return self.request("GET", "history", **filters)["history"]

    def machine(self, instance_id: str, **where: Any) -> dict:
        return self.request("GET", f"machines/{instance_id}", **where)

    def set_machine(self, instance_id: str, **behaviours: Any) -> dict:
        return self.request("POST", f"machines/{instance_id}", behaviours)

    def permissions(self, who: str | None = None) -> list[dict]:
        """What principals with policies did, and were denied: {who, action, sids, verdict, resource, count}."""
        return self.request("GET", "permissions", who=who)["uses"]

    def messages(self) -> dict:
        return self.request("GET", "messages")

    def switches(self, **values: Any) -> dict:
        """All switches; with keywords after setting these."""
        answer = self.request("POST", "switches", values) if values else self.request("GET", "switches")
        return answer["switches"]

    def assumptions(self) -> list[dict]:
        return self.request("GET", "assumptions")["assumptions"]

    def env(self, region: str = "us-east-1") -> dict[str, str]:
        """Environment of a client of this server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }


class Served:
    """What serve() gives: url, port, control, and the control's methods."""

    def __init__(self, running: Any, seeded: dict):
        self.url, self.port = running.url, running.port
        self.control = Control(running.url)
        self.seeded = seeded
        self.region = seeded["region"]
        self._clients: dict[Any, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.control, name)

    def env(self) -> dict[str, str]:
        return self.control.env(self.region)

    def client(self, service: str, region: str | None = None, retries: int = 1, **options: Any) -> Any:
        """A boto3 client of this server, the same for the same arguments; retries: total attempts."""
        key = (service, region or self.region, retries, *sorted(options.items()))
        if key not in self._clients:
            self._clients[key] = self._new_client(service, region, retries, options)
        return self._clients[key]

    def _new_client(self, service: str, region: str | None, retries: int, options: dict[str, Any]) -> Any:
        import boto3
        from botocore.config import Config

        from local_aws.framework import perf

        keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET, **options}
        made = boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region or self.region,
            config=Config(retries={"total_max_attempts": retries, "mode": "standard"}, proxies={}),
            **keys,
        )
        perf.keep()
        return made


@contextlib.contextmanager
def serve(scenario: dict | str | Path | None = None, *, strict: bool = True, **options: Any) -> Iterator[Served]:
    """Run the local AWS in threads of this process; one at a time.

    options: port, clock_rate, switches (dict). strict: at the end raise AssertionError when an operation crashed, an
    answer broke the model or a coroutine failed.
    """
    from local_aws.framework import clock
    from local_aws.framework import control
    from local_aws.framework import server
    from local_aws.scenario import seed as scenarios

    unknown = set(options) - {"port", "clock_rate", "switches"}
    if unknown:
        raise TypeError(f"unknown option {sorted(unknown)}")
    if _serving:
        raise RuntimeError("a local AWS already runs in this process; only one is possible")
    running = server.Running(options.get("port", 0))
    seeded = scenarios.restart(
        scenario, remember=True, clock_rate=options.get("clock_rate"), switch_values=options.get("switches")
    )
    running.start()
    _serving.append(running)
    try:
        yield Served(running, seeded)
    finally:
        _serving.clear()
        running.stop()
    problems = list(control.CRASHES) + list(clock.status()["errors"])
    if strict and problems:
        raise AssertionError("the local AWS itself failed:\n" + "\n".join(problems))
