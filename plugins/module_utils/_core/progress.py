# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Progress of a module that runs for long: one line per change, appended to a file that somebody may follow."""

from __future__ import annotations

from typing import Callable


def teller(path: str | None) -> Callable[[str], None]:
    """A function that appends a line to the file at once; without a path it tells nobody."""
    if not path:
        return lambda line: None

    def say(line: str) -> None:
        # One line stays one line whatever a service wrote into its message.
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(" ".join(line.split()) + "\n")

    return say
