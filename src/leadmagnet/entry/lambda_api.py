"""API and pages as a Lambda function: `leadmagnet.entry.lambda_api.handler`."""

from __future__ import annotations

import os

from mangum import Mangum

from leadmagnet import telemetry
from leadmagnet.web.tickets import OneTimeTickets
from leadmagnet.wiring.identity import now
from leadmagnet.wiring.secrets import deployed_settings
from leadmagnet.wiring.service import build_service

#: A function answers with 6 MB at most (6,291,456 bytes), in Base64, which makes 4 bytes of 3; the rest is for headers.
ANSWER_LIMIT_BYTES = 4_500_000

telemetry.start("api", os.environ)
_service = build_service(
    deployed_settings(os.environ),
    # No terminal prints a link here: visitors sign in at the identity provider, or with a token.
    tickets=OneTimeTickets(clock=now),
    answer_limit_bytes=ANSWER_LIMIT_BYTES,
)
#: Everything goes out as Base64: text would grow by what its quotes and accents need in escapes, a factor unknown.
_answers = Mangum(_service, lifespan="off", text_mime_types=[])  # type: ignore[arg-type] # it asks for a coroutine
handler = telemetry.invocations(_answers)
