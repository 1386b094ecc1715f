"""The pre-traffic check as a Lambda function: `leadmagnet.entry.lambda_check.handler`."""

from __future__ import annotations

import os

from leadmagnet.wiring.pretraffic import build_check
from leadmagnet.wiring.secrets import deployed_settings

handler = build_check(deployed_settings(os.environ), os.environ)
