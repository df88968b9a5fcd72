# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of the modules."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode. Sends only read requests and returns the predicted result.
  diff_mode:
    support: full
    description: Returns the state before and after the change in diff mode.
  platform:
    platforms: posix
    support: full
    description: Runs on the controller or any host with the AWS SDK for Python.
"""

    # For modules that only read.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Sends only read requests, also in check mode.
  diff_mode:
    support: N/A
    description: Does not change anything, so there is no diff.
  platform:
    platforms: posix
    support: full
    description: Runs on the controller or any host with the AWS SDK for Python.
"""

    # For modules that start work which takes minutes or hours.
    RUNNER = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode. Sends only read requests and returns what would be started and what would be adopted.
  diff_mode:
    support: none
    description: Starts an operation whose changes the module cannot predict.
  platform:
    platforms: posix
    support: full
    description: Runs on the controller or any host with the AWS SDK for Python.
"""
