"""Sets logging up for a deployed function."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping

from leadmagnet.telemetry.lines import JsonLines

#: Where metrics go unless the deployment says otherwise; installations beside each other have one each.
NAMESPACE = "leadmagnet"
_NAMESPACE_SETTING = "POWERTOOLS_METRICS_NAMESPACE"
_VERSION_SETTING = "AWS_LAMBDA_FUNCTION_VERSION"


def start(service: str, environ: Mapping[str, str]) -> None:
    """From now on every log record of this process is a JSON line on stdout, where Lambda takes it to CloudWatch Logs.

    `service` is the value of the metrics' one dimension: api, worker or sweeper. Lines of libraries begin at WARNING.
    Call it before anything else logs; called again, the last call counts.
    """
    namespace = environ.get(_NAMESPACE_SETTING) or NAMESPACE
    version = environ.get(_VERSION_SETTING)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service=service, namespace=namespace, function_version=version))
    root = logging.getLogger()
    # Lambda's runtime has put a handler of its own there, which would write every line a second time.
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("leadmagnet").setLevel(logging.INFO)
    # A warning quotes the value that it warns of, and would go to stderr as it is.
    logging.captureWarnings(True)
