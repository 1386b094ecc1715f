from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.conftest import Aws
from tests.web.chromium import running_chromium, signed_in
from tests.web.site import Site, running_site


@pytest.fixture(scope="session")
def site(aws: Aws) -> Iterator[Site]:
    """One service per test process; tests make jobs of their own, or use a tenant of their own."""
    with running_site(aws) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser per test process."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, site: Site) -> Iterator[Page]:
    """A page in an empty profile, signed in as administrator; whatever it complains of fails the test."""
    with signed_in(chromium, site) as opened:
        yield opened
