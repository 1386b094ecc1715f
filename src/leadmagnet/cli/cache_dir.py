"""Where packages are kept between deployments."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir() -> Path:
    """The user's cache folder for leadmagnet (XDG_CACHE_HOME says otherwise)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "leadmagnet" / "functions"
