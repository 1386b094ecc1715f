"""The package that is deployed: all that it needs is in it, and it stays within the limits of docs/deployment.md."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest

from leadmagnet.cli.cache_dir import cache_dir
from leadmagnet.deploy.package import Package, build_package
from leadmagnet.deploy.runtime import Runtime
from leadmagnet.deploy.starts import ENTRIES, ENVIRONMENT, start_of
from leadmagnet.local.files import functions_lock

pytestmark = pytest.mark.long
PAGE = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text(encoding="utf-8")
#: Loaded when a model of theirs is called, never at the start.
LATE = {"anthropic", "openai", "pydantic_ai", "PIL", "genai_prices"}


@pytest.fixture(scope="module")
def package() -> Package:
    return build_package(functions_lock(), Runtime.here(), cache=cache_dir())


@pytest.fixture(scope="module")
def unfolded(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    with zipfile.ZipFile(package.path) as archive:
        archive.extractall(folder)
    return folder


def alone(unfolded: Path, program: str) -> Any:  # noqa: ANN401 (JSON enters here)
    """What `program` prints as JSON in an interpreter that knows the package and Python's own library, nothing else."""
    begin = f"import json, sys; sys.path[:0] = [{str(unfolded)!r}]\n"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", begin + program],
        env=dict(ENVIRONMENT),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def limit(row: str) -> float:
    """The limit that the page states in the row of that name."""
    found = re.search(rf"^\| {row} \|[^|]*\| ([\d,.]+)", PAGE, re.MULTILINE)
    assert found is not None, row
    return float(found.group(1).replace(",", ""))


def test_the_package_is_as_small_as_the_page_says(package: Package) -> None:
    assert package.zipped_bytes <= limit("package, zipped") * 1024**2
    assert package.unzipped_bytes <= limit("package, unfolded") * 1024**2


@pytest.mark.parametrize("entry", ENTRIES)
def test_each_function_loads_no_more_at_its_start_than_the_page_says(unfolded: Path, entry: str) -> None:
    # Counted, not timed: a busy machine takes longer, and imports what it always does.
    start = start_of(unfolded, entry)

    assert start is not None
    assert start.modules <= limit(f"modules of `{entry}`")
    assert start.bytecode_bytes <= limit(f"bytecode of `{entry}`") * 1024**2


@pytest.mark.parametrize("entry", ENTRIES)
def test_each_function_starts_without_what_it_needs_later(unfolded: Path, entry: str) -> None:
    loaded = alone(
        unfolded,
        f"import leadmagnet.entry.lambda_{entry} as entry; entry.handler; print(json.dumps(list(sys.modules)))",
    )

    assert {name.partition(".")[0] for name in loaded}.isdisjoint(LATE)


def test_every_module_of_ours_finds_what_it_imports_late_ones_too(unfolded: Path) -> None:
    program = (
        "import importlib, pkgutil, leadmagnet\n"
        "names = [each.name for each in pkgutil.walk_packages(leadmagnet.__path__, 'leadmagnet.')]\n"
        "names = [name for name in names if '.entry.' not in name]\n"
        "for name in names: importlib.import_module(name)\n"
        "print(json.dumps([len(names), 'openai' in sys.modules and 'anthropic' in sys.modules]))"
    )

    count, models_too = alone(unfolded, program)

    assert count > 100
    assert models_too


def test_nothing_of_this_python_is_in_reach_of_that_check(unfolded: Path) -> None:
    seen = alone(unfolded, "print(json.dumps(sys.path))")

    assert sysconfig.get_paths()["purelib"] not in seen
