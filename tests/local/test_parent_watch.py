"""How the engine's process learns that it should end."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

from leadmagnet.local.environment import STORES, engine_environment
from leadmagnet.local.parent_watch import Shutdown, end_with_parent
from leadmagnet.local.port import remembered_port


def test_a_wish_made_before_anybody_waits_is_not_lost() -> None:
    shutdown = Shutdown()
    shutdown.wish()

    asyncio.run(asyncio.wait_for(shutdown.wished(), 30))


def test_a_wish_made_while_somebody_waits_wakes_it() -> None:
    shutdown = Shutdown()

    async def wait() -> None:
        asyncio.get_running_loop().call_soon(shutdown.wish)
        await shutdown.wished()

    asyncio.run(asyncio.wait_for(wait(), 30))


def test_a_wish_made_when_all_is_over_changes_nothing() -> None:
    shutdown = Shutdown()
    shutdown.wish()
    asyncio.run(shutdown.wished())

    shutdown.wish()


def test_a_parent_that_had_gone_before_we_looked_is_noticed() -> None:
    noticed = threading.Event()
    not_our_parent = os.getpid()

    end_with_parent(not_our_parent, wish=noticed.set)

    assert noticed.wait(30)


def test_an_engine_whose_parent_had_gone_ends_by_itself_and_leaves_no_marker(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    environment = engine_environment(
        os.environ, kind=STORES, folder=tmp_path, port=remembered_port(tmp_path / "port"), region="us-east-1", mark="x"
    )

    # Our own parent is not the process that starts this one.
    ended = subprocess.run(
        [sys.executable, "-m", "leadmagnet.local.child", str(os.getppid()), str(marker)],
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 0, ended.stderr
    assert b"saved eventbridge" in ended.stderr
    assert not marker.exists()
