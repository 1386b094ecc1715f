"""Engines of one test alone, for tests that stop, break or kill them."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder for an engine; it does not exist yet."""
    return tmp_path / ".leadmagnet"


@pytest.fixture
def said() -> list[str]:
    """What the engine told its user: give `said.append` as `notify`."""
    return []
