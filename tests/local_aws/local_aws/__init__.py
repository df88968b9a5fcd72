# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A strict local AWS: request validation, quotas, virtual clock and faults in front of moto.

The environment below has to be set before any moto module is imported.
"""

import os

# Public images are seeded per platform (images.py); moto's own list costs a volume and a snapshot for each of ~500 images.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
os.environ.setdefault("MOTO_ALLOW_NONEXISTENT_REGION", "false")
# AWS refuses images and instance types that do not exist; moto only on request.
os.environ.setdefault("MOTO_ENABLE_AMI_VALIDATION", "true")
os.environ.setdefault("MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION", "true")
