# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""python -m local_aws."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from local_aws import testing


def test_the_command_line(tmp_path):
    root = Path(__file__).parents[1]
    scene = tmp_path / "scene.yml"
    scene.write_text("fleet: [{name: a, count: 2, platform: rhel-9}]\n")
    port_file = tmp_path / "port"
    command = [
        sys.executable,
        "-m",
        "local_aws",
        "--port",
        "0",
        "--port-file",
        str(port_file),
        "--scenario",
        str(scene),
    ]
    command += ["--clock-rate", "60", "--switch", "page_size=1", "--log", str(tmp_path / "log")]
    process = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 30
        while not port_file.exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
        assert port_file.exists(), process.communicate()
        control = testing.Control(f"http://127.0.0.1:{port_file.read_text().strip()}")
        assert control.health()["ok"] is True
        assert control.clock()["rate"] == 60
        assert control.switches()["page_size"] == 1
    finally:
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "instances=2" in out


def test_the_command_line_names_a_wrong_scenario(tmp_path):
    root = Path(__file__).parents[1]
    scene = tmp_path / "scene.yml"
    scene.write_text("flet: []\n")
    done = subprocess.run(
        [sys.executable, "-m", "local_aws", "--port", "0", "--scenario", str(scene)],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 2
    assert "'flet'" in done.stderr
