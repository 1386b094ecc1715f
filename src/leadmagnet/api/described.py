"""The OpenAPI description, with every error that a route may answer, so that a client can be generated from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

from leadmagnet.api.problems import MEDIA_TYPE

_REF = {"$ref": "#/components/schemas/ProblemView"}
_BODY_METHODS = ("post", "put")
#: Routes that need the record itself, which may be gone.
_OF_RECORDS = ("/execution-steps/{index}", "/execution-steps/{index}/{value}", "/export")
_SAID = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read.",
    HTTPStatus.UNAUTHORIZED: "No token, or none that is good here.",
    HTTPStatus.FORBIDDEN: "The role may not do this.",
    HTTPStatus.NOT_FOUND: "It does not exist, or is another tenant's.",
    HTTPStatus.CONFLICT: "What the job is, or holds, does not allow it.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body, or the answer, is larger than may be.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is of a type that this route does not read.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The request cannot be used; `errors` names the fields.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Something that is needed does not answer; try again in a moment.",
}


class MistakeView(BaseModel):
    """One mistake: where it is, and what is wrong."""

    field: str
    message: str
    line: int | None = None
    column: int | None = None


class ProblemView(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(examples=["urn:leadmagnet:problem:invalid_submission"])
    title: str
    status: int
    detail: str
    errors: list[MistakeView] | None = None
    request_id: str | None = None


def describe(app: FastAPI) -> None:
    """Have `app` describe itself with the errors of its routes."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _description(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's documented way to extend the description


def _description(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for model in (MistakeView, ProblemView):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            schemas.update(operation.pop("x-definitions", {}))
            _add_problems(path, method, operation)
    return found


def _add_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status in _statuses(path, method, operation):
        responses.setdefault(str(int(status)), {"description": _SAID[status]})
    for status, response in responses.items():
        is_error = status.startswith(("4", "5"))
        if is_error and "application/json" not in response.get("content", {}):
            response["content"] = {MEDIA_TYPE: {"schema": _REF}}
        elif is_error and status == str(int(HTTPStatus.UNPROCESSABLE_ENTITY)):
            responses[status] = {
                "description": _SAID[HTTPStatus.UNPROCESSABLE_ENTITY],
                "content": {MEDIA_TYPE: {"schema": _REF}},
            }


def _statuses(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[HTTPStatus]:
    """What this route may answer, by what it takes."""
    if operation.get("security"):
        yield from (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE)
        yield HTTPStatus.UNPROCESSABLE_ENTITY
    if "{" in path or "requestBody" in operation:
        yield HTTPStatus.NOT_FOUND
    if "{job_id}" in path and (method != "get" or path.endswith(_OF_RECORDS)):
        yield HTTPStatus.CONFLICT
    if path.endswith("/{value}"):
        yield HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if method in _BODY_METHODS and operation.get("security"):
        yield from (
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        )
