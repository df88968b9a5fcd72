# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Errors of our own code as the errors that Ansible shows: the name of the plugin, what is wrong, no traceback."""

from __future__ import annotations

import contextlib
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.errors import AnsibleError
from ansible.errors import AnsibleFilterError

from ansible_collections.fleetpatch.aws.plugins.module_utils._core.errors import FleetpatchError


def filter_errors(name: str, given: str = "the input") -> t.ContextManager[None]:
    """For a filter, as a decorator or in a with statement. name: of the filter. given: what it reads, for input of another shape."""
    return _translated(AnsibleFilterError, name, given)


def action_errors(name: str, given: str = "the input") -> t.ContextManager[None]:
    """The same for an action plugin. name: of the action, or what failed."""
    return _translated(AnsibleActionFail, name, given)


@contextlib.contextmanager
def _translated(kind: type[AnsibleError], name: str, given: str) -> t.Iterator[None]:
    """Raises `kind` for errors of FleetpatchError, and for what Python raises when a value has not the shape that is documented."""
    try:
        yield
    except FleetpatchError as error:
        raise kind(f"{name}: {error}") from error
    except KeyError as error:
        raise kind(f"{name}: {given} has no {error}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise kind(f"{name}: {given} cannot be read: {error}") from error
