# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that wait for what they started."""

    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the work is over.
      - With V(false) the ids are returned at once; calling the module again with the same identity takes the work over and follows it.
    type: bool
    default: true
  wait_interval:
    description:
      - How many seconds to let pass between two looks.
    type: float
    default: 15
  progress_path:
    description:
      - A file to which the module appends one line for every change, while it waits.
      - The action plugin of the same name uses it to show the progress live; there is rarely a reason to set it.
    type: path
"""
