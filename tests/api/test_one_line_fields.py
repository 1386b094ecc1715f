from __future__ import annotations

import pytest
from tests.api.service import Service


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x85"])
def test_a_line_break_in_a_field_of_one_line_is_named(service: Service, end: str) -> None:
    body = {"workflow": "market-report", "submission": {"company": f"Alder{end}Subject: hello"}}

    answer = service.call("POST", "/admin/jobs", json=body)

    assert answer.status_code == 422
    [mistake] = answer.json()["errors"]
    assert (mistake["field"], mistake["message"]) == ("company", "is one line; take the line breaks out")
    assert service.fakes.jobs.stored == {}
