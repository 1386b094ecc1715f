"""The service deployed by the real command line to a real engine, once for all the tests of a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BIN = Path(sys.prefix) / "bin"
_PATIENCE_S = 300


def environment(**more: str) -> dict[str, str]:
    """Our environment without what would lead the programs elsewhere."""
    led = ("AWS_", "LEADMAGNET_", "OPENAI_", "ANTHROPIC_", "FORCE_COLOR", "CLICOLOR")
    return {name: value for name, value in os.environ.items() if not name.startswith(led)} | more


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A running `leadmagnet engine`."""

    data_dir: Path
    endpoint_url: str
    region: str = "us-east-1"
    account: str = "000000000000"

    def leadmagnet(
        self, *arguments: str | Path, check: bool = True, source: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """What `leadmagnet ARGUMENTS --data-dir ...` answers; with the code of another checkout, if one is named."""
        other = {} if source is None else {"PYTHONPATH": str(source / "src")}
        command = [_BIN / "leadmagnet", *arguments, "--data-dir", self.data_dir]
        done = subprocess.run(
            command, env=environment(**other), capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def deploy(self, *arguments: str) -> dict[str, Any]:
        """What `leadmagnet deploy --embedded --yes --json` answers: whether anything changed, and the outputs."""
        done = self.leadmagnet("deploy", "--embedded", "--yes", "--json", *arguments)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def aws(self, *arguments: str) -> Any:  # noqa: ANN401 (JSON enters here)
        """What the AWS CLI answers when it is pointed at the engine."""
        done = subprocess.run(
            [_BIN / "aws", *arguments, "--output", "json"],
            env=environment(
                AWS_ENDPOINT_URL=self.endpoint_url,
                AWS_DEFAULT_REGION=self.region,
                AWS_ACCESS_KEY_ID="test",
                AWS_SECRET_ACCESS_KEY="test",
                NO_PROXY="127.0.0.1,localhost",
            ),
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=True,
        )
        return json.loads(done.stdout) if done.stdout.strip() else None

    @property
    def ready(self) -> dict[str, str]:
        """How to use what was deployed last: api_url, token, jobs_table, bucket, queue_url."""
        found: dict[str, str] = json.loads((self.data_dir / "ready.json").read_text())
        return found


@contextmanager
def cloud(data_dir: Path) -> Iterator[Cloud]:
    """`leadmagnet engine` on `data_dir`, up for as long as the block lasts."""
    with (data_dir.parent / f"{data_dir.name}.err").open("w+") as said:
        process = subprocess.Popen(
            [_BIN / "leadmagnet", "engine", "--data-dir", data_dir],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            yield Cloud(data_dir=data_dir, endpoint_url=_endpoint(process, data_dir / "engine.json", Path(said.name)))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE_S)


def _endpoint(process: subprocess.Popen[bytes], file: Path, said: Path) -> str:
    """Where the engine is, once it says so."""
    deadline = time.monotonic() + _PATIENCE_S
    while not file.exists():
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.05)
    return str(json.loads(file.read_text())["endpoint_url"])
