"""dynoxide: DynamoDB by another author (Rust on SQLite), as a second opinion beside MiniStack."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_SCRIPT = Path(__file__).parents[2] / "scripts" / "dynoxide"
_PATIENCE_S = 30.0


def binary() -> Path | None:
    """Where dynoxide is, installed now if it can be; None where it does not exist for this machine."""
    answer = subprocess.run([str(_SCRIPT)], capture_output=True, text=True, check=True, timeout=300)
    return Path(answer.stdout.strip()) if answer.stdout.strip() else None


@contextmanager
def running(folder: Path, program: Path) -> Iterator[DynamoDBClient]:
    """A client of a dynoxide of its own, with its data in `folder`, ended by its own process id."""
    port = _free_port()
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(port), "--db-path", str(folder / "db")]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait_until_it_listens(port)
            session = boto3.session.Session(
                aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
            )
            yield session.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}", config=Config(proxies={}))
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_listens(port: int) -> None:
    give_up = monotonic() + _PATIENCE_S
    while monotonic() < give_up:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    sys.exit("dynoxide did not start")
