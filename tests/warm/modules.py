# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Runs Ansible modules in forks of processes that have imported them already: a module costs 0.1 CPU seconds instead of 0.5.
Playbooks too, see playbooks.py: there is one process for each environment.

    python tests/warm/modules.py SOCKET

What runs is the payload that Ansible made, with its arguments, environment and folder. For each payload (the names and
checksums of the files in it) there is one process that has imported the module from that very payload; a call is a fork of it.
So nothing is there that the payload does not bring, and nothing that one call leaves behind reaches another.

The protocol, over a Unix socket: the caller sends one JSON line (env, cwd, and payload: a path, or argv of a playbook) with two descriptors
(stdout, stderr). It gets a line with the process id of a playbook, and one with the exit status in the end; none when it was killed.
"""

from __future__ import annotations

import ast
import atexit
import base64
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import re
import select
import signal
import socket
import sys
import tempfile
import traceback
import types
import typing as t
import zipfile

import playbooks

# The models of these services are read once, and not in each fork.
SERVICES = ("autoscaling", "cloudwatch", "ec2", "elbv2", "iam", "s3", "ses", "sesv2", "sns", "ssm", "sts")
REQUEST_SIZE = 1 << 20
Bases = dict[tuple, socket.socket]
Request = dict[str, t.Any]


class Kind(t.NamedTuple):
    """What is run.

    key: what calls have in common that can be forks of one process; prepare: what that process does first, with what it keeps open;
    run: what a fork does.
    """

    key: t.Callable[[Request], tuple]
    prepare: t.Callable[[Request], contextlib.AbstractContextManager]
    run: t.Callable[[Request], int]


def serve(path: str) -> None:
    """Answer requests at the socket until SIGTERM."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path + ".new")
    listener.listen(64)
    _read_models()
    os.rename(path + ".new", path)  # it is there when it answers
    bases: Bases = {}
    with contextlib.suppress(_Ended):
        while True:
            _wait_for(listener)
            connection, _address = listener.accept()
            with connection, contextlib.suppress(ConnectionError, BrokenPipeError):
                _hand_on(connection, bases)
    for base in bases.values():
        base.close()
    while bases:  # so that their CPU seconds count
        os.waitpid(-1, 0)
        bases.popitem()


class _Ended(BaseException):
    """SIGTERM came."""


def _end(_number: int, _frame: t.Any) -> None:
    raise _Ended


def _read_models() -> None:
    from botocore import loaders
    from botocore import session

    loaders.JSONFileLoader.load_file = functools.cache(loaders.JSONFileLoader.load_file)
    loader = session.Session().get_component("data_loader")
    for service in SERVICES:
        for kind in ("service-2", "paginators-1", "waiters-2", "endpoint-rule-set-1"):
            with contextlib.suppress(loaders.UnknownServiceError, loaders.DataNotFoundError):
                loader.load_service_model(service, kind)
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        loader.load_data(name)


def _wait_for(readable: socket.socket) -> None:
    """Until there is something to read; meanwhile children that have ended are waited for, so that their CPU seconds count."""
    while not select.select([readable], [], [], 1.0)[0]:
        _reap()
    _reap()


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _hand_on(connection: socket.socket, bases: Bases) -> None:
    """Hand the connection and its descriptors to the process that has imported this payload; make that when there is none."""
    data, descriptors, _flags, _address = socket.recv_fds(connection, REQUEST_SIZE, 2)
    if not data:
        return
    try:
        request = json.loads(data)
        kind = PLAYBOOKS if "argv" in request else MODULES
        key = kind.key(request)
        if key not in bases:
            bases[key] = _new_base(kind, request)
        socket.send_fds(bases[key], [data], [connection.fileno(), *descriptors])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _arguments(payload: str) -> dict[str, t.Any]:
    """The literal arguments of the call at the end of a payload."""
    with open(payload, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    call = lines[lines.index("    _ansiballz_main(") + 1 : -1]
    wanted = ("zip_data", "module_fqn")
    found = dict(re.match(r"(\w+)=(.*),$", line).groups() for line in call)
    return {name: ast.literal_eval(found[name]) for name in wanted}


def contents(zip_data: str) -> tuple:
    """(name, checksum) of each file in a zip archive (base64); its time is not part of it."""
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(zip_data))) as archive:
        return tuple(sorted((one.filename, one.CRC) for one in archive.infolist()))


def _new_base(kind: Kind, request: Request) -> socket.socket:
    """The socket of a new process that is prepared for requests like this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        with _exiting():
            _close_all_but(theirs.fileno())
            _base(theirs, kind, request)
    theirs.close()
    return ours


def _import_module(request: Request) -> contextlib.AbstractContextManager:
    arguments = _arguments(request["payload"])
    file = tempfile.NamedTemporaryFile(suffix=".zip")
    file.write(base64.b64decode(arguments["zip_data"]))
    file.flush()
    sys.path.insert(0, file.name)
    # What cannot be imported here fails in the fork, where its message is read.
    with contextlib.suppress(Exception, SystemExit):
        importlib.import_module("ansible.module_utils._internal._ansiballz._loader")
        importlib.import_module(arguments["module_fqn"])
    sys.modules.pop(arguments["module_fqn"], None)  # the module itself is run, and only what it imports is kept
    sys.path.remove(file.name)
    return file  # of which more may be imported


def _base(requests: socket.socket, kind: Kind, first: Request) -> None:
    with kind.prepare(first):
        gc.freeze()
        _answer(requests, kind)


def _answer(requests: socket.socket, kind: Kind) -> None:
    while True:
        _wait_for(requests)
        data, descriptors, _flags, _address = socket.recv_fds(requests, REQUEST_SIZE, 3)
        if not data:
            return
        if os.fork() == 0:
            with _exiting():
                _call(kind, json.loads(data), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _call(kind: Kind, request: Request, connection: int, out: int, err: int) -> None:
    """Run what is asked for as a new process would, and tell its exit status."""
    for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    _close_all_but(connection)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    if kind is PLAYBOOKS:
        os.setsid()
        os.write(connection, b"%d\n" % os.getpid())
    status = _run(kind, request)
    os.write(connection, b"%d\n" % status)


def _run(kind: Kind, request: Request) -> int:
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", closefd=False), open(2, "w", closefd=False)
    try:
        status = kind.run(request)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def _run_module(request: Request) -> int:
    """Run a payload as `python -` would."""
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.argv = [""]
    with open(request["payload"], encoding="utf-8") as stream:
        exec(compile(stream.read(), "<stdin>", "exec"), main.__dict__)
    return 0


def _close_all_but(kept: int) -> None:
    """Close what a fork inherited: the reader of a pipe waits until nobody holds its other end."""
    os.closerange(3, kept)
    os.closerange(kept + 1, 1024)


@contextlib.contextmanager
def _exiting() -> t.Iterator[None]:
    """End the process here, whatever happens; a fork must not go on where its parent is."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        yield
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


MODULES = Kind(lambda request: contents(_arguments(request["payload"])["zip_data"]), _import_module, _run_module)
PLAYBOOKS = Kind(playbooks.key, playbooks.prepare, playbooks.run)

if __name__ == "__main__":
    del sys.path[0]  # this folder is no part of a module's world
    signal.signal(signal.SIGTERM, _end)
    serve(sys.argv[1])
