"""The deployed API, as a program uses it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
from tests.acceptance.recording import Recorder
from tests.acceptance.records import from_json

#: A cold function on a busy machine; nothing else comes near.
_PATIENCE_S = 60.0
_JOB_S = 180.0
_POLL_S = 0.1
_AT_REST = ("completed", "failed", "cancelled")


class Api:
    """One tenant's view of the API; every call is noted."""

    def __init__(self, *, url: str, token: str, recorder: Recorder) -> None:
        # A proxy of the surroundings is for the world outside, never for this machine.
        own_machine = "127.0.0.1" in url or "localhost" in url
        self._http = httpx2.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}"},
            timeout=_PATIENCE_S,
            trust_env=not own_machine,
        )
        self._recorder = recorder

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def send(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """The answer, whatever its status."""
        began = time.perf_counter()
        content = body if isinstance(body, str) or body is None else json.dumps(body)
        kind = {"Content-Type": "application/yaml" if isinstance(body, str) else "application/json"}
        answer = self._http.request(
            method, path, content=content, headers=({} if content is None else kind) | dict(headers or {})
        )
        asked = f"{method} {path}" + ("" if content is None else f"\n\n{content}")
        self._recorder.add("request", asked, f"{answer.status_code}\n{_shown(answer)}", since=began)
        return answer

    def must(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 (JSON enters here)
        """The answer's JSON with its numbers to the last digit; AssertionError unless it succeeded."""
        answer = self.send(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return from_json(answer.content) if answer.content else None

    def put_workflow(self, name: str, text: str) -> None:
        """Store a workflow."""
        self.must("PUT", f"/admin/workflows/{name}", text)

    def submit(self, workflow: str, submission: Mapping[str, Any]) -> str:
        """The id of a new job."""
        job_id: str = self.must("POST", "/admin/jobs", {"workflow": workflow, "submission": submission})["job_id"]
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        """The job with its execution steps."""
        found: dict[str, Any] = self.must("GET", f"/admin/jobs/{job_id}")
        return found

    def steps(self, job_id: str) -> list[dict[str, Any]]:
        """Its execution steps, as one answer has them."""
        found: list[dict[str, Any]] = self.job(job_id)["execution_steps"]
        return found

    def paged_steps(self, job_id: str, *, limit: int = 7) -> list[dict[str, Any]]:
        """Its execution steps, page by page."""
        steps: list[dict[str, Any]] = []
        start: int | None = 0
        while start is not None:
            page = self.must("GET", f"/admin/jobs/{job_id}/execution-steps?start={start}&limit={limit}")
            steps += page["steps"]
            start = page["next_start"]
        return steps

    def replace(self, job_id: str, steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Put `steps` in place of the record; where it lies now, and its size."""
        answer: dict[str, Any] = self.must(
            "PUT", f"/admin/jobs/{job_id}/execution-steps", {"execution_steps": list(steps)}
        )
        return answer

    def append(self, job_id: str, step: Mapping[str, Any]) -> int:
        """Add a step at the end of the record; its place."""
        return int(self.must("POST", f"/admin/jobs/{job_id}/execution-steps", step)["index"])

    def wait(self, job_id: str) -> dict[str, Any]:
        """The job without its execution steps, once it is at rest; only the last look is noted."""
        deadline = time.monotonic() + _JOB_S
        path = f"/admin/jobs/{job_id}?execution_steps=false"
        while self._http.get(path).json()["status"] not in _AT_REST:
            assert time.monotonic() < deadline, f"job {job_id} is not at rest after {_JOB_S:.0f} s"
            time.sleep(_POLL_S)
        job: dict[str, Any] = self.must("GET", path)
        return job


def _shown(answer: httpx2.Response) -> str:
    kind = answer.headers.get("content-type", "")
    return answer.text if "json" in kind or kind.startswith("text/") else f"{len(answer.content):,} bytes of {kind}"
