"""Commands as an operator types them, with the plan's tools on the path."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from tests.acceptance.recording import Recorder

_BIN = Path(sys.prefix) / "bin"
_TOOLS = Path(__file__).with_name("tools")
#: The plan pipes into these; machines that lack them get ours, which can do what the plan asks of them.
_PLAN_TOOLS = ("curl", "jq")
#: A deployment takes half a minute, and a package that was never built some more.
_PATIENCE_S = 900


class CommandFailed(AssertionError):
    """A command that must succeed did not; the message is the command and what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command answered."""

    output: str
    errors: str
    code: int

    @property
    def json(self) -> Any:  # noqa: ANN401 (JSON enters here)
        """The output as JSON."""
        return orjson.loads(self.output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Runs commands in bash, and notes them."""

    environ: Mapping[str, str] = field(repr=False)
    recorder: Recorder

    def run(self, command: str) -> Ran:
        """What `command` answers, however it ends; a pipe fails where one of its parts does."""
        began = time.perf_counter()
        done = subprocess.run(
            ["/usr/bin/env", "bash", "-o", "pipefail", "-c", command],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        answer = done.stdout if done.returncode == 0 else f"{done.stdout}{done.stderr}\nexit code {done.returncode}"
        self.recorder.add("command", command, answer, since=began)
        return Ran(output=done.stdout, errors=done.stderr, code=done.returncode)

    def must(self, command: str) -> Ran:
        """What `command` answers; CommandFailed if it fails."""
        ran = self.run(command)
        if ran.code != 0:
            raise CommandFailed(f"{command}\nended with exit code {ran.code}:\n{ran.errors}")
        return ran


def shell_environment(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with the AWS CLI, curl, jq and this program on the path."""
    tools = folder / "tools"
    tools.mkdir()
    for name in _PLAN_TOOLS:
        if shutil.which(name) is None:
            (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" "{_TOOLS / name}.py" "$@"\n')
            (tools / name).chmod(0o755)
    path = f"{_BIN}:{environ.get('PATH', '')}:{tools}"
    return {**environ, "PATH": path, "AWS_PAGER": "", "AWS_DEFAULT_OUTPUT": "json"}
