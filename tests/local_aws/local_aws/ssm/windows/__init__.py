# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Maintenance windows: what they are, when they run, and how they run their tasks.

Rules: schedule (expressions and times), target_rules, task_rules. State: model.
Over time: timetable (when a window starts), engine (a window that runs), task_run, runners, choosing (which machines).
Operations: window_operations, target_operations, task_operations, plan_operations, execution_operations.
"""
