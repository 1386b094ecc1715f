from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from pydantic import TypeAdapter, ValidationError
from tests.telemetry.written import lines_of, one_line

from leadmagnet.domain.errors import ModelFailed
from leadmagnet.telemetry.fields import FIELDS

SECRET = "the customer's own words"


def test_a_line_is_the_sentence_with_its_facts() -> None:
    line = one_line(lambda log: log.info("Step recorded", extra={"event": "step_recorded", "job_id": "j1"}))

    assert line.items() >= {"level": "INFO", "message": "Step recorded", "service": "api"}.items()
    assert line.items() >= {"event": "step_recorded", "job_id": "j1", "logger": "leadmagnet.somewhere"}.items()
    assert line["timestamp"].endswith("+00:00")


def test_the_key_of_a_missing_object_is_in_the_line_that_operators_search_for() -> None:
    key = "jobs/j1/execution_steps.json"
    with lines_of("api") as written:
        extra = {"event": "steps_missing", "key": key, "job_id": "j1"}
        logging.getLogger("leadmagnet.api").error("Error loading execution_steps from S3", extra=extra)

    [line] = written.lines
    assert "Error loading execution_steps from S3" in line
    assert key in line


@pytest.mark.parametrize(
    "name", ["prompt", "output", "submission", "token", "url", "instructions", "body", "exc_value"]
)
def test_a_field_that_is_not_on_the_list_is_named_and_not_shown(name: str) -> None:
    line = one_line(lambda log: log.info("Asked", extra={"event": "asked", name: SECRET}))

    assert SECRET not in json.dumps(line)
    assert line["hidden_fields"] == [name]


@pytest.mark.parametrize("value", [{"prompt": SECRET}, [SECRET], (SECRET, 1), SECRET.encode(), ValueError(SECRET)])
def test_a_field_on_the_list_holds_no_structure(value: object) -> None:
    line = one_line(lambda log: log.info("Asked", extra={"event": "asked", "reason": value}))

    assert SECRET not in json.dumps(line)
    assert line["reason"] == f"<{type(value).__name__}>"


def test_a_long_text_is_cut() -> None:
    line = one_line(lambda log: log.info("Asked", extra={"event": "asked", "path": "/" + "x" * 9_000}))

    assert len(line["path"]) < 600


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**40, "two\nlines", "\ud800", "quote\"'", "\x00"])
def test_a_line_is_one_line_of_json_whatever_a_field_holds(value: object) -> None:
    with lines_of("api") as written:
        logging.getLogger("leadmagnet.api").info("Asked", extra={"event": "asked", "reason": value})

    [line] = written.lines
    assert line.isascii()
    json.loads(line, parse_constant=pytest.fail)


def validation() -> None:
    TypeAdapter(int).validate_python(SECRET)


def chain() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise ModelFailed(SECRET, prompt=SECRET) from error


def group() -> None:
    raise ExceptionGroup(SECRET, [ValueError(SECRET), KeyError(SECRET)])


def noted() -> None:
    error = RuntimeError(SECRET)
    error.add_note(SECRET)
    raise error


@pytest.mark.parametrize("fail", [validation, chain, group, noted])
def test_an_exception_shows_its_stack_and_nothing_that_it_says(fail: Callable[[], None]) -> None:
    def log(logger: logging.Logger) -> None:
        try:
            fail()
        except (ValidationError, ModelFailed, RuntimeError, ExceptionGroup):
            logger.exception("Request failed", extra={"event": "request_failed"})

    line = one_line(log)
    assert SECRET not in json.dumps(line)
    assert any(f" {fail.__name__}" in frame for frame in line["exception"][0]["stack"])


def test_an_exception_shows_the_codes_of_those_who_raised_it_and_its_causes() -> None:
    refused = ClientError({"Error": {"Code": "ThrottlingException", "Message": SECRET}}, "UpdateItem")
    failed = ModelFailed(SECRET)
    failed.__cause__ = refused

    line = one_line(lambda log: log.error("Delivery failed", exc_info=failed, extra={"event": "delivery_failed"}))

    assert line["exception_name"] == "leadmagnet.domain.errors.ModelFailed"
    assert [each["code"] for each in line["exception"]] == ["model_failed", "ThrottlingException"]
    assert line["exception"][1]["operation"] == "UpdateItem"


def test_causes_that_go_round_in_a_circle_come_to_an_end() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first

    line = one_line(lambda log: log.error("Failed", exc_info=first, extra={"event": "failed"}))

    assert 2 <= len(line["exception"]) < 20


def test_a_library_shows_its_template_and_not_what_it_put_in() -> None:
    line = one_line(lambda log: log.warning("Retrying %s", SECRET), name="urllib3.connectionpool")

    assert line["message"] == "Retrying %s"
    assert SECRET not in json.dumps(line)


def test_a_library_that_put_its_message_together_says_only_where() -> None:
    line = one_line(lambda log: log.warning("Asked " + SECRET), name="vendor.client")

    assert SECRET not in json.dumps(line)
    assert line["logger"] == "vendor.client"
    assert line["location"].startswith("<lambda>:")


def test_what_libraries_only_mention_is_no_line() -> None:
    with lines_of("api") as written:
        logging.getLogger("botocore.credentials").info("Found credentials")

    assert written.lines == []


def test_the_trace_of_the_request_is_in_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-65a1-abc;Parent=53995c3f42cd8ad8;Sampled=1")

    line = one_line(lambda log: log.info("Asked", extra={"event": "asked"}))

    assert line["xray_trace_id"] == "1-65a1-abc"


def test_no_field_has_the_name_of_something_else_in_the_line() -> None:
    line = one_line(lambda log: log.error("Failed", exc_info=ValueError(), extra={"event": "failed"}))

    taken = line.keys() - {"event"} | {"function_request_id", "function_version", "hidden_fields", "xray_trace_id"}
    assert taken & FIELDS == set()
