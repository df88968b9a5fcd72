# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Systems Manager: documents, Automation and tags. Importing it registers the operations."""

from local_aws.ssm import document_operations  # noqa: F401
from local_aws.ssm import tags  # noqa: F401
from local_aws.ssm.automation import operations  # noqa: F401
