"""What of an installation is broken is told before anything is asked, built or changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.deployed import Cloud

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("broken", "text", "said"),
    [
        ("workflows/market-report.yaml", "name: [", "market-report.yaml"),
        ("template.yaml", "Resources: {Table: [}", "Put the file right, or install leadmagnet again."),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_begun(
    tmp_path: Path, broken: str, text: str, said: str
) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "workflows", tmp_path / "workflows")
    shutil.copyfile(ROOT / "template.yaml", tmp_path / "template.yaml")
    (tmp_path / broken).write_text(text)
    nowhere = Cloud(data_dir=tmp_path / "none", endpoint_url="")

    refused = nowhere.leadmagnet("deploy", "--embedded", "--yes", source=tmp_path, check=False)

    assert refused.returncode == 1
    assert said in refused.stderr
    # It did not get as far as to look for the engine.
    assert "No engine runs" not in refused.stderr
    assert "^." not in refused.stderr
