"""The API for any ASGI server: `uvicorn --factory leadmagnet.entry.asgi:build`."""

from __future__ import annotations

import os

from fastapi import FastAPI

from leadmagnet.settings import Settings
from leadmagnet.wiring import build_api


def build() -> FastAPI:
    """The API, with the settings of the process's environment."""
    return build_api(Settings.from_environment(os.environ))
