"""The last sweep's numbers, in one small S3 object beside the jobs, where no sweep looks."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from leadmagnet.engine.sweep_run import SweepRun

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: Not under `jobs/`: sweeps and checks list that prefix alone.
KEY = "reports/last-sweep.json"
_MOST_FAILURE_CHARS = 500
#: A report of ours has a few hundred bytes.
_MOST_BYTES = 16_384

logger = logging.getLogger(__name__)


class S3SweepReports:
    """SweepReports on one bucket."""

    def __init__(self, *, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, run: SweepRun) -> None:
        """Keep `run` in the place of the last; a log line if S3 refuses."""
        kept = replace(run, failure=run.failure and run.failure[:_MOST_FAILURE_CHARS])
        body = orjson.dumps(asdict(kept))
        try:
            self._s3.put_object(Bucket=self._bucket, Key=KEY, Body=body, ContentType="application/json")
        except (ClientError, BotoCoreError) as error:
            _log("not kept", error)

    def last(self) -> SweepRun | None:
        """The last sweep; None if none has left word, or (with a log line) if it cannot be read."""
        try:
            with self._s3.get_object(Bucket=self._bucket, Key=KEY)["Body"] as body:
                return _run(orjson.loads(body.read(_MOST_BYTES)))
        except (ClientError, BotoCoreError, ValueError, TypeError, KeyError) as error:
            missing = isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "NoSuchKey"
            if not missing:
                _log("not read", error)
            return None


def _run(found: dict[str, Any]) -> SweepRun:
    known = {name: found[name] for name in SweepRun.__dataclass_fields__}
    return SweepRun(**{**known, "began_at": datetime.fromisoformat(known["began_at"])})


def _log(what: str, error: Exception) -> None:
    facts = {"event": "sweep_report_lost", "reason": what, "key": KEY, "error": type(error).__name__}
    logger.warning("Sweep report lost", extra=facts)
