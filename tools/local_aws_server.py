# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Start the local AWS on a free port and know when it is ready."""

import contextlib
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import environment
import processes

READY_SECONDS = 60


class NotReady(Exception):
    """The local AWS ended or did not answer in time; the text holds the end of its log."""


def command(*, port, port_file=None, scenario=None, clock_rate=None, more=()):
    """The command line of the local AWS as a list of strings."""
    line = [environment.VENV / "bin" / "python", "-m", "local_aws", "--port", port]
    for option, value in (("--port-file", port_file), ("--scenario", scenario), ("--clock-rate", clock_rate)):
        if value is not None:
            line += [option, value]
    return [str(part) for part in (*line, *more)]


@contextlib.contextmanager
def local_aws(scenario=None, clock_rate=None, log=None, more=()):
    """Yield the URL of a local AWS on a free port of 127.0.0.1; it is stopped at the end, whatever happens.

    scenario: path of a scenario file or None; clock_rate: virtual seconds in a second or None (the scenario's);
    log: path. Raises NotReady.
    """
    log = Path(log or environment.LOGS / "local-aws.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=environment.CACHE / "tmp", prefix="aws-") as folder:
        port_file = Path(folder) / "port"
        with open(log, "w", encoding="utf-8") as out:
            process = processes.start(
                command(port=0, port_file=port_file, scenario=scenario, clock_rate=clock_rate, more=more),
                stdout=out,
                stderr=out,
                env=environment.variables(),
                cwd=environment.ROOT,
            )
        try:
            yield _wait(process, port_file, log)
        finally:
            processes.end(process)


def _wait(process, port_file, log):
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotReady(f"the local AWS ended with status {process.returncode}:\n{tail(log)}")
        text = port_file.read_text(encoding="utf-8").strip() if port_file.exists() else ""
        if text:
            url = f"http://127.0.0.1:{text}"
            with contextlib.suppress(OSError):
                # no proxy: an http_proxy of the user must not see, or break, traffic to 127.0.0.1
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(f"{url}/_emu/health", timeout=5):
                    return url
        time.sleep(0.05)
    raise NotReady(f"the local AWS did not answer within {READY_SECONDS} s:\n{tail(log)}")


def tail(log, lines=30):
    """The last lines of a file as one text."""
    return "\n".join(Path(log).read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


if __name__ == "__main__":
    sys.exit("import this; the command is: make local-aws")
