"""The wheels that the functions need, installed once per lock and runtime into a folder that is kept."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from leadmagnet.deploy.bytecode import add_bytecode
from leadmagnet.deploy.errors import PackagingFailed
from leadmagnet.deploy.pruning import RULES
from leadmagnet.deploy.runtime import Runtime

#: Some 60 wheels; a slow line takes minutes.
_PATIENCE_S = 900
_LINES = 12


def dependencies(lock: Path, runtime: Runtime, *, cache: Path) -> Path:
    """The folder with everything that `lock` names, for `runtime`; it must not be changed.

    PackagingFailed, with pip's own last words, if something cannot be had as a wheel.
    """
    folder = _folder(lock, runtime, cache)
    if folder.exists():
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".building-", ignore_cleanup_errors=True) as scratch:
            built = Path(scratch) / "site"
            _install(lock, runtime, built)
            add_bytecode(built, runtime)
            _settle(built, folder)
    except OSError as error:
        raise PackagingFailed(
            f"The packages cannot be kept in {cache} ({error}). Name another folder with XDG_CACHE_HOME."
        ) from error
    return folder


def are_installed(lock: Path, runtime: Runtime, *, cache: Path) -> bool:
    """Whether `dependencies` has nothing to do."""
    return _folder(lock, runtime, cache).exists()


def _folder(lock: Path, runtime: Runtime, cache: Path) -> Path:
    return cache / f"{runtime.label}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:20]}-{RULES}"


def _settle(built: Path, folder: Path) -> None:
    """Put the finished folder in its place; whoever was there first has the same."""
    try:
        built.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        shutil.rmtree(built)


def _install(lock: Path, runtime: Runtime, target: Path) -> None:
    if importlib.util.find_spec("pip") is None:
        raise PackagingFailed(f"Packages are built with pip, which is missing. Run: {sys.executable} -m ensurepip")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    # No compiler, no set-up code of packages, nothing that the lock does not name by its hash.
    command += ["--only-binary=:all:", "--require-hashes", "--no-deps", "--no-compile", *runtime.pip_options]
    command += ["--target", str(target), "--requirement", str(lock)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise PackagingFailed(f"pip did not end within {_PATIENCE_S} s. Check the network and try again.") from error
    if done.returncode:
        raise PackagingFailed(_why(done.stderr or done.stdout, runtime))


def _why(said: str, runtime: Runtime) -> str:
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("WARNING")][-_LINES:]
    return (
        f"pip could not install the functions' dependencies for {runtime.name} on {runtime.architecture}. Its last "
        "words are below. A missing wheel: choose another --python or --architecture. No connection: check the "
        "network and pip's settings.\n" + "\n".join(f"  | {line}" for line in lines)
    )
