"""What can go wrong at the HTTP edge alone."""

from __future__ import annotations

from leadmagnet.domain.errors import LeadmagnetError


class UnsupportedMediaType(LeadmagnetError):
    """The request's body is of a type that the route cannot read."""

    code = "unsupported_media_type"
