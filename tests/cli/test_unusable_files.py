"""Folders that cannot be written to and files that cannot be read are one message, and leave nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.end_to_end.program import leadmagnet

from leadmagnet.cli.data_dir import token_key
from leadmagnet.cli.demo import _save
from leadmagnet.cli.submission import read_submission
from leadmagnet.domain.errors import Invalid

FORM = {"name": "form", "fields": []}


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    done = leadmagnet("token", "--data-dir", "/proc/no/such", cwd=tmp_path)
    assert done.returncode == 1
    assert "name another one with --data-dir" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_file_in_the_place_of_the_data_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Invalid, match="cannot be"):
        token_key(tmp_path / "file" / "sub")


def test_a_deliverable_is_saved_whole(tmp_path: Path) -> None:
    _save(tmp_path / "report.html", b"<p>")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("report.html", b"<p>")]


def test_a_deliverable_that_cannot_be_saved_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(Invalid, match="name another one with --out"):
        _save(tmp_path / "report.html", b"<p>")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_submission_nested_without_end_is_said(tmp_path: Path) -> None:
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 400_000)
    with pytest.raises(Invalid, match="nested too deeply"):
        read_submission(FORM, fields=(), file=deep, example=False)
