"""What to load, how hard, and for how long; what is refused before anything is sent."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from leadmagnet.cli.data_dir import read_ready, ready_path

_HERE = {"127.0.0.1", "localhost", "::1"}
_MOST_SECONDS, _MOST_CLIENTS = 600, 64
RESULTS = Path(__file__).parents[1] / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One load test."""

    api_url: str
    token: str
    seconds: float
    clients: int
    #: Requests of each client that are not counted: functions start, caches fill.
    warm_up: int
    workflow: str
    keep: bool
    #: What the result is called, so that results of a laptop and of a deployment stand beside each other.
    name: str
    out: Path

    @property
    def is_local(self) -> bool:
        """Whether the API is on this machine."""
        host = (urlsplit(self.api_url).hostname or "").lower()
        return host in _HERE or host.endswith(".localhost")


def options_of(arguments: list[str] | None = None) -> Options:
    """The options; ends the program with one message if they cannot be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--api-url", help="address of the API; left out, the service that runs on --data-dir")
    parser.add_argument(
        "--token", default=os.environ.get("LEADMAGNET_TOKEN"), help="of the role admin (it imports jobs)"
    )
    parser.add_argument("--data-dir", type=Path, default=Path(".leadmagnet"))
    parser.add_argument("--seconds", type=float, default=30.0, help=f"up to {_MOST_SECONDS}")
    parser.add_argument("--clients", type=int, default=4, help=f"up to {_MOST_CLIENTS} at the same time")
    parser.add_argument("--warm-up", type=int, default=3, help="requests of each client that are not counted")
    parser.add_argument("--workflow", default="market-report", help="what is submitted, with its examples")
    parser.add_argument("--keep", action="store_true", help="leave the jobs that were made")
    parser.add_argument("--yes", action="store_true", help="an API that is not on this machine is meant")
    parser.add_argument("--name", default="laptop", help="what the result is called")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for load.md, load.json and the charts")
    given = parser.parse_args(arguments)
    api_url, token = given.api_url, given.token
    if api_url is None:
        ready = read_ready(ready_path(given.data_dir))
        if ready is None:
            parser.error(
                f"no service runs on {given.data_dir}; start one (leadmagnet dev), or give --api-url and --token"
            )
        api_url, token = ready.api_url, token or ready.token
    if not token:
        parser.error("give a token of the role admin with --token or LEADMAGNET_TOKEN (leadmagnet token --role admin)")
    if urlsplit(api_url).scheme not in ("http", "https") or not urlsplit(api_url).hostname:
        parser.error(f"{api_url} is no address; it begins with http:// or https://")
    if not 0 < given.seconds <= _MOST_SECONDS or not 1 <= given.clients <= _MOST_CLIENTS or given.warm_up < 0:
        parser.error(f"--seconds is up to {_MOST_SECONDS}, --clients 1 to {_MOST_CLIENTS}, --warm-up 0 or more")
    if not given.name.isidentifier():
        parser.error("--name is a word: it becomes part of a file's name")
    options = Options(
        api_url=api_url.rstrip("/"),
        token=token,
        seconds=given.seconds,
        clients=given.clients,
        warm_up=given.warm_up,
        workflow=given.workflow,
        keep=given.keep,
        name=given.name,
        out=given.out,
    )
    if not options.is_local and not given.yes:
        parser.error(
            f"{options.api_url} is not on this machine: {options.clients} clients would load it for "
            f"{options.seconds:g} s, and its owner would pay for the jobs. If that is what you want, say --yes"
        )
    return options
