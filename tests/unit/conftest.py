# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Make the checkout importable as ansible_collections.fleetpatch.aws, wherever it lies; the local AWS and module runs."""

import json
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOCAL_AWS = ROOT / "tests" / "local_aws"


def pytest_configure(config):
    try:
        from hypothesis import settings
    except ImportError:  # ansible-test without our requirements; what needs it says so itself
        pass
    else:
        # how long an example takes says something of the machine, not of the code
        settings.register_profile("fleetpatch", deadline=None)
        settings.load_profile("fleetpatch")
    if str(LOCAL_AWS) not in sys.path:
        sys.path.insert(0, str(LOCAL_AWS))
    if "ansible_pytest_collections" in os.environ.get("PYTEST_PLUGINS", ""):
        return  # ansible-test does the rest
    if config.pluginmanager.hasplugin("pytest-ansible"):
        return  # pytest-ansible does the rest
    from ansible.utils.collection_loader import _collection_finder as finder

    link = ROOT / ".cache" / "collections" / "ansible_collections" / "fleetpatch" / "aws"
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(ROOT, link.parent), target_is_directory=True)
    path = str(link.parents[2])
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = path
    finder._AnsibleCollectionFinder(paths=[path, *sys.path])._install()


@pytest.fixture(name="serve")
def fixture_serve(monkeypatch):
    """serve(scenario, **options) -> the local AWS in this process, with the environment of its clients set."""
    import contextlib

    from local_aws import testing

    with contextlib.ExitStack() as stack:

        def serve(scenario=None, **options):
            aws = stack.enter_context(testing.serve(scenario, **options))
            for name in ("AWS_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
                monkeypatch.delenv(name, raising=False)
            for name, value in aws.env().items():
                monkeypatch.setenv(name, value)
            return aws

        yield serve


@pytest.fixture(name="loader", scope="session")
def fixture_loader():
    """Every run of a module makes a session of the SDK, which reads its large files again; here they share one reader."""
    import botocore.loaders

    return botocore.loaders.create_loader()


@pytest.fixture(autouse=True)
def fixture_one_loader(loader, monkeypatch):
    import botocore.session

    monkeypatch.setattr(botocore.session, "create_loader", lambda search_path_string=None: loader)


@pytest.fixture(autouse=True)
def fixture_one_client(monkeypatch):
    """The runs of a module within one test share a client of the same options and environment: to make one costs more than its calls."""
    from ansible_collections.amazon.aws.plugins.module_utils import botocore

    make = botocore._boto3_conn
    clients = {}

    def share(**options):
        environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        told = {name: getattr(value, "__dict__", value) for name, value in options.items()}
        key = repr((sorted(told.items()), sorted(environment.items())))
        if key not in clients:
            clients[key] = make(**options)
        return clients[key]

    monkeypatch.setattr(botocore, "_boto3_conn", share)


@pytest.fixture(name="run_module")
def fixture_run_module(capsys):
    """run_module(module, check=False, **options) -> the result that the module printed."""
    from ansible.module_utils.testing import patch_module_args

    def run(module, check=False, **options):
        capsys.readouterr()
        with patch_module_args(dict(options, _ansible_check_mode=check)):
            with pytest.raises(SystemExit) as end:
                module.main()
        result = json.loads(capsys.readouterr().out)
        assert end.value.code == (1 if result.get("failed") else 0)
        return result

    return run
