"""docs/operations.md has a section on each alarm, and speaks of nothing that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.monitoring.section import ALARM, COMPOSITE, QUERY, resources, template

from leadmagnet.telemetry.metrics import METRICS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "operations.md").read_text(encoding="utf-8")
TEMPLATE = template()
NAMES = sorted(str(alarm["AlarmName"]) for kind in (ALARM, COMPOSITE) for alarm in resources(TEMPLATE, kind).values())


def section(name: str) -> str:
    """What the page says under that heading."""
    return PAGE.partition(f"\n### {name}\n")[2].partition("\n### ")[0].partition("\n## ")[0]


def test_every_alarm_has_a_section_and_every_section_an_alarm() -> None:
    assert sorted(re.findall(r"^### (.+)$", PAGE, re.MULTILINE)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_section_says_what_the_alarm_means_where_to_look_and_what_to_do(name: str) -> None:
    assert re.findall(r"^\*\*(.+?)\*\*:", section(name), re.MULTILINE) == ["Means", "Look at", "Do"]


def test_every_saved_query_is_named_and_no_other() -> None:
    saved = {query["Name"] for query in resources(TEMPLATE, QUERY).values()}
    assert set(re.findall(r"`(leadmagnet/[^`]+)`", PAGE)) == saved


def test_every_alarm_that_is_named_exists() -> None:
    named = {name for name in re.findall(r"`(leadmagnet-[a-z0-9-]+)`", PAGE) if not name.endswith("-staging")}
    assert named - {"leadmagnet-alarms"} <= set(NAMES)


def test_every_command_that_is_named_exists() -> None:
    known = re.findall(r"^### `(leadmagnet [a-z ]+?)(?: [A-Z_.]+)?`$", (DOCS / "cli.md").read_text(), re.MULTILINE)
    named = re.findall(r"`(leadmagnet [a-z][^`]*)`", PAGE)
    assert named
    assert [each for each in named if not any(each == name or each.startswith(f"{name} ") for name in known)] == []


def test_what_monitoring_costs_is_counted_as_it_is() -> None:
    alarms, composites = (len(resources(TEMPLATE, kind)) for kind in (ALARM, COMPOSITE))
    own = len({(each.name, service) for metrics in METRICS.values() for each in metrics for service in each.services})

    costs, decision = (DOCS / "costs.md").read_text(), (DOCS / "decisions" / "telemetry.md").read_text()
    assert f"| {alarms} alarms | $0.10 each | ${alarms * 0.10:.2f} |" in costs
    assert f"| {composites} composite alarm | $0.50 each | ${composites * 0.50:.2f} |" in costs
    assert f"| {own} metrics of its own, from log lines |" in costs
    assert f"| ${own * 0.30:.2f} at most |" in costs
    assert f"{alarms} alarms,\none composite and {own} metrics" in decision


def test_the_table_of_metrics_is_the_one_in_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \| (\w+) \|", PAGE, re.MULTILINE)
    made = {(each.name, ", ".join(each.services), each.unit) for metrics in METRICS.values() for each in metrics}
    assert sorted(rows) == sorted(made)
