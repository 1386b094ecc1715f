"""`leadmagnet engine`: the embedded AWS on this machine, for deployments, until it is told to stop."""

from __future__ import annotations

import threading
from pathlib import Path

from leadmagnet.cli.cloud_options import DEFAULT_ENGINE_DIR, EngineDir
from leadmagnet.cli.engine_file import engine_path, write_engine
from leadmagnet.cli.output import notice, tell
from leadmagnet.cli.programs import folder_option, typed
from leadmagnet.cli.stop_signals import stop_signals
from leadmagnet.local.engine import EmbeddedEngine, EngineAccess
from leadmagnet.local.environment import CLOUD
from leadmagnet.local.errors import EngineFailed

_LOOK_S = 1.0


def engine(data_dir: EngineDir = DEFAULT_ENGINE_DIR) -> None:
    """Keep an AWS engine running on this machine, to deploy to; Ctrl-C stops it in good order."""
    with stop_signals():
        try:
            tell("[dim]Starting ...[/]")
            with EmbeddedEngine(data_dir, notify=notice, kind=CLOUD) as running:
                write_engine(data_dir, running.access)
                try:
                    welcome(running.access, folder_option(data_dir, DEFAULT_ENGINE_DIR))
                    _wait_for_signal(running, data_dir)
                finally:
                    engine_path(data_dir).unlink(missing_ok=True)
        except KeyboardInterrupt:
            tell("[dim]Stopped. What was deployed is kept.[/]")


def _wait_for_signal(running: EmbeddedEngine, data_dir: Path) -> None:
    try:
        while running.running:
            threading.Event().wait(_LOOK_S)
    except KeyboardInterrupt:
        # Told before the closing begins: with much data the saving takes seconds.
        tell("\n[dim]Stopping: the data is saved ...[/]")
        raise
    raise EngineFailed(
        f"The engine ended by itself; the end of {running.log_path} says why. Start it again with: "
        f"leadmagnet engine{folder_option(data_dir, DEFAULT_ENGINE_DIR)}"
    )


def welcome(access: EngineAccess, folder: str) -> None:
    """Say where the engine is, and what can be typed now."""
    tell(
        "",
        f"[bold]An AWS engine[/] is up at [bold cyan]{access.endpoint_url}[/]",
        "",
        "  In another terminal:",
        "",
        f"    {typed('leadmagnet')} deploy --embedded{folder}",
        "",
        "  For the AWS CLI:",
        "",
        f"    export AWS_ENDPOINT_URL={access.endpoint_url}",
        f"    export AWS_DEFAULT_REGION={access.region}",
        f"    export AWS_ACCESS_KEY_ID={access.access_key_id} AWS_SECRET_ACCESS_KEY={access.secret_access_key}",
        "",
        # Version 1 asks Amazon's queues whatever AWS_ENDPOINT_URL says; every other service goes by that.
        "  Its version 1 asks Amazon for queues all the same; there say:",
        "",
        f"    aws sqs list-queues --endpoint-url {access.endpoint_url}",
        "",
        "[dim]Ctrl-C stops it; what was deployed is kept.[/]",
    )
