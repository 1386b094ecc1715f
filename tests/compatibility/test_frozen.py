"""The frozen release is what its tag says, and stands beside this one without touching it."""

from __future__ import annotations

import runpy
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from tests.compatibility.release import BEFORE, FOLDER, THIS, Release

ROOT = Path(__file__).parents[2]
#: The commit of the tag v0.1.0, for clones that bring no tags.
COMMIT = "2db2a52"


def contents(archive: BytesIO | Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as found:
        return {name: found.read(name) for name in found.namelist()}


def test_the_frozen_release_is_what_the_script_makes_of_its_commit() -> None:
    command = ["git", "-C", str(ROOT), "cat-file", "-e", f"{COMMIT}^{{commit}}"]
    known = subprocess.run(command, capture_output=True, check=False)
    if known.returncode:
        pytest.skip("this copy has no history to compare with")
    frozen = runpy.run_path(str(ROOT / "scripts" / "freeze-release"))["frozen"]

    assert contents(BytesIO(frozen(BEFORE, COMMIT))) == contents(FOLDER / f"{BEFORE}.zip")


def test_the_frozen_release_imports_nothing_of_this_one() -> None:
    for name, content in contents(FOLDER / f"{BEFORE}.zip").items():
        assert b"import leadmagnet." not in content, name
        assert b"from leadmagnet." not in content, name


def test_each_release_has_its_own_code() -> None:
    logs = [Release(name).module("steplog").StepLog for name in (THIS, BEFORE)]

    assert [log.__module__ for log in logs] == ["leadmagnet.steplog.log", "leadmagnet_0_1_0.steplog.log"]
    assert Release(BEFORE).package.__version__ == BEFORE
