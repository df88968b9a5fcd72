# Copyright: (c) 2026, Fleetpatch contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The one entrance: finds the operation, checks the request, carries it out here or in moto, checks the answer."""

import functools
import logging
import re
import traceback
import warnings
from dataclasses import dataclass
from dataclasses import field
from io import BytesIO
from typing import Any

import botocore.session
from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.exceptions import NotFound
from werkzeug.wsgi import get_input_stream

from local_aws.framework import clock
from local_aws.framework import contract
from local_aws.framework import control
from local_aws.framework import ec2_xml
from local_aws.framework import faults
from local_aws.framework import identity
from local_aws.framework import json_body
from local_aws.framework import perf
from local_aws.framework import rates
from local_aws.framework import recorder
from local_aws.framework import state
from local_aws.framework.registry import AFTER_MOTO
from local_aws.framework.registry import AUTHORIZE
from local_aws.framework.registry import BEFORE_MOTO
from local_aws.framework.registry import OPS
from local_aws.framework.registry import AwsError
from local_aws.framework.registry import Context
from local_aws.framework.switches import SWITCHES

log = logging.getLogger("local_aws.front")

CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request")
# Signing names that are not the name of the model.
MODELS = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2", "eventbridge": "events", "email": "ses"}
CONTEXT_KEY = "local_aws.context"  # in the WSGI environ of in-process calls

_moto = DomainDispatcherApplication(create_backend_app)
warnings.filterwarnings("ignore", message="Exception.*does not match an error shape", module="moto")


@dataclass
class Call:
    """One request on its way."""

    request: Request
    ctx: Context
    service: str
    operation: Any
    protocol: str
    params: dict = field(default_factory=dict)
    error: str | None = None


class ContractBroken(Exception):
    """An answer of the local AWS does not fit the model: a mistake of the local AWS, never of the client."""


def application(environ: dict, start_response: Any) -> list[bytes]:
    """The WSGI application."""
    path = environ.get("PATH_INFO", "")
    if path.startswith("/_emu/"):
        return control.application(environ, start_response)
    if path == "/moto-api/reset":
        return control.reset_application(environ, start_response)
    status, headers, body = answer(environ)
    start_response(f"{status} {'OK' if status < 400 else 'Error'}", headers)
    return [body]


def answer(environ: dict) -> tuple[int, list[tuple[str, str]], bytes]:
    """(HTTP status, headers, body) of one AWS request."""
    clock.run_due()
    _buffer(environ)
    request = Request(environ)
    with clock.LOCK:
        found = _identify(environ, request)
        if found is None:
            return _through(environ)
        call, failure = found
        entry = recorder.begin(call.service, call.operation.name, call.ctx)
        status, headers, body = _error(call, failure) if failure else _perform(call, environ, entry)
        recorder.end(entry, status, call.error)
        return status, headers, body


def _buffer(environ: dict) -> None:
    body = get_input_stream(environ).read()
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["wsgi.input_terminated"] = True


def _identify(environ: dict, request: Request) -> tuple[Call, AwsError | None] | None:
    match = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if match is None:
        return None  # unsigned or presigned: moto finds its way by the path
    access_key, _, region, signing = match.groups()
    service = "sesv2" if signing == "ses" and request.path.startswith("/v2/") else MODELS.get(signing, signing)
    try:
        model = _model(service)
    except Exception:
        return None
    ctx, failure = environ.get(CONTEXT_KEY), None
    if ctx is None:
        ctx, failure = identity.context(access_key, region)
    try:
        operation, uri = get_service_router(service).match(request)
    except (NotFound, NotImplementedError):
        return None
    protocol = determine_request_protocol(model, request.content_type)
    call = Call(request, ctx, service, operation, protocol)
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = ctx.account
    if service == "s3":
        call.params = {**uri, **{key: value for key, value in request.args.items()}}
    elif protocol in PROTOCOL_PARSERS:
        try:
            call.params = _parse(call, uri)
        except Exception as broken:
            failure = failure or AwsError("SerializationException", f"cannot read the request: {broken}", 400)
    return call, failure or _region_failure(region)


@functools.cache
def _model(service: str) -> Any:
    found = get_service_model(service)
    get_service_router(service)
    perf.keep()
    return found


def _parse(call: Call, uri: dict) -> dict:
    request = call.request
    return PROTOCOL_PARSERS[call.protocol](call.operation, map_type=dict).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": uri,
        }
    )


_regions: set[str] = set()


def _region_failure(region: str) -> AwsError | None:
    if not _regions:
        session = botocore.session.get_session()
        _regions.update(session.get_available_regions("ec2"), session.get_available_regions("s3"), {"aws-global"})
    if region in _regions:
        return None
    # AWS has no endpoint for such a Region at all; the client would not resolve its name.
    return AwsError("InvalidEndpoint", f"there is no Region {region}", 400)


def _perform(call: Call, environ: dict, entry: dict) -> tuple[int, list, bytes]:
    name = call.operation.name
    entry["params"] = call.params
    try:
        rates.check(call.ctx, call.service, name)
        fault = faults.take(call.ctx, call.service, name, call.params)
        if fault is not None and fault["phase"] == "before":
            raise faults.error(fault, call.service)
        if call.service != "s3":
            contract.validate(call.operation, call.params)
        for authorize in AUTHORIZE:
            authorize(call.ctx, call.service, name, call.params)
        outcome = _carry_out(call, environ)
        if fault is not None:
            raise faults.error(fault, call.service)
        return outcome
    except AwsError as failure:
        return _error(call, failure)
    except ServiceException as failure:
        return _error(call, AwsError(failure.code, failure.message))
    except ContractBroken as broken:
        log.error("%s:%s %s", call.service, name, broken)
        return _error(call, AwsError("OutputContractBroken", str(broken), 500))
    except Exception as crash:
        log.exception("%s:%s crashed", call.service, name)
        control.CRASHES.append(f"{call.service}:{name}: {traceback.format_exc(limit=-4)}")
        return _error(call, AwsError("InternalFailure", f"{type(crash).__name__}: {crash}", 500))


def _carry_out(call: Call, environ: dict) -> tuple[int, list, bytes]:
    handler = OPS.get((call.service, call.operation.name))
    if handler is None:
        if call.service in BEFORE_MOTO:
            BEFORE_MOTO[call.service](call.ctx, call.operation.name, call.params)
        status, headers, body = _moto_answer(call, environ)
        if call.service in AFTER_MOTO:
            AFTER_MOTO[call.service](call.ctx, call.operation.name, call.params, status)
        if status >= 400:
            call.error = _moto_code(body, headers)
        return status, headers, body
    result = handler(call.ctx, call.params) or {}
    if SWITCHES["output_contract"] != "off":
        problems = contract.answer_problems(call.operation, result)
        if problems and SWITCHES["output_contract"] == "raise":
            raise ContractBroken("; ".join(problems[:10]))
        if problems:
            log.warning("%s:%s %s", call.service, call.operation.name, "; ".join(problems[:10]))
    return _serialize(call, result)


def _moto_answer(call: Call, environ: dict) -> tuple[int, list, bytes]:
    try:
        return _through(environ)
    except NotImplementedError as missing:
        raise AwsError(
            "NotImplementedByEmulator",
            f"the local AWS does not implement {call.service}:{call.operation.name} ({missing})",
            501,
        ) from None


def _through(environ: dict) -> tuple[int, list, bytes]:
    environ["wsgi.input"].seek(0)
    seen: dict[str, Any] = {}

    def start(status: str, headers: list, exc_info: Any = None) -> Any:
        seen.update(status=int(status.split()[0]), headers=headers)

    chunks = _moto(environ, start)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    headers = [(name, value) for name, value in seen["headers"] if name.lower() != "connection"]
    if environ["REQUEST_METHOD"] != "HEAD" and not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("Content-Length", str(len(body))))
    return seen["status"], headers, body


def _moto_code(body: bytes, headers: list) -> str:
    for name, value in headers:
        if name.lower() == "x-amzn-errortype":
            return value.split(":")[0].split("#")[-1]
    found = re.search(rb"<Code>([^<]+)</Code>|\"__type\":\s*\"([^\"]+)\"", body)
    if found is None:
        return "Unknown"
    return (found.group(1) or found.group(2)).decode().split("#")[-1]


def fast_value(value: Any, key: str, shape: Any) -> Any:
    """Exactly the member: moto's own picker tries aliases first and can take a wrong key of a dict."""
    if isinstance(value, dict):
        return value.get(key)
    return getattr(value, key, None)


def _serializer(call: Call) -> Any:
    kind = get_serializer_class(call.service, call.protocol)
    serializer = kind(operation_model=call.operation, context=SerializationContext(state.new_uuid()))
    serializer.get_value = fast_value
    return serializer


def _serialize(call: Call, result: dict) -> tuple[int, list, bytes]:
    operation = call.operation
    if call.protocol == "ec2":
        body = ec2_xml.serialize(operation, result, state.new_uuid())
        return _response({"status_code": 200, "headers": {"Content-Type": "text/xml;charset=UTF-8"}, "body": body})
    if call.protocol == "json" and operation.service_model.protocol == "json":
        version = operation.service_model.metadata.get("jsonVersion", "1.0")
        headers = {"Content-Type": f"application/x-amz-json-{version}"}
        return _response({"status_code": 200, "headers": headers, "body": json_body.serialize(operation, result)})
    return _response(_serializer(call).serialize(result))


def _response(response: dict, status: int | None = None) -> tuple[int, list, bytes]:
    body = response["body"]
    body = body.encode() if isinstance(body, str) else (body or b"")
    headers = [(name, str(value)) for name, value in response["headers"].items()]
    headers += [("x-amzn-RequestId", state.new_uuid()), ("Content-Length", str(len(body)))]
    return status or response["status_code"], headers, body


def _error(call: Call, failure: AwsError) -> tuple[int, list, bytes]:
    call.error = failure.code
    response = _serializer(call).serialize(failure)
    return _response(response, failure.status)


perf.self_check()
