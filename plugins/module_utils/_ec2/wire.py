# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The tags that say which run and step made a resource of EC2, and of which instance. Pure."""

from __future__ import annotations

RUN_TAG = "fleetpatch:run"
STEP_TAG = "fleetpatch:step"
INSTANCE_TAG = "fleetpatch:instance"
