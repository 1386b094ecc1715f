"""An append-only, ordered list of JSON objects per job, of any size, in one DynamoDB item plus S3.

    log = StepLog(dynamodb=client, s3=client, table="leadmagnet-jobs", bucket="my-bucket")
    log.append("job-1", {"output": "..."}, step_id="outline")
    log.read("job-1")

No framework, no other package of this project: only botocore's errors and orjson.
"""

from leadmagnet.steplog.errors import (
    GuardFailed,
    InvalidJobId,
    InvalidStep,
    NoRoom,
    NoSuchJob,
    NotConfigured,
    NotPermitted,
    StepConflict,
    StepLogError,
    StepsCorrupt,
    StepsMissing,
    Unavailable,
    VersionConflict,
)
from leadmagnet.steplog.examining import examine
from leadmagnet.steplog.findings import Examination, Finding
from leadmagnet.steplog.limits import Limits
from leadmagnet.steplog.log import StepLog
from leadmagnet.steplog.migrating import Migrated, MigrationReport, migrate
from leadmagnet.steplog.settle_report import Settled, SettleReport
from leadmagnet.steplog.settling import settle
from leadmagnet.steplog.sizes import item_size
from leadmagnet.steplog.snapshot import Snapshot
from leadmagnet.steplog.sweep_report import Orphan, SweepProblem, SweepReport
from leadmagnet.steplog.sweeping import sweep
from leadmagnet.steplog.values import Appended, Guard, Page, Stored, Summary

__all__ = [
    "Appended",
    "Examination",
    "Finding",
    "Guard",
    "GuardFailed",
    "InvalidJobId",
    "InvalidStep",
    "Limits",
    "Migrated",
    "MigrationReport",
    "NoRoom",
    "NoSuchJob",
    "NotConfigured",
    "NotPermitted",
    "Orphan",
    "Page",
    "SettleReport",
    "Settled",
    "Snapshot",
    "StepConflict",
    "StepLog",
    "StepLogError",
    "StepsCorrupt",
    "StepsMissing",
    "Stored",
    "Summary",
    "SweepProblem",
    "SweepReport",
    "Unavailable",
    "VersionConflict",
    "examine",
    "item_size",
    "migrate",
    "settle",
    "sweep",
]
