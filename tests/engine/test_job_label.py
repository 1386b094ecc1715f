from __future__ import annotations

import logging

import pytest
from tests.engine.fakes import FakeJobs, FakeQueue, FakeWorkflows, SteadyClock

from leadmagnet.domain.job_filter import JobFilter
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.domain.workflow import Field, FieldType, Workflow
from leadmagnet.engine.job_label import LONGEST_CHARS, label_of
from leadmagnet.engine.job_search import with_titles
from leadmagnet.engine.submit import submit_job

TEXT, LONG, EMAIL, NUMBER = FieldType.TEXT, FieldType.LONG_TEXT, FieldType.EMAIL, FieldType.NUMBER


def form(**fields: FieldType) -> Workflow:
    asked = tuple(Field(name=name, label=name, type=type_, required=False) for name, type_ in fields.items())
    return Workflow(name="w", title="Über Kaffee", version=1, fields=asked, steps=())


@pytest.mark.parametrize(
    ("fields", "submission", "label"),
    [
        ({"goal": LONG, "email": EMAIL, "company": TEXT, "city": TEXT}, {}, "Alder & Co"),
        ({"company": TEXT, "goal": LONG, "email": EMAIL}, {"company": None}, "ann@alder.example"),
        ({"goal": LONG, "size": NUMBER}, {}, "Forty new customers by May"),
        ({"size": NUMBER}, {}, None),
    ],
)
def test_the_label_is_the_first_line_of_text_or_what_comes_closest(
    fields: dict[str, FieldType], submission: dict[str, None], label: str | None
) -> None:
    said: dict[str, JsonValue] = {
        "goal": "Forty new\ncustomers by May",
        "email": "ann@alder.example",
        "company": " Alder & Co ",
        "size": 3,
    }

    assert label_of(form(**fields), {**said, "city": "Bergen", **submission}) == label


def test_a_label_is_one_short_line_that_turns_no_row_around() -> None:
    label = label_of(form(company=TEXT), {"company": "Ålder\u202e\t" + "x" * 200})

    assert label is not None
    assert label.startswith("Ålder xx")
    assert label.endswith("x…")
    assert len(label) == LONGEST_CHARS


def test_a_submitted_job_has_it_and_no_log_line_does(caplog: pytest.LogCaptureFixture) -> None:
    workflows = FakeWorkflows({"w": [form(company=TEXT)]})
    caplog.set_level(logging.DEBUG)

    job = submit_job(
        tenant="acme",
        workflow="w",
        submission={"company": "Quillfeather"},
        jobs=FakeJobs(),
        workflows=workflows,
        queue=FakeQueue(),
        clock=SteadyClock(),
        new_id=lambda: "j1",
    )

    assert job.label == "Quillfeather"
    assert "Quillfeather" not in str([record.__dict__ for record in caplog.records])


def test_a_search_names_the_workflows_whose_title_holds_it_whatever_its_capitals() -> None:
    workflows = FakeWorkflows({"w": [form(company=TEXT)]})

    assert with_titles(JobFilter(text="über kaf"), workflows).titled == ("w",)
    assert with_titles(JobFilter(text="tea"), workflows).titled == ()
    assert with_titles(JobFilter(), workflows).titled == ()
