from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.telemetry.written import lines_of

from leadmagnet.domain.errors import Invalid
from leadmagnet.telemetry import invocations
from leadmagnet.telemetry.invocations import InvocationFailed

SECRET = "the customer's own words"


@dataclass
class Invocation:
    aws_request_id: str = "r1"


def test_an_unexpected_error_goes_up_without_what_it_says_and_its_line_says_where() -> None:
    def handler(event: str, _: Invocation) -> int:
        return int(event)

    with lines_of("sweeper") as written, pytest.raises(InvocationFailed) as failed:
        invocations(handler)(SECRET, Invocation())

    assert SECRET not in f"{failed.value}{written.text}"
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    [line] = written.of_event("invocation_failed")
    assert (line["exception_name"], line["function_request_id"]) == ("builtins.ValueError", "r1")


def test_an_error_of_ours_goes_up_with_its_message_and_is_logged_without() -> None:
    def handler(event: str, _: Invocation) -> None:
        raise Invalid(f"The sweeper takes a task, not {event}.")

    with lines_of("sweeper") as written, pytest.raises(Invalid, match="takes a task"):
        invocations(handler)(SECRET, Invocation())

    assert SECRET not in written.text
    assert written.of_event("invocation_failed")[0]["code"] == "invalid"
