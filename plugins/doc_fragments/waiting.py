# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that wait for what they started."""

    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the operation ends.
      - With V(false), the ids are returned immediately. Calling the module again with the same identity adopts the operation and waits for it.
    type: bool
    default: true
  wait_interval:
    description:
      - Number of seconds between two polls.
    type: float
    default: 15
  progress_path:
    description:
      - Path of a file to which the module appends a line for every change while it waits.
      - Set by the action plugin of the same name, which shows the progress. There is rarely a reason to set it.
    type: path
"""
