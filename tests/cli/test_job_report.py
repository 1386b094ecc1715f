from __future__ import annotations

from typing import Any

import pytest

from leadmagnet.cli.job_report import print_jobs

JOB: dict[str, Any] = {
    "job_id": "01M8HQMY3EFDNS7SJ9SQNDFM3R",
    "workflow": "market-report",
    "status": "completed",
    "steps_done": 5,
    "steps_total": 5,
    "tokens": 2_723,
    "created_at": "2026-11-28T09:00:00.000+00:00",
}


def test_a_list_says_whom_each_job_is_for_as_it_was_typed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    # The second is from a service that does not know labels yet.
    print_jobs([JOB | {"label": "Alder [bold] & Co"}, JOB, JOB | {"label": None}])

    head, first, *others = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["job", "workflow", "label"]
    assert "  Alder [bold] & Co  completed" in first
    assert all("market-report  -  " in line for line in others)
