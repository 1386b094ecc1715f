from __future__ import annotations

import json

import pytest

from leadmagnet.cli.output import bytes_text, plain_table, print_json, print_table, seconds_between


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (307_200, "300.0 KB"), (5 * 1024**2, "5.0 MB")]
)
def test_sizes_count_in_1024(size: int, text: str) -> None:
    assert bytes_text(size) == text


def test_json_is_all_of_stdout_and_keeps_unicode(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Ærø"})

    out = capsys.readouterr().out
    assert json.loads(out) == {"name": "Ærø"}
    assert "Ærø" in out


def test_a_table_for_a_pipe_is_never_folded_and_has_no_blanks_at_its_ends(capsys: pytest.CaptureFixture[str]) -> None:
    table = plain_table("key", "size", right=("size",))
    table.add_row("jobs/" + "x" * 200, "1")

    print_table(table)

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all(line == line.rstrip() for line in lines)


def test_a_duration_needs_both_ends() -> None:
    assert seconds_between("2026-11-22T12:00:00.000+00:00", "2026-11-22T12:00:01.500+00:00") == 1.5
    assert seconds_between("2026-11-22T12:00:00.000+00:00", None) is None
