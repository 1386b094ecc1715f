"""Routes whose JSON body is read strictly: what cannot be used is named, and never becomes a fault further in."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from leadmagnet.domain.errors import Invalid, Problem

#: DynamoDB takes 32 levels and our own values lie some levels down; deeper JSON was not written by a person.
MOST_LEVELS = 200


class JsonRoute(APIRoute):
    """A route that reads its body with `parse_json`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given a request whose JSON is read strictly."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(_StrictRequest(request.scope, request.receive))
            except HTTPException as error:
                # FastAPI wraps what goes wrong while a body is read; ours says more.
                if isinstance(error.__cause__, Invalid | RequestValidationError):
                    raise error.__cause__ from error
                raise

        return handler


class _StrictRequest(Request):
    async def json(self) -> Any:  # noqa: ANN401 (where JSON enters)
        return parse_json(await self.body())


def parse_json(body: bytes) -> Any:  # noqa: ANN401 (where JSON enters)
    """The value of a JSON body; Invalid, with the field that is wrong, for what no store could keep."""
    try:
        value = json.loads(body)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        why = f"{error.msg} (byte {error.pos})" if isinstance(error, json.JSONDecodeError) else str(error)
        raise Invalid("The body is not JSON.", problems=[Problem(message=f"the body is not JSON: {why}")]) from error
    _check(value)
    return value


def _check(value: object) -> None:
    """Invalid, with its place, for what no store could keep: half characters, no numbers, endless nesting."""
    for where, each in _leaves(value):
        wrong = _unkeepable(each)
        if wrong:
            field = ".".join("?" if _unkeepable(name) else name for name in _names(where))
            raise Invalid("The body holds what cannot be kept:", problems=[Problem(field=field, message=wrong)])


def _unkeepable(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "is no number that JSON can say"
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return "holds half a character (a lone surrogate); send whole ones"
    return ""


#: Where a value is: the level, the name there, and where that is.
_Place = tuple[int, str, "_Place | None"]


def _leaves(value: object) -> Iterator[tuple[_Place | None, object]]:
    """Every text and number within `value`, names included, and where it is; without recursion, which has its end."""
    waiting: list[tuple[_Place | None, object]] = [(None, value)]
    while waiting:
        where, each = waiting.pop()
        level = where[0] + 1 if where else 1
        if level > MOST_LEVELS:
            raise _too_deep()
        if isinstance(each, dict):
            waiting += [((level, name, where), inner) for name, inner in each.items()]
            yield from (((level, name, where), name) for name in each)
        elif isinstance(each, list):
            waiting += [((level, str(place), where), inner) for place, inner in enumerate(each)]
        else:
            yield where, each


def _names(where: _Place | None) -> list[str]:
    names: list[str] = []
    while where is not None:
        names.insert(0, where[1])
        where = where[2]
    return names


def _too_deep() -> Invalid:
    message = f"the body is nested deeper than {MOST_LEVELS} levels"
    return Invalid("The body is not JSON that can be kept.", problems=[Problem(message=message)])
