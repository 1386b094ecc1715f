from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.client import BaseClient
from tests.adapters.models.vendors import registry
from tests.compatible_server import CompatibleServer

from leadmagnet.adapters.models.registry import ModelRegistry


@pytest.fixture
def server() -> Iterator[CompatibleServer]:
    with CompatibleServer() as running:
        yield running


@pytest.fixture
def clients() -> Iterator[list[BaseClient]]:
    made: list[BaseClient] = []
    yield made
    for client in made:
        client.close()


@pytest.fixture
def models(server: CompatibleServer, clients: list[BaseClient]) -> ModelRegistry:
    return registry(server, clients)
