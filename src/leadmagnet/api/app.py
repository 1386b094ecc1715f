"""The API as one ASGI app."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from leadmagnet import __version__
from leadmagnet.api import job_actions, job_transfer, jobs, service, steps, workflows
from leadmagnet.api.described import describe
from leadmagnet.api.edge import Edge
from leadmagnet.api.head import HeadAsGet
from leadmagnet.api.parts import ApiParts
from leadmagnet.api.problems import add_problem_handlers

__all__ = ["ApiParts", "create_app"]

_SUMMARY = "Jobs, their execution steps and artifacts, and workflows."


def create_app(parts: ApiParts, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The app, made of `parts`, with `routers` of others (the pages) behind the API's own.

    Its description lies at /openapi.json; there are no pages that load from a CDN.
    """
    app = FastAPI(
        title="leadmagnet",
        version=__version__,
        summary=_SUMMARY,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
    )
    app.state.parts = parts
    # Fixed paths (`/admin/jobs/import`) before those with an id in their place.
    for module in (service, job_transfer, jobs, steps, job_actions, workflows):
        app.include_router(module.router)
    for router in routers:
        app.include_router(router)
    add_problem_handlers(app)
    describe(app)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Edge, new_id=parts.new_id)
    return app


def _operation_id(route: APIRoute) -> str:
    """What generated clients call the operation: `jobs_get`, `workflows_put`."""
    return "_".join([*(str(tag).replace(" ", "_") for tag in route.tags), route.name])
