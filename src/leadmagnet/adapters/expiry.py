"""When DynamoDB deletes a job's item: the attribute that its time to live goes by."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Any

from leadmagnet.domain.job import Job

#: As in `template.yaml`. Items without it stay.
EXPIRES_AT = "expires_at"


def expiry_attributes(job: Job, keep: timedelta | None) -> dict[str, Any]:
    """The attribute for a job that came to rest and is kept for so long after its end; none if it stays for ever.

    Whole seconds since 1970, which is what DynamoDB takes. It deletes within a few days after that.
    """
    if keep is None or not job.status.at_rest or job.finished_at is None:
        return {}
    return {EXPIRES_AT: {"N": str(ceil((job.finished_at + keep).timestamp()))}}
