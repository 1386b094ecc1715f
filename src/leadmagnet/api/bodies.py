"""Large JSON bodies, read only once it is known that the caller may send them."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from leadmagnet.api.auth import Admin, Operator
from leadmagnet.api.errors import not_json
from leadmagnet.api.json_route import parse_json

Model = TypeVar("Model", bound=BaseModel)


async def _operators_json(request: Request, _: Operator) -> bytes:
    return await _json_bytes(request)


async def _admins_json(request: Request, _: Admin) -> bytes:
    return await _json_bytes(request)


#: The bytes of a JSON body that an operator (an admin) sends; whoever may not is refused before they are read.
OperatorsJson = Annotated[bytes, Depends(_operators_json)]
AdminsJson = Annotated[bytes, Depends(_admins_json)]


async def _json_bytes(request: Request) -> bytes:
    if not is_json(request):
        raise not_json(request.headers.get("content-type"))
    return await request.body()


def is_json(request: Request) -> bool:
    """Whether the request says that its body is JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def parsed(body: bytes, model: type[Model]) -> Model:
    """The body as `model`; RequestValidationError or Invalid name every field that does not fit."""
    value = parse_json(body)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in mistakes]) from error


def json_request(model: type[BaseModel]) -> dict[str, Any]:
    """How the OpenAPI description tells of such a body."""
    return {"requestBody": {"required": True, "content": json_content(model)}, "x-definitions": definitions(model)}


def json_content(model: type[BaseModel]) -> dict[str, Any]:
    """How it tells of JSON of that kind, whose `definitions` some route of the description must carry."""
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def definitions(model: type[BaseModel]) -> dict[str, Any]:
    """The schemas by name that JSON of that kind needs, its own among them."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), model.__name__: schema}
