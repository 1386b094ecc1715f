"""Everything that a deployment can set, read once from the environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeVar

from leadmagnet.domain.errors import Invalid

Number = TypeVar("Number", int, float)

#: Names of the resources, as `template.yaml` gives them in production.
_JOBS_TABLE = "leadmagnet-jobs"
_WORKFLOWS_TABLE = "leadmagnet-workflows"
#: Plain HTTP only on this machine.
_ORIGIN = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the service is to work with; `docs/settings.md` explains each."""

    region: str
    #: None for AWS itself; else the address of anything that speaks its protocols.
    endpoint_url: str | None = None
    #: None lets boto3 find credentials in its usual places.
    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    #: Goes with credentials that end, such as those of a function's role.
    session_token: str | None = field(default=None, repr=False)
    jobs_table: str = _JOBS_TABLE
    workflows_table: str = _WORKFLOWS_TABLE
    artifacts_bucket: str = ""
    queue_url: str = ""
    #: Signs and checks bearer tokens (HS256).
    token_key: str = field(default="", repr=False)
    #: An identity provider whose tokens are good here, beside or instead of those that the key signs.
    oidc_issuer: str | None = None
    #: Audiences (Cognito: ids of app clients) that its tokens may be for.
    oidc_audience: tuple[str, ...] = ()
    #: Where its keys are; None: where its OpenID configuration says.
    oidc_jwks_url: str | None = None
    oidc_tenant_claim: str = "tenant"
    oidc_role_claim: str = "role"
    oidc_token_use: Literal["access", "id"] = "access"  # noqa: S105 (a kind of token, no secret)
    #: Name or ARN of a secret that stands in for variables that are not set (leadmagnet.wiring.secrets).
    secret: str | None = None
    #: The app client of that provider with which people sign in to the pages; None: they sign in with tokens.
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = field(default=None, repr=False)
    #: Where browsers find this service, without a slash at the end.
    public_url: str = ""
    text_model: str = "offline"
    image_model: str = "offline"
    model_timeout_s: float = 120.0
    openai_api_key: str | None = field(default=None, repr=False)
    openai_base_url: str | None = None
    anthropic_api_key: str | None = field(default=None, repr=False)
    anthropic_base_url: str | None = None
    #: Whether steps may name `bedrock:` models, called with the service's own AWS credentials.
    bedrock: bool = False
    #: Hosts that webhooks may reach although they are not public.
    webhook_hosts: tuple[str, ...] = ()
    #: Signs what webhooks post, if set.
    webhook_secret: str | None = field(default=None, repr=False)
    #: Jobs that one worker process runs at a time.
    worker_threads: int = 2
    #: Seconds that a worker's question for messages may wait; stopping takes as long. Shorter costs more requests.
    queue_wait_s: int = 20
    #: Steps of one job that may run at the same time.
    parallel_steps: int = 4
    #: Seconds for which a worker owns a job without saying that it lives. Renewing is a write of the job's item.
    lease_s: float = 30.0
    #: Days after its end for which a job is kept; 0: for ever.
    keep_jobs_days: int = 0
    #: A step's output of more bytes becomes an artifact, and its record keeps a preview.
    most_output_bytes: int = 1024 * 1024
    #: When steps move to S3: their estimated size in bytes, and the share that the estimate adds.
    inline_bytes: int = 300 * 1024
    inline_buffer: float = 0.10

    @property
    def keep_jobs(self) -> timedelta | None:
        """For how long after its end a job is kept; None: for ever."""
        return timedelta(days=self.keep_jobs_days) if self.keep_jobs_days else None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """The settings that `environ` holds; Invalid with every wrong value named at once.

        What is empty counts as not set.
        """
        read = _Reader(environ)
        settings = cls(
            region=read.text("AWS_REGION") or read.text("AWS_DEFAULT_REGION") or "us-east-1",
            endpoint_url=read.text("AWS_ENDPOINT_URL"),
            access_key_id=read.text("AWS_ACCESS_KEY_ID") if read.text("AWS_ENDPOINT_URL") else None,
            secret_access_key=read.text("AWS_SECRET_ACCESS_KEY") if read.text("AWS_ENDPOINT_URL") else None,
            session_token=read.text("AWS_SESSION_TOKEN") if read.text("AWS_ENDPOINT_URL") else None,
            jobs_table=read.text("JOBS_TABLE") or _JOBS_TABLE,
            workflows_table=read.text("WORKFLOWS_TABLE") or _WORKFLOWS_TABLE,
            artifacts_bucket=read.text("ARTIFACTS_BUCKET") or "",
            queue_url=read.text("JOBS_QUEUE_URL") or "",
            token_key=read.text("LEADMAGNET_TOKEN_KEY") or "",
            oidc_issuer=read.text("LEADMAGNET_OIDC_ISSUER"),
            oidc_audience=read.names("LEADMAGNET_OIDC_AUDIENCE"),
            oidc_jwks_url=read.text("LEADMAGNET_OIDC_JWKS_URL"),
            oidc_tenant_claim=read.text("LEADMAGNET_OIDC_TENANT_CLAIM") or "tenant",
            oidc_role_claim=read.text("LEADMAGNET_OIDC_ROLE_CLAIM") or "role",
            oidc_token_use="id" if read.choice("LEADMAGNET_OIDC_TOKEN_USE", ("access", "id")) == "id" else "access",
            secret=read.text("LEADMAGNET_SECRET"),
            oidc_client_id=read.text("LEADMAGNET_OIDC_CLIENT_ID"),
            oidc_client_secret=read.text("LEADMAGNET_OIDC_CLIENT_SECRET"),
            public_url=read.origin("LEADMAGNET_PUBLIC_URL"),
            text_model=read.text("LEADMAGNET_TEXT_MODEL") or "offline",
            image_model=read.text("LEADMAGNET_IMAGE_MODEL") or "offline",
            model_timeout_s=read.number("LEADMAGNET_MODEL_TIMEOUT_S", float, 120.0, least=1),
            openai_api_key=read.text("OPENAI_API_KEY"),
            openai_base_url=read.text("OPENAI_BASE_URL"),
            anthropic_api_key=read.text("ANTHROPIC_API_KEY"),
            anthropic_base_url=read.text("ANTHROPIC_BASE_URL"),
            bedrock=read.flag("LEADMAGNET_BEDROCK"),
            webhook_hosts=read.names("LEADMAGNET_WEBHOOK_HOSTS"),
            webhook_secret=read.text("LEADMAGNET_WEBHOOK_SECRET"),
            worker_threads=read.number("LEADMAGNET_WORKER_THREADS", int, 2, least=1, most=64),
            queue_wait_s=read.number("LEADMAGNET_QUEUE_WAIT_S", int, 20, least=0, most=20),
            parallel_steps=read.number("LEADMAGNET_PARALLEL_STEPS", int, 4, least=1, most=64),
            lease_s=read.number("LEADMAGNET_LEASE_S", float, 30.0, least=1, most=3_600),
            keep_jobs_days=read.number("LEADMAGNET_KEEP_JOBS_DAYS", int, 0, least=0, most=36_500),
            most_output_bytes=read.number("LEADMAGNET_OUTPUT_BYTES", int, 1024 * 1024, least=1_024),
            inline_bytes=read.number("LEADMAGNET_INLINE_BYTES", int, 300 * 1024, least=0, most=400 * 1024),
            inline_buffer=read.number("LEADMAGNET_INLINE_BUFFER", float, 0.10, least=0, most=10),
        )
        read.raise_problems()
        return settings

    def require(self, *names: str) -> None:
        """Invalid, naming each of these settings that is empty and the variable that sets it."""
        variables = {"artifacts_bucket": "ARTIFACTS_BUCKET", "queue_url": "JOBS_QUEUE_URL"}
        variables["token_key"] = "LEADMAGNET_TOKEN_KEY"  # noqa: S105 (the name of a variable)
        variables["oidc_audience"] = "LEADMAGNET_OIDC_AUDIENCE"
        variables["public_url"] = "LEADMAGNET_PUBLIC_URL"
        missing = [variables[name] for name in names if not getattr(self, name)]
        if missing:
            raise Invalid(
                f"Not set: {', '.join(missing)}. Set them in the environment (docs/settings.md), "
                "or run `leadmagnet dev` without --no-embedded to have a whole service on this machine."
            )


class _Reader:
    """Reads variables and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def text(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in (self.text(name) or "").split(",") if part.strip())

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        value = self.text(name) or known[0]
        if value not in known:
            self._problems.append(f"{name} must be {' or '.join(known)}, not {value!r}")
        return value

    def origin(self, name: str) -> str:
        """An address of a whole host, without a slash at its end."""
        value = (self.text(name) or "").rstrip("/")
        if value and not _ORIGIN.fullmatch(value):
            self._problems.append(f"{name} must be like https://leads.example.com, without a path, not {value!r}")
        return value

    def flag(self, name: str) -> bool:
        value = (self.text(name) or "no").lower()
        if value not in ("yes", "no", "true", "false", "1", "0"):
            self._problems.append(f"{name} must be yes or no, not {value!r}")
        return value in ("yes", "true", "1")

    def number(
        self, name: str, kind: Callable[[str], Number], default: Number, *, least: float, most: float = float("inf")
    ) -> Number:
        value = self.text(name)
        if value is None:
            return default
        try:
            number = kind(value)
        except ValueError:
            self._problems.append(f"{name} must be a number, not {value!r}")
            return default
        if not least <= number <= most:
            upper = "" if most == float("inf") else f" and at most {most:g}"
            self._problems.append(f"{name} must be at least {least:g}{upper}, not {value}")
        return number

    def raise_problems(self) -> None:
        if self._problems:
            raise Invalid("The environment has wrong values: " + "; ".join(self._problems) + ".")
