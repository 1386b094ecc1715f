"""The real command line as a child process, and the AWS CLI beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BIN = Path(sys.prefix) / "bin"
_PATIENCE_S = 120


def environment(**more: str) -> dict[str, str]:
    """Our environment without what would lead the program elsewhere."""
    led = ("AWS_", "LEADMAGNET_", "OPENAI_", "ANTHROPIC_", "FORCE_COLOR", "CLICOLOR")
    return {name: value for name, value in os.environ.items() if not name.startswith(led)} | more


def leadmagnet(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What `leadmagnet ARGUMENTS` answers."""
    return subprocess.run(
        [_BIN / "leadmagnet", *arguments],
        cwd=cwd,
        env=environment(**(env or {})),
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )


def answer(*arguments: str | Path, cwd: Path) -> Any:  # noqa: ANN401 (JSON enters here)
    """What `leadmagnet ARGUMENTS --json` answers; all of its stdout is JSON."""
    done = leadmagnet(*arguments, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@dataclass
class Dev:
    """A running `leadmagnet dev`."""

    process: subprocess.Popen[str]
    ready: dict[str, str]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send the signal; the exit code and what was said after the welcome."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=_PATIENCE_S)
        return self.process.returncode, said

    def aws(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What the AWS CLI answers when it is pointed at the engine."""
        return subprocess.run(
            [_BIN / "aws", *arguments],
            env=environment(
                AWS_ENDPOINT_URL=self.ready["aws_endpoint_url"],
                AWS_DEFAULT_REGION=self.ready["region"],
                AWS_ACCESS_KEY_ID="test",
                AWS_SECRET_ACCESS_KEY="test",
                NO_PROXY="127.0.0.1",
            ),
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=True,
        )

    def item(self, job_id: str) -> dict[str, Any]:
        """The job's item in DynamoDB, as the AWS CLI prints it."""
        key = json.dumps({"job_id": {"S": job_id}})
        done = self.aws("dynamodb", "get-item", "--table-name", self.ready["jobs_table"], "--key", key)
        found: dict[str, Any] = json.loads(done.stdout)["Item"]
        return found


@contextmanager
def dev(cwd: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Dev]:
    """`leadmagnet dev` on a free port in `cwd`, up and answering; stopped at the end if it still runs."""
    ready_file = cwd / "ready.json"
    process = subprocess.Popen(
        [_BIN / "leadmagnet", "dev", "--port", "0", "--ready-file", ready_file, *arguments],
        cwd=cwd,
        env=environment(**(env or {})),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if "Ctrl-C stops it" in line:
                break
        else:
            raise AssertionError("".join(said))
        yield Dev(process=process, ready=json.loads(ready_file.read_text()))
    finally:
        if process.poll() is None:
            process.terminate()
        # Ends the pipe as well; a test that stopped it itself has read it already.
        if not process.stderr.closed:
            process.communicate(timeout=_PATIENCE_S)
