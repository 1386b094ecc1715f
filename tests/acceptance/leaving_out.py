"""What a run leaves out on somebody's stack, and why."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

_DISTURBS = "it would disturb whoever uses this stack; ACCEPTANCE_CHANGES_STACK=1 includes it"


def reason_to_leave_out(item: pytest.Item, environ: Mapping[str, str]) -> str | None:
    """Why the test has no place in a run with that environment; None if it has.

    On an engine of our own everything is done: nothing can be left out there.
    """
    if "ACCEPTANCE_STACK" not in environ:
        return None
    if "ACCEPTANCE_CHANGES_STACK" not in environ and item.get_closest_marker("changes_stack"):
        return _DISTURBS
    on_aws = not environ.get("AWS_ENDPOINT_URL")
    marker = item.get_closest_marker("engine_only") if on_aws else None
    return None if marker is None else str(marker.args[0])
