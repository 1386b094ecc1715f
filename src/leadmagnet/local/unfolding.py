"""Functions' packages, unfolded once for all the processes that start from one.

MiniStack unfolds the package anew for each process of a function: 9,000 files and a second of the engine's time, during
which it answers nobody quickly. In place of that the files are linked; whoever removes its folder removes its links.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from zipfile import ZipInfo

#: Packages whose files are kept, 100 MB each: during a deployment the old and the new one start in turn.
_KEPT = 3
_PREFIX = "unfolded-"


class LinkedZipFile(zipfile.ZipFile):
    """A zip file that is unfolded by linking to the files of an earlier time."""

    def extractall(
        self,
        path: str | os.PathLike[str] | None = None,
        members: Iterable[str | ZipInfo] | None = None,
        pwd: bytes | None = None,
    ) -> None:
        """Have all files below `path`; they are shared, so nobody may change one in its place."""
        if path is None or members is not None or pwd is not None or self.filename is None:
            super().extractall(path, members, pwd)
            return
        with Path(self.filename).open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        kept = Path(tempfile.gettempdir()) / f"{_PREFIX}{sha256}"
        try:
            shutil.copytree(kept, path, copy_function=os.link, dirs_exist_ok=True)
        except (OSError, shutil.Error):
            # Nothing is kept yet, it was removed meanwhile, or files cannot be linked here.
            shutil.rmtree(path, ignore_errors=True)
            super().extractall(path)
            _keep(Path(path), kept)


def _keep(folder: Path, kept: Path) -> None:
    """Link the files of `folder` into `kept`, all of them or none, and forget what was kept long ago."""
    draft = Path(tempfile.mkdtemp(prefix=".keeping-"))
    try:
        shutil.copytree(folder, draft, copy_function=os.link, dirs_exist_ok=True)
        draft.rename(kept)
    except (OSError, shutil.Error):
        shutil.rmtree(draft, ignore_errors=True)
    oldest_first = sorted(kept.parent.glob(f"{_PREFIX}*"), key=lambda each: each.stat().st_ctime)
    for each in oldest_first[:-_KEPT]:
        shutil.rmtree(each, ignore_errors=True)


def link_packages(runtime: ModuleType) -> None:
    """Have MiniStack's module of functions' processes unfold packages this way."""
    linking = ModuleType("zipfile")
    linking.__dict__.update(vars(zipfile) | {"ZipFile": LinkedZipFile})
    runtime.__dict__["zipfile"] = linking
