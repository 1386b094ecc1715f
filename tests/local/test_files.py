"""The files that come along, in a checkout and in a wheel."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.build import build_wheel

from leadmagnet.local import files
from leadmagnet.local.errors import TemplateNotUnderstood

ROOT = Path(__file__).parents[2]


def test_a_checkout_has_them_at_its_root() -> None:
    assert files.template_path() == ROOT / "template.yaml"
    assert files.workflows_dir() == ROOT / "workflows"


def test_a_wheel_carries_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / build_wheel(str(tmp_path))) as wheel:
        wheel.extractall(tmp_path)
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "leadmagnet")

    shipped = {path.name for path in files.workflows_dir().iterdir()}

    assert files.template_path().read_text() == (ROOT / "template.yaml").read_text()
    assert shipped == {path.name for path in (ROOT / "workflows").iterdir()}


def test_an_installation_without_them_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "src" / "leadmagnet")

    with pytest.raises(TemplateNotUnderstood, match="Install leadmagnet again"):
        files.template_path()
