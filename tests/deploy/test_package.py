"""What goes into the functions' package, and that its bytes depend on nothing else."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from tests.deploy.wheels import lock, wheel

from leadmagnet.deploy.errors import PackagingFailed
from leadmagnet.deploy.package import Package, build_package
from leadmagnet.deploy.runtime import Runtime
from leadmagnet.domain.errors import Invalid


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A package as small as can be, with what stays at home."""
    folder = tmp_path / "own"
    for name in ("__init__.py", "entry/lambda_api.py", "web/page.html", "cli/app.py", "local/engine.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "old.cpython-311.pyc").write_bytes(b"old")
    return folder


def build(tmp_path: Path, own: Path, *, cache: str = "cache", name: str = "tiny==1.0") -> Package:
    asked = lock(tmp_path, of=wheel(tmp_path / "wheels"), name=name)
    return build_package(asked, Runtime.here(), cache=tmp_path / cache, own=own)


def names(package: Package) -> set[str]:
    with zipfile.ZipFile(package.path) as archive:
        return {name for name in archive.namelist() if not name.endswith(".pyc")}


def test_code_and_dependencies_go_in_and_what_only_a_terminal_needs_stays_out(tmp_path: Path, own: Path) -> None:
    assert names(build(tmp_path, own)) == {
        "leadmagnet/__init__.py",
        "leadmagnet/entry/lambda_api.py",
        "leadmagnet/web/page.html",
        "tiny/__init__.py",
        "tiny-1.0.dist-info/METADATA",
    }


def test_there_is_bytecode_for_the_python_that_builds_and_none_that_lay_around(tmp_path: Path, own: Path) -> None:
    with zipfile.ZipFile(build(tmp_path, own).path) as archive:
        compiled = {Path(name).name.split(".")[0] for name in archive.namelist() if name.endswith(".pyc")}

    assert compiled == {"__init__", "lambda_api"}


def test_the_same_content_gives_the_same_bytes_whoever_builds_it_and_when(tmp_path: Path, own: Path) -> None:
    first = build(tmp_path, own)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(own, elsewhere)

    second = build(tmp_path, elsewhere, cache="other")

    assert second.path != first.path
    assert second.path.read_bytes() == first.path.read_bytes()


def test_a_change_gives_another_package_and_installs_nothing_again(tmp_path: Path, own: Path) -> None:
    first = build(tmp_path, own)
    (own / "entry" / "lambda_api.py").write_text("changed = True\n")
    asked = tmp_path / "requirements.txt"
    shutil.rmtree(tmp_path / "wheels")

    second = build_package(asked, Runtime.here(), cache=tmp_path / "cache", own=own)

    assert second.sha256 != first.sha256


def test_a_missing_wheel_is_told_in_pips_words_and_leaves_nothing_behind(tmp_path: Path, own: Path) -> None:
    with pytest.raises(PackagingFailed) as caught:
        build(tmp_path, own, name="absent==2.0")

    assert "absent==2.0" in caught.value.message
    assert "--architecture" in caught.value.message
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_runtime_that_lambda_does_not_have_is_refused() -> None:
    with pytest.raises(Invalid, match=r"3\.12, 3\.13"):
        # Its system libraries are too old for current wheels.
        Runtime.of(python="3.11", architecture="arm64")


def test_wheels_are_asked_for_that_the_runtimes_libraries_can_load() -> None:
    options = Runtime.of(python="3.13", architecture="x86_64").pip_options

    assert {"manylinux2014_x86_64", "manylinux_2_28_x86_64", "manylinux_2_34_x86_64"} <= set(options)
    assert not [option for option in options if "2_35" in option or "aarch64" in option]
