"""The worker as a Lambda function: `leadmagnet.entry.lambda_worker.handler`."""

from __future__ import annotations

import os

from leadmagnet.settings import Settings
from leadmagnet.wiring.batch_worker import build_batch_worker

#: Built once in each execution environment, before its first message.
handler = build_batch_worker(Settings.from_environment(os.environ))
