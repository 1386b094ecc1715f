"""API and pages for any ASGI server: `uvicorn --factory leadmagnet.entry.asgi:build`."""

from __future__ import annotations

import os

from starlette.types import ASGIApp

from leadmagnet.settings import Settings
from leadmagnet.web.tickets import OneTimeTickets
from leadmagnet.wiring.identity import now
from leadmagnet.wiring.service import build_service


def build() -> ASGIApp:
    """The service, with the settings of the process's environment."""
    # No terminal prints a link here: visitors sign in with a token.
    return build_service(Settings.from_environment(os.environ), tickets=OneTimeTickets(clock=now))
