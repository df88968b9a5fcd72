# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Show the progress of a module while it runs: follow the file that it appends to, one displayed line for each."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from typing import Any

from ansible import constants as C

from . import _interrupt
from . import _text

# What a run does to hosts, for the report of one that is interrupted.
_KINDS = {"ec2_instance_image": "image", "ssm_automation_execution": "patch"}
INTERVAL = 0.25  # seconds between two looks at the file


def run(action: Any, module_name: str, display: Any, task_vars: dict | None) -> dict:
    """Run the module of an action plugin; live when it runs here, as this user, and somebody waits for it."""
    task = action._task
    args = dict(task.args)
    here = action._connection.transport == "local" and not action._play_context.become
    if not here or task.async_val:
        return action._execute_module(module_name, args, task_vars=task_vars, wrap_async=task.async_val)
    with contextlib.ExitStack() as stack:
        if not args.get("progress_path"):
            handle, args["progress_path"] = tempfile.mkstemp(prefix="fleetpatch-progress-", dir=C.DEFAULT_LOCAL_TMP)
            os.close(handle)
            stack.callback(os.unlink, args["progress_path"])
        stack.enter_context(_followed(args["progress_path"], display))
        kind = _KINDS.get(module_name.rsplit(".", 1)[-1])
        if kind and not task.check_mode:
            stack.enter_context(_interrupt.working(args, kind, args["progress_path"]))
        return action._execute_module(module_name, args, task_vars=task_vars)


@contextlib.contextmanager
def _followed(path: str, display: Any) -> Any:
    done = threading.Event()
    start = os.path.getsize(path) if os.path.exists(path) else 0
    thread = threading.Thread(target=_tail, args=(path, start, display, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _tail(path: str, position: int, display: Any, done: threading.Event) -> None:
    """Display every whole line that is appended; after done is set, what is left, and return."""
    over = False
    while True:
        if os.path.exists(path):
            with open(path, "rb") as stream:  # bytes, because the last line may end inside of a character
                stream.seek(position)
                read = stream.read()
            whole = read[: read.rfind(b"\n") + 1]
            position += len(whole)
            for line in whole.decode("utf-8", "replace").splitlines():
                display.display(f"  {_text.clean(line)}")
        if over:
            return
        over = done.wait(INTERVAL)
