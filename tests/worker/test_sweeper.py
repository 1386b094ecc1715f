"""The sweeper's function: each task by its name, numbers as its answer."""

from __future__ import annotations

import logging

import pytest

from leadmagnet.domain.errors import Invalid
from leadmagnet.steplog.sweep_report import SweepReport
from leadmagnet.worker.sweeper import Sweeper


def report() -> SweepReport:
    found = SweepReport(dry_run=False, objects=7, problems_count=1)
    found.removed["document"] += 2
    found.removed_bytes["document"] += 900
    return found


SWEEPER = Sweeper(sweep=report, recover=lambda: ["a", "b"], ready=lambda: {"table": "ok"})


def test_a_sweep_answers_and_logs_what_it_did(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer = SWEEPER({"task": "sweep"}, None)

    assert answer == {"objects": 7, "removed": 2, "removed_bytes": 900, "problems": 1}
    assert {**vars(caplog.records[-1])}.items() >= {"event": "sweep_finished", **answer}.items()


def test_recover_answers_how_many_jobs_were_asked_for_again() -> None:
    assert SWEEPER({"task": "recover"}, None) == {"recovered": 2}


def test_check_answers_what_can_be_reached() -> None:
    assert SWEEPER({"task": "check"}, None) == {"table": "ok"}


@pytest.mark.parametrize("event", [{}, {"task": "dance"}, {"task": ["sweep"]}])
def test_another_task_is_refused_with_those_that_there_are(event: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="sweep, recover, check"):
        SWEEPER(event, None)
