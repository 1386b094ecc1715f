"""Three ways to keep the steps of a job: ours, the obvious one, and the floor below which nothing can go."""

from __future__ import annotations

import json
from typing import Any, Protocol
from uuid import uuid4

from benchmarks.stack import Stack
from leadmagnet.steplog import Limits, StepLog
from leadmagnet.steplog.encoding import encode_step

#: Steps up to this size pass through DynamoDB in both ways that are not ours.
_SMALL_BYTES = 8 * 1024


class Subject(Protocol):
    """One way to record a job's steps."""

    name: str

    def new_job(self) -> str: ...
    def append(self, job_id: str, number: int, step: dict[str, Any]) -> None: ...
    def finish(self, job_id: str) -> None: ...


class Ours:
    """The step log."""

    name = "step log"

    def __init__(self, stack: Stack, limits: Limits | None = None) -> None:
        self._stack = stack
        self.log = StepLog(
            dynamodb=stack.clients.dynamodb,
            s3=stack.clients.s3,
            table=stack.resources.jobs_table,
            bucket=stack.resources.bucket,
            limits=limits,
        )

    def new_job(self) -> str:
        job_id = uuid4().hex
        item = {"job_id": {"S": job_id}}
        self._stack.clients.dynamodb.put_item(
            TableName=self._stack.resources.jobs_table, Item=item | self.log.empty(item)
        )
        return job_id

    def append(self, job_id: str, number: int, step: dict[str, Any]) -> None:
        self.log.append(job_id, step, step_id=f"step-{number}")

    def finish(self, job_id: str) -> None:
        self.log.seal(job_id)


class Obvious:
    """Keep the list in memory and write all of it after every step, to one fixed S3 key once it is large."""

    name = "obvious way"

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._steps: dict[str, list[dict[str, Any]]] = {}
        self._limit = Limits().held_inline_bytes

    def new_job(self) -> str:
        job_id = uuid4().hex
        self._steps[job_id] = []
        self._stack.clients.dynamodb.put_item(
            TableName=self._stack.resources.jobs_table, Item={"job_id": {"S": job_id}}
        )
        return job_id

    def append(self, job_id: str, number: int, step: dict[str, Any]) -> None:  # noqa: ARG002 (the list has the order)
        steps = self._steps[job_id]
        steps.append(step)
        encoded = [encode_step(one, job_id=job_id) for one in steps] if len(steps) < 200 else []
        if encoded and sum(one.size for one in encoded) <= self._limit:
            self._update(job_id, "SET execution_steps=:v", {"L": [one.attribute for one in encoded]})
            return
        key = f"jobs/{job_id}/execution_steps.json"
        body = json.dumps(steps).encode()
        self._stack.clients.s3.put_object(Bucket=self._stack.resources.bucket, Key=key, Body=body)
        self._update(job_id, "SET execution_steps_s3_key=:v REMOVE execution_steps", {"S": key})

    def _update(self, job_id: str, expression: str, value: dict[str, Any]) -> None:
        self._stack.clients.dynamodb.update_item(
            TableName=self._stack.resources.jobs_table,
            Key={"job_id": {"S": job_id}},
            UpdateExpression=expression,
            ExpressionAttributeValues={":v": value},
        )

    def finish(self, job_id: str) -> None:
        del self._steps[job_id]


class Floor:
    """One put of just the step's bytes, where a step of that size would go; nobody could read a job back from it."""

    name = "raw floor"

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def new_job(self) -> str:
        return uuid4().hex

    def append(self, job_id: str, number: int, step: dict[str, Any]) -> None:
        text = json.dumps(step)
        if len(text) > _SMALL_BYTES:
            key = f"floor/{job_id}/{number}"
            self._stack.clients.s3.put_object(Bucket=self._stack.resources.bucket, Key=key, Body=text.encode())
        else:
            item: dict[str, Any] = {"job_id": {"S": f"{job_id}-{number}"}, "step": {"S": text}}
            self._stack.clients.dynamodb.put_item(TableName=self._stack.resources.jobs_table, Item=item)

    def finish(self, job_id: str) -> None:
        """Nothing to do."""


WORDS = (
    "market",
    "segment",
    "customer",
    "reason",
    "evidence",
    "offer",
    "channel",
    "margin",
    "season",
    "rival",
    "promise",
    "price",
    "trust",
    "habit",
    "story",
    "brand",
    "office",
    "coffee",
    "design",
    "report",
    "question",
)


def make_step(number: int, size_bytes: int) -> dict[str, Any]:
    """An execution step whose JSON has about `size_bytes`, most of it text that a model might have written."""
    step: dict[str, Any] = {
        "step_id": f"step-{number}",
        "step_name": f"Chapter {number}",
        "step_order": number,
        "step_type": "ai_generation",
        "status": "completed",
        "model": "offline",
        "input": {"instructions": "Write the chapter."},
        "output": "",
        "usage_info": {"input_tokens": 812, "output_tokens": 1544, "cost_usd": 0.0123},
        "error": None,
        "timestamp": "2026-11-22T10:11:12.123+00:00",
        "duration_ms": 1234,
    }
    room = max(0, size_bytes - len(json.dumps(step, separators=(",", ":"))))
    words: list[str] = []
    length = 0
    while length < room:
        word = WORDS[(number * 7 + len(words) * 13) % len(WORDS)]
        words.append(word)
        length += len(word) + 1
    step["output"] = " ".join(words)[:room]
    return step
