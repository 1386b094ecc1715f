"""The whole service dies in the middle of a step; the next start goes on with the job."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from tests.compatible_server import CompatibleServer, Silence, Text
from tests.end_to_end.program import answer, dev, leadmagnet

pytestmark = pytest.mark.long

WORKFLOW = """
name: one-text
submission: [{name: company, example: Alder & Sons}]
steps:
  - {name: words, type: ai_generation, model: "openai:gpt-4o-mini", instructions: "Write of {{ submission.company }}."}
  - {name: page, type: html_generation, instructions: "<h1>{{ steps.words.output }}</h1>"}
  - {name: done, type: final_output}
"""


def test_a_job_whose_service_was_killed_during_a_step_is_finished_after_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "one-text.yaml").write_text(WORKFLOW, encoding="utf-8")
    with CompatibleServer() as server:
        vendor = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test", "LEADMAGNET_LEASE_S": "1"}
        server.answer_text(Silence())
        with dev(tmp_path, env=vendor) as service:
            assert leadmagnet("workflows", "put", "one-text.yaml", cwd=tmp_path).returncode == 0
            job_id = answer("jobs", "submit", "one-text", "--example", cwd=tmp_path)["job_id"]
            _until_asked(server)
            service.stop(signal.SIGKILL)

        server.answer_text(Text("Timber that lasts."))
        with dev(tmp_path, env=vendor):
            job = answer("jobs", "watch", job_id, cwd=tmp_path)
            steps = answer("jobs", "steps", job_id, cwd=tmp_path)["steps"]

    assert job["status"] == "completed"
    words = [(step["attempt"], step["error"] and step["error"]["code"]) for step in steps if step["step_id"] == "words"]
    assert words == [(1, "step_interrupted"), (2, None)]
    assert len(server.requests) == 2


def _until_asked(server: CompatibleServer) -> None:
    deadline = time.monotonic() + 60
    while not server.requests:
        assert time.monotonic() < deadline
        time.sleep(0.05)
