"""The engine's own process: `python -m leadmagnet.local.child PARENT_PID MARKER`.

It serves MiniStack on the address that its environment names and ends, saving its state, when it is asked
to (SIGTERM) or when its parent is gone. The marker lies there from the moment that the engine can be given
something to lose until all of it is on disk: whoever finds it later knows that a run was not saved.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from ministack.app import app  # type: ignore[import-untyped]  # ships no types
from ministack.core import lambda_runtime  # type: ignore[import-untyped]  # ships no types

from leadmagnet.local.log_wait import shorten_log_wait
from leadmagnet.local.parent_watch import Shutdown, end_with_parent
from leadmagnet.local.unfolding import link_packages

#: Requests still running when the engine is asked to end, such as a long poll, get this long.
_GRACE_S = 1.0
#: Loading or saving a large state must not be cut short by the server's own limits (60 s each).
_STATE_S = 900.0


class StateProblems(logging.Handler):
    """Collects what MiniStack only writes to its log: state that it could not load or save."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record if it speaks of the state."""
        message = record.getMessage()
        if record.name == "persistence" or "persisted state" in message:
            self.lines.append(message)


class Lifecycle:
    """MiniStack's application with the marker around its life, refusing to live on half a state."""

    def __init__(self, marker: Path, problems: StateProblems, shutdown: Shutdown) -> None:
        self._marker = marker
        self._problems = problems
        self._shutdown = shutdown
        self._requests: set[asyncio.Task[Any] | None] = set()

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Pass everything through; on its way, notice that the engine is up or that it has saved."""

        async def noticing(message: ASGISendEvent) -> None:
            if message["type"] == "lifespan.startup.complete":
                message = self._started(message)
            await send(message)
            if message["type"] == "lifespan.shutdown.complete":
                self._saved()

        if scope["type"] == "lifespan":
            await app(scope, receive, noticing)
            return
        task = asyncio.current_task()
        self._requests.add(task)
        try:
            await app(scope, receive, send)
        finally:
            self._requests.discard(task)

    async def ended(self) -> None:
        """Return once the end was asked for; what is still being asked of the engine is then cut off soon."""
        loop = asyncio.get_running_loop()
        # The kernel may give the signal to any thread; only the loop's own handler wakes the loop from each.
        loop.add_signal_handler(signal.SIGTERM, self._shutdown.wish)
        await self._shutdown.wished()
        loop.call_later(_GRACE_S, self._cut)

    def _cut(self) -> None:
        # From Python 3.12 on the server would wait for a long poll to run out, 20 s, before it lets us save.
        for task in self._requests:
            if task is not None:
                task.cancel()

    def _started(self, message: ASGISendEvent) -> ASGISendEvent:
        if self._problems.lines:
            # Going on would end with the empty state being saved over the one that could not be read.
            return {"type": "lifespan.startup.failed", "message": "; ".join(self._problems.lines)}
        began = {"started_at": datetime.now(UTC).isoformat(timespec="seconds"), "pid": os.getpid()}
        self._marker.write_text(json.dumps(began))
        return message

    def _saved(self) -> None:
        if not self._problems.lines:
            self._marker.unlink(missing_ok=True)


def main(parent: int, marker: Path) -> None:
    """Serve until the end is wished for."""
    shutdown, problems = Shutdown(), StateProblems()
    signal.signal(signal.SIGTERM, shutdown.wish)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent(parent, wish=shutdown.wish)
    logging.getLogger().addHandler(problems)
    link_packages(lambda_runtime)
    shorten_log_wait(lambda_runtime)
    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 2 * _GRACE_S
    config.startup_timeout = config.shutdown_timeout = _STATE_S
    config.loglevel = os.environ["LOG_LEVEL"]
    lifecycle = Lifecycle(marker, problems, shutdown)
    asyncio.run(serve(lifecycle, config, shutdown_trigger=lifecycle.ended))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
