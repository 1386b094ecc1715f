"""What a run of the engine that could not save leaves to be said."""

from __future__ import annotations

import json
from pathlib import Path


def describe_loss(marker: Path) -> str | None:
    """What may be missing since the run that left `marker`, or None if there is no marker."""
    try:
        text = marker.read_text()
    except FileNotFoundError:
        return None
    return (
        "The embedded engine ended without saving. Jobs, workflows and queue messages since its start at "
        f"{_started_at(text)} may be missing; files in the bucket survived, and so did what was saved before."
    )


def _started_at(text: str) -> str:
    try:
        return str(json.loads(text)["started_at"])
    except (ValueError, KeyError, TypeError):
        return "an unknown time"
