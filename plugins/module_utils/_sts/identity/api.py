# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""STS: who is calling."""

from __future__ import annotations

from typing import Any

from ..._core.calls import api_call


@api_call("read the account of the credentials")
def account_id(client: Any) -> str:
    """GetCallerIdentity: the account; needs no permission."""
    return client.get_caller_identity()["Account"]
