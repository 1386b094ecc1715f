"""A workflow on a model vendor: the real SDK over real HTTP, recorded with text, tokens and cost."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.compatible_server import CompatibleServer, Failure, Text
from tests.end_to_end.program import answer, dev, leadmagnet

pytestmark = pytest.mark.long
WORKFLOW = """
name: hosted
submission: [{name: company, example: Alder & Sons}]
steps:
  - {name: words, type: ai_generation, model: "openai:gpt-4o-mini", instructions: "Write of {{ submission.company }}."}
  - {name: picture, type: image_generation, model: "openai:gpt-image-1", instructions: "Draw.",
     options: {width: 1024, height: 1024}}
  - {name: page, type: html_generation,
     instructions: "<h1>{{ steps.words.output }}</h1><img src='{{ steps.picture.images[0].data_uri }}'>"}
  - {name: done, type: final_output}
"""

STRUCTURED = """
name: structured
submission: [{name: company, example: Alder & Sons}]
steps:
  - name: facts
    type: ai_generation
    model: openai:gpt-4o-mini
    instructions: Name the founder of {{ submission.company }}.
    retry: {attempts: 3, backoff_s: 0}
    options:
      json_schema: {type: object, required: [founder], properties: {founder: {type: string}}}
  - {name: page, type: html_generation, instructions: "<h1>{{ steps.facts.output.founder }}</h1>"}
  - {name: done, type: final_output}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[CompatibleServer]:
    with CompatibleServer() as running:
        yield running


@pytest.fixture(scope="module")
def folder(server: CompatibleServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a service that knows the vendor, with the workflow stored."""
    cwd = tmp_path_factory.mktemp("hosted")
    (cwd / "hosted.yaml").write_text(WORKFLOW, encoding="utf-8")
    (cwd / "structured.yaml").write_text(STRUCTURED, encoding="utf-8")
    with dev(cwd, env={"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test"}):
        assert leadmagnet("workflows", "put", "hosted.yaml", cwd=cwd).returncode == 0
        assert leadmagnet("workflows", "put", "structured.yaml", cwd=cwd).returncode == 0
        yield cwd


def steps_of(folder: Path, job_id: str) -> dict[str, dict[str, Any]]:
    return {step["step_id"]: step for step in answer("jobs", "steps", job_id, cwd=folder)["steps"]}


def test_the_models_text_tokens_and_cost_are_recorded(server: CompatibleServer, folder: Path) -> None:
    server.answer_text(Text("Timber that lasts.", input_tokens=1_000, output_tokens=500))
    job = answer("jobs", "submit", "hosted", "--example", "--watch", cwd=folder)
    steps = steps_of(folder, job["job_id"])

    assert job["status"] == "completed"
    asked = server.requests[0].body["messages"][-1]["content"]
    assert "Write of Alder & Sons." in str(asked)
    words = steps["words"]
    assert (words["model"], words["output"]) == ("openai:gpt-4o-mini", "Timber that lasts.")
    usage = words["usage_info"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (1_000, 500, 1_500)
    # gpt-4o-mini: 15 cents a million in, 60 out.
    assert usage["cost_usd"] == pytest.approx(0.00045)
    assert steps["picture"]["image_urls"] == [f"/admin/jobs/{job['job_id']}/artifacts/picture-1.png"]
    assert job["cost_usd"] >= usage["cost_usd"]


def test_a_picture_is_kept_once_as_an_artifact_and_never_in_the_record(folder: Path) -> None:
    job = answer("jobs", "submit", "hosted", "--example", "--watch", cwd=folder)
    record = str(steps_of(folder, job["job_id"]))
    assert base64.b64encode(b"\x89PNG\r\n").decode()[:7] not in record


def test_a_vendor_that_refuses_fails_the_job_with_its_reason(server: CompatibleServer, folder: Path) -> None:
    server.answer_text(Failure(401, "Incorrect API key provided"))
    done = leadmagnet("jobs", "submit", "hosted", "--example", "--watch", cwd=folder)
    assert done.returncode == 1
    assert "Incorrect API key provided" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_an_answer_that_does_not_fit_is_asked_for_again_and_each_attempt_is_paid_for_once(
    server: CompatibleServer, folder: Path
) -> None:
    server.requests.clear()
    server.answer_text(
        Failure(503, "Later.", {"retry-after": "0"}),
        Text('{"founder": 7}', input_tokens=1_000, output_tokens=0),
        Text('{"founder": "Ada Alder"}', input_tokens=1_000, output_tokens=0),
    )
    job = answer("jobs", "submit", "structured", "--example", "--watch", cwd=folder)
    attempts = [
        step for step in answer("jobs", "steps", job["job_id"], cwd=folder)["steps"] if step["step_id"] == "facts"
    ]

    assert job["status"] == "completed"
    assert [(step["error"] or {}).get("code") for step in attempts] == [
        "model_unavailable",
        "model_answer_unusable",
        None,
    ]
    assert attempts[-1]["output"] == {"founder": "Ada Alder"}
    assert len(server.requests) == 3
    # The refused request cost nothing; the useless answer as much as the good one.
    assert job["cost_usd"] == pytest.approx(2 * 0.00015)
