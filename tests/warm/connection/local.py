# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The connection `local` of tests: a module is handed to warm/modules.py, everything else goes the ordinary way."""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import re
import shlex
import socket
import sys
import tempfile
import threading
import typing as t

from ansible.plugins import connection

DOCUMENTATION = r"""
name: local
short_description: The connection local with modules that are forks of a warm process
description:
  - As ansible.builtin.local.
extends_documentation_fragment:
  - connection_pipelining
"""


def _ordinary() -> t.Any:
    """ansible.builtin.local by its file: this one was loaded under its name."""
    path = pathlib.Path(connection.__file__).with_name("local.py")
    spec = importlib.util.spec_from_file_location("fleetpatch_ordinary_local", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SOCKET = "FLEETPATCH_WARM_MODULES"


class Connection(_ordinary().Connection):
    """connection: local, with modules that are forks of a warm process."""

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        is_module = bool(os.environ.get(SOCKET)) and in_data and b"_ansiballz_main(" in in_data
        environment = assignments(cmd) if is_module else None
        if environment is None:
            return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return call(in_data, {**os.environ, **environment}, os.fsdecode(self.cwd or os.getcwd()))


def assignments(cmd: str) -> dict[str, str] | None:
    """The variables that a command line sets for this interpreter; None when it runs anything else."""
    words = shlex.split(cmd)
    if words[:2] == ["/bin/sh", "-c"] and len(words) == 3:
        words = shlex.split(words[2].removesuffix(" && sleep 0"))
    found = [re.fullmatch(r"(\w+)=(.*)", word, re.DOTALL) for word in words[:-1]]
    if not words or words[-1] != sys.executable or not all(found):
        return None
    return {one[1]: one[2] for one in found}


def call(payload: bytes, environment: dict[str, str], folder: str) -> tuple[int, bytes, bytes]:
    """Exit status, stdout and stderr of a payload; of a module that was killed what the shell says."""
    texts: dict[str, bytes] = {}

    def read(name: str, descriptor: int) -> None:
        with open(descriptor, "rb") as stream:
            texts[name] = stream.read()

    with tempfile.NamedTemporaryFile(prefix="warm-") as file, socket.socket(socket.AF_UNIX) as server:
        file.write(payload)
        file.flush()
        server.connect(os.environ[SOCKET])
        pipes = {name: os.pipe() for name in ("out", "err")}
        request = {"env": environment, "cwd": folder, "payload": file.name}
        socket.send_fds(server, [json.dumps(request).encode()], [pipes[name][1] for name in ("out", "err")])
        readers = [threading.Thread(target=read, args=(name, pipe[0])) for name, pipe in pipes.items()]
        for pipe in pipes.values():
            os.close(pipe[1])
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        status = server.recv(64).strip()
    return (int(status), texts["out"], texts["err"]) if status else (137, texts["out"], texts["err"] + b"Killed\n")
