"""Options that several commands share, and how a command finds the API it talks to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadmagnet.cli.client import ApiClient, ApiUnreachable
from leadmagnet.cli.data_dir import read_ready, ready_path
from leadmagnet.domain.errors import Invalid

DEFAULT_DATA_DIR = Path(".leadmagnet")

DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir", envvar="LEADMAGNET_DATA_DIR", help="Where a local service keeps its state.", file_okay=False
    ),
]
ApiUrl = Annotated[
    str | None,
    typer.Option(
        "--api-url",
        envvar="LEADMAGNET_API_URL",
        help="Address of the API; left out, the service that runs on the data folder.",
        show_default=False,
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="LEADMAGNET_TOKEN",
        help="Bearer token; left out, the local service's own.",
        show_default=False,
        show_envvar=True,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, and nothing else.")]


def connect(*, api_url: str | None, token: str | None, data_dir: Path) -> ApiClient:
    """A client of the API that was named, or of the one that runs on `data_dir`."""
    ready = read_ready(ready_path(data_dir))
    if api_url is None:
        if ready is None:
            raise ApiUnreachable(
                f"No service runs on the data folder {data_dir}. Start one with: leadmagnet dev "
                "(or name another's address with --api-url)"
            )
        return ApiClient(ready.api_url, token or ready.token)
    if token is None and ready is not None and ready.api_url == api_url.rstrip("/"):
        token = ready.token
    if token is None:
        # The local service's token is for the local service: it is never sent to an address that was typed.
        raise Invalid(
            f"{api_url} needs a token: give it with --token or LEADMAGNET_TOKEN. Make one with: leadmagnet token"
        )
    return ApiClient(api_url, token)
