"""A job run again: from the start, from a step, from where it failed."""

from __future__ import annotations

import pytest
from tests.engine.fakes import World
from tests.engine.jobs import submitted, workflow_of

from leadmagnet.domain.errors import (
    ArtifactNotFound,
    IllegalTransition,
    Invalid,
    InvalidSubmission,
    InvalidWorkflow,
    JobNotFound,
    ModelFailed,
)
from leadmagnet.domain.job import Job, JobStatus, Origin
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.engine.ports import TextRequest
from leadmagnet.engine.rerun import Rerun, rerun_job
from leadmagnet.engine.runner import run_job

CHAIN = workflow_of("""
    - {name: cover, type: image_generation, order: 1, instructions: "A cover for {{ submission.company }}"}
    - {name: outline, type: ai_generation, order: 1, instructions: "Outline {{ submission.company }}"}
    - {name: draft, type: ai_generation, order: 2, depends_on: [outline], instructions: "{{ steps.outline.output }}"}
    - {name: aside, type: ai_generation, order: 2, depends_on: [], instructions: "Aside"}
""")


def finished(world: World, *, failing: str | None = None) -> Job:
    """A job of that workflow that ran to its end, in which the step with the title `failing` failed."""

    def answer(request: TextRequest) -> str:
        if request.title == failing:
            raise ModelFailed("No.")
        return f"About {request.title}."

    world.models.texts.answer = answer
    ended = run_job(submitted(world, CHAIN).id, parts=world.parts(max_parallel_steps=1))
    world.models.texts.answer = lambda request: f"Again {request.title}."
    world.models.texts.asked.clear()
    world.models.images.asked.clear()
    return ended


def again(world: World, job: Job, rerun: Rerun) -> tuple[Job, Job]:
    """The new job as it was made, and as it ended."""
    made = rerun_job(tenant=job.tenant, job_id=job.id, rerun=rerun, parts=world.operator())
    return made, run_job(made.id, parts=world.parts(max_parallel_steps=1))


def asked(world: World) -> list[str]:
    return [request.title for request in world.models.texts.asked]


def test_a_whole_rerun_does_everything_anew_and_says_where_it_came_from() -> None:
    world = World()
    job = finished(world)

    made, ended = again(world, job, Rerun())

    assert (made.status, made.origin, made.submission) == (JobStatus.PENDING, Origin(job_id=job.id), job.submission)
    assert world.queue.sent[-1] == made.id
    assert (ended.status, ended.cost_usd) == (JobStatus.COMPLETED, job.cost_usd)
    assert sorted(asked(world)) == ["Aside", "Draft", "Outline"]


def test_a_rerun_from_a_step_keeps_all_that_does_not_come_after_it() -> None:
    world = World()
    job = finished(world)

    made, ended = again(
        world, job, Rerun(from_step="draft", instructions={"draft": "Better: {{ steps.outline.output }}"})
    )

    assert made.origin == Origin(job_id=job.id, from_step="draft")
    assert (ended.status, asked(world), world.models.images.asked) == (JobStatus.COMPLETED, ["Draft"], [])
    assert world.models.texts.asked[0].instructions == "Better: About Outline."
    # Kept steps cost nothing again: one text of 15 tokens.
    assert (ended.tokens, ended.cost_usd, ended.steps_done) == (15, 0.25, ended.steps_total)
    records = world.recorded(ended.id)
    assert next(iter(records)) == "form_submission"
    assert [name for name, record in records.items() if record.kept_from] == ["cover", "outline", "aside"]


def test_kept_files_are_the_new_jobs_own() -> None:
    world = World()
    job = finished(world)
    _, ended = again(world, job, Rerun(from_step="draft"))

    cover = world.recorded(ended.id)["cover"]
    assert cover.image_urls == (artifact_url(ended.id, "cover-1.png"),)
    assert isinstance(cover.output, list)
    assert cover.output[0]["url"] == artifact_url(ended.id, "cover-1.png")
    assert world.artifacts.get(ended.id, "cover-1.png") == world.artifacts.get(job.id, "cover-1.png")


def test_a_rerun_from_the_failure_runs_what_did_not_complete_and_what_comes_after() -> None:
    world = World()
    job = finished(world, failing="Draft")
    assert job.status is JobStatus.FAILED
    kept = {name for name, record in world.recorded(job.id).items() if record.error is None}

    _, ended = again(world, job, Rerun(from_failure=True))

    assert ended.status is JobStatus.COMPLETED
    assert "Draft" in asked(world)
    assert not {title.lower() for title in asked(world)} & kept


def test_a_rerun_of_a_rerun_keeps_edits_and_who_paid_first() -> None:
    world = World()
    job = finished(world)
    _, second = again(world, job, Rerun(from_step="draft", instructions={"draft": "Better"}))
    _, third = again(world, second, Rerun(from_step="report"))

    records = world.recorded(third.id)
    assert (records["outline"].kept_from, records["draft"].kept_from) == (job.id, second.id)
    assert third.instructions == {"draft": "Better"}
    assert third.cost_usd == 0


def test_fields_of_the_submission_can_be_changed() -> None:
    world = World()
    made, _ = again(world, finished(world), Rerun(submission={"company": "Other"}))

    assert made.submission == {"company": "Other"}
    assert "Outline Other" in [request.instructions for request in world.models.texts.asked]


@pytest.mark.parametrize(
    ("rerun", "error", "message"),
    [
        (Rerun(from_step="drafd"), Invalid, 'did you mean "draft"'),
        (Rerun(instructions={"nope": "x"}), Invalid, "is not a step"),
        (Rerun(from_step="draft", from_failure=True), Invalid, "leave one of the two out"),
        (Rerun(from_step="draft", instructions={"outline": "x"}), Invalid, "would be kept"),
        (Rerun(instructions={"draft": "{{ steps.aside.output }}"}), InvalidWorkflow, "comes after"),
        (Rerun(instructions={"draft": "{% if %}"}), InvalidWorkflow, "cannot be read"),
        (Rerun(submission={"compny": "x"}), InvalidSubmission, "compny"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_written(
    rerun: Rerun, error: type[Exception], message: str
) -> None:
    world = World()
    job = finished(world)

    with pytest.raises(error, match=message):
        rerun_job(tenant=job.tenant, job_id=job.id, rerun=rerun, parts=world.operator())

    assert len(world.jobs.stored) == 1


def test_a_job_that_runs_and_a_job_of_another_tenant_are_refused() -> None:
    world = World()
    job = submitted(world, CHAIN)
    with pytest.raises(IllegalTransition, match="pending still"):
        rerun_job(tenant=job.tenant, job_id=job.id, rerun=Rerun(), parts=world.operator())
    with pytest.raises(JobNotFound):
        rerun_job(tenant="other", job_id=job.id, rerun=Rerun(), parts=world.operator())


def test_a_kept_file_that_is_gone_is_said_and_nothing_is_queued() -> None:
    world = World()
    job = finished(world)
    world.artifacts.files.clear()

    with pytest.raises(ArtifactNotFound):
        rerun_job(tenant=job.tenant, job_id=job.id, rerun=Rerun(from_step="draft"), parts=world.operator())

    assert world.queue.sent == [job.id]
