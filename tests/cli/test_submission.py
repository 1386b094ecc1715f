from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from leadmagnet.cli.submission import read_submission
from leadmagnet.domain.errors import Invalid

WORKFLOW: dict[str, Any] = {
    "fields": [
        {"name": "company", "type": "text", "example": "Alder & Co"},
        {"name": "budget", "type": "number", "example": 7},
        {"name": "note", "type": "text", "example": None},
    ]
}


def test_single_fields_go_over_the_file_and_the_file_over_the_examples(tmp_path: Path) -> None:
    file = tmp_path / "submission.json"
    file.write_text('{"company": "Birch", "note": "from the file"}')

    submission = read_submission(WORKFLOW, fields=["note=a=b"], file=file, example=True)

    assert submission == {"company": "Birch", "budget": 7, "note": "a=b"}


def test_without_anything_the_submission_is_empty() -> None:
    assert read_submission(WORKFLOW, fields=[], file=None, example=False) == {}


@pytest.mark.parametrize("given", ["company", "=Alder", ""])
def test_a_field_without_a_name_or_value_is_a_usage_error(given: str) -> None:
    with pytest.raises(typer.BadParameter, match="name=value"):
        read_submission(WORKFLOW, fields=[given], file=None, example=False)


@pytest.mark.parametrize(("content", "says"), [(b"{,}", "line 1, column 2"), (b"[1]", "object"), (b"\xff", "read")])
def test_a_file_that_holds_no_submission_is_one_message(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "submission.json"
    file.write_bytes(content)

    with pytest.raises(Invalid, match=says):
        read_submission(WORKFLOW, fields=[], file=file, example=False)
