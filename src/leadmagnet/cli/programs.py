"""Programs of our own environment, as they can be typed where the user stands."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def typed(name: str) -> str:
    """What to type for the program `name`: its bare name if the shell finds ours, else its path."""
    ours = Path(sys.prefix) / "bin" / name
    found = shutil.which(name)
    if not ours.exists() or (found is not None and Path(found) == ours):
        return name
    here = Path.cwd()
    return shlex.quote(str(ours.relative_to(here) if ours.is_relative_to(here) else ours))


def folder_option(data_dir: Path, default: Path) -> str:
    """The option that names the data folder, with a blank before it; empty for the default."""
    return "" if data_dir == default else f" --data-dir {shlex.quote(str(data_dir))}"
