# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who planned or approved a run, in words and as the value of a tag."""

from __future__ import annotations

import re
import typing as t

# API Tag of Systems Manager, which allows less than EC2: letters, digits, spaces and these.
_NOT_ALLOWED = re.compile(r"[^\w .:/=+@-]")
LONGEST = 256


def words(who: t.Mapping[str, t.Any]) -> str:
    """who: {arn, user}, as of Plan.planned_by; "" for nobody. The user is one of AWX, "" elsewhere."""
    return ", ".join(str(who[key]) for key in ("user", "arn") if who.get(key))


def tag_value(who: t.Mapping[str, t.Any]) -> str:
    """The same as the value of a tag: what a tag cannot have is an underscore, and the start is kept of what is too long."""
    return _NOT_ALLOWED.sub("_", words(who).replace(", ", " "))[:LONGEST].strip()
