"""What a function imports is measured in its own package, and only where that can be."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from leadmagnet.deploy.bytecode import add_bytecode
from leadmagnet.deploy.package import Package
from leadmagnet.deploy.runtime import Runtime
from leadmagnet.deploy.starts import measure_starts


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """Two functions that start, and two that do not."""
    source = tmp_path / "source"
    entries = {"lambda_api.py": "import leadmagnet.more\nhandler = print\n", "lambda_worker.py": "handler = print\n"}
    for name, text in {"__init__.py": "", **entries, "lambda_check.py": "import absent\n"}.items():
        (source / "leadmagnet" / "entry").mkdir(parents=True, exist_ok=True)
        (source / "leadmagnet" / "entry" / name).write_text(text)
    (source / "leadmagnet" / "more.py").write_text("MORE = 1\n" * 200)
    add_bytecode(source, Runtime.here())
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for each in source.rglob("*.py*"):
            archive.write(each, each.relative_to(source))
    return Package(path=path, sha256="", zipped_bytes=1, unzipped_bytes=1)


def test_each_start_counts_modules_and_the_bytecode_that_it_reads(package: Package) -> None:
    api, worker = measure_starts(package)

    assert (api.function, worker.function) == ("api", "worker")
    assert api.modules == worker.modules + 1
    assert api.bytecode_bytes > worker.bytecode_bytes > 0


def test_a_package_is_measured_once(package: Package) -> None:
    first = measure_starts(package)
    package.path.unlink()

    assert measure_starts(package) == first


def test_what_was_built_for_another_python_or_machine_cannot_be_measured() -> None:
    here = Runtime.here()
    other = "x86_64" if here.architecture == "arm64" else "arm64"

    assert here.runs_here
    assert not Runtime(python=here.python, architecture=other).runs_here
    assert not Runtime(python="3.99", architecture=here.architecture).runs_here
