"""Where the files lie that come along with the code: the template, the functions' lock and the example workflows."""

from __future__ import annotations

from pathlib import Path

from leadmagnet.local.errors import TemplateNotUnderstood

_PACKAGE = Path(__file__).resolve().parents[1]


def template_path() -> Path:
    """`template.yaml`, the one definition of the tables, bucket and queues."""
    return _shipped("template.yaml")


def functions_lock() -> Path:
    """What the deployed functions need, by versions and hashes; beside the code, where `sam build` looks for it."""
    return _shipped("requirements.txt", in_checkout="src/requirements.txt")


def workflows_dir() -> Path:
    """The folder of the example workflows."""
    return _shipped("workflows")


def _shipped(name: str, *, in_checkout: str | None = None) -> Path:
    # A wheel carries the files inside the package; in a checkout they lie at its root, above src/leadmagnet.
    candidates = (_PACKAGE / "shipped" / name, _PACKAGE.parents[1] / (in_checkout or name))
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise TemplateNotUnderstood(
        f"{name} did not come along with this installation. Install leadmagnet again.",
        looked_at=", ".join(map(str, candidates)),
    )
