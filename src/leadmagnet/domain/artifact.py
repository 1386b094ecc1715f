"""A file that a step made."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """Content and type of one file of a job.

    `id` is the file's name, unique in its job and ending in its type (`cover-1.png`); in S3 it lies under
    `jobs/{job_id}/artifacts/{id}`.
    """

    id: str
    content_type: str
    content: bytes

    @property
    def size_bytes(self) -> int:
        """Bytes of the content."""
        return len(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFacts:
    """What is known of a file without reading it."""

    id: str
    content_type: str
    size_bytes: int
