from __future__ import annotations

import re
from typing import Any

import pytest
from tests.engine.fakes import PNG, World
from tests.engine.jobs import REPORT, submitted, workflow_of

from leadmagnet.domain.execution_step import ExecutionStep, StepStatus, Usage
from leadmagnet.domain.job import JobStatus
from leadmagnet.engine.executors.html_generation import preview
from leadmagnet.engine.runner import run_job


def after_run(steps: str, world: World, **submission: str) -> dict[str, ExecutionStep]:
    """The records of a job of these steps, by name."""
    job = submitted(world, workflow_of(steps), {"company": "Acme", **submission})
    run_job(job.id, parts=world.parts())
    return world.recorded(job.id)


def output_of(record: ExecutionStep) -> Any:  # noqa: ANN401, JSON
    assert record.status is StepStatus.COMPLETED, record.error
    return record.output


def test_text_is_asked_with_rendered_instructions_options_title_and_submission() -> None:
    world = World()
    steps = """
        - name: a
          title: The start
          type: ai_generation
          order: 1
          model: openai:gpt-5
          instructions: For {{ submission.company }}
          options: {words: 90, temperature: 0.2}
    """

    record = after_run(steps, world)["a"]

    (request,) = world.models.texts.asked
    assert (request.instructions, request.title) == ("For Acme", "The start")
    assert (request.options, request.facts) == ({"words": 90, "temperature": 0.2}, {"company": "Acme"})
    assert world.models.names == ["openai:gpt-5"]
    assert record.input == {"instructions": "For Acme", "options": {"words": 90, "temperature": 0.2}}
    assert (record.output, record.model) == ("About The start.", "fake:words")
    assert record.usage == Usage(input_tokens=10, output_tokens=5, cost_usd=0.25)


def test_each_picture_of_a_step_is_a_file_of_its_own_and_the_record_refers_to_it() -> None:
    world = World()
    steps = """
        - name: art
          type: image_generation
          order: 1
          instructions: A picture
          options: {count: 2, width: 640, height: 480, kind: pattern}
    """

    record = after_run(steps, world)["art"]

    assert [(asked.width, asked.height, asked.options["number"]) for asked in world.models.images.asked] == [
        (640, 480, 1),
        (640, 480, 2),
    ]
    assert world.artifacts.get("job-1", "art-2.png").content == PNG + b"2"
    assert output_of(record)[1] == {
        "artifact_id": "art-2.png",
        "content_type": "image/png",
        "width": 640,
        "height": 480,
        "size_bytes": len(PNG) + 1,
        "url": "/admin/jobs/job-1/artifacts/art-2.png",
    }
    assert record.image_urls == tuple(f"/admin/jobs/job-1/artifacts/art-{n}.png" for n in (1, 2))
    assert (record.artifact_id, record.model, record.usage.cost_usd) == ("art-1.png", "fake:pictures", 1.0)


def test_a_picture_of_a_type_that_browsers_do_not_show_fails_the_step() -> None:
    world = World()
    world.models.images.content_type = "image/tiff"

    record = after_run("- {name: art, type: image_generation, order: 1, instructions: x}", world)["art"]

    assert record.error is not None
    assert record.error.code == "model_failed"
    assert world.artifacts.files == {}


def test_a_report_holds_its_pictures_and_fetches_nothing() -> None:
    world = World()
    job = submitted(world, REPORT)

    run_job(job.id, parts=world.parts())

    html = world.artifacts.get(job.id, "report.html").content.decode()
    assert re.findall(r'(?:src|href)="([^"#]{1,22})', html) == ["data:image/png;base64,"]
    assert not re.search(r"url\(|@import|<script|<link", html)


def test_the_record_of_a_report_holds_a_reference_and_not_the_report() -> None:
    world = World()
    world.models.texts.answer = lambda _: "Long words. " * 5_000
    job = submitted(world, REPORT)

    run_job(job.id, parts=world.parts())

    output = output_of(world.recorded(job.id)["report"])
    assert output["artifact_id"] == "report.html"
    assert output["size_bytes"] == len(world.artifacts.get(job.id, "report.html").content) > 100_000
    assert len(output["preview"]) <= 400
    assert output["preview"].startswith("Small report")


def test_a_report_escapes_what_people_and_models_wrote() -> None:
    world = World()
    world.models.texts.answer = lambda _: "<script>alert('model')</script> **bold**"
    job = submitted(world, REPORT, {"company": "<img src=x onerror=alert(1)>"})

    run_job(job.id, parts=world.parts())

    html = world.artifacts.get(job.id, "report.html").content.decode()
    assert "<script" not in html
    assert "onerror" not in re.sub(r"&lt;.*?&gt;", "", html)
    assert "<strong>bold</strong>" in html


def test_a_packaged_template_can_be_extended_by_instructions() -> None:
    world = World()
    steps = """
        - {name: a, title: First steps, type: ai_generation, order: 1, instructions: x}
        - {name: b, title: Left out, type: ai_generation, order: 1, instructions: x}
        - name: page
          type: html_generation
          order: 2
          instructions: |
            {% extends "report.html" %}
            {% set title = "For " ~ submission.company %}
            {% set sections = [steps.a] %}
    """

    after_run(steps, world)

    html = world.artifacts.get("job-1", "page.html").content.decode()
    assert "<h1>For Acme</h1>" in html
    assert '<a href="#chapter-1"><span class="number">1</span>First steps</a>' in html
    assert "Left out" not in html


def test_the_footer_says_which_models_made_the_report() -> None:
    world = World()
    job = submitted(world, REPORT)

    run_job(job.id, parts=world.parts())

    html = world.artifacts.get(job.id, "report.html").content.decode()
    assert "Text and pictures: fake:pictures, fake:words." in html
    assert "This is a draft" not in html


def test_a_webhook_posts_references_under_a_key_that_is_the_same_for_every_attempt() -> None:
    world = World()
    job = submitted(world, REPORT)

    run_job(job.id, parts=world.parts())

    ((url, body, headers),) = world.webhooks.posts
    assert url == "https://crm.example/hook"
    assert headers == {"Idempotency-Key": f"{job.id}:tell"}
    assert (body["job_id"], body["workflow"], body["workflow_version"]) == (job.id, "small-report", 1)
    report = next(output for output in body["outputs"] if output["step_id"] == "report")
    assert report["url"] == f"/admin/jobs/{job.id}/artifacts/report.html"
    assert "output" not in report
    assert output_of(world.recorded(job.id)["tell"]) == {"status": 202}


@pytest.mark.parametrize(("options", "deliverable"), [("", "report.html"), (", options: {from: early}", "early.html")])
def test_the_last_report_is_delivered_unless_another_is_named(options: str, deliverable: str) -> None:
    world = World()
    source = workflow_of("- {name: early, type: html_generation, order: 1, instructions: x}")
    job = submitted(world, source.replace("order: 91}", f"order: 91{options}}}"))

    ended = run_job(job.id, parts=world.parts())

    assert (ended.status, ended.deliverable) == (JobStatus.COMPLETED, deliverable)
    output = output_of(world.recorded(job.id)["deliver"])
    assert output["artifact_id"] == deliverable
    assert output["content_type"] == "text/html; charset=utf-8"
    assert output["size_bytes"] == len(world.artifacts.get(job.id, deliverable).content)


def test_a_step_sees_only_the_steps_that_it_comes_after() -> None:
    world = World()
    steps = """
        - {name: a, type: ai_generation, order: 1, instructions: x}
        - {name: b, type: ai_generation, order: 1, instructions: x}
        - name: c
          type: ai_generation
          order: 2
          depends_on: [a]
          instructions: "{% for s in steps %}{{ s }} {% endfor %}"
        - name: d
          type: ai_generation
          order: 3
          depends_on: [c]
          instructions: "{% for s in steps %}{{ s }} {% endfor %}"
    """

    records = after_run(steps, world)

    assert records["c"].input == {"instructions": "a ", "options": {}}
    assert records["d"].input == {"instructions": "a c ", "options": {}}


def test_a_preview_is_what_a_reader_sees_first() -> None:
    assert preview("<html><head><style>p{}</style></head><body><p>Fish &amp; chips</p></body>") == "Fish & chips"


def test_a_long_preview_says_that_it_was_cut() -> None:
    assert preview("<body>" + "word " * 200).endswith("word…")
