from __future__ import annotations

import logging
from datetime import datetime
from threading import Barrier, Event, current_thread

import pytest
from tests.engine.fakes import START, FakeJobs, FakeStepRecord, World
from tests.engine.jobs import REPORT, STEPS, submitted, workflow_of

from leadmagnet.domain.errors import JobNotFound, ModelFailed
from leadmagnet.domain.execution_step import ExecutionStep, StepStatus, StepType
from leadmagnet.domain.job import Job, JobStatus
from leadmagnet.engine.crew import Threads
from leadmagnet.engine.ports import TextRequest
from leadmagnet.engine.runner import run_job

TWO_TEXTS = workflow_of("""
    - {name: a, type: ai_generation, order: 1, instructions: x}
    - {name: b, type: ai_generation, order: 1, instructions: x}
""")

#: Waits for no other step, but is the third in order.
WAITS_FOR_ROOM = "- {name: c, type: ai_generation, order: 2, depends_on: [], instructions: x}"


def test_a_job_runs_every_step_and_names_its_deliverable() -> None:
    world = World()
    job = submitted(world)

    ended = run_job(job.id, parts=world.parts())

    assert ended == world.jobs.stored[job.id]
    assert (ended.status, ended.deliverable, ended.error) == (JobStatus.COMPLETED, "report.html", None)
    assert (ended.steps_done, ended.steps_total) == (7, 7)
    assert set(world.recorded(job.id)) == {"form_submission", *STEPS}
    assert world.artifacts.get(job.id, "report.html").content.startswith(b"<!doctype html>")


def test_the_submission_is_record_zero_with_the_jobs_own_time() -> None:
    world = World()
    job = submitted(world)

    run_job(job.id, parts=world.parts())

    first = world.steps.read_quietly(job.id)[0]
    assert (first.step_id, first.step_order, first.step_type) == ("form_submission", 0, StepType.FORM_SUBMISSION)
    assert first.input == {"company": "Acme"}
    assert first.timestamp == job.created_at


def test_totals_are_the_sum_of_the_records() -> None:
    world = World()
    job = submitted(world)

    ended = run_job(job.id, parts=world.parts())

    # Three texts of 15 tokens at $0.25, one picture at $0.50.
    assert (ended.tokens, ended.cost_usd) == (45, 1.25)
    records = world.recorded(job.id).values()
    assert ended.tokens == sum(record.usage.tokens for record in records)


def test_an_unknown_price_counts_as_nothing_and_is_recorded_as_unknown() -> None:
    world = World()
    world.models.texts.cost_usd = None
    job = submitted(world)

    ended = run_job(job.id, parts=world.parts())

    assert ended.cost_usd == 0.5
    assert world.recorded(job.id)["market"].usage.cost_usd is None


def test_steps_that_wait_for_nothing_run_at_the_same_time() -> None:
    world = World()
    together = Barrier(2, timeout=60)

    def answer(request: TextRequest) -> str:
        together.wait()
        return request.title

    world.models.texts.answer = answer
    job = submitted(world, TWO_TEXTS)

    assert run_job(job.id, parts=world.parts()).status is JobStatus.COMPLETED


def test_no_more_steps_run_at_the_same_time_than_the_setting_allows() -> None:
    world = World()
    first_two = Barrier(2, timeout=60)
    recorded_at_third = []

    def answer(request: TextRequest) -> str:
        if request.title == "C":
            recorded_at_third.append(len(world.steps.logs["job-1"]))
        else:
            first_two.wait()
        return request.title

    world.models.texts.answer = answer
    job = submitted(world, TWO_TEXTS.replace("steps:\n", f"steps:\n  {WAITS_FOR_ROOM}\n"))

    assert run_job(job.id, parts=world.parts(max_parallel_steps=2)).status is JobStatus.COMPLETED
    assert recorded_at_third >= [2]


def test_a_step_begins_only_after_the_steps_that_it_depends_on() -> None:
    world = World()
    job = submitted(world)

    run_job(job.id, parts=world.parts())

    records = world.recorded(job.id)
    assert records["advice"].input == {"instructions": "About Market.", "options": {}}
    assert [record.step_id for record in world.steps.read_quietly(job.id)][-3:] == ["report", "tell", "deliver"]


def test_progress_never_goes_back_and_ends_at_all_steps() -> None:
    world = World()
    job = submitted(world)

    run_job(job.id, parts=world.parts())

    done = [saved.steps_done for saved in world.jobs.saves]
    assert done == sorted(done)
    assert done[-1] == 7


def failing(name: str, error: Exception) -> World:
    """A world in which the text step called `name` fails."""
    world = World()

    def answer(request: TextRequest) -> str:
        if request.title.lower() == name:
            raise error
        return f"About {request.title}."

    world.models.texts.answer = answer
    return world


def test_a_failing_step_is_recorded_with_its_error_and_fails_the_job() -> None:
    world = failing("market", ModelFailed("The model is overloaded; try later.", status=529))
    job = submitted(world)

    ended = run_job(job.id, parts=world.parts())

    assert ended.status is JobStatus.FAILED
    assert ended.error is not None
    assert (ended.error.step_id, ended.error.code) == ("market", "model_failed")
    assert ended.error.message == "The model is overloaded; try later."
    record = world.recorded(job.id)["market"]
    assert record.status is StepStatus.FAILED
    assert record.error is not None
    assert record.error.code == "model_failed"
    assert ended.finished_at is not None
    assert ended.finished_at > START


def test_nothing_new_starts_after_a_failure() -> None:
    world = failing("market", ModelFailed("No."))
    job = submitted(world)

    run_job(job.id, parts=world.parts())

    assert not {"advice", "report", "tell", "deliver"} & set(world.recorded(job.id))
    assert world.webhooks.posts == []


def test_a_sibling_under_way_at_a_failure_is_finished_and_recorded() -> None:
    world = World()
    sibling_runs, failed = Event(), Event()

    def answer(request: TextRequest) -> str:
        if request.title == "A":
            assert sibling_runs.wait(60)
            failed.set()
            raise ModelFailed("No.")
        sibling_runs.set()
        assert failed.wait(60)
        return "paid for"

    world.models.texts.answer = answer
    job = submitted(world, TWO_TEXTS)

    assert run_job(job.id, parts=world.parts()).status is JobStatus.FAILED
    assert world.recorded(job.id)["b"].output == "paid for"


def test_an_unexpected_error_shows_nothing_of_itself_outside_the_log(caplog: pytest.LogCaptureFixture) -> None:
    world = failing("market", RuntimeError("password=hunter2"))
    job = submitted(world)

    with caplog.at_level(logging.ERROR):
        ended = run_job(job.id, parts=world.parts())

    assert ended.error is not None
    assert ended.error.code == "internal"
    assert "hunter2" not in str(world.steps.logs) + str(ended)
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_a_template_that_fails_names_step_line_and_name() -> None:
    world = World()
    source = workflow_of(
        '- {name: a, type: ai_generation, order: 1, instructions: "{% set s = submission %}\\n{{ s.compny }}"}'
    )
    job = submitted(world, source)

    ended = run_job(job.id, parts=world.parts())

    assert ended.error is not None
    assert ended.error.code == "template_failed"
    assert ended.error.message == (
        'The template of step "a" failed at line 2: submission has no "compny"; did you mean "company"?'
    )


def test_the_record_is_sealed_before_the_job_comes_to_rest() -> None:
    world = World()
    job = submitted(world)
    at_save: list[int | None] = []

    class Watched(FakeJobs):
        def save(self, job: Job, *, owner: str, until: datetime) -> bool:
            if job.status.at_rest:
                at_save.append(world.steps.sealed.get(job.id))
            return super().save(job, owner=owner, until=until)

    world.jobs = Watched(stored=world.jobs.stored)
    run_job(job.id, parts=world.parts())

    assert at_save == [8]


@pytest.mark.parametrize("text", ["fine", None])
def test_a_job_at_rest_that_is_delivered_again_changes_nothing_but_is_sealed(text: str | None) -> None:
    world = World() if text else failing("market", ModelFailed("No."))
    job = submitted(world)
    ended = run_job(job.id, parts=world.parts())
    asked, logs = len(world.models.texts.asked), list(world.steps.logs[job.id])
    world.steps.sealed.clear()

    again = run_job(job.id, parts=world.parts())

    assert again == ended
    assert (len(world.models.texts.asked), world.steps.logs[job.id]) == (asked, logs)
    assert world.steps.sealed[job.id] == len(logs)


def test_an_unknown_job_is_said_to_be_unknown() -> None:
    with pytest.raises(JobNotFound):
        run_job("nope", parts=World().parts())


def test_a_job_whose_workflow_version_is_gone_fails_instead_of_coming_back_forever() -> None:
    world = World()
    job = submitted(world)
    world.workflows.versions.clear()

    ended = run_job(job.id, parts=world.parts())

    assert ended.status is JobStatus.FAILED
    assert ended.error is not None
    assert ended.error.code == "workflow_not_found"


def test_a_job_keeps_to_the_version_that_it_was_made_for() -> None:
    world = World()
    job = submitted(world)
    submitted(world, REPORT.replace("The market of", "Another text on"))

    run_job(job.id, parts=world.parts())

    assert world.models.texts.asked[0].instructions.startswith(("The market of", "The people of"))
    assert all("Another" not in request.instructions for request in world.models.texts.asked)


def test_a_worker_told_to_stop_leaves_the_job_between_two_steps_for_the_next() -> None:
    world = World()
    job = submitted(world)
    stopping = Event()

    def answer(request: TextRequest) -> str:
        stopping.set()
        return f"About {request.title}."

    world.models.texts.answer = answer
    left = run_job(job.id, parts=world.parts(max_parallel_steps=1), stop=stopping.is_set)
    assert left.status is JobStatus.PROCESSING
    assert set(world.recorded(job.id)) == {"form_submission", "cover", "market"}

    ended = run_job(job.id, parts=world.parts())

    assert ended.status is JobStatus.COMPLETED
    assert len(world.models.texts.asked) == 3


def test_a_steps_duration_ends_with_its_work_and_not_with_its_record() -> None:
    world = World()
    job = submitted(world, workflow_of("- {name: a, type: ai_generation, order: 1, instructions: x}"))

    class Counting(Threads):
        """Threads whose time goes on by a second whenever work asks for it."""

        asked = 0

        def time_s(self) -> float:
            self.asked += current_thread().name.startswith("step-")
            return float(self.asked)

    crew = Counting()

    class Slow(FakeStepRecord):
        def append(self, job_id: str, step: ExecutionStep, *, owner: str | None) -> None:
            crew.asked += 100
            super().append(job_id, step, owner=owner)

    world.steps = Slow()
    run_job(job.id, parts=world.parts(crew=crew, lease_s=3_600))

    assert world.recorded(job.id)["a"].duration_ms == 1_000
