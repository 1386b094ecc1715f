"""The `leadmagnet` command."""

from __future__ import annotations

import sys

from leadmagnet.cli.app import app
from leadmagnet.domain.errors import LeadmagnetError


def main() -> None:
    """Run the command line; a user's mistake ends with one message on stderr and exit code 1, Ctrl-C with 130."""
    try:
        app()
    except LeadmagnetError as error:
        sys.stderr.write(f"error: {error.message}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        # A shell's own code for a program that Ctrl-C ended.
        sys.exit(130)
