# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is changed in moto and botocore at run time: the clock, searches that grow with the square of the fleet, and work
that is done again and again with the same outcome.
"""

import functools
import gc
import sys
from typing import Any

import botocore.loaders
import botocore.session
import moto.backends
import moto.core.utils
from moto.core.base_backend import AccountSpecificBackend
from moto.core.base_backend import BaseBackend

from local_aws.framework import clock


def _utcnow() -> Any:
    return clock.now().replace(tzinfo=None)


def patch_clock() -> None:
    """moto's "now" becomes the virtual clock, also where a module has already bound the name."""
    original = moto.core.utils.utcnow
    if original is _utcnow:
        return
    moto.core.utils.utcnow = _utcnow
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and getattr(module, "utcnow", None) is original:
            module.utcnow = _utcnow


@functools.cache
def _loader(search_path: str | None = None) -> Any:
    return botocore.loaders.create_loader(search_path)


def patch_loading() -> None:
    """One loader of service models for all sessions (each would parse the 10 MB of EC2 anew); moto's list of modules once.

    Must come before moto.ec2 is imported: that makes three sessions.
    """
    botocore.session.create_loader = _loader
    modules = frozenset(moto.backends.list_of_moto_modules())
    moto.backends.list_of_moto_modules = lambda: modules


def patch_reset() -> None:
    """moto makes every backend anew before it drops them all; only those with something to close need that."""

    def reset(self: Any) -> None:
        for backend in self.values():
            if type(backend).reset is not BaseBackend.reset:
                backend.reset()

    AccountSpecificBackend.reset = reset


def keep() -> None:
    """What is loaded by now stays to the end: garbage collections need not walk it (a service model is 100,000 objects)."""
    gc.freeze()


def patch_ec2() -> None:
    """O(1) tags of a resource, instances by id, images by id."""
    from moto.ec2.exceptions import InvalidInstanceIdError
    from moto.ec2.models.amis import AmiBackend
    from moto.ec2.models.core import TaggedEC2Resource
    from moto.ec2.models.instances import Instance
    from moto.ec2.models.instances import InstanceBackend
    from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE
    from moto.ec2.utils import get_prefix

    def get_tags(self: Any) -> list[dict[str, str]]:
        tags = self.ec2_backend.tags.get(self.id) if self.id else None
        if not tags:
            return []
        kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "")
        return [{"resource_id": self.id, "key": k, "value": v, "resource_type": kind} for k, v in tags.items()]

    TaggedEC2Resource.get_tags = get_tags

    born = Instance.__init__

    def __init__(self: Any, ec2_backend: Any, *args: Any, **kwargs: Any) -> None:
        born(self, ec2_backend, *args, **kwargs)
        index(ec2_backend)[self.id] = self

    Instance.__init__ = __init__

    def get_instance(self: Any, instance_id: str) -> Any:
        found = index(self).get(instance_id)
        if found is None:
            raise InvalidInstanceIdError(instance_id)
        return found

    InstanceBackend.get_instance = get_instance

    describe = AmiBackend.describe_images

    def describe_images(
        self: Any, ami_ids: Any = None, filters: Any = None, exec_users: Any = None, owners: Any = None
    ) -> Any:
        # What every new instance asks.
        if filters and list(filters) == ["image-id"] and not (ami_ids or exec_users or owners):
            wanted = filters["image-id"]
            wanted = [wanted] if isinstance(wanted, str) else (wanted or [])
            if not any(character in (name or "") for name in wanted for character in "*?"):
                return [self.amis[name] for name in wanted if name in self.amis]
        return describe(self, ami_ids, filters, exec_users, owners)

    AmiBackend.describe_images = describe_images


def index(backend: Any) -> dict[str, Any]:
    """All instances of a moto EC2 backend by id, in the order of their start."""
    found = backend.__dict__.get("_local_aws_instances")
    if found is None:
        found = backend.__dict__["_local_aws_instances"] = {}
    return found


def self_check() -> None:
    """moto.core is no public interface: name at once what a new version would have taken away."""
    import moto
    from moto.core import parse
    from moto.core import routing
    from moto.core import serialize
    from moto.ec2.models.tags import TagBackend
    from moto.moto_server import werkzeug_app

    needed = [
        (routing, "get_service_router"),
        (parse, "PROTOCOL_PARSERS"),
        (serialize, "get_serializer_class"),
        (serialize, "SerializationContext"),
        (serialize.ResponseSerializer, "get_value"),
        (werkzeug_app, "DomainDispatcherApplication"),
        (werkzeug_app, "create_backend_app"),
        (moto.core.utils, "get_service_model"),
        (moto.core.utils, "utcnow"),
        (TagBackend, "create_tags"),
    ]
    missing = [f"{getattr(owner, '__name__', owner)}.{name}" for owner, name in needed if not hasattr(owner, name)]
    if missing or moto.__version__ != "5.2.5":
        raise RuntimeError(f"needs moto 5.2.5, found {moto.__version__}; missing: {', '.join(missing) or 'nothing'}")


patch_loading()
patch_reset()
patch_clock()
patch_ec2()
