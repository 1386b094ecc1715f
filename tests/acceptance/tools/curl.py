"""As much of curl as the plan asks for: `-X METHOD URL -H HEADER`, the answer's body on stdout."""

from __future__ import annotations

import argparse
import http.client
import sys
from urllib.parse import urlsplit


def main() -> None:
    """Send the request and print the answer's body."""
    parser = argparse.ArgumentParser(prog="curl")
    parser.add_argument("-X", dest="method", default="GET")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("url")
    asked = parser.parse_args()
    url = urlsplit(asked.url)
    headers = dict(header.split(": ", 1) for header in asked.headers)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    # As curl does: names below localhost are this machine, whatever the system's resolver makes of them.
    host = url.hostname or ""
    connection = kind("127.0.0.1" if host.endswith(".localhost") else host, url.port)
    target = url.path + (f"?{url.query}" if url.query else "")
    connection.request(asked.method, target or "/", headers={"Host": url.netloc, "Accept": "*/*", **headers})
    sys.stdout.buffer.write(connection.getresponse().read())


if __name__ == "__main__":
    main()
