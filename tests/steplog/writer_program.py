"""A writer in a process of its own, made to be killed: appends step after step and says so after each.

python writer_program.py ENDPOINT TABLE BUCKET JOB_ID WRITER FIRST
"""

from __future__ import annotations

import random
import sys
from typing import Any

from leadmagnet.settings import Settings
from leadmagnet.steplog import Limits, StepLog
from leadmagnet.wiring.clients import connect

#: Small enough that a minute's steps take a log through every form many times.
LIMITS = Limits(
    inline_bytes=40 * 1024,
    tail_step_bytes=2 * 1024,
    tail_bytes=8 * 1024,
    tail_entries=12,
    merge_bytes=200 * 1024,
    ids=64,
)


def step_of(writer: int, number: int) -> dict[str, Any]:
    """The same step for the same writer and number, in every life of the writer."""
    size = random.Random(f"{writer}-{number}").choice((50, 300, 1_500, 6_000, 30_000))
    return {"writer": writer, "number": number, "text": "x" * size}


def main() -> None:
    endpoint_url, table, bucket, job_id, writer, first = sys.argv[1:]
    settings = Settings(region="us-east-1", endpoint_url=endpoint_url, access_key_id="test", secret_access_key="test")
    clients = connect(settings)
    log = StepLog(dynamodb=clients.dynamodb, s3=clients.s3, table=table, bucket=bucket, limits=LIMITS)
    number = int(first)
    while True:
        log.append(job_id, step_of(int(writer), number), step_id=f"{writer}-{number}")
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    main()
