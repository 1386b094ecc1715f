"""The API served over HTTP from a thread of this process."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from leadmagnet.domain.errors import Invalid

#: Only this machine reaches a development service.
_HOST = "127.0.0.1"
#: How long a running answer may take to end once we stop.
_GRACE_S = 5


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. Invalid if the port cannot be had."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(socket.SOMAXCONN)
    except OSError as error:
        listener.close()
        why = {
            errno.EADDRINUSE: f"Port {port} is taken",
            errno.EACCES: f"Port {port} is not for ordinary users",
        }.get(error.errno or 0, f"Port {port} cannot be used ({error.strerror})")
        raise Invalid(f"{why}. Choose another with --port (0 takes a free one), or stop what uses it.") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """The address that reaches `listener`."""
    return f"http://{_HOST}:{listener.getsockname()[1]}"


@contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """`app` answers on `listener` for as long as the block lasts."""
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=_GRACE_S, access_log=False)
    # Start and stop are told by the command in its own words.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="api")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
