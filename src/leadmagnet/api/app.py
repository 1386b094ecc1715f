"""The API as one ASGI app."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from leadmagnet.api import job_actions, jobs, workflows
from leadmagnet.api.edge import Edge
from leadmagnet.api.parts import ApiParts
from leadmagnet.api.problems import add_problem_handlers
from leadmagnet.api.schemas import HealthView

__all__ = ["ApiParts", "create_app"]

_open_routes = APIRouter(tags=["service"])


@_open_routes.get("/health")
def health() -> HealthView:
    """Whether the service answers; needs no token."""
    return HealthView(status="ok")


def create_app(parts: ApiParts, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The app, made of `parts`, with `routers` of others (the pages) behind the API's own.

    Its description lies at /openapi.json; there are no pages that load from a CDN.
    """
    app = FastAPI(title="leadmagnet", summary=__doc__, docs_url=None, redoc_url=None)
    app.state.parts = parts
    app.include_router(_open_routes)
    app.include_router(jobs.router)
    app.include_router(job_actions.router)
    app.include_router(workflows.router)
    for router in routers:
        app.include_router(router)
    add_problem_handlers(app)
    app.add_middleware(Edge, new_id=parts.new_id)
    return app
