"""The worker as a Lambda function: `leadmagnet.entry.lambda_worker.handler`."""

from __future__ import annotations

import os

from leadmagnet.wiring.batch_worker import build_batch_worker
from leadmagnet.wiring.secrets import deployed_settings

#: Built once in each execution environment, before its first message.
handler = build_batch_worker(deployed_settings(os.environ))
