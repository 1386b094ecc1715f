"""What a load test found, as a table and a chart; results of several places stand beside each other on one page."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.load.options import Options
from benchmarks.load.running import Answer, Load

_COLOUR = "#2f6f5e"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteResult:
    """One route's figures, milliseconds."""

    route: str
    answers: int
    errors: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    slowest_ms: float
    kb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One load test."""

    name: str
    when: str
    machine: str
    clients: int
    seconds: float
    answers: int
    per_second: float
    mb_per_second: float
    #: By status, of the answers that were not good.
    errors: dict[str, int]
    stopped: bool
    routes: list[RouteResult]


def result_of(load: Load, options: Options, *, machine_load: float) -> Result:
    """The figures of a load test that had at least one answer."""
    by_route = {name: [answer for answer in load.answers if answer.route == name] for name in load.routes}
    return Result(
        name=options.name,
        when=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load before it {machine_load:.1f}",
        clients=options.clients,
        seconds=load.seconds,
        answers=len(load.answers),
        per_second=len(load.answers) / load.seconds,
        mb_per_second=sum(answer.size_bytes for answer in load.answers) / 1e6 / load.seconds,
        errors=dict(Counter(answer.status for answer in load.answers if not answer.good)),
        stopped=load.stopped,
        routes=[_route(answers) for answers in by_route.values() if answers],
    )


def _route(answers: Sequence[Answer]) -> RouteResult:
    taken = sorted(answer.took_s * 1_000 for answer in answers)
    return RouteResult(
        route=answers[0].route,
        answers=len(answers),
        errors=sum(not answer.good for answer in answers),
        p50_ms=percentile(taken, 0.50),
        p90_ms=percentile(taken, 0.90),
        p99_ms=percentile(taken, 0.99),
        slowest_ms=taken[-1],
        kb=statistics.median(answer.size_bytes for answer in answers) / 1024,
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the `ordered` that at least that share of them does not pass (nearest rank)."""
    rank = -(-len(ordered) * round(share * 1_000) // 1_000)
    return ordered[max(0, rank - 1)]


def write(result: Result, load: Load, out: Path) -> None:
    """Keep the result beside those of other names, and write the page and the chart anew."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"load-{result.name}.json").write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")
    _draw(load, out / f"load-{result.name}.png")
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.glob("load-*.json"))]
    sections = [
        _section(Result(**{**each, "routes": [RouteResult(**route) for route in each["routes"]]})) for each in found
    ]
    (out / "load.md").write_text(_HEAD + "\n".join(sections), encoding="utf-8")


_HEAD = """# The API under load

`make load` (`python -m benchmarks.load`): so many clients at the same time, each asking for one thing after the other
without a pause: jobs of several sizes, a job without its steps, a page of steps, a list, and now and then a new job,
which workers then run beside. Against another address:
`python -m benchmarks.load --api-url URL --token TOKEN --name aws --yes`.

"""


def _section(result: Result) -> str:
    errors = ", ".join(f"{count} {status}" for status, count in sorted(result.errors.items())) or "none"
    header = ("route", "answers", "errors", "p50 ms", "p90 ms", "p99 ms", "slowest ms", "KB")
    rows = (
        (
            each.route,
            f"{each.answers:,}",
            f"{each.errors}",
            *(f"{number:,.0f}" for number in (each.p50_ms, each.p90_ms, each.p99_ms, each.slowest_ms)),
            f"{each.kb:,.1f}",
        )
        for each in result.routes
    )
    early = " Ended early." if result.stopped else ""
    return f"""## {result.name}

{result.when}; {result.machine}. {result.clients} clients for {result.seconds:.0f} s: {result.answers:,} answers,
**{result.per_second:.0f} a second**, {result.mb_per_second:.1f} MB a second; errors: {errors}.{early}

{_table(header, rows)}
![Latencies by route](load-{result.name}.png)
"""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def _draw(load: Load, path: Path) -> None:
    """Every answer as a dot, by route: what percentiles hide (slow phases, two kinds of answers) is seen there."""
    mpl.use("Agg")
    asked = {answer.route for answer in load.answers}
    names = [name for name in reversed(load.routes) if name in asked]
    figure, (spread, over_time) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    taken = [[answer.took_s * 1_000 for answer in load.answers if answer.route == name] for name in names]
    spread.boxplot(taken, orientation="horizontal", tick_labels=names, whis=(1, 99), flierprops={"markersize": 2})
    spread.set_xscale("log")
    spread.set_xlabel("milliseconds (box: quartiles; whiskers: 1 % and 99 %)")
    good = [answer for answer in load.answers if answer.good]
    bad = [answer for answer in load.answers if not answer.good]
    over_time.scatter([a.at_s for a in good], [a.took_s * 1_000 for a in good], s=4, color=_COLOUR, alpha=0.4)
    over_time.scatter([a.at_s for a in bad], [a.took_s * 1_000 for a in bad], s=12, color="#b3261e", label="errors")
    over_time.set_yscale("log")
    over_time.set_xlabel("seconds since the start")
    over_time.set_ylabel("milliseconds")
    for axis in (spread, over_time):
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    plt.close(figure)
