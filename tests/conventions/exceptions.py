# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Exceptions from the rules of size and of names, each with its reason. One that is not needed any more fails."""

TOO_LONG = {}

# Files of a service with a name of their own (see checks/packages.py).
FILES = {
    "plugins/module_utils/_ssm/teardown/removals.py": "which removals, in which order: pure, and nothing else plans them",
    "plugins/module_utils/_ssm/windows/predict.py": "targets and tasks matched with what is there: pure, 250 lines",
}

NO_INFO = {}

# Modules that call no AWS: the options of a connection, which the action group hands to its members, mean nothing to them.
NO_AWS = {"patch_calendar", "patch_notice", "patch_report", "patch_rollback_report"}

# {(path, words): reason}: ordinary English that a form of checks/language.py finds.
LANGUAGE = {}

# Beginnings of keys (KIND:path, see checks/language.py) whose text is still to be revised.
LANGUAGE_NOT_YET = (
    "messages:plugins/",
    "docstrings:plugins/",
    "text:plugins/plugin_utils/",
    "text:README.md",
    "text:CONTRIBUTING.md",
    "text:changelogs/",
    "text:docs/",
    "text:extensions/",
    "text:playbooks/",
    "text:roles/patch_baselines/",
    "text:roles/patch_notify/",
    "text:roles/patch_rollback/",
    "text:roles/patch_run/",
    "text:roles/patch_teardown/",
    "text:roles/patch_windows/",
    "text:tests/integration/",
)
