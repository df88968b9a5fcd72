# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""python -m local_aws: run the local AWS until SIGTERM or SIGINT."""

import argparse
import gc
import json
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m local_aws", description=__doc__)
    parser.add_argument("--port", type=int, default=5055, help="0 = a free port (see --port-file)")
    parser.add_argument("--port-file", type=Path, help="written with the port when the server is ready")
    parser.add_argument("--scenario", type=Path, help="YAML file with fleet, roles and so on")
    parser.add_argument("--principals", type=Path, help="YAML file with users and roles of every scenario")
    parser.add_argument("--clock-rate", type=float, help="virtual seconds per real second (before the scenario's)")
    parser.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE", help="JSON value or word")
    parser.add_argument("--log", type=Path, help="log file (default: standard error)")
    return parser.parse_args(argv)


def switch_values(texts: list[str]) -> dict[str, Any]:
    """NAME=VALUE texts as a dict; the value is JSON when it can be read as such."""
    values = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise SystemExit(f"--switch {text}: write NAME=VALUE")
        try:
            values[name] = json.loads(value)
        except ValueError:
            values[name] = value
    return values


def main(argv: list[str] | None = None) -> int:
    """Run until a signal comes; 0 when stopped cleanly, 2 when the scenario or a switch is wrong."""
    options = arguments(argv)
    logging.basicConfig(
        filename=options.log, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("botocore").setLevel(logging.WARNING)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    gc.disable()  # nothing of what is loaded now becomes garbage
    from local_aws.framework import server
    from local_aws.scenario import principals
    from local_aws.scenario import seed as scenario

    start = time.monotonic()
    running = server.Running(options.port)
    try:
        principals.always(options.principals)
        seeded = scenario.restart(
            options.scenario,
            remember=True,
            clock_rate=options.clock_rate,
            switch_values=switch_values(options.switch),
        )
    except (scenario.ScenarioError, OSError, ValueError) as wrong:
        print(f"local_aws: {wrong}", file=sys.stderr)
        return 2
    gc.enable()
    running.start()
    print(f"{running.url} instances={seeded['instances']} seconds={time.monotonic() - start:.1f}", flush=True)
    if options.port_file:
        waiting = options.port_file.with_suffix(".tmp")
        waiting.write_text(f"{running.port}\n")
        os.replace(waiting, options.port_file)
    stop.wait()
    running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
