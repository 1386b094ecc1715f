"""The pre-traffic check as a Lambda function: `leadmagnet.entry.lambda_check.handler`."""

from __future__ import annotations

import os

from leadmagnet import telemetry
from leadmagnet.wiring.pretraffic import build_check
from leadmagnet.wiring.secrets import deployed_settings

telemetry.start("check", os.environ)
handler = telemetry.invocations(build_check(deployed_settings(os.environ), os.environ))
