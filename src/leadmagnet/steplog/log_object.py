"""An object of a step log in S3, or beside one in its job's folder, as a listing tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

#: A `file` is what others put into the job's folder (artifacts), and each delete marker of it.
Kind = Literal["document", "chunk", "ids_page", "delete_marker", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogObject:
    """One version of an object, or one delete marker."""

    job_id: str
    key: str
    version_id: str
    kind: Kind
    size: int
    #: Whether a get without a version meets this one.
    is_latest: bool
    #: Whether this is all that there is under the key.
    is_alone: bool
    #: Whether the newest thing under the key is a delete marker.
    is_hidden: bool
    #: When the next version was put, or this one if it is the newest. It was in use until then, if ever.
    since: datetime

    @property
    def name(self) -> str:
        """The last part of the key: a chunk's, manifest's or page's id."""
        return self.key.rpartition("/")[2].removesuffix(".json")
