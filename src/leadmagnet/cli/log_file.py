"""Where a service on this machine logs: everything to a file, what needs a look to the terminal too."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

_LARGEST_BYTES = 10_000_000
#: What every record has; whatever else is on one is a fact that the code attached.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def log_path(data_dir: Path) -> Path:
    """The log of the service that works in `data_dir`."""
    return data_dir / "leadmagnet.log"


@contextmanager
def logging_to(data_dir: Path) -> Iterator[None]:
    """While the block lasts, log lines go to the data folder's log."""
    data_dir.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(log_path(data_dir), maxBytes=_LARGEST_BYTES, backupCount=1, encoding="utf-8")
    file.setFormatter(_Facts("%(asctime)s %(levelname)s %(name)s %(message)s"))
    ours = logging.getLogger("leadmagnet")
    ours.setLevel(logging.INFO)
    with _handled_by(file):
        yield
    ours.setLevel(logging.NOTSET)


@contextmanager
def warnings_shown() -> Iterator[None]:
    """While the block lasts, warnings and errors go to stderr, a line each."""
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.WARNING)
    terminal.setFormatter(_OneLine())
    with _handled_by(terminal):
        yield


@contextmanager
def _handled_by(handler: logging.Handler) -> Iterator[None]:
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


class _Facts(logging.Formatter):
    """Trails a record's facts as key=value."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        text = super().formatMessage(record)
        facts = (f"{name}={value}" for name, value in vars(record).items() if name not in _STANDARD)
        return " ".join([text, *(fact for fact in facts if fact not in text)])


class _OneLine(_Facts):
    """Leaves the traceback to the file."""

    def format(self, record: logging.LogRecord) -> str:
        record.message = record.getMessage()
        text = self.formatMessage(record)
        if record.exc_info and record.exc_info[0] is not None:
            text += f" ({record.exc_info[0].__name__}; the log file says more)"
        return text
