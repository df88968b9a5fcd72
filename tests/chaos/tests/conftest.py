# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Makes the program and the samples importable."""

from __future__ import annotations

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parent, HERE.parents[1] / "system", HERE.parents[1] / "local_aws", HERE.parents[1]):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
