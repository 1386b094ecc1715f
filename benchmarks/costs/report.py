"""The counts as a page and a file, their dollars as tables of docs/costs.md, and a chart of both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.costs import bill, prices
from benchmarks.costs.bill import bill_of
from benchmarks.costs.jobs import SOONER, Counted, Shape

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
COUNTS = RESULTS / "costs.json"
PAGE = ROOT / "docs" / "costs.md"
OURS, OBVIOUS, WHOLE = "step log", "obvious way", "whole job"
#: Between these two lines of the page stands what the script computed.
BEGIN, END = "<!-- computed by make costs -->", "<!-- end of what was computed -->"
_COLOURS = {OURS: "#2f6f5e", SOONER: "#8fb8a8", OBVIOUS: "#c2703d"}


def write(found: Sequence[Counted], *, load: float) -> None:
    """Everything, with a note of how busy the machine was."""
    COUNTS.write_text(json.dumps([asdict(each) for each in found], indent=1) + "\n", encoding="utf-8")
    (RESULTS / "costs.md").write_text(counts_page(found, load=load), encoding="utf-8")
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), dollars(found)), encoding="utf-8")
    _draw(found)
    print(dollars(found))


def read_counts() -> list[Counted]:
    """What was counted when the results were last written."""
    entries = json.loads(COUNTS.read_text(encoding="utf-8"))
    return [Counted(**{**entry, "shape": Shape(**entry["shape"])}) for entry in entries]


def with_tables(page: str, tables: str) -> str:
    """`page` with `tables` between its two marks."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{tables}\n{END}{tail}"


def dollars(found: Sequence[Counted]) -> str:
    """The tables of dollars."""
    return "\n".join(
        (
            "### The record alone, both ways\n",
            _both_ways(found),
            _unswept(found),
            "### A whole job\n",
            _whole_jobs(found),
            f"### Prices ({prices.REGION}, on demand, {prices.AS_OF})\n",
            _table(
                ("what", "price"), ((each.what, f"${each.usd:g} / {each.per:,} {each.unit}") for each in prices.ALL)
            ),
        )
    )


def _both_ways(found: Sequence[Counted]) -> str:
    header = (
        "record",
        "steps x KB",
        "way",
        "DynamoDB",
        "S3",
        "sending",
        "old versions",
        "**to write**",
        "a month's keep",
    )
    rows = []
    for each in found:
        if each.way == WHOLE:
            continue
        made = bill_of(each)
        parts = (made.dynamodb, made.s3, made.sending, made.old)
        shape = f"{each.shape.steps} x {each.shape.kib}"
        rows.append((each.shape.name, shape, each.way, *map(usd, parts), f"**{usd(made.record)}**", usd(made.month)))
    return _table(header, rows)


def _unswept(found: Sequence[Counted]) -> str:
    largest = {each.way: bill.old_for_a_month(each) for each in found if each.shape.name == found[-1].shape.name}
    return (
        f"In a versioned bucket that nobody sweeps, what is out of use costs {usd(largest[OBVIOUS])} a month for a "
        f"thousand\nrecords of {found[-1].shape.name} the obvious way, and {usd(largest[OURS])} the step log's way.\n"
    )


def _whole_jobs(found: Sequence[Counted]) -> str:
    header = ("record", "DynamoDB", "S3", "looks", "queue", "waiting for models", "**in all**", "a month's keep")
    rows = []
    for each in found:
        if each.way != WHOLE:
            continue
        made = bill_of(each)
        parts = (made.dynamodb, made.s3 + made.sending + made.old, bill.looks(each), bill.queue(), bill.waiting(each))
        rows.append((each.shape.name, *map(usd, parts), f"**{usd(sum(parts))}**", usd(made.month)))
    return _table(header, rows)


def counts_page(found: Sequence[Counted], *, load: float) -> str:
    """What was counted, for those who want to reckon with prices of their own."""
    header = (
        "record",
        "way",
        "write units",
        "read units",
        "S3 writes",
        "S3 reads",
        "MB sent",
        "item KB",
        "MB live",
        "MB old",
    )
    rows = [
        (
            each.shape.name, each.way, f"{each.write_units:,.0f}", f"{each.read_units:,.0f}", f"{each.s3_writes}",
            f"{each.s3_reads}", f"{each.sent_bytes / 1e6:,.2f}", f"{each.item_bytes / 1024:,.1f}",
            f"{each.live_bytes / 1e6:,.2f}", f"{each.old_bytes / 1e6:,.2f}",
        )
        for each in found
    ]  # fmt: skip
    return f"""# What one job asks of AWS

`make costs` counts these on the embedded engine, one job of each kind; [docs/costs.md](../../docs/costs.md) makes
dollars of them. Counts, unlike times, do not depend on how busy the machine is (load {load:.1f} on two cores when these
were taken). Units are reckoned from the exact size of the item before and after each request, index included, as
DynamoDB charges them.

{_table(header, rows)}
![Dollars and bytes of both ways](costs.png)
"""


def usd(amount: float) -> str:
    """Dollars, with as many digits as mean something."""
    if amount < 0.0005:
        return "-"
    return f"${amount:.3f}" if amount < 1 else f"${amount:.2f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _draw(found: Sequence[Counted]) -> None:
    mpl.use("Agg")
    figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    names = list(dict.fromkeys(each.shape.name for each in found))
    for place, way in enumerate(_COLOURS):
        ours = [each for each in found if each.way == way]
        positions = [number + (place - 1) * 0.27 for number in range(len(names))]
        spent = [bill_of(each).record for each in ours]
        sent = [each.sent_bytes / 1e6 for each in ours]
        for axis, values in zip(axes, (spent, sent), strict=True):
            bars = axis.bar(positions, values, width=0.25, label=way, color=_COLOURS[way])
            axis.bar_label(bars, fmt=_short, fontsize=6, padding=1)
    for axis, title in zip(axes, ("Dollars to write 1,000 records", "Megabytes sent by one job"), strict=True):
        axis.set_yscale("log")
        axis.set_xticks(range(len(names)), names)
        axis.set_title(title)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False)
    figure.savefig(RESULTS / "costs.png", dpi=110)
    plt.close(figure)
