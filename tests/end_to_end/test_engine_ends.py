"""`leadmagnet engine` whose engine dies under it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.program import environment


def test_an_engine_that_dies_ends_the_command_which_says_how_to_start_it_again(tmp_path: Path) -> None:
    command: list[str | Path] = [Path(sys.prefix) / "bin" / "leadmagnet", "engine", "--data-dir", tmp_path / "data"]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        up = any("Ctrl-C stops it" in line for line in program.stderr)
        os.kill(int((tmp_path / "data" / "engine.lock").read_text()), signal.SIGKILL)
        said = program.stderr.read()

    assert up
    assert program.returncode == 1
    assert "The engine ended by itself" in said
    assert f"leadmagnet engine --data-dir {tmp_path / 'data'}" in said
    assert not (tmp_path / "data" / "engine.json").exists()
