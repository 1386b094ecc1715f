"""Where the step logs are: what the commands that work on table and bucket themselves are given."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from leadmagnet.cli.data_dir import read_ready, ready_path
from leadmagnet.cli.output import notice
from leadmagnet.domain.errors import Invalid, LeadmagnetError
from leadmagnet.settings import Settings
from leadmagnet.steplog import Limits, StepLogError
from leadmagnet.wiring.clients import Clients, connect
from leadmagnet.wiring.step_logs import step_limits

#: Lists in JSON answers end here, so that no answer grows with the table; the counts are always whole.
MOST_LISTED = 1_000
#: The embedded engine asks for credentials and takes any.
_ANY_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class StorageFailed(LeadmagnetError):
    """Table or bucket could not be worked with; the message is the step log's own."""

    code = "storage_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A table, a bucket, and the clients to reach them."""

    clients: Clients
    table: str
    bucket: str
    limits: Limits


@contextmanager
def storage(data_dir: Path) -> Iterator[Storage]:
    """The storage that the environment names, or that of the service on `data_dir`; step log errors end the command."""
    settings = storage_settings(os.environ, data_dir)
    notice(
        f"Table {settings.jobs_table}, bucket {settings.artifacts_bucket}, at {settings.endpoint_url or 'AWS'} "
        f"({settings.region})."
    )
    try:
        yield Storage(
            clients=connect(settings),
            table=settings.jobs_table,
            bucket=settings.artifacts_bucket,
            limits=step_limits(settings),
        )
    except StepLogError as error:
        raise StorageFailed(str(error)) from error


def storage_settings(environ: Mapping[str, str], data_dir: Path) -> Settings:
    """Settings with table, bucket and queue; Invalid if neither the environment nor a running service names them."""
    if environ.get("ARTIFACTS_BUCKET", "").strip():
        return Settings.from_environment(environ)
    ready = read_ready(ready_path(data_dir))
    if ready is None:
        raise Invalid(
            "Nothing says which table and bucket to work on. Set ARTIFACTS_BUCKET (and JOBS_TABLE, AWS_REGION; "
            f"docs/settings.md), or start a local service on the data folder {data_dir} with: leadmagnet dev"
        )
    local = {"JOBS_TABLE": ready.jobs_table, "ARTIFACTS_BUCKET": ready.bucket, "AWS_REGION": ready.region}
    local["JOBS_QUEUE_URL"] = ready.queue_url
    if ready.aws_endpoint_url is not None:
        local["AWS_ENDPOINT_URL"] = ready.aws_endpoint_url
        if not environ.get("AWS_ACCESS_KEY_ID", "").strip():
            local |= _ANY_CREDENTIALS
    return Settings.from_environment({**environ, **local})
