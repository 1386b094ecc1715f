"""Errors as RFC 9457 problem JSON: one form for whatever goes wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from leadmagnet.api.bodies import is_json
from leadmagnet.api.errors import AnswerTooLarge, UnsupportedMediaType, not_json
from leadmagnet.api.job_document import log_missing_steps
from leadmagnet.domain.errors import (
    FilesLeft,
    Forbidden,
    IdentityUnavailable,
    IllegalTransition,
    Invalid,
    LeadmagnetError,
    NotFound,
    Problem,
    Unauthorized,
)
from leadmagnet.steplog.errors import (
    InvalidJobId,
    InvalidStep,
    NoRoom,
    NoSuchJob,
    StepConflict,
    StepLogError,
    StepsMissing,
    Unavailable,
    VersionConflict,
)

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

#: By the nearest class; what is not here is a fault of ours and answers 500 without its message.
STATUS: Mapping[type, HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    IllegalTransition: HTTPStatus.CONFLICT,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    IdentityUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    AnswerTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    FilesLeft: HTTPStatus.SERVICE_UNAVAILABLE,
}

#: What a change to a job's execution steps may meet.
_OF_THE_RECORD: Mapping[type[StepLogError], tuple[HTTPStatus, str]] = {
    InvalidStep: (HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_step"),
    StepConflict: (HTTPStatus.CONFLICT, "step_conflict"),
    NoRoom: (HTTPStatus.CONFLICT, "no_room"),
    VersionConflict: (HTTPStatus.PRECONDITION_FAILED, "version_conflict"),
}
_HEADERS: Mapping[int, Mapping[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": 'Bearer realm="leadmagnet"'},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "2"},
}


def problem(
    status: int,
    *,
    code: str,
    detail: str,
    errors: Sequence[Mapping[str, Any]] = (),
    request_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem answer. `code` becomes the type's last part; `errors` names single mistakes."""
    body: dict[str, Any] = {
        "type": f"urn:leadmagnet:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    if request_id is not None:
        body["request_id"] = request_id
    # In ASCII: what is quoted from a bad request may be text that UTF-8 cannot say.
    return Response(json.dumps(body).encode("ascii"), status, media_type=MEDIA_TYPE, headers=headers)


def internal_problem(request_id: str) -> Response:
    """What a client learns of a fault of ours: the id under which the log tells the rest."""
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal",
        detail=f"Something failed in the service; its log says what, under request_id {request_id}.",
        request_id=request_id,
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Have `app` answer every error in problem JSON; what is not handled here is the edge's."""
    app.add_exception_handler(LeadmagnetError, _on_service_error)
    app.add_exception_handler(StepLogError, _on_step_log_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)


def _on_service_error(_: Request, error: Exception) -> Response:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)
    if not isinstance(error, LeadmagnetError) or status is None:
        # A fault of ours: the edge logs it with the request's id and answers 500.
        raise error
    if isinstance(error, Unauthorized | Forbidden):
        logger.warning("Access denied", extra={"event": "access_denied", "code": error.code})
    mistakes = error.problems if isinstance(error, Invalid) else ()
    return problem(
        status,
        code=error.code,
        # The lines after the first are the mistakes, which `errors` holds.
        detail=error.message.partition("\n")[0] if mistakes else error.message,
        errors=[_mistake(each) for each in mistakes],
        headers=_HEADERS.get(status),
    )


def _mistake(found: Problem) -> dict[str, Any]:
    place = {"line": found.line, "column": found.column}
    return {"field": found.field, "message": found.message} | {
        name: value for name, value in place.items() if value is not None
    }


def _on_step_log_error(_: Request, error: Exception) -> Response:
    if isinstance(error, NoSuchJob | InvalidJobId):
        return problem(HTTPStatus.NOT_FOUND, code="job_not_found", detail="There is no such job.")
    if isinstance(error, Unavailable):
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            code="unavailable",
            detail="The storage did not answer; send the request again in a moment.",
            headers=_HEADERS[HTTPStatus.SERVICE_UNAVAILABLE],
        )
    if isinstance(error, StepsMissing):
        log_missing_steps(error, str(error.job_id))
        return problem(
            HTTPStatus.CONFLICT,
            code="steps_missing",
            detail="The job's execution steps are not where its item says they are in S3, so they cannot be given. "
            "The job itself can be read; `leadmagnet doctor` tells what is missing and how to restore it.",
        )
    for kind, (status, code) in _OF_THE_RECORD.items():
        if isinstance(error, kind):
            return problem(status, code=code, detail=error.message)
    raise error


def _on_invalid_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    if not is_json(request) and any(each["loc"][:1] == ("body",) for each in error.errors()):
        # The body was not read at all, so what is said to be missing in it may well be there.
        return _on_service_error(request, not_json(request.headers.get("content-type")))
    errors = [_invalid_field(each) for each in error.errors()]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_request",
        detail="The request cannot be used:",
        errors=errors,
    )


def _invalid_field(error: Mapping[str, Any]) -> dict[str, Any]:
    """One of pydantic's findings; the place without `body` or `query` in front."""
    if error["type"] == "json_invalid":
        return {"field": "", "message": f"the body is not JSON: {error.get('ctx', {}).get('error', 'unreadable')}"}
    message = str(error["msg"])
    return {"field": ".".join(str(part) for part in error["loc"][1:]), "message": message[:1].lower() + message[1:]}


def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    path = request.url.path
    known = {
        HTTPStatus.NOT_FOUND: ("route_not_found", f"There is nothing at {path}; /openapi.json lists what there is."),
        HTTPStatus.METHOD_NOT_ALLOWED: ("method_not_allowed", f"{path} does not take {request.method}."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("body_too_large", error.detail),
    }
    code, detail = known.get(HTTPStatus(error.status_code), ("bad_request", error.detail))
    return problem(error.status_code, code=code, detail=detail, headers=error.headers)
