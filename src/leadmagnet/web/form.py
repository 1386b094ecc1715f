"""A posted form: read whole before an endpoint begins, and bounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

#: A submission holds 64 KB, which takes up to three times as much in a form; a bulk of 200 ids is far below.
FORM_LIMIT_BYTES = 400_000
_MOST_FIELDS = 1_000
_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The values by name, in the order in which they were sent."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """The first value of that name."""
        return next(iter(self.values.get(name, ())), default)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of that name."""
        return self.values.get(name, ())


async def read_form(request: Request) -> Form:
    """The form that the request carries; empty for a request that changes nothing."""
    if request.method != "POST":
        return Form()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _TYPE:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the form as {_TYPE}.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT_BYTES:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The form is larger than {FORM_LIMIT_BYTES:,} bytes; shorten the texts, or give large ones as links.",
            )
    return _parsed(body)


def _parsed(body: bytes) -> Form:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        message = "The form cannot be read; reload the page and send it again."
        raise HTTPException(HTTPStatus.BAD_REQUEST, message) from error
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        # Browsers send line ends as CR LF, whatever was typed.
        values[name] = (*values.get(name, ()), value.replace("\r\n", "\n"))
    return Form(values=values)
