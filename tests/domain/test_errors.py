from __future__ import annotations

from leadmagnet.domain.errors import Invalid, LeadmagnetError, Problem


def test_facts_trail_the_message() -> None:
    error = LeadmagnetError("The store does not answer; try again.", job_id="j1", tries=3)

    assert str(error) == "The store does not answer; try again. [job_id=j1 tries=3]"
    assert error.message == "The store does not answer; try again."


def test_an_error_without_facts_is_its_message() -> None:
    assert str(LeadmagnetError("No.")) == "No."


def test_each_problem_is_a_line_of_the_message_and_said_once() -> None:
    problems = [Problem(field="a", message="is missing", line=3, column=1), Problem(message="is too long")]
    error = Invalid("It has 2 mistakes:", problems=problems, source="x.yaml")

    assert error.message == "It has 2 mistakes:\n  line 3, a: is missing\n  is too long"
    assert str(error) == error.message + " [source=x.yaml]"
    assert error.problems == tuple(problems)
    assert error.facts["problems"] == tuple(problems)


def test_an_invalid_thing_without_a_list_has_no_problems() -> None:
    assert Invalid("It is too long.").problems == ()
