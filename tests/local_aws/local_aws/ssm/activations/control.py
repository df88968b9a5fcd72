# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""/_emu/register: a machine outside EC2 registers with an activation."""

from typing import Any

from local_aws.framework.control import route
from local_aws.ssm.activations import model


@route("POST", "register")
def _register(path: list, query: dict, body: Any) -> dict:
    return model.join(dict(body or {}))
