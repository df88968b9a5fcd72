# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""/_emu/machines: what a machine is, and how it behaves."""

from typing import Any

from local_aws.fleet import machine as fleet_machine
from local_aws.framework import identity
from local_aws.framework.control import route


def _found(path: list, query: dict) -> fleet_machine.Machine:
    account = query.get("account", identity.DEFAULTS["account"])
    region = query.get("region", identity.DEFAULTS["region"])
    found = fleet_machine.machine(account, region, path[0]) if path else None
    if found is None:
        raise LookupError(f"no machine {'/'.join(path)} in {account} {region}")
    return found


@route("GET", "machines")
def _machine(path: list, query: dict, body: Any) -> dict:
    return _found(path, query).to_dict()


@route("POST", "machines")
def _set_machine(path: list, query: dict, body: Any) -> dict:
    found = _found(path, query)
    for name, value in (body or {}).items():
        found.set_behaviour(name, value)
    return found.to_dict()
