"""A process that adds steps to one record: `python -m tests.acceptance.appender`.

Its orders are a line of JSON on stdin; it says "ready" and begins when another line comes. It writes by the step log
itself, as a worker does, or by the API. What was acknowledged is printed as JSON: step_id to index.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import httpx2
from botocore.config import Config

from leadmagnet.steplog import StepLog

#: Every third step is too large for the item once the record is in S3, and every one is different.
_SIZES = (300, 2_500, 12_000)


def step_of(writer: int, number: int) -> dict[str, Any]:
    """The step that the writer of that number adds as its `number`-th."""
    return {
        "step_id": f"writer-{writer}-{number}",
        "step_order": number,
        "output": f"{writer}:{number} " + "z" * _SIZES[number % len(_SIZES)],
        "usage_info": {"cost_usd": 0.0001 * number},
    }


def _by_step_log(orders: Mapping[str, Any]) -> Callable[[dict[str, Any]], int]:
    local = Config(proxies={}) if orders["endpoint_url"] else Config()
    style = Config(signature_version="s3v4", s3={"addressing_style": "path" if orders["endpoint_url"] else "auto"})
    log = StepLog(
        dynamodb=boto3.client("dynamodb", endpoint_url=orders["endpoint_url"], config=local),
        s3=boto3.client("s3", endpoint_url=orders["endpoint_url"], config=local.merge(style)),
        table=orders["table"],
        bucket=orders["bucket"],
    )
    # Named as the API and the worker name steps, so that neither way can record the other's a second time.
    return lambda step: log.append(orders["job_id"], step, step_id=f"{step['step_id']}#1").index


def _by_api(orders: Mapping[str, Any]) -> Callable[[dict[str, Any]], int]:
    client = httpx2.Client(
        base_url=orders["api_url"],
        headers={"Authorization": f"Bearer {orders['token']}"},
        timeout=120,
        trust_env=orders["endpoint_url"] is None,
    )

    def append(step: dict[str, Any]) -> int:
        answer = client.post(f"/admin/jobs/{orders['job_id']}/execution-steps", json=step)
        answer.raise_for_status()
        return int(answer.json()["index"])

    return append


def main() -> None:
    """Add the steps, one after the other."""
    orders = json.loads(sys.stdin.readline())
    append = {"step log": _by_step_log, "API": _by_api}[orders["way"]](orders)
    steps = [step_of(orders["writer"], number) for number in range(orders["count"])]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    acknowledged = {step["step_id"]: append(step) for step in steps}
    json.dump(acknowledged, sys.stdout)


if __name__ == "__main__":
    main()
