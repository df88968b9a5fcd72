# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What StartAutomationExecution takes, and what a run needs to be found again. Pure."""

from __future__ import annotations

from ..._core.errors import InvalidInput
from ..._core.limits import repeated
from ..._core.limits import require
from ..._core.limits import wrong_count
from ..._core.limits import wrong_form
from ..._core.limits import wrong_length
from ..._core.run import check_identity
from ..wire import DOCUMENT_NAME
from ..wire import DOCUMENT_NAME_WORDS
from ..wire import DOCUMENT_VERSION
from .wire import Request

# API StartAutomationExecution: TargetMaps has at most 300 entries, a value at most 50 characters.
MAX_TARGETS = 300
# Parameters: at most 200, each a list of at most 50 values of 1 to 512 characters.
MAX_PARAMETERS, MAX_PARAMETER_NAME, MAX_VALUES, MAX_VALUE = 200, 50, 50, 512
MAX_MAP_KEYS, MAX_MAP_VALUES, MAX_MAP_LENGTH = 20, 25, 50


def validate(request: Request) -> None:
    """Raise InvalidInput for what AWS would refuse or this module could not keep apart."""
    check_identity(request.run_id, request.step)
    require("document_name", wrong_form(request.document_name, DOCUMENT_NAME, DOCUMENT_NAME_WORDS))
    if request.document_version:
        wrong = wrong_form(request.document_version, DOCUMENT_VERSION, "a number, $LATEST or $DEFAULT")
        require("document_version", wrong)
    _check_parameters(request.parameters)
    if request.targets is None:
        return
    if not request.targets:
        raise InvalidInput("targets: must not be an empty list", code="no_targets")
    twice = repeated(request.targets)
    wrong = [target for target in request.targets if not 1 <= len(target) <= 50]
    if twice or wrong:
        raise InvalidInput(
            f"targets: must not contain duplicates ({twice}) or values longer than 50 characters ({wrong})"
        )
    if not request.target_parameter_name:
        raise InvalidInput("targets: requires target_parameter_name")
    for target, given in request.target_parameters.items():
        _check_map(request, target, given)


def _check_parameters(given: dict[str, list[str]]) -> None:
    """Limits of StartAutomationExecution, AutomationParameterMap."""
    require("parameters", wrong_count(given, 0, MAX_PARAMETERS))
    for name, values in given.items():
        option = f"parameters.{name}"
        require(option, wrong_length(name, 1, MAX_PARAMETER_NAME), wrong_count(values, 0, MAX_VALUES))
        require(option, *(wrong_length(value, 1, MAX_VALUE) for value in values))


def _check_map(request: Request, target: str, given: dict[str, list[str]]) -> None:
    """Limits of StartAutomationExecution, TargetMaps: 20 keys, 25 values each, of at most 50 characters."""
    if request.target_parameter_name in given:
        raise InvalidInput(
            f"target_parameters: {target} must not set {request.target_parameter_name}, which receives the target"
        )
    if len(given) >= MAX_MAP_KEYS or any(len(values) > MAX_MAP_VALUES for values in given.values()):
        raise InvalidInput(
            f"target_parameters: {target} must have at most {MAX_MAP_KEYS - 1} parameters with at most {MAX_MAP_VALUES} values each"
        )
    long = [value for values in given.values() for value in values if not 1 <= len(value) <= MAX_MAP_LENGTH]
    if long:
        raise InvalidInput(
            f"target_parameters: {target} must have values of 1–{MAX_MAP_LENGTH} characters, not: {long}"
        )
