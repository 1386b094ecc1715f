"""Log records as JSON, a line each."""

from __future__ import annotations

import json
import logging
from functools import partial

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from leadmagnet.telemetry.emf import embedded_metrics
from leadmagnet.telemetry.faults import faults_of
from leadmagnet.telemetry.fields import facts_of, hidden_in

#: Loggers whose messages are constant sentences; a test reads every call.
_OURS = "leadmagnet"
_FOREIGN = "Message of a library; its location says which"
#: In ASCII, so that no text can be one that the stream cannot say, and no line can hold another.
_dumps = partial(json.dumps, separators=(",", ":"), default=str)


class JsonLines(LambdaPowertoolsFormatter):
    """Formats a record as one line of JSON, with its metrics; nothing of it that may be a secret is in the line."""

    def __init__(self, *, service: str, namespace: str, function_version: str | None = None) -> None:
        """Lines of `service`, and metrics in `namespace`."""
        super().__init__(
            json_serializer=_dumps,
            json_deserializer=str,
            utc=True,
            use_rfc3339=True,
            serialize_stacktrace=False,
            log_record_order=["level", "message", "timestamp", "service"],
            service=service,
            function_version=function_version,
        )
        self._service = service
        self._namespace = namespace

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return super().format(self._cleaned(record))

    def _cleaned(self, record: logging.LogRecord) -> logging.LogRecord:
        """A record of the same event that holds only what may be shown."""
        facts = facts_of(record)
        fields: dict[str, object] = {"logger": record.name, **facts}
        if hidden := hidden_in(record):
            fields["hidden_fields"] = hidden
        if faults := faults_of(record.exc_info):
            fields |= {"exception": faults, "exception_name": str(faults[0]["type"])}
        fields |= embedded_metrics(
            facts | {"service": self._service}, namespace=self._namespace, created_s=record.created
        )
        place = {name: getattr(record, name) for name in ("levelname", "levelno", "funcName", "lineno", "created")}
        return logging.makeLogRecord({**place, "name": record.name, "msg": _sentence(record), **fields})


def _sentence(record: logging.LogRecord) -> str:
    """The message as it was written in the code, without what a caller put into it."""
    text = str(record.msg)
    if record.name.partition(".")[0] == _OURS:
        return text
    # With arguments it is a template, which is constant; without, it may have been put together from anything.
    return text if record.args else _FOREIGN
