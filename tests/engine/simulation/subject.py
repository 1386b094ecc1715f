"""The code under test: the real one, or a private copy of its source with a line or two changed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import leadmagnet

_ROOT = "leadmagnet"
_FOLDER = Path(str(leadmagnet.__file__)).parent
#: What a copy has of its own. Values, errors and the step log are those of everybody.
_COPIED = ("engine", "worker", "adapters")


@dataclass(frozen=True, slots=True)
class Patch:
    """One place in one module's source, and what is to stand there instead."""

    module: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Engine, worker and adapters."""

    run_job: Any
    rerun_job: Any
    Rerun: Any
    cancel_job: Any
    recover_jobs: Any
    EngineParts: Any
    OperatorParts: Any
    Worker: Any
    Pace: Any
    JobRunTable: Any
    JobTable: Any
    LoggedSteps: Any
    S3Artifacts: Any
    SqsQueue: Any
    StrandedJobTable: Any


_NAMES = {
    "engine.runner": ("run_job",),
    "engine.rerun": ("rerun_job", "Rerun"),
    "engine.cancel": ("cancel_job",),
    "engine.recovery": ("recover_jobs",),
    "engine.parts": ("EngineParts",),
    "engine.operator_parts": ("OperatorParts",),
    "worker.loop": ("Worker", "Pace"),
    "adapters.job_runs": ("JobRunTable",),
    "adapters.jobs": ("JobTable",),
    "adapters.step_record": ("LoggedSteps",),
    "adapters.artifacts": ("S3Artifacts",),
    "adapters.queue": ("SqsQueue",),
    "adapters.stranded": ("StrandedJobTable",),
}


def real() -> Subject:
    """The code as it is."""
    return _subject(_ROOT)


@contextmanager
def patched(name: str, patches: tuple[Patch, ...]) -> Iterator[Subject]:
    """A private copy with `patches`; LookupError if the source no longer has a place just once."""
    package = f"planted_engine_{name}"
    finder = _CopyFinder(package, _patched_sources(patches))
    sys.meta_path.insert(0, finder)
    try:
        yield _subject(package)
    finally:
        sys.meta_path.remove(finder)
        for module in [m for m in sys.modules if m == package or m.startswith(f"{package}.")]:
            del sys.modules[module]


def _subject(package: str) -> Subject:
    found: dict[str, Any] = {}
    for module, names in _NAMES.items():
        imported = importlib.import_module(f"{package}.{module}")
        found |= {name: getattr(imported, name) for name in names}
    return Subject(**found)


def _patched_sources(patches: tuple[Patch, ...]) -> Mapping[str, str]:
    changed: dict[str, str] = {}
    for patch in patches:
        source = changed.get(patch.module) or _source(patch.module)
        if source.count(patch.old) != 1:
            raise LookupError(f"{patch.module} does not hold just once: {patch.old!r}; write this patch anew")
        changed[patch.module] = source.replace(patch.old, patch.new)
    return changed


def _source(module: str) -> str:
    return _path(module).read_text("utf-8")


def _path(module: str) -> Path:
    path = _FOLDER.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


class _CopyFinder(MetaPathFinder):
    """Finds the modules of a copy under its private name."""

    def __init__(self, package: str, changed: Mapping[str, str]) -> None:
        self._package = package
        self._changed = changed

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        if fullname == self._package:
            return spec_from_loader(fullname, _SourceLoader("", _FOLDER), is_package=True)
        parent, _, module = fullname.partition(".")
        if parent != self._package or not _path(module).exists():
            return None
        source = self._changed.get(module) or _source(module)
        for copied in _COPIED:
            source = source.replace(f"{_ROOT}.{copied}", f"{self._package}.{copied}")
        file = _path(module)
        return spec_from_loader(fullname, _SourceLoader(source, file), is_package=file.name == "__init__.py")


class _SourceLoader(InspectLoader):
    """Gives a module the source that it was made with, and the place of the file that it is a copy of."""

    def __init__(self, source: str, file: Path) -> None:
        self._source = source
        self._file = file

    def get_source(self, fullname: str) -> str:
        del fullname
        return self._source

    def is_package(self, fullname: str) -> bool:
        del fullname
        return self._file.name in ("__init__.py", _ROOT)

    def exec_module(self, module: ModuleType) -> None:
        # Templates are found beside the file.
        module.__file__ = str(self._file)
        super().exec_module(module)
