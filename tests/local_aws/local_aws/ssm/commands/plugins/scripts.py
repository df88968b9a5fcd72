# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Scripts are not executed on simulated machines. What of them has an effect:

`exit N` ends with that code, `echo TEXT` (also Write-Output, Write-Host) prints, `sleep N` (also Start-Sleep
[-Seconds] N) takes that long. Everything else is a command that succeeds and prints nothing. `exit 194` on Linux and
`exit 3010` on Windows ask the agent for a reboot (user guide "Handling reboots when running commands"); after it the
script counts as done.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

REBOOT_CODES = {"Linux": 194, "Windows": 3010}
_ECHO = re.compile(r"^(?:echo|write-output|write-host)(?:\s+(.*))?$", re.IGNORECASE)
_SLEEP = re.compile(r"^(?:sleep|start-sleep(?:\s+-s(?:econds)?)?)\s+(\d+(?:\.\d+)?)s?$", re.IGNORECASE)
# A separator outside of quotes: what follows it has its quotes in pairs.
_SEPARATOR = re.compile(r"""(?:;|\n|&&)(?=(?:[^"']|"[^"]*"|'[^']*')*$)""")
_EXIT = re.compile(r"^exit(?:\s+(-?\d+))?$", re.IGNORECASE)


@dataclass
class Played:
    """What a script comes to."""

    code: int = 0
    stdout: str = ""
    seconds: float = 0.0


def play(lines: Iterable[str]) -> Played:
    """Go through the lines of a script (several commands in a line separated by ; or &&)."""
    result = Played()
    for line in lines:
        for part in _SEPARATOR.split(line):
            command = part.strip()
            ended = _EXIT.match(command)
            if ended:
                result.code = int(ended[1] or 0)
                return result
            echoed = _ECHO.match(command)
            if echoed:
                result.stdout += _unquoted(echoed[1] or "") + "\n"
            slept = _SLEEP.match(command)
            if slept:
                result.seconds += float(slept[1])
    return result


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text
