"""The functions' package: one zip file whose bytes depend on nothing but its content."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from leadmagnet.deploy.bytecode import add_bytecode
from leadmagnet.deploy.dependencies import dependencies
from leadmagnet.deploy.pruning import needed_files, own_files
from leadmagnet.deploy.runtime import Runtime

#: The first instant that a zip file can name.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
#: Packages of our own changes that stay in the cache, 40 MB each.
_KEPT = 4
_OUR_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A zip file for Lambda."""

    path: Path
    #: In hex; Lambda says the same of the code that it runs, in Base64.
    sha256: str
    zipped_bytes: int
    unzipped_bytes: int


def build_package(lock: Path, runtime: Runtime, *, cache: Path, own: Path = _OUR_PACKAGE) -> Package:
    """The package of our code in `own` with the dependencies of `lock`, kept under `cache`.

    The same content gives the same bytes, whoever builds it and when.
    """
    site = dependencies(lock, runtime, cache=cache)
    path = cache / f"{site.name}-{_digest(own)}.zip"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=cache, prefix=".zipping-") as scratch:
            ours, draft = Path(scratch) / "ours", Path(scratch) / "draft.zip"
            _copy(own, ours / "leadmagnet")
            add_bytecode(ours, runtime)
            # Compressing the dependencies takes seconds, and they rarely change.
            shutil.copyfile(_zipped(site), draft)
            _add(draft, ours, sorted(each.relative_to(ours) for each in ours.rglob("*") if each.is_file()))
            draft.replace(path)
        _forget_old(cache, f"{site.name}-*.zip")
    with zipfile.ZipFile(path) as archive:
        unzipped = sum(entry.file_size for entry in archive.infolist())
    content = path.read_bytes()
    return Package(
        path=path, sha256=hashlib.sha256(content).hexdigest(), zipped_bytes=len(content), unzipped_bytes=unzipped
    )


def starts_path(package: Path) -> Path:
    """Where what was measured of a package is kept, beside it."""
    return package.with_suffix(".starts.json")


def _forget_old(cache: Path, pattern: str) -> None:
    """Keep the last few packages: going back and forth between changes is quick then."""
    for path in sorted(cache.glob(pattern), key=lambda each: each.stat().st_mtime)[:-_KEPT]:
        path.unlink(missing_ok=True)
        starts_path(path).unlink(missing_ok=True)


def _digest(own: Path) -> str:
    content = hashlib.sha256()
    for path in own_files(own):
        content.update(f"{path}\0".encode() + hashlib.sha256((own / path).read_bytes()).digest())
    return content.hexdigest()[:20]


def _copy(own: Path, target: Path) -> None:
    for path in own_files(own):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(own / path, target / path)


def _zipped(site: Path) -> Path:
    """What is needed of `site`, as a zip file beside it."""
    kept = site.with_name(f"{site.name}.zip")
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=site.parent, prefix=".zipping-") as scratch:
            draft = Path(scratch) / kept.name
            _add(draft, site, needed_files(site))
            draft.replace(kept)
    return kept


def _add(target: Path, folder: Path, files: Iterable[PurePath]) -> None:
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.as_posix(), date_time=_EPOCH)
            entry.external_attr, entry.compress_type = _MODE, zipfile.ZIP_DEFLATED
            archive.writestr(entry, (folder / file).read_bytes())
