"""The sweeper as a Lambda function, called by a schedule: `leadmagnet.entry.lambda_sweeper.handler`."""

from __future__ import annotations

import os

from leadmagnet import telemetry
from leadmagnet.wiring.secrets import deployed_settings
from leadmagnet.wiring.sweeper import build_sweeper

telemetry.start("sweeper", os.environ)
handler = telemetry.invocations(build_sweeper(deployed_settings(os.environ)))
