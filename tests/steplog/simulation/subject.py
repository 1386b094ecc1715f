"""The package under test: the real one, or a private copy of its source with one line changed."""

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

import leadmagnet.steplog

_PACKAGE = "leadmagnet.steplog"
_FOLDER = Path(str(leadmagnet.steplog.__file__)).parent


@dataclass(frozen=True, slots=True)
class Patch:
    """One place in one module's source, and what is to stand there instead."""

    module: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A step log package. Its names are looked up as they are used: a copy has classes of its own."""

    package: Any
    document: Any
    objects: Any
    keys: Any
    jsontext: Any
    idpages: Any

    @contextmanager
    def shrunk(self) -> Iterator[None]:
        """Make the sizes that are fixed in the source small, so that short logs have many groups, blocks and parts."""
        small = [
            (self.document, "_LEAST_GROUP_BYTES", 300),
            (self.document, "_LARGE_GROUP_BYTES", 600),
            (self.objects, "_BLOCK_BYTES", 700),
            (self.objects, "_MOST_COPY_BYTES", 3000),
            (self.idpages, "_FAN", 2),
            (self.idpages, "_MOST_IDS", 20),
        ]
        before = [(module, name, getattr(module, name)) for module, name, _ in small]
        for module, name, value in small:
            setattr(module, name, value)
        try:
            yield
        finally:
            for module, name, value in before:
                setattr(module, name, value)


def real() -> Subject:
    """The package as it is."""
    return _subject(_PACKAGE)


@contextmanager
def patched(name: str, patches: tuple[Patch, ...]) -> Iterator[Subject]:
    """A private copy of the package with `patches`; LookupError if the source no longer has a place just once."""
    package = f"planted_{name}"
    finder = _CopyFinder(package, _patched_sources(patches))
    sys.meta_path.insert(0, finder)
    try:
        yield _subject(package)
    finally:
        sys.meta_path.remove(finder)
        for module in [m for m in sys.modules if m == package or m.startswith(f"{package}.")]:
            del sys.modules[module]


def _subject(package: str) -> Subject:
    modules = ("document", "objects", "keys", "jsontext", "idpages")
    parts = {module: importlib.import_module(f"{package}.{module}") for module in modules}
    return Subject(package=importlib.import_module(package), **parts)


def _patched_sources(patches: tuple[Patch, ...]) -> dict[str, str]:
    sources = {path.stem: path.read_text("utf-8") for path in _FOLDER.glob("*.py")}
    for patch in patches:
        if sources[patch.module].count(patch.old) != 1:
            raise LookupError(f"{patch.module}.py does not hold just once: {patch.old!r}; write this patch anew")
        sources[patch.module] = sources[patch.module].replace(patch.old, patch.new)
    return sources


class _CopyFinder(MetaPathFinder):
    """Finds the modules of a copy of the package under its private name."""

    def __init__(self, package: str, sources: Mapping[str, str]) -> None:
        self._package = package
        self._sources = sources

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        if fullname == self._package:
            return self._spec(fullname, "__init__", is_package=True)
        parent, _, module = fullname.rpartition(".")
        if parent == self._package and module in self._sources:
            return self._spec(fullname, module, is_package=False)
        return None

    def _spec(self, fullname: str, module: str, *, is_package: bool) -> ModuleSpec | None:
        source = self._sources[module].replace(_PACKAGE, self._package)
        return spec_from_loader(fullname, _SourceLoader(source, module), is_package=is_package)


class _SourceLoader(InspectLoader):
    """Gives a module the source that it was made with."""

    def __init__(self, source: str, module: str) -> None:
        self._source = source
        self._module = module

    def get_source(self, fullname: str) -> str:
        del fullname
        return self._source

    def is_package(self, fullname: str) -> bool:
        del fullname
        return self._module == "__init__"
