"""Which files of an installation a function needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

#: Counts up with every change of the rules below: packages that were made by others are not taken up.
RULES = 2

#: Services of AWS whose descriptions go along with botocore; 400 others stay away, 25 MB of them.
SERVICES = frozenset(
    {"bedrock-runtime", "codedeploy", "dynamodb", "lambda", "s3", "secretsmanager", "sqs", "sts", "sso", "sso-oidc"}
)
#: Folders that nobody imports from at run time.
_FOLDERS = frozenset({"bin", "tests", "examples"})
#: Sources of extension modules, types for editors.
_SUFFIXES = frozenset({".pyo", ".pyi", ".pyx", ".pxd", ".c", ".h", ".cpp", ".hpp", ".typed", ".whl", ".chm"})
#: Pip's own notes, which differ from one installation to the next.
_NOTES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json"})
#: Parts of our own package that only a terminal uses, and the bytecode that running it here left.
_TERMINAL = frozenset({"cli", "local", "deploy", "shipped", "__pycache__"})
_DEPLOYING = frozenset({"wiring/deployment.py", "py.typed"})


def needed_files(site: Path) -> Iterator[PurePosixPath]:
    """The files below `site` (dependencies) that go into the package, in order."""
    for path in sorted(site.rglob("*")):
        relative = PurePosixPath(path.relative_to(site).as_posix())
        if path.is_file() and _is_needed(relative):
            yield relative


def own_files(package: Path) -> Iterator[PurePosixPath]:
    """The files of our own package that functions need, in order."""
    for path in sorted(package.rglob("*")):
        relative = PurePosixPath(path.relative_to(package).as_posix())
        if path.is_file() and str(relative) not in _DEPLOYING and _TERMINAL.isdisjoint(relative.parts):
            yield relative


def _is_needed(path: PurePosixPath) -> bool:
    if path.suffix in _SUFFIXES or _FOLDERS.intersection(path.parts[:-1]):
        return False
    if path.parts[0].endswith(".dist-info") and path.name in _NOTES:
        return False
    if path.parts[:2] == ("botocore", "data") and len(path.parts) > 3:
        return path.parts[2] in SERVICES
    return True
