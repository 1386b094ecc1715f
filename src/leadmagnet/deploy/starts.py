"""What each function imports at its start, measured in an interpreter that knows nothing but the package."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

from leadmagnet.deploy.package import Package, starts_path

#: The functions, by their modules in `leadmagnet.entry`.
ENTRIES = ("api", "worker", "sweeper", "check")
#: What a start needs of the template's environment; nothing of it is asked.
ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {
        "AWS_REGION": "us-east-1",
        "ARTIFACTS_BUCKET": "bucket",
        "JOBS_QUEUE_URL": "http://127.0.0.1:9/queue",
        "LEADMAGNET_TOKEN_KEY": "k" * 32,
        "LEADMAGNET_API_FUNCTION": "api",
        "LEADMAGNET_WORKER_FUNCTION": "worker",
        "LEADMAGNET_SWEEPER_FUNCTION": "sweeper",
    }
)
_PATIENCE_S = 120
#: Run with the folder and the entry; times first, so that what counts is not counted.
_PROGRAM = """
import sys, time
folder, entry = sys.argv[1:]
sys.path[:0] = [folder]
before = len(sys.modules)
began = time.perf_counter()
__import__("leadmagnet.entry.lambda_" + entry, fromlist=["handler"]).handler
seconds = time.perf_counter() - began
modules = list(sys.modules.values())
import json, os
cached = {getattr(each, "__cached__", None) or "" for each in modules}
bytecode = sum(os.path.getsize(each) for each in cached if each.startswith(folder) and os.path.exists(each))
print(json.dumps({"seconds": seconds, "modules": len(modules), "bytecode_bytes": bytecode}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What one function does before its first request."""

    function: str
    #: On this machine, as it is now.
    seconds: float
    #: How many were imported, those of Python itself included.
    modules: int
    #: Read from the package; sources without bytecode do not count.
    bytecode_bytes: int


def measure_starts(package: Package) -> list[Start]:
    """One for each function that starts here; measured once for a package, and kept beside it."""
    kept = starts_path(package.path)
    if kept.exists():
        return [Start(**each) for each in json.loads(kept.read_text())]
    with tempfile.TemporaryDirectory(dir=package.path.parent, prefix=".starting-") as scratch:
        with zipfile.ZipFile(package.path) as archive:
            archive.extractall(scratch)
        found = [start for entry in ENTRIES if (start := start_of(Path(scratch), entry)) is not None]
    kept.write_text(json.dumps([asdict(each) for each in found]))
    return found


def start_of(unfolded: Path, entry: str) -> Start | None:
    """The start of one function from its unfolded package; None if it does not start here.

    Whether it does in Lambda is the check's to say: libraries of the machine may be what is missing.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM, str(unfolded), entry],
        env=dict(ENVIRONMENT),
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode:
        return None
    return Start(function=entry, **json.loads(done.stdout.splitlines()[-1]))
