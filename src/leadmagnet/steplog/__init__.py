"""An append-only, ordered list of JSON objects per job, of any size, in one DynamoDB item plus S3.

    log = StepLog(dynamodb=client, s3=client, table="leadmagnet-jobs", bucket="my-bucket")
    log.append("job-1", {"output": "..."}, step_id="outline")
    log.read("job-1")

No framework, no other package of this project: only botocore's errors and orjson.
"""

from leadmagnet.steplog.errors import (
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
from leadmagnet.steplog.limits import Limits
from leadmagnet.steplog.log import StepLog
from leadmagnet.steplog.sizes import item_size
from leadmagnet.steplog.values import Appended, Page, Stored, Summary

__all__ = [
    "Appended",
    "InvalidJobId",
    "InvalidStep",
    "Limits",
    "NoRoom",
    "NoSuchJob",
    "NotConfigured",
    "NotPermitted",
    "Page",
    "StepConflict",
    "StepLog",
    "StepLogError",
    "StepsCorrupt",
    "StepsMissing",
    "Stored",
    "Summary",
    "Unavailable",
    "VersionConflict",
    "item_size",
]
