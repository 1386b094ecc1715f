"""`/health`, `/ready`, `/version`: what those ask who run the service. None needs a token or tells a secret."""

from __future__ import annotations

from fastapi import APIRouter, Response, status
from pydantic import BaseModel

from leadmagnet import __version__
from leadmagnet.api.parts import Parts

router = APIRouter(tags=["service"])


class HealthView(BaseModel):
    """The service answers."""

    status: str


class ReadyView(BaseModel):
    """Whether each thing that the service needs has answered: `ok`, or `failed` (the log says why)."""

    ready: bool
    checks: dict[str, str]


class VersionView(BaseModel):
    """Which version of the service this is."""

    version: str


@router.get("/health")
def health() -> HealthView:
    """Whether the service answers; asks nothing of anybody else."""
    return HealthView(status="ok")


@router.get("/ready", responses={503: {"model": ReadyView, "description": "Something that is needed does not answer."}})
def ready(parts: Parts, response: Response) -> ReadyView:
    """Whether table, bucket and queue answer; 503 if one does not."""
    checks = parts.readiness()
    good = all(state == "ok" for state in checks.values())
    response.status_code = status.HTTP_200_OK if good else status.HTTP_503_SERVICE_UNAVAILABLE
    response.headers["Cache-Control"] = "no-store"
    return ReadyView(ready=good, checks=dict(checks))


@router.get("/version")
def version() -> VersionView:
    """The version of the service."""
    return VersionView(version=__version__)
