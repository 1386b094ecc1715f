"""No log line can hold a prompt, an output or a token: every call in the source is read, and says what it may hold."""

from __future__ import annotations

import pytest
from tests.telemetry.log_calls import LogCall, calls, calls_in

from leadmagnet.telemetry.fields import FIELDS
from leadmagnet.telemetry.metrics import METRICS

ALL = calls()
by_place = pytest.mark.parametrize("call", ALL, ids=lambda call: call.place)


@by_place
def test_a_message_is_a_constant_sentence(call: LogCall) -> None:
    assert call.message, "say a constant sentence, and put facts into extra="


@by_place
def test_every_fact_has_a_name_on_the_list(call: LogCall) -> None:
    assert call.fields is not None, "attach facts by dictionaries that can be read where they are attached"
    assert call.fields.keys() <= FIELDS


@by_place
def test_every_line_names_its_event(call: LogCall) -> None:
    assert isinstance(call.event, str)


def test_every_name_on_the_list_is_used() -> None:
    used = {name for call in ALL for name in call.fields or {}}
    assert used >= FIELDS, "take off the list what no line has"


def test_every_event_of_the_table_is_logged() -> None:
    assert {call.event for call in ALL} >= METRICS.keys()


@pytest.mark.parametrize("event", sorted(METRICS))
def test_the_lines_of_an_event_carry_what_its_metrics_read(event: str) -> None:
    read = {metric.reads for metric in METRICS[event] if metric.reads} | {
        name for metric in METRICS[event] for name in metric.when
    }
    for call in ALL:
        if call.event == event:
            assert (call.fields or {}).keys() >= read, call.place


def test_a_metric_has_one_unit_and_one_origin_wherever_it_is_counted() -> None:
    said: dict[str, set[object]] = {}
    for metric in (metric for metrics in METRICS.values() for metric in metrics):
        said.setdefault(metric.name, set()).add((metric.unit, metric.services))
    assert [name for name, forms in said.items() if len(forms) > 1] == []


HEAD = "import logging\nlogger = logging.getLogger(__name__)\n"


@pytest.mark.parametrize(
    "line",
    [
        "logger.info(f'asked {prompt}')",
        "logger.info('asked ' + prompt)",
        "logger.info('asked %s', prompt)",
        "logger.exception(error)",
        "logging.warning('asked %s', prompt)",
    ],
)
def test_a_message_with_data_in_it_is_seen(line: str) -> None:
    [call] = calls_in(f"{HEAD}def ask(prompt, error):\n    {line}\n")
    assert call.message is None


@pytest.mark.parametrize("extra", ["facts", "dict(facts)", "{name: 1 for name in facts}", "{**facts}", "vars(job)"])
def test_facts_that_cannot_be_read_are_seen(extra: str) -> None:
    [call] = calls_in(f"{HEAD}def ask(facts, job):\n    logger.info('Asked', extra={extra})\n")
    assert call.fields is None


def test_facts_are_found_in_the_variables_that_hold_them() -> None:
    text = f"""{HEAD}
def ask(prompt, error):
    facts = {{"event": "asked", "job_id": 1}}
    facts |= {{"prompt": prompt}}
    logger.info("Asked", extra=facts | ({{"code": 1}} if error else {{}}))
"""
    [call] = calls_in(text)
    assert call.fields is not None
    assert call.fields.keys() == {"event", "job_id", "prompt", "code"}
    assert call.event == "asked"
