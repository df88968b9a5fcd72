# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Exceptions from the rules of size and of names, each with its reason. One that is not needed any more fails."""

TOO_LONG = {}

NO_INFO = {}

# Modules that call no AWS: the options of a connection, which the action group hands to its members, mean nothing to them.
NO_AWS = {"patch_calendar", "patch_notice", "patch_report", "patch_rollback_report"}
