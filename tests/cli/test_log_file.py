from __future__ import annotations

import logging
from pathlib import Path

import pytest

from leadmagnet.cli.log_file import log_path, logging_to, warnings_shown

logger = logging.getLogger("leadmagnet.somewhere")


def test_lines_go_to_the_file_with_their_facts(tmp_path: Path) -> None:
    with logging_to(tmp_path / "data"):
        logger.info("execution_steps stored in S3", extra={"event": "offloaded", "job_id": "j1"})
    logger.info("after the end")

    log = log_path(tmp_path / "data").read_text()
    assert "INFO leadmagnet.somewhere execution_steps stored in S3 event=offloaded job_id=j1\n" in log
    assert "after the end" not in log


def test_only_warnings_reach_the_terminal_and_begin_with_their_message(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings_shown():
        logger.info("all is well")
        logger.error("Error loading execution_steps from S3 key=%s", "jobs/j1/x", extra={"key": "jobs/j1/x"})

    assert capsys.readouterr().err == "Error loading execution_steps from S3 key=jobs/j1/x\n"


def test_a_traceback_is_left_to_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(tmp_path), warnings_shown():
        logger.error("Request failed", exc_info=ZeroDivisionError("by zero"))

    assert capsys.readouterr().err == "Request failed (ZeroDivisionError; the log file says more)\n"
    assert "by zero" in log_path(tmp_path).read_text()
