"""A webhook's receiver on loopback."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from types import TracebackType
from typing import Any, Self


class WebhookReceiver:
    """Sends `answer`, raw bytes as they go over the wire, to each request; `requests` holds what arrived.

    `hang` keeps the connection open after the answer until the receiver ends; with `tls` it speaks https.
    """

    def __init__(
        self,
        answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n",
        *,
        hang: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self._answer = answer
        self._hang = hang
        self._tls = tls
        self._ending = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        # A thread that waits in accept() is woken by a last connection.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._ending.is_set():
                    return
                self._answer_secured(connection)

    def _answer_secured(self, connection: socket.socket) -> None:
        if self._tls is None:
            self._answer_one(connection)
            return
        try:
            with self._tls.wrap_socket(connection, server_side=True) as secured:
                self._answer_one(secured)
        except OSError:
            return  # the sender did not trust the certificate

    def _answer_one(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            start = stream.readline().decode().strip()
            if not start:
                return  # a connection without a request
            headers = {}
            while line := stream.readline().decode().strip():
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            body = stream.read(int(headers.get("content-length", "0")))
        self.requests.append((start, headers, json.loads(body)))
        try:
            connection.sendall(self._answer)
        except OSError:
            return  # the sender had heard enough
        if self._hang:
            self._ending.wait()
