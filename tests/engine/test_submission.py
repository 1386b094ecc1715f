from __future__ import annotations

import pytest
from tests.engine.fakes import World
from tests.engine.jobs import submitted

from leadmagnet.domain.errors import InvalidSubmission, WorkflowNotFound
from leadmagnet.domain.job import JobStatus
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Field, FieldType, Workflow
from leadmagnet.engine.submission import check_submission
from leadmagnet.engine.submit import submit_job

FORM = Workflow(
    name="form",
    title="Form",
    fields=(
        Field(name="company", label="Company"),
        Field(name="email", label="E-mail", type=FieldType.EMAIL, required=False),
        Field(name="site", label="Site", type=FieldType.URL, required=False),
        Field(name="size", label="Size", type=FieldType.NUMBER, required=False),
        Field(name="mood", label="Mood", type=FieldType.CHOICE, choices=("calm", "bold"), required=False),
        Field(name="story", label="Story", type=FieldType.LONG_TEXT, required=False),
        *(Field(name=f"more_{n}", label="More", type=FieldType.LONG_TEXT, required=False) for n in range(3)),
    ),
    steps=(),
)


def cleaned(**values: JsonValue) -> dict[str, JsonValue]:
    return check_submission(FORM, {"company": "Acme", **values})


def problem(**values: JsonValue) -> str:
    with pytest.raises(InvalidSubmission) as caught:
        cleaned(**values)
    (found,) = caught.value.problems
    return str(found)


def test_values_come_back_without_blanks_around_them() -> None:
    assert cleaned(company="  Acme \n", email=" a@b.example ") == {"company": "Acme", "email": "a@b.example"}


@pytest.mark.parametrize("empty", [None, "", "  \n"])
def test_an_optional_field_left_empty_is_left_out(empty: JsonValue) -> None:
    assert cleaned(email=empty) == {"company": "Acme"}


@pytest.mark.parametrize("empty", [None, "", " \t"])
def test_a_required_field_left_empty_is_refused(empty: JsonValue) -> None:
    assert problem(company=empty) == "company: is needed"


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InvalidSubmission) as caught:
        check_submission(FORM, {"compny": "Acme", "email": "nobody"})

    assert [found.field for found in caught.value.problems] == ["compny", "company", "email"]
    assert 'compny: is not a field of this form; did you mean "company"?' in caught.value.message
    assert "company: is needed" in caught.value.message


@pytest.mark.parametrize("value", ["12", "-3.5", 12, 0.5, "  7 "])
def test_numbers_may_come_as_numbers_or_as_what_a_form_sends(value: JsonValue) -> None:
    size = cleaned(size=value)["size"]

    assert isinstance(size, int | float)
    assert size == float(str(value))


@pytest.mark.parametrize(
    "value", ["a dozen", "1e400", "nan", True, [1], float("nan"), float("inf"), 10**40, "9" * 5_000, 2**53, "0x10"]
)
def test_what_is_no_storable_number_is_refused(value: JsonValue) -> None:
    assert problem(size=value).startswith("size: must be a number")


@pytest.mark.parametrize(
    "value",
    ["nobody", "a@b", "a b@c.example", "a@b.example\nBcc: x@y.example", "<a@b.example>", "a@" + "b" * 300 + ".de"],
)
def test_what_is_no_email_address_is_refused(value: str) -> None:
    assert "is not an e-mail address" in problem(email=value)


@pytest.mark.parametrize(
    "value",
    ["example.com", "ftp://example.com", "javascript:alert(1)", "https://", "http://[::1", "https://a b.example"],
)
def test_what_is_no_web_address_is_refused(value: str) -> None:
    assert "is not a web address" in problem(site=value)


def test_a_web_address_is_kept() -> None:
    assert cleaned(site="https://example.com/a?b=c")["site"] == "https://example.com/a?b=c"


def test_what_is_not_among_the_choices_is_refused_with_the_choices() -> None:
    assert problem(mood="balm") == 'mood: "balm" is not a choice; did you mean "calm"?; there are: calm, bold'


@pytest.mark.parametrize("value", [1, True, ["a"], {"a": 1}])
def test_text_must_be_text(value: JsonValue) -> None:
    assert problem(company=value).startswith("company: must be text, not ")


@pytest.mark.parametrize("value", ["a\x00b", "a\ud800b", "\x1b[31mred"])
def test_characters_that_no_store_takes_are_refused(value: str) -> None:
    assert "holds characters that are not text" in problem(company=value)


def test_any_language_and_line_ends_are_text() -> None:
    assert cleaned(story="Gruß 你好 🙂\r\n\tzwei")["story"] == "Gruß 你好 🙂\r\n\tzwei"


def test_a_line_and_a_long_text_have_their_bounds() -> None:
    assert cleaned(company="x" * 2_000, story="y" * 50_000)
    assert problem(company="x" * 2_001) == "company: is 2,001 characters long; 2,000 is the most"
    assert "50,000 is the most" in problem(story="y" * 50_001)


def test_all_fields_together_must_leave_room_in_the_jobs_item() -> None:
    assert "65,536 is the most" in problem(more_0="ö" * 12_000, more_1="ö" * 12_000, more_2="ö" * 12_000)


def test_a_submitted_job_is_stored_and_queued_once() -> None:
    world = World()

    job = submitted(world, submission={"company": " Acme "})

    assert world.jobs.stored == {job.id: job}
    assert world.queue.sent == [job.id]
    assert (job.status, job.tenant, job.workflow, job.workflow_version) == (
        JobStatus.PENDING,
        "acme",
        "small-report",
        1,
    )
    assert (job.submission, job.steps_total) == ({"company": "Acme"}, 7)


@pytest.mark.parametrize(
    ("workflow", "submission", "error"),
    [("nope", {"company": "Acme"}, WorkflowNotFound), ("small-report", {}, InvalidSubmission)],
)
def test_nothing_is_written_for_bad_input(
    workflow: str, submission: dict[str, JsonValue], error: type[Exception]
) -> None:
    world = World()
    submitted(world)
    before = dict(world.jobs.stored), list(world.queue.sent)

    with pytest.raises(error):
        submit_job(
            tenant="acme",
            workflow=workflow,
            submission=submission,
            jobs=world.jobs,
            workflows=world.workflows,
            queue=world.queue,
            clock=world.clock,
            new_id=lambda: "job-2",
        )

    assert (world.jobs.stored, world.queue.sent) == before


def test_a_job_is_stored_before_it_is_queued() -> None:
    world = World()
    known_when_sent: list[bool] = []

    class Watching:
        def send(self, job_id: str, *, delay_s: int = 0) -> None:
            del delay_s
            known_when_sent.append(job_id in world.jobs.stored)

    submitted(world)
    submit_job(
        tenant="acme",
        workflow="small-report",
        submission={"company": "Acme"},
        jobs=world.jobs,
        workflows=world.workflows,
        queue=Watching(),
        clock=world.clock,
        new_id=lambda: "job-2",
    )

    assert known_when_sent == [True]
