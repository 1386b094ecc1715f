from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from leadmagnet.web.edge import PageEdge


async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(("path", "shown"), [("/sign-in/a-ticket", "/sign-in/..."), ("/jobs/j1", "/jobs/j1")])
def test_a_fault_is_logged_with_its_path_but_never_with_the_ticket_of_a_sign_in_link(
    path: str, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    edge = PageEdge(broken, new_id=lambda: "r1", fault_page=lambda request_id: f"Fault {request_id}")

    answer = TestClient(edge).get(path)

    assert (answer.status_code, answer.text) == (500, "Fault r1")
    [line] = [record for record in caplog.records if record.name == "leadmagnet.web.edge"]
    assert (line.__dict__["path"], line.__dict__["request_id"]) == (shown, "r1")
    assert "a-ticket" not in str(vars(line))
