"""The runbook's commands do what the command line's own rollback does."""

from __future__ import annotations

import re
from pathlib import Path

RUNBOOK = (Path(__file__).parents[2] / "docs" / "rollback.md").read_text(encoding="utf-8")


def test_moving_traffic_by_hand_ends_the_share_of_a_canary() -> None:
    moves = re.findall(r"^aws lambda update-alias .*$", RUNBOOK, re.MULTILINE)

    assert moves
    assert all(move.endswith("--routing-config AdditionalVersionWeights={}") for move in moves)
