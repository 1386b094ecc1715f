"""The stack on this machine: `leadmagnet engine` in a folder of its own, and `leadmagnet deploy` into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.stack import Stack, named_stack
from tests.deployed import cloud, environment


@contextmanager
def embedded_stack(folder: Path) -> Iterator[Stack]:
    """The service, deployed to an engine in `folder` that ends with the block."""
    with cloud(folder) as engine:
        engine.deploy()
        environ = environment(
            AWS_ENDPOINT_URL=engine.endpoint_url,
            AWS_DEFAULT_REGION=engine.region,
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
            NO_PROXY="127.0.0.1,localhost",
        )
        yield named_stack("leadmagnet", environ, options=f"--embedded --data-dir {folder}")
