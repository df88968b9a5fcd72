# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Files of the calendar on the controller: written only when their content differs, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import pathlib
import typing as t

from ansible.errors import AnsibleError

from . import _files


def keep(path: str, content: str, check: bool = False) -> dict[str, t.Any]:
    """Make the file hold the content (UTF-8). Returns changed and diff. check: only say what would happen. Raises AnsibleError."""
    file = pathlib.Path(os.path.expanduser(path))
    wanted = content.encode()
    try:
        present = file.read_bytes() if file.exists() else None
        changed = present != wanted
        if changed and not check:
            _files.write_whole(file, wanted)
    except OSError as error:
        raise AnsibleError(f"calendar {path}: cannot be written: {error}") from error
    diff = {
        "before_header": path,
        "after_header": path,
        "before": _shown(file, present),
        "after": _shown(file, wanted),
    }
    return {"changed": changed, "diff": diff}


def _shown(file: pathlib.Path, content: bytes | None) -> str:
    """Content for a diff; of a page only a digest, because nobody reads the markup."""
    if content is None:
        return ""
    if file.suffix in (".html", ".htm"):
        return f"a page of {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}\n"
    return content.decode(errors="replace").replace("\r\n", "\n")
