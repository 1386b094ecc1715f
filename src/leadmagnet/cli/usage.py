"""`leadmagnet usage`: what jobs used, by day and workflow."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from leadmagnet.cli.options import DEFAULT_DATA_DIR, ApiUrl, AsJson, DataDir, Token, connect
from leadmagnet.cli.output import answers, plain_table, print_json, print_table


def usage(
    first: Annotated[
        str | None, typer.Option(help="The first day (UTC), as in 2026-03-01.", show_default=False)
    ] = None,
    last: Annotated[str | None, typer.Option(help="The last day; today, if left out.", show_default=False)] = None,
    api_url: ApiUrl = None,
    token: Token = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Show tokens and cost by day and workflow; the last 30 days if none are named."""
    with connect(api_url=api_url, token=token, data_dir=data_dir) as client:
        used = client.usage(first=first, last=last)
    if as_json:
        print_json(used)
        return
    if not used["rows"]:
        answers().print(f"No jobs from {used['first']} to {used['last']}.")
        return
    table = plain_table("day", "workflow", "jobs", "failed", "tokens", "USD", right=("jobs", "failed", "tokens", "USD"))
    for row in used["rows"]:
        table.add_row(
            row["day"],
            escape(row["workflow"]),
            str(row["jobs"]),
            str(row["failed"]),
            f"{row['tokens']:,}",
            f"{row['cost_usd']:.4f}",
        )
    table.add_row("[bold]all[/]", "", "", "", f"{used['tokens']:,}", f"{used['cost_usd']:.4f}")
    print_table(table)
