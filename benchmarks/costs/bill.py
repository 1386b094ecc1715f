"""Dollars for a thousand jobs, from what one of them was counted to ask for."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from benchmarks.costs import prices
from benchmarks.costs.jobs import Counted

JOBS = 1_000
_GB = 1_000_000_000
#: The sweep runs daily and keeps what was in use within 24 hours: on average a day and a half.
OLD_DAYS = 1.5
_MONTH_DAYS = 30.4
#: Seconds that a step waits for its model, one step after the other; while it waits, Lambda's clock runs.
STEP_S = 5.0
#: What the template gives the worker; a thousandth of it is how Lambda counts.
WORKER_GB = 1_769 / 1_024
#: Bytes a second from Lambda to S3 and DynamoDB.
SEND_BYTES_S = 50_000_000
#: How often somebody looks at a job through the API, and what each look reads of the item (job, totals, place).
LOOKS = 3
READS_PER_LOOK = 3
#: Send, receive, delete.
QUEUE_CALLS = 3
_READ_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Dollars for a thousand such jobs; storage for the first month, if they stay."""

    dynamodb: float
    s3: float
    #: Time of the worker's function that goes into sending the record.
    sending: float
    #: Versions and objects out of use, until they are swept.
    old: float
    #: What is in use, a month: table with backups, and bucket.
    month: float

    @property
    def record(self) -> float:
        """To write the record, without keeping it."""
        return self.dynamodb + self.s3 + self.sending + self.old


def bill_of(counted: Counted) -> Bill:
    """The bill for a thousand times what was counted."""
    table_gb, live_gb = counted.item_bytes / _GB, counted.live_bytes / _GB
    table_price = prices.TABLE_GB_MONTH.usd + prices.BACKUP_GB_MONTH.usd
    return Bill(
        dynamodb=JOBS * (prices.WRITE_UNIT.of(counted.write_units) + prices.READ_UNIT.of(counted.read_units)),
        s3=JOBS * (prices.S3_WRITE.of(counted.s3_writes) + prices.S3_READ.of(counted.s3_reads)),
        sending=JOBS * prices.LAMBDA_GB_S.of(WORKER_GB * counted.sent_bytes / SEND_BYTES_S),
        old=JOBS * prices.S3_GB_MONTH.of(counted.old_bytes / _GB * OLD_DAYS / _MONTH_DAYS),
        month=JOBS * (table_gb * table_price + prices.S3_GB_MONTH.of(live_gb)),
    )


def old_for_a_month(counted: Counted) -> float:
    """Dollars for what is out of use in a bucket that nobody sweeps."""
    return JOBS * prices.S3_GB_MONTH.of(counted.old_bytes / _GB)


def waiting(counted: Counted) -> float:
    """Dollars for a thousand workers that wait for models."""
    return JOBS * (prices.LAMBDA_GB_S.of(WORKER_GB * STEP_S * counted.shape.steps) + prices.LAMBDA_CALL.of(1))


def queue() -> float:
    """Dollars for the messages of a thousand jobs."""
    return JOBS * prices.SQS_CALL.of(QUEUE_CALLS)


def looks(counted: Counted) -> float:
    """Dollars for looking at each of a thousand jobs a few times."""
    units = READS_PER_LOOK * ceil(counted.item_bytes / _READ_BYTES)
    gets = 1 if counted.live_bytes > counted.item_bytes else 0
    return JOBS * LOOKS * (prices.READ_UNIT.of(units) + prices.S3_READ.of(gets))
