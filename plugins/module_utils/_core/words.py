# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Counts in words: 1 host, 2 hosts."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None, *, shown: str | None = None) -> str:
    """`1 host`, `2 hosts`. many: the plural, where it is not `one` with an s. shown: how the number is written, where not in digits."""
    word = one if number == 1 else many or f"{one}s"
    return f"{number if shown is None else shown} {word}"
