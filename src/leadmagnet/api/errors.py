"""What can go wrong at the HTTP edge alone."""

from __future__ import annotations

from leadmagnet.domain.errors import LeadmagnetError


class Unauthorized(LeadmagnetError):
    """The request carries no token that is good here."""

    code = "unauthorized"


class Forbidden(LeadmagnetError):
    """The token is good, but its role may not do this."""

    code = "forbidden"


class UnsupportedMediaType(LeadmagnetError):
    """The request's body is of a type that the route cannot read."""

    code = "unsupported_media_type"
