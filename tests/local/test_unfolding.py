"""A package is unfolded once, and its files are linked from then on."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path

import pytest

from leadmagnet.local.unfolding import LinkedZipFile


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def package(folder: Path, text: str) -> Path:
    path = folder / "code.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("app.py", text)
        archive.writestr("lib/deep/other.py", "x = 1")
    return path


def unfolded(path: Path, target: Path) -> Path:
    with LinkedZipFile(path) as archive:
        archive.extractall(target)
    return target


def test_the_same_package_is_the_same_files_and_another_is_not(tmp_path: Path) -> None:
    first, second = (unfolded(package(tmp_path, "one"), tmp_path / name) for name in ("a", "b"))
    third = unfolded(package(tmp_path, "two"), tmp_path / "c")

    assert (first / "app.py").samefile(second / "app.py")
    assert (second / "lib" / "deep" / "other.py").read_text() == "x = 1"
    assert (third / "app.py").read_text() == "two"
    assert (first / "app.py").read_text() == "one"


def test_whoever_removes_its_folder_takes_nothing_from_the_others(tmp_path: Path) -> None:
    first, second = (unfolded(package(tmp_path, "one"), tmp_path / name) for name in ("a", "b"))

    (first / "app.py").unlink()

    assert (second / "app.py").read_text() == "one"
    assert (unfolded(package(tmp_path, "one"), tmp_path / "c") / "app.py").read_text() == "one"


def test_of_many_packages_the_last_three_are_kept(tmp_path: Path, scratch: Path) -> None:
    folders = [unfolded(package(tmp_path, str(number)), tmp_path / f"at-{number}") for number in range(5)]

    assert len(list(scratch.iterdir())) == 3
    assert [(folder / "app.py").read_text() for folder in folders] == list("01234")


def test_where_files_cannot_be_linked_they_are_unfolded(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)

    for name in ("a", "b"):
        assert (unfolded(package(tmp_path, "one"), tmp_path / name) / "app.py").read_text() == "one"
    assert list(scratch.iterdir()) == []
