# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Published request rates: of clients in real time, of the automation engine in virtual time.

Systems Manager quotas (AWS General Reference, "Systems Manager endpoints and quotas"): StartAutomationExecution 1 per
second, StopAutomationExecution 1, Get/Describe of automation executions 3, SendAutomationSignal 3. SES API reference:
GetIdentityVerificationAttributes and GetSendQuota once per second.
"""

import random
import time

from local_aws.framework import clock
from local_aws.framework import state
from local_aws.framework.faults import throttling
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES
from local_aws.framework.switches import assume
from local_aws.framework.switches import define

define("request_rates", True, bool, "published request rates are enforced")
define(
    "rate_limits",
    {
        "ssm:StartAutomationExecution": 1.0,
        "ssm:StopAutomationExecution": 1.0,
        "ssm:GetAutomationExecution": 3.0,
        "ssm:DescribeAutomationExecutions": 3.0,
        "ssm:DescribeAutomationStepExecutions": 3.0,
        "ssm:SendAutomationSignal": 3.0,
        "ssm:StartExecutionPreview": 1.0,
        "ses:GetIdentityVerificationAttributes": 1.0,
        "ses:GetSendQuota": 1.0,
    },
    dict,
    "requests per real second, by service:operation; null = not limited",
)
define(
    "throttle_share",
    0.0,
    (int, float),
    "this share of all calls of clients and of the automation engine is throttled (seeded, the same in every run)",
)
define("rate_burst", 2, int, "requests beyond the rate that a full bucket allows at once")
assume(
    "request-rates",
    "The published automation rates hold for each operation, account and Region on its own, as a token bucket of"
    " (rate + rate_burst) tokens. Calls of the automation engine have a bucket of their own, in virtual time; the"
    " automations that it starts for targets and for aws:executeAutomation are no calls.",
    "AWS General Reference, Systems Manager quotas, name neither the burst nor whether the read operations share 3 TPS",
)

_dice = random.Random(state.SEED)
_buckets: dict[tuple[str, str, str, str], list[float]] = {}
COUNTED = ("client", "automation")


def check(ctx: Context, service: str, operation: str) -> None:
    """Raise the service's throttling error when the caller is too fast."""
    if ctx.source in COUNTED and SWITCHES["throttle_share"] and _dice.random() < SWITCHES["throttle_share"]:
        raise throttling(service)
    name = f"{service}:{operation}"
    limit = SWITCHES["rate_limits"].get(name)
    if not SWITCHES["request_rates"] or limit is None or ctx.source not in COUNTED:
        return
    size = limit + SWITCHES["rate_burst"]
    moment = time.monotonic() if ctx.source == "client" else clock.timestamp()
    bucket = _buckets.setdefault((ctx.account, ctx.region, ctx.source, name), [size, moment])
    bucket[0] = min(size, bucket[0] + (moment - bucket[1]) * limit)
    bucket[1] = moment
    if bucket[0] < 1:
        raise throttling(service)
    bucket[0] -= 1


state.on_reset(_buckets.clear)
state.on_reset(lambda: _dice.seed(state.SEED))
