"""The worker as a Lambda function: `leadmagnet.entry.lambda_worker.handler`."""

from __future__ import annotations

import os

from leadmagnet import telemetry
from leadmagnet.wiring.batch_worker import build_batch_worker
from leadmagnet.wiring.secrets import deployed_settings

telemetry.start("worker", os.environ)
#: Built once in each execution environment, before its first message.
handler = telemetry.invocations(build_batch_worker(deployed_settings(os.environ)))
