"""A function's process: started once, it logs one JSON line per record, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

PROGRAM = """
import logging, os, sys, warnings
from leadmagnet.telemetry import invocations, start

# As Lambda's runtime leaves it.
logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
start("worker", os.environ)
start("worker", os.environ)
log = logging.getLogger("leadmagnet.engine.runner")

class Context:
    def __init__(self, name): self.aws_request_id = name

def handle(event, context):
    log.info("Job taken", extra={"event": "job_taken", "job_id": event["job_id"]})
    return event["job_id"]

log.info("Worker started", extra={"event": "worker_started"})
handler = invocations(handle)
assert handler({"job_id": "j1"}, Context("one")) == "j1"
handler({"job_id": "j2"}, Context("two"))
log.debug("Not worth a line")
logging.getLogger("httpx").info("Not ours")
logging.getLogger("vendor").warning("Slow: %s", "the customer's words")
warnings.warn("the customer's words")
log.info("execution_steps stored in S3", extra={"event": "steps_offloaded", "size_bytes": 400_000})
"""


def lines(**environ: str) -> list[dict[str, Any]]:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    assert "the customer's words" not in ended.stdout
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_every_record_is_one_line_that_names_its_invocation() -> None:
    found = lines(AWS_LAMBDA_FUNCTION_VERSION="7")

    assert [line["message"] for line in found] == [
        "Worker started",
        "Job taken",
        "Job taken",
        "Slow: %s",
        "Message of a library; its location says which",
        "execution_steps stored in S3",
    ]
    assert [line.get("function_request_id") for line in found] == [None, "one", "two", "two", "two", "two"]
    assert {(line["service"], line["function_version"]) for line in found} == {("worker", "7")}


def test_metrics_go_to_the_namespace_that_the_deployment_names() -> None:
    spaces = [
        line["_aws"]["CloudWatchMetrics"][0]["Namespace"]
        for environ in ({}, {"POWERTOOLS_METRICS_NAMESPACE": "leadmagnet-staging"})
        for line in lines(**environ)
        if "_aws" in line
    ]
    assert spaces == ["leadmagnet", "leadmagnet-staging"]
