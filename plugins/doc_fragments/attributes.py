# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """What every module of the collection says about itself."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in check mode, sends only reads then, and answers what would happen.
  diff_mode:
    support: full
    description: Returns what is different before and after, when in diff mode.
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
    description: Only reads, in check mode too.
  diff_mode:
    support: N/A
    description: Changes nothing, so there is no difference to show.
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
    description: Sends only reads in check mode, and answers what would be started and what would be taken over.
  diff_mode:
    support: none
    description: Starts work; what the work changes is not known to the module.
  platform:
    platforms: posix
    support: full
    description: Runs on the controller or any host with the AWS SDK for Python.
"""
