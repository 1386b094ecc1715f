"""The API as the commands use it: one method per route, problems as errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx2

from leadmagnet.domain.errors import Invalid, LeadmagnetError

#: A GET of a 200 MB record on a busy laptop; nothing else comes near.
_PATIENCE_S = 60.0


class ApiRefused(LeadmagnetError):
    """The API answered with a problem; the message is the problem's."""

    code = "api_refused"


class ApiUnreachable(LeadmagnetError):
    """Nothing answers where the API should be."""

    code = "api_unreachable"


class ApiClient:
    """Talks to one API with one token."""

    def __init__(self, api_url: str, token: str) -> None:
        """Keep the address; nothing is sent yet. Invalid for what is no address or no token."""
        self.api_url = api_url.rstrip("/")
        # A proxy of the surroundings is for the world outside, never for this machine.
        loopback = _host_of(api_url) in {"127.0.0.1", "localhost", "::1"}
        if not (token.isascii() and token.isprintable()):
            raise Invalid("The token holds characters that no token has; copy it again, or make one: leadmagnet token")
        self._http = httpx2.Client(
            base_url=self.api_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=_PATIENCE_S,
            trust_env=not loopback,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def health(self) -> None:
        """Return if the service answers."""
        self._send("GET", "/health")

    def submit(self, workflow: str, submission: Mapping[str, Any]) -> dict[str, Any]:
        """The new job."""
        return self._json("POST", "/admin/jobs", json={"workflow": workflow, "submission": submission})

    def jobs(self, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """A page of jobs, newest first."""
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        return self._json("GET", "/admin/jobs", params=query)

    def job(self, job_id: str) -> dict[str, Any]:
        """The job without its execution steps."""
        return self._json("GET", f"/admin/jobs/{quote(job_id, safe='')}", params={"execution_steps": "false"})

    def cancel(self, job_id: str) -> dict[str, Any]:
        """The job, cancelled or about to be."""
        return self._json("POST", f"/admin/jobs/{quote(job_id, safe='')}/cancel")

    def rerun(self, job_id: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """The new job that runs this one again."""
        return self._json("POST", f"/admin/jobs/{quote(job_id, safe='')}/rerun", json=wanted)

    @contextmanager
    def exported(self, job_id: str) -> Iterator[Iterator[bytes]]:
        """All of a job as JSON text, in chunks."""
        path = f"/admin/jobs/{quote(job_id, safe='')}/export"
        try:
            with self._http.stream("GET", path, follow_redirects=True) as answer:
                if not answer.is_success:
                    answer.read()
                    raise ApiRefused(_problem_text(answer))
                yield answer.iter_bytes()
        except httpx2.TransportError as error:
            raise ApiUnreachable(f"The answer of {self.api_url} broke off ({error}); export the job again.") from error

    def import_job(self, file: Path) -> dict[str, Any]:
        """The new job that holds what `file` was exported from."""
        headers = {"Content-Type": "application/json"}
        with file.open("rb") as content:
            return self._json("POST", "/admin/jobs/import", content=content, headers=headers)

    def delete(self, job_id: str) -> None:
        """Delete the job and all that it made."""
        self._send("DELETE", f"/admin/jobs/{quote(job_id, safe='')}")

    def usage(self, *, first: str | None, last: str | None) -> dict[str, Any]:
        """What jobs used, by day and workflow."""
        days = {name: day for name, day in (("first", first), ("last", last)) if day}
        return self._json("GET", "/admin/usage", params=days)

    def dead_letters(self) -> list[dict[str, Any]]:
        """The messages that no worker could handle."""
        found: list[dict[str, Any]] = self._json("GET", "/admin/dead-letters")["dead_letters"]
        return found

    def redrive(self, job_ids: Sequence[str] | None) -> list[str]:
        """The ids of the jobs that were asked for again: of these, or of all."""
        body = {} if job_ids is None else {"job_ids": list(job_ids)}
        sent: list[str] = self._json("POST", "/admin/dead-letters/redrive", json=body)["job_ids"]
        return sent

    def whole_job(self, job_id: str) -> bytes:
        """The job with all its execution steps, as the JSON text that the API sent."""
        return self._send("GET", f"/admin/jobs/{quote(job_id, safe='')}").content

    def steps(self, job_id: str, *, start: int = 0, limit: int = 50) -> dict[str, Any]:
        """A page of a job's execution steps."""
        path = f"/admin/jobs/{quote(job_id, safe='')}/execution-steps"
        return self._json("GET", path, params={"start": start, "limit": limit})

    def content(self, url: str) -> bytes:
        """What lies at a path that the API named."""
        return self._send("GET", url).content

    def workflows(self) -> list[dict[str, Any]]:
        """The newest version of each workflow."""
        found: list[dict[str, Any]] = self._json("GET", "/admin/workflows")["workflows"]
        return found

    def workflow(self, name: str, *, version: int | None = None) -> dict[str, Any]:
        """One workflow with its steps and its YAML text."""
        query = {} if version is None else {"version": version}
        return self._json("GET", f"/admin/workflows/{quote(name, safe='')}", params=query)

    def put_workflow(self, name: str, text: str) -> dict[str, Any]:
        """The workflow as it is stored now."""
        return self._json(
            "PUT",
            f"/admin/workflows/{quote(name, safe='')}",
            content=text.encode(),
            headers={"Content-Type": "application/yaml"},
        )

    def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 (httpx2's options)
        answer: dict[str, Any] = self._send(method, path, **request).json()
        return answer

    def _send(self, method: str, path: str, **request: Any) -> httpx2.Response:  # noqa: ANN401 (httpx2's options)
        try:
            answer = self._http.request(method, path, **request)
        except (httpx2.TransportError, httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise ApiUnreachable(
                f"Nothing answers at {self.api_url} ({error}). Start the service with: leadmagnet dev "
                "(leadmagnet engine, if it was deployed to one)"
            ) from error
        if answer.is_success:
            return answer
        raise ApiRefused(_problem_text(answer))


def _host_of(api_url: str) -> str | None:
    try:
        return urlsplit(api_url).hostname
    except ValueError as error:
        raise Invalid(f"{api_url!r} is not the address of an API; it looks like http://127.0.0.1:8000") from error


def _problem_text(answer: httpx2.Response) -> str:
    """A problem's detail, and each single mistake on a line of its own."""
    try:
        problem = answer.json()
        mistakes = [_mistake_text(each) for each in problem.get("errors", ())]
        return "\n".join([problem["detail"], *mistakes])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"The API answered {answer.status_code} {answer.reason_phrase}, which is not of its own making."


def _mistake_text(mistake: Mapping[str, Any]) -> str:
    place = [f"line {mistake['line']}"] if mistake.get("line") else []
    place += [mistake["field"]] if mistake.get("field") else []
    return "  - " + ": ".join([", ".join(place), mistake["message"]] if place else [mistake["message"]])
