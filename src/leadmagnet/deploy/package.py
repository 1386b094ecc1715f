"""The functions' package: one zip file whose bytes depend on nothing but its content."""

from __future__ import annotations

import base64
import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from leadmagnet.deploy.dependencies import dependencies
from leadmagnet.deploy.pruning import RULES, needed_files, own_files
from leadmagnet.deploy.runtime import Runtime

#: The first instant that a zip file can name.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_OUR_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A zip file for Lambda."""

    path: Path
    #: In hex. Lambda says the same of the code that it runs, in Base64.
    sha256: str
    zipped_bytes: int
    unzipped_bytes: int

    @property
    def lambda_sha256(self) -> str:
        """The hash as Lambda writes it."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()


def build_package(lock: Path, runtime: Runtime, *, cache: Path, own: Path = _OUR_PACKAGE) -> Package:
    """The package of our code in `own` with the dependencies of `lock`, kept under `cache`.

    The same content gives the same bytes, whoever builds it and when.
    """
    site = dependencies(lock, runtime, cache=cache)
    draft = _draft(cache)
    try:
        # Compressing the dependencies takes seconds, and they rarely change.
        shutil.copyfile(_zipped(site, cache), draft)
        _add(draft, ((f"leadmagnet/{path}", own / path) for path in own_files(own)))
        sha256 = hashlib.sha256(draft.read_bytes()).hexdigest()
        path = draft.replace(cache / f"{runtime.label}-{sha256}.zip")
    finally:
        draft.unlink(missing_ok=True)
    with zipfile.ZipFile(path) as archive:
        unzipped = sum(entry.file_size for entry in archive.infolist())
    return Package(path=path, sha256=sha256, zipped_bytes=path.stat().st_size, unzipped_bytes=unzipped)


def _zipped(site: Path, cache: Path) -> Path:
    """What is needed of `site`, as a zip file beside it."""
    kept = site.with_name(f"{site.name}-{RULES}.zip")
    if not kept.exists():
        draft = _draft(cache)
        try:
            _add(draft, ((str(path), site / path) for path in needed_files(site)))
            draft.replace(kept)
        finally:
            draft.unlink(missing_ok=True)
    return kept


def _draft(cache: Path) -> Path:
    with tempfile.NamedTemporaryFile(dir=cache, prefix=".zipping-", suffix=".zip", delete=False) as file:
        return Path(file.name)


def _add(target: Path, entries: Iterable[tuple[str, Path]]) -> None:
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, path in entries:
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.external_attr, entry.compress_type = _MODE, zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
