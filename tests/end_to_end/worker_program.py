"""A worker in a process of its own, made to be killed. Its model takes a while and notes in a file that it was paid.

python worker_program.py ENDPOINT JOBS_TABLE WORKFLOWS_TABLE BUCKET QUEUE_URL CALLS_FILE MODEL_SECONDS
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event

from leadmagnet.adapters.queue import SqsQueue
from leadmagnet.domain.execution_step import Usage
from leadmagnet.engine.ports import ImageModel, TextAnswer, TextRequest
from leadmagnet.engine.runner import run_job
from leadmagnet.settings import Settings
from leadmagnet.wiring.clients import connect
from leadmagnet.wiring.engine import build_engine
from leadmagnet.wiring.identity import now
from leadmagnet.worker.loop import Pace, Worker

#: Short, so that what a killed worker held is taken over soon.
LEASE_S = 2.0
VISIBILITY_S = 2


@dataclass(frozen=True, slots=True)
class CountedModel:
    """A text model, and the Models that knows only this one."""

    calls: Path
    seconds: float

    def text(self, name: str | None) -> CountedModel:
        del name
        return self

    def image(self, name: str | None) -> ImageModel:
        raise NotImplementedError(name)

    def write(self, request: TextRequest) -> TextAnswer:
        """Paid for from here on, whatever becomes of the answer."""
        line = f"{request.facts['number']} {request.title}\n".encode()
        # Short writes at a file's end by several processes do not mix.
        file = os.open(self.calls, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, line)
        os.close(file)
        Event().wait(self.seconds)
        return TextAnswer(text="words", model="counted", usage=Usage(input_tokens=2, output_tokens=1, cost_usd=0.25))


def main() -> None:
    endpoint_url, jobs_table, workflows_table, bucket, queue_url, calls, seconds = sys.argv[1:]
    settings = Settings(
        region="us-east-1",
        endpoint_url=endpoint_url,
        access_key_id="test",
        secret_access_key="test",
        jobs_table=jobs_table,
        workflows_table=workflows_table,
        artifacts_bucket=bucket,
        queue_url=queue_url,
        lease_s=LEASE_S,
    )
    clients = connect(settings)
    parts = replace(build_engine(settings, clients), models=CountedModel(Path(calls), float(seconds)))
    worker = Worker(
        deliveries=SqsQueue(sqs=clients.sqs, queue_url=queue_url, visibility_s=VISIBILITY_S),
        run=partial(run_job, parts=parts),
        clock=now,
        pace=Pace(threads=3, wait_s=1, visibility_s=VISIBILITY_S),
    )
    worker.start()
    # Until it is killed; its standard input ends when the test that started it is gone.
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
