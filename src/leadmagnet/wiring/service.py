"""API and pages as one app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadmagnet.web.app import create_web
from leadmagnet.web.front import Front
from leadmagnet.web.parts import WebParts
from leadmagnet.web.provider_sign_in import CALLBACK
from leadmagnet.wiring.api import api_on
from leadmagnet.wiring.stores import build_stores
from leadmagnet.wiring.tokens import build_code_flow, build_tokens

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from leadmagnet.settings import Settings
    from leadmagnet.web.parts import SignInTickets

#: First segments of the API's paths; all others are pages.
API_SEGMENTS = frozenset({"admin", "health", "ready", "version", "openapi.json"})


def build_service(settings: Settings, *, tickets: SignInTickets, answer_limit_bytes: int | None = None) -> ASGIApp:
    """API and pages as one app; the API alone where there is no key to sign sessions with."""
    stores = build_stores(settings)
    api = api_on(settings, stores, answer_limit_bytes=answer_limit_bytes)
    if not settings.token_key:
        return api
    parts = WebParts(
        operator=stores.operator,
        records=stores.records,
        tokens=build_tokens(settings),
        tickets=tickets,
        sweeps=stores.sweeps,
        links=stores.files,
        session_key=settings.token_key,
        provider=build_code_flow(settings, callback=CALLBACK),
        answer_limit_bytes=answer_limit_bytes,
    )
    return Front(api=api, pages=create_web(parts), api_segments=API_SEGMENTS)
