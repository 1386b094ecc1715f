"""Wheels made on the spot, so that building a package needs no index."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

_FILES = {
    "tiny/__init__.py": "NAME = 'tiny'\n",
    "tiny/typed.pyi": "NAME: str\n",
    "tiny/tests/test_tiny.py": "",
    "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
    "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: by-hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "tiny-1.0.dist-info/RECORD": "",
}


def wheel(folder: Path) -> Path:
    """A wheel of the package `tiny` 1.0 in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in _FILES.items():
            archive.writestr(name, content)
    return path


def lock(folder: Path, *, of: Path, name: str = "tiny==1.0") -> Path:
    """A lock that asks for `name`, found nowhere but beside the wheel `of`."""
    digest = hashlib.sha256(of.read_bytes()).hexdigest()
    path = folder / "requirements.txt"
    path.write_text(f"--no-index\n--find-links {of.parent}\n{name} --hash=sha256:{digest}\n")
    return path
