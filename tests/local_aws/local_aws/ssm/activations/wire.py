# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Activations as the API shows them."""

from typing import Any

from local_aws.framework import clock
from local_aws.ssm.activations.model import Activation


def shown_activation(made: Activation) -> dict[str, Any]:
    return {
        "ActivationId": made.id,
        "Description": made.description,
        "DefaultInstanceName": made.name,
        "IamRole": made.role,
        "RegistrationLimit": made.limit,
        "RegistrationsCount": made.count,
        "ExpirationDate": made.expires,
        "Expired": made.expires <= clock.now(),
        "CreatedDate": made.created,
        "Tags": made.tags,
    }
