"""Whether an engine answers, and whether it is ours."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException

_TIMEOUT_S = 5.0


def answers(port: int, mark: str) -> bool:
    """Whether the engine that was started with `mark` answers on `port`.

    Somebody else may have taken the port between our looking for a free one and the engine's listening on it.
    """
    # Not urllib: it would send even this to a proxy that the environment names.
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/_ministack/health")
        health = json.load(connection.getresponse())
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return isinstance(health, dict) and health.get("edition") == mark
