"""Outputs over the setting lie in an artifact, and nobody after them can tell."""

from __future__ import annotations

import pytest
from tests.engine.fakes import World
from tests.engine.jobs import submitted, workflow_of

from leadmagnet.domain.job import JobStatus
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.engine.large_output import kept_small, whole_output
from leadmagnet.engine.rerun import Rerun, rerun_job
from leadmagnet.engine.runner import run_job

SOURCE = workflow_of("""
    - {name: long, type: ai_generation, order: 1, instructions: x}
    - {name: after, type: ai_generation, order: 2, instructions: "{{ steps.long.output }}"}
""")
LONG = "Grüße. " * 2_000


def long_world() -> World:
    world = World()
    world.models.texts.answer = lambda request: LONG if request.title == "Long" else "short"
    return world


def test_a_large_output_is_an_artifact_and_its_record_a_preview_that_says_so() -> None:
    world = long_world()
    job = submitted(world, SOURCE)

    ended = run_job(job.id, parts=world.parts(most_output_bytes=1_000))

    assert ended.status is JobStatus.COMPLETED
    file = world.artifacts.get(job.id, "long-output.md")
    assert file.content.decode() == LONG
    assert world.recorded(job.id)["long"].output == {
        "whole_output_in": "long-output.md",
        "content_type": "text/markdown; charset=utf-8",
        "size_bytes": len(LONG.encode()),
        "url": artifact_url(job.id, "long-output.md"),
        "preview": LONG[:2_000],
    }


def test_the_steps_after_it_see_the_whole() -> None:
    world = long_world()
    run_job(submitted(world, SOURCE).id, parts=world.parts(most_output_bytes=1_000))

    assert world.models.texts.asked[-1].instructions == LONG


def test_a_rerun_takes_the_file_along() -> None:
    world = long_world()
    job = run_job(submitted(world, SOURCE).id, parts=world.parts(most_output_bytes=1_000))

    made = rerun_job(tenant="acme", job_id=job.id, rerun=Rerun(from_step="after"), parts=world.operator())
    run_job(made.id, parts=world.parts(most_output_bytes=1_000))

    assert world.artifacts.get(made.id, "long-output.md").content.decode() == LONG
    assert world.models.texts.asked[-1].instructions == LONG


@pytest.mark.parametrize("output", ["x" * 99, {"a": [1.5, None, "ü" * 80]}, [2**70] * 5, "", None, {}])
@pytest.mark.parametrize("most_bytes", [0, 50, 10_000])
def test_whatever_is_kept_small_comes_back_whole(output: JsonValue, most_bytes: int) -> None:
    artifacts = World().artifacts

    def file_id(suffix: str) -> str:
        return f"o.{suffix}"

    kept = kept_small(output, file_id=file_id, job_id="j", artifacts=artifacts, most_bytes=most_bytes)

    assert whole_output(kept, job_id="j", artifacts=artifacts) == output
