"""Jobs of a run of the plan: made through the API, looked at and changed by hand in DynamoDB and S3."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.acceptance import workflows
from tests.acceptance.api import Api
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import difference, exact, from_attribute, from_json
from tests.acceptance.shell import Ran, Shell
from tests.acceptance.stack import Stack

SUBMISSION = {"company": "Alder & Söhne", "audience": "office managers"}
_KINDS = {"small": workflows.small, "large": workflows.large, "very-large": workflows.very_large}


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """What tests do with jobs."""

    stack: Stack
    api: Api
    shell: Shell
    folder: Path
    #: Ids of items that were written by hand.
    written: list[str] = field(default_factory=list)
    #: Ids of jobs whose record was taken away by hand, to see what happens.
    damaged: set[str] = field(default_factory=set)

    def submit(self, kind: str) -> str:
        """The id of a new job of the `small`, `large` or `very-large` workflow."""
        return self.api.submit(f"{self.stack.run}-{kind}", SUBMISSION)

    def put_workflows(self) -> None:
        """Store the workflows of this run."""
        for kind, text_of in _KINDS.items():
            name = f"{self.stack.run}-{kind}"
            self.api.put_workflow(name, text_of(name))

    def completed(self, kind: str = "small") -> str:
        """The id of a job that has run."""
        job_id = self.submit(kind)
        job = self.api.wait(job_id)
        assert job["status"] == "completed", job
        return job_id

    def at_rest(self, steps: Sequence[Mapping[str, Any]]) -> str:
        """The id of a job that has run, and whose record was then replaced by `steps`."""
        job_id = self.completed()
        self.api.replace(job_id, steps)
        return job_id

    def printed(self, case: CaseLog, number: int, job_id: str) -> Ran:
        """What the plan's command of that number, as printed, answers for a job."""
        case.record.printed.add(number)
        command, token = case.record.chapter.commands[number], self.stack.token()
        self.shell.recorder.hide(token, "TOKEN")
        return self.shell.must(self.stack.printed(command, job_id=job_id, token=token))

    def item(self, job_id: str) -> dict[str, Any]:
        """The job's item in wire form."""
        began = time.perf_counter()
        answer = self.stack.dynamodb().get_item(TableName=self.stack.jobs_table, Key=_key(job_id), ConsistentRead=True)
        found: dict[str, Any] = dict(answer["Item"])
        asked = f"DynamoDB GetItem {self.stack.jobs_table} {job_id}"
        self.shell.recorder.add("request", asked, json.dumps(found, default=str), since=began)
        return found

    def document(self, job_id: str) -> Any:  # noqa: ANN401 (JSON enters here)
        """The job's document in S3, the newest version as anybody gets it, with its numbers to the last digit."""
        began = time.perf_counter()
        body = self.stack.s3().get_object(Bucket=self.stack.bucket, Key=key_of(job_id))["Body"].read()
        asked = f"S3 GetObject {self.document_url(job_id)}"
        self.shell.recorder.add(
            "request", asked, f"{len(body):,} bytes\n{body[:400].decode(errors='replace')}", since=began
        )
        return from_json(body)

    def ask_again(self, job_id: str) -> None:
        """Put another message for a job into the queue."""
        began = time.perf_counter()
        body = json.dumps({"job_id": job_id})
        answer = self.stack.sqs().send_message(QueueUrl=self.stack.outputs["JobsQueueUrl"], MessageBody=body)
        self.shell.recorder.add("request", f"SQS SendMessage {body}", str(answer["MessageId"]), since=began)

    def document_url(self, job_id: str) -> str:
        """Where the document is for the AWS CLI."""
        return f"s3://{self.stack.bucket}/{key_of(job_id)}"

    def put_item(self, attributes: Mapping[str, Any]) -> str:
        """The id of a new item with these attributes in wire form, as another system might write it."""
        job_id = f"{self.stack.run}-{uuid4().hex[:12]}"
        self.written.append(job_id)
        began, item = time.perf_counter(), {"job_id": {"S": job_id}, **attributes}
        self.stack.dynamodb().put_item(TableName=self.stack.jobs_table, Item=item)
        asked = f"DynamoDB PutItem {self.stack.jobs_table}\n\n{json.dumps(item)}"
        self.shell.recorder.add("request", asked, since=began)
        return job_id

    def change_item(self, job_id: str, expression: str, values: Mapping[str, Any] | None = None) -> None:
        """Change a job's item by hand."""
        began = time.perf_counter()
        given: dict[str, Any] = {} if values is None else {"ExpressionAttributeValues": values}
        self.stack.dynamodb().update_item(
            TableName=self.stack.jobs_table, Key=_key(job_id), UpdateExpression=expression, **given
        )
        asked = f"DynamoDB UpdateItem {self.stack.jobs_table} {job_id} {expression}\n\n{json.dumps(values)}"
        self.shell.recorder.add("request", asked, since=began)

    def put_document(self, job_id: str, text: str) -> None:
        """Write a document into S3 by hand."""
        began = time.perf_counter()
        self.stack.s3().put_object(
            Bucket=self.stack.bucket, Key=key_of(job_id), Body=text.encode(), ContentType="application/json"
        )
        self.shell.recorder.add("request", f"S3 PutObject {self.document_url(job_id)}\n\n{text}", since=began)

    def kept(self, job_id: str) -> tuple[str, Any]:
        """Where the record lies, and all its steps as that place has them."""
        item = self.item(job_id)
        assert ("execution_steps" in item) != ("execution_steps_s3_key" in item), sorted(item)
        if "execution_steps" in item:
            return "inline", from_attribute(item["execution_steps"])
        assert item["execution_steps_s3_key"] == {"S": key_of(job_id)}
        return "offloaded", self.document(job_id)

    def must_hold(self, job_id: str, steps: Sequence[Mapping[str, Any]], *, stored: str) -> None:
        """AssertionError unless item, document and every way through the API have exactly `steps`."""
        where, held = self.kept(job_id)
        assert where == stored
        want = exact(steps)
        assert (found := difference(held, want)) is None, f"in the {where} record, {found}"
        assert (found := difference(self.api.steps(job_id), want)) is None, f"in the API's answer, {found}"
        assert (found := difference(self.api.paged_steps(job_id), want)) is None, f"in the API's pages, {found}"


def key_of(job_id: str) -> str:
    """The document's key."""
    return f"jobs/{job_id}/execution_steps.json"


def _key(job_id: str) -> dict[str, Any]:
    return {"job_id": {"S": job_id}}
