"""Where the API serves a job's file."""

from __future__ import annotations


def artifact_url(job_id: str, artifact_id: str) -> str:
    """The path of the file in the API; readers put their own host before it."""
    return f"/admin/jobs/{job_id}/artifacts/{artifact_id}"
