# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a service says that a caller may not do something."""

from local_aws.framework.registry import AwsError
from local_aws.framework.switches import assume
from local_aws.iam.rules import DENIED

# HTTP status of the code of each service; the code is of the common errors of its API reference.
ERRORS = {
    "ssm": ("AccessDeniedException", 400),
    "ec2": ("UnauthorizedOperation", 403),
    "sns": ("AuthorizationError", 403),
    "sesv2": ("AccessDeniedException", 403),
}
JSON = {"athena", "glue", "events", "organizations", "kms", "quicksight", "config", "tagging", "logs"}
NO_RESOURCE = {"ec2", "elasticloadbalancing"}  # they do not name a resource where an action has none

assume(
    "iam.encoded-message",
    "UnauthorizedOperation of EC2 ends with an encoded message that is not a real one.",
    "EC2 API reference, error codes: UnauthorizedOperation",
)


def denial(service: str, principal: str, action: str, resource: str, verdict: str, boundary: bool = False) -> AwsError:
    """The error of a call of `service`. resource: empty when the action has none."""
    kind = "permissions boundary" if boundary else "identity-based policy"
    article = "a" if boundary else "an"
    reason = f"because no {kind} allows the {_shown(action)} action"
    if verdict == DENIED:
        reason = f"with an explicit deny in {article} {kind}"
    shown = f'"{resource}"' if service == "s3" else resource
    if action.startswith("ses:"):
        code = "AccessDeniedException" if service == "sesv2" else "AccessDenied"
        return AwsError(
            code, f"User `{principal}' is not authorized to perform `{action}' on resource `{resource}'", 403
        )
    on = f" on resource: {shown}" if resource else ""
    words = f"User: {principal} is not authorized to perform: {_shown(action)}{on} {reason}"
    if service == "ec2":
        words = (
            f"You are not authorized to perform this operation. {words}. Encoded authorization failure message: local"
        )
    code, status = ERRORS.get(service) or (("AccessDeniedException", 400) if service in JSON else ("AccessDenied", 403))
    return AwsError(code, words, status)


def _shown(action: str) -> str:
    return action.replace("sns:", "SNS:", 1) if action.startswith("sns:") else action
