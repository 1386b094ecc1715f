from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI
from tests.api.service import WORKFLOW, Fakes, Service

from leadmagnet.api.app import create_app
from leadmagnet.cli.api_server import listen, serving, url_of
from leadmagnet.engine.workflow_file import parse_workflow


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[FastAPI, httpx2.Client]]:
    """One running server per test process: starting and stopping one takes longer than any test."""
    app = create_app(Fakes().parts())
    listener = listen(0)
    with serving(app, listener), httpx2.Client(base_url=url_of(listener), trust_env=False) as http:
        yield app, http


@pytest.fixture
def service(served: tuple[FastAPI, httpx2.Client]) -> Service:
    """The server, with parts of its own for each test."""
    app, http = served
    fakes = Fakes()
    fakes.workflows.put(parse_workflow(WORKFLOW))

    def refresh() -> None:
        app.state.parts = fakes.parts()

    refresh()
    return Service(fakes=fakes, http=http, refresh=refresh)
