# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Makes the local AWS and the driver importable, and ends what the driver started."""

from __future__ import annotations

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parent, HERE.parent / "local_aws"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def pytest_sessionfinish():
    import driver

    import permissions

    permissions.keep()

    driver.until_the_end.close()
