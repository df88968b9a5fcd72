# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Progress of a module that runs for long: one line per change, appended to a file that somebody may follow."""

from __future__ import annotations

from typing import Callable

from .errors import InvalidInput


def teller(path: str | None) -> Callable[[str], None]:
    """A function that appends a line to the file at once; without a path it does nothing.

    Raises InvalidInput when the file cannot be opened. What cannot be written later is lost: a full disk of the
    controller must not end the following of what runs at the service.
    """
    if not path:
        return lambda line: None
    try:
        _append(path, "")
    except OSError as error:
        raise InvalidInput(f"progress_path {path} cannot be written: {error.strerror}") from error

    def say(line: str) -> None:
        try:
            # One line stays one line whatever a service wrote into its message.
            _append(path, " ".join(line.split()) + "\n")
        except OSError:
            pass

    return say


def _append(path: str, text: str) -> None:
    with open(path, "a", encoding="utf-8") as stream:
        stream.write(text)
