"""Bytecode for the functions: what Lambda cannot write for itself, since its code folder is read-only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from leadmagnet.deploy.errors import PackagingFailed
from leadmagnet.deploy.runtime import Runtime, own_python

#: Loaded when a model of theirs is called, and large: their bytecode would be a third of the package.
_LATE = ("anthropic", "openai", "pydantic_ai")
#: Where Lambda puts the code; it shows in tracebacks.
_ROOT = "/var/task"
_PATIENCE_S = 300


def add_bytecode(folder: Path, runtime: Runtime) -> None:
    """Put bytecode beside the sources below `folder`, if the Python that runs here makes the right kind.

    Starting takes half as long with it. It never looks at its source again (unchecked), and says the same whoever
    made it and when: no time, no path of this machine.
    """
    if runtime.python != own_python():
        return
    late = "|".join(_LATE)
    command = [sys.executable, "-P", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(folder), "-p", _ROOT, "-x", rf"^{folder}/({late})/", str(folder)]
    done = subprocess.run(
        command,
        # Sets are written in the order of their hashes.
        env=os.environ | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    # Some wheels carry files for other versions of Python, or templates that only look like code.
    if done.returncode and not any(folder.rglob("*.pyc")):
        raise PackagingFailed(f"No bytecode could be made of {folder}:\n{done.stdout}{done.stderr}")
