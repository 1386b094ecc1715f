"""What is said after a run that could not save."""

from __future__ import annotations

from pathlib import Path

from leadmagnet.local.losses import describe_loss


def test_nothing_is_said_after_a_clean_end(tmp_path: Path) -> None:
    assert describe_loss(tmp_path / "none") is None


def test_the_start_of_the_lost_run_is_named(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    marker.write_text('{"started_at": "2026-11-22T10:00:00+00:00", "pid": 7}')

    said = describe_loss(marker)

    assert said is not None
    assert "since its start at 2026-11-22T10:00:00+00:00 may be missing" in said


def test_a_marker_that_was_cut_off_still_means_a_loss(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    marker.write_text('{"star')

    said = describe_loss(marker)

    assert said is not None
    assert "an unknown time" in said
