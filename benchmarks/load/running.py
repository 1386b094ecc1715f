"""Clients that ask the API for one thing after the other until the time is over, and what each answer took."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Event

import httpx2

_ANSWER_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One kind of request: its share of all, and how it is sent."""

    name: str
    weight: int
    send: Callable[[httpx2.Client], httpx2.Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer: when it was asked for (since the start), how long it took, and how it went."""

    route: str
    at_s: float
    took_s: float
    size_bytes: int
    #: HTTP status, or what went wrong without one.
    status: str

    @property
    def good(self) -> bool:
        """Whether it is what was asked for."""
        return self.status.startswith("2")


@dataclass(slots=True)
class Load:
    """All answers of one load test."""

    #: Names of what was asked for, in their order.
    routes: list[str]
    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0
    #: Whether it was ended before its time.
    stopped: bool = False


def http_client(api_url: str, token: str, *, local: bool) -> httpx2.Client:
    """A client of that API; no proxy stands between it and this machine."""
    return httpx2.Client(
        base_url=api_url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=_ANSWER_WITHIN_S,
        trust_env=not local,
    )


def run(
    new_client: Callable[[], httpx2.Client], routes: list[Route], *, clients: int, seconds: float, warm_up: int
) -> Load:
    """Load the API with so many clients; Ctrl-C ends it early and keeps what was measured."""
    load, stop = Load([route.name for route in routes]), Event()
    with ExitStack() as stack, ThreadPoolExecutor(clients) as pool:
        each_http = [stack.enter_context(new_client()) for _ in range(clients)]
        began = time.monotonic()
        try:
            list(pool.map(lambda http: [_asked(http, route, began) for route in routes[:warm_up]], each_http))
            began = time.monotonic()
            asking = [
                pool.submit(
                    _ask, http, routes, load, began=began, seconds=seconds, stop=stop, choose=random.Random(number)
                )
                for number, http in enumerate(each_http)
            ]
            for future in asking:
                future.result()
        except KeyboardInterrupt:
            load.stopped = True
            stop.set()
    load.seconds = time.monotonic() - began
    return load


def _ask(
    http: httpx2.Client,
    routes: list[Route],
    load: Load,
    *,
    began: float,
    seconds: float,
    stop: Event,
    choose: random.Random,
) -> None:
    """One client, which chooses by its own number: two runs are alike."""
    while not stop.is_set() and time.monotonic() - began < seconds:
        route = choose.choices(routes, [each.weight for each in routes])[0]
        # A list's append is whole for threads.
        load.answers.append(_asked(http, route, began))


def _asked(http: httpx2.Client, route: Route, began: float) -> Answer:
    begin = time.monotonic()
    try:
        answer = route.send(http)
        status, size = str(answer.status_code), len(answer.content)
    except httpx2.HTTPError as error:
        status, size = type(error).__name__, 0
    return Answer(route=route.name, at_s=begin - began, took_s=time.monotonic() - begin, size_bytes=size, status=status)


def routes_of(jobs: Mapping[str, str], submit: Callable[[httpx2.Client], httpx2.Response]) -> list[Route]:
    """What is asked for, in the shares in which people and programs ask."""
    reads = [_get(f"job, {name}", 4, f"/admin/jobs/{job_id}") for name, job_id in jobs.items()]
    largest = list(jobs.values())[-1]
    return [
        *reads,
        _get("job without steps", 4, f"/admin/jobs/{largest}?execution_steps=false"),
        _get("page of 20 steps", 4, f"/admin/jobs/{largest}/execution-steps?start=10&limit=20"),
        _get("list of 50 jobs", 4, "/admin/jobs?limit=50"),
        Route(name="submit a job", weight=2, send=submit),
    ]


def _get(name: str, weight: int, path: str) -> Route:
    return Route(name=name, weight=weight, send=lambda http: http.get(path))
