"""What the pages are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from leadmagnet.domain.access import Caller, Identity, TokenVerifier
from leadmagnet.domain.job import Job
from leadmagnet.engine.operator_parts import OperatorParts
from leadmagnet.engine.sweep_run import SweepRun
from leadmagnet.steplog import Page, Summary


class StoredRecord(Protocol):
    """A job's steps, as one look at its item showed them."""

    @property
    def summary(self) -> Summary:
        """Count, bytes and place of the record."""

    def page(self, start: int = 0, limit: int = 50) -> Page:
        """Some steps, by place; only the bytes that hold them are fetched."""


class JobRecords(Protocol):
    """Jobs together with their records, by one request each."""

    def open(self, *, tenant: str, job_id: str) -> tuple[Job, StoredRecord]:
        """The job and its record; JobNotFound if there is none or it is another tenant's."""


class SignInTickets(Protocol):
    """One-time tickets that the sign-in link carries."""

    def redeem(self, ticket: str) -> Caller | None:
        """Who the ticket signs in; None if it is unknown, was used, or is too old."""


class IdentityProvider(Protocol):
    """Where people sign in with an account of their own."""

    def authorize_url(self, *, state: str, nonce: str, challenge: str) -> str:
        """Where to send the browser; IdentityUnavailable if that is not known."""

    def redeem(self, code: str, *, verifier: str, nonce: str, issuer: str | None) -> Identity:
        """Who signed in; Unauthorized for a code that is not good, IdentityUnavailable if nobody answers."""

    def end_session_url(self) -> str | None:
        """Where the session at the provider ends; None if there is no such place."""


class FileLinks(Protocol):
    """Addresses of files that are too large for an answer."""

    def artifact_link(self, job_id: str, artifact_id: str, *, expires_s: int) -> str:
        """An address that saves the artifact as a file, for a while."""


class LastSweep(Protocol):
    """What the last sweep left word of."""

    def last(self) -> SweepRun | None:
        """Its numbers; None if there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebParts:
    """Everything that the pages work with."""

    #: Stores, queue and clock, and what operators do with jobs.
    operator: OperatorParts
    records: JobRecords
    tokens: TokenVerifier
    tickets: SignInTickets
    sweeps: LastSweep
    links: FileLinks
    #: Signs session cookies and CSRF tokens; at least 32 bytes.
    session_key: str = field(repr=False)
    #: None: there is only the printed link, and tokens.
    provider: IdentityProvider | None = None
    #: The most bytes that an answer may have where the service runs (Lambda: 6 MB for all of it); None: any number.
    answer_limit_bytes: int | None = None
