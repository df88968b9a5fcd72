# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Files on the controller that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import pathlib
import secrets


def write_whole(file: pathlib.Path, content: bytes) -> None:
    """Write a file in one step, with its folder. A new file gets the mode of the umask, an old one keeps its own. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
            stream.write(content)
        if file.exists():
            os.chmod(temporary, file.stat().st_mode & 0o7777)
        os.replace(temporary, file)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def reserve(folder: pathlib.Path, size: int) -> None:
    """Make the folder, and find out by a file that is removed again whether `size` bytes can be written into it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".space.{secrets.token_hex(4)}"
    handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        os.posix_fallocate(handle, 0, size)
    finally:
        os.close(handle)
        os.unlink(probe)
