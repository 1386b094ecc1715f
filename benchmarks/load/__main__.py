"""`python -m benchmarks.load`: load an API for a while, and write benchmarks/results/load.md"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

import httpx2

from benchmarks.load import report
from benchmarks.load.jobs import delete_jobs, example_submission, import_jobs
from benchmarks.load.options import Options, options_of
from benchmarks.load.running import Load, http_client, routes_of, run


def main(arguments: list[str] | None = None) -> int:
    options = options_of(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    machine_load = os.getloadavg()[0]
    made: list[str] = []
    try:
        load = _loaded(options, made)
    except httpx2.TransportError as error:
        raise SystemExit(f"{options.api_url} does not answer ({error}); is the service up?") from error
    except KeyboardInterrupt:
        print("Stopped before anything was measured.", file=sys.stderr)
        return 130
    finally:
        _clean_up(options, made)
    if not load.answers:
        print("Nothing was answered.", file=sys.stderr)
        return 1
    result = report.result_of(load, options, machine_load=machine_load)
    report.write(result, load, options.out)
    print((options.out / "load.md").read_text(encoding="utf-8"))
    return 1 if result.errors else 0


def _loaded(options: Options, made: list[str]) -> Load:
    """The load test itself; ids of the jobs that it makes go to `made`."""

    def new_client() -> httpx2.Client:
        return http_client(options.api_url, options.token, local=options.is_local)

    with new_client() as http:
        submission = example_submission(http, options.workflow)
        jobs = import_jobs(http, made)

    def submit(http: httpx2.Client) -> httpx2.Response:
        answer = http.post("/admin/jobs", json={"workflow": options.workflow, "submission": submission})
        if answer.status_code == 201:
            made.append(answer.json()["job_id"])
        return answer

    print(
        f"{options.clients} clients load {options.api_url} for {options.seconds:g} s ...", file=sys.stderr, flush=True
    )
    return run(
        new_client,
        routes_of(jobs, submit),
        clients=options.clients,
        seconds=options.seconds,
        warm_up=options.warm_up,
    )


def _clean_up(options: Options, made: list[str]) -> None:
    if options.keep or not made:
        return
    print(f"Deleting {len(made)} jobs ...", file=sys.stderr, flush=True)
    with http_client(options.api_url, options.token, local=options.is_local) as http:
        left = delete_jobs(http, made)
    if left:
        print(
            f"{len(left)} jobs are still there; delete them: leadmagnet jobs delete {' '.join(left)}", file=sys.stderr
        )


def _interrupt(_: int, __: FrameType | None) -> None:
    """SIGTERM ends it as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
