# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Pure functions over the evidence of a seed; each gives what it finds wrong, in words."""

from __future__ import annotations

from chaos.evidence import Evidence
from chaos.judges import caps
from chaos.judges import once
from chaos.judges import order
from chaos.judges import put_back
from chaos.judges import rolled_back
from chaos.judges import scope
from chaos.judges import truth

JUDGES = (
    *once.JUDGES,
    *scope.JUDGES,
    *order.JUDGES,
    *caps.JUDGES,
    *put_back.JUDGES,
    *truth.JUDGES,
    *rolled_back.JUDGES,
)


def findings(found: Evidence) -> list[str]:
    """Everything that is wrong, with the name of the judge before it."""
    return [f"{judge.__name__}: {text}" for judge in JUDGES for text in judge(found)]
