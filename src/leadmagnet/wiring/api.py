"""The admin API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadmagnet.api.app import create_app
from leadmagnet.api.parts import ApiParts
from leadmagnet.engine.workflow_file import parse_workflow
from leadmagnet.wiring.identity import new_id, now
from leadmagnet.wiring.stores import Stores, build_stores
from leadmagnet.wiring.tokens import build_tokens

if TYPE_CHECKING:
    from fastapi import FastAPI

    from leadmagnet.settings import Settings


def build_api(settings: Settings) -> FastAPI:
    """The admin API alone."""
    return api_on(settings, build_stores(settings))


def api_on(settings: Settings, stores: Stores, *, answer_limit_bytes: int | None = None) -> FastAPI:
    """The admin API on `stores`; no answer of its own passes `answer_limit_bytes`."""
    return create_app(
        ApiParts(
            jobs=stores.jobs,
            records=stores.records,
            workflows=stores.workflows,
            queue=stores.queue,
            artifacts=stores.artifacts,
            steps=stores.steps,
            operator=stores.operator,
            files=stores.files,
            readiness=stores.readiness,
            tokens=build_tokens(settings),
            clock=now,
            new_id=new_id,
            parse_workflow=parse_workflow,
            answer_limit_bytes=answer_limit_bytes,
        )
    )
