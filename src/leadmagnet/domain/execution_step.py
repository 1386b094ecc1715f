"""The record of one step that ran (or failed) in one job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from leadmagnet.domain.json_value import JsonValue


class StepType(StrEnum):
    """What kind of work a step does."""

    FORM_SUBMISSION = "form_submission"
    AI_GENERATION = "ai_generation"
    IMAGE_GENERATION = "image_generation"
    HTML_GENERATION = "html_generation"
    WEBHOOK = "webhook"
    FINAL_OUTPUT = "final_output"


class StepStatus(StrEnum):
    """How a step ended."""

    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a step used of a model. `cost_usd` is None where no price is known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def to_record(self) -> dict[str, JsonValue]:
        """The `usage_info` object of an execution step."""
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "total_tokens": self.tokens,
            "cost_usd": self.cost_usd,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StepError:
    """Why a step failed: the kind of error and its message."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionStep:
    """One entry of a job's step log; `to_record` gives the JSON object that is stored."""

    step_id: str
    step_name: str
    #: 0 is the submission.
    step_order: int
    step_type: StepType
    status: StepStatus
    timestamp: datetime
    duration_ms: int = 0
    model: str | None = None
    input: JsonValue = None
    output: JsonValue = None
    image_urls: tuple[str, ...] = ()
    artifact_id: str | None = None
    usage: Usage = field(default_factory=Usage)
    error: StepError | None = None
    attempt: int = 1
    #: The job that ran and paid for this step, where a rerun took it over.
    kept_from: str | None = None

    def to_record(self) -> dict[str, JsonValue]:
        """The JSON object of the contract (`product.md`, "An execution step is")."""
        error = None if self.error is None else {"code": self.error.code, "message": self.error.message}
        kept: dict[str, JsonValue] = {} if self.kept_from is None else {"kept_from": self.kept_from}
        return {
            "step_id": self.step_id,
            "step_name": self.step_name,
            "step_order": self.step_order,
            "step_type": self.step_type.value,
            "status": self.status.value,
            "model": self.model,
            "input": self.input,
            "output": self.output,
            "image_urls": list(self.image_urls),
            "artifact_id": self.artifact_id,
            "usage_info": self.usage.to_record(),
            "error": error,
            "attempt": self.attempt,
            "timestamp": self.timestamp.astimezone(UTC).isoformat(timespec="milliseconds"),
            "duration_ms": self.duration_ms,
            **kept,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ExecutionStep:
        """The execution step that `record` (as `to_record` wrote it) stands for."""
        usage, error = record["usage_info"], record["error"]
        return cls(
            step_id=record["step_id"],
            step_name=record["step_name"],
            step_order=record["step_order"],
            step_type=StepType(record["step_type"]),
            status=StepStatus(record["status"]),
            timestamp=datetime.fromisoformat(record["timestamp"]),
            duration_ms=record["duration_ms"],
            model=record["model"],
            input=record["input"],
            output=record["output"],
            image_urls=tuple(record["image_urls"]),
            artifact_id=record["artifact_id"],
            usage=Usage(
                input_tokens=usage["input_tokens"],
                output_tokens=usage["output_tokens"],
                cost_usd=usage["cost_usd"],
            ),
            error=None if error is None else StepError(code=error["code"], message=error["message"]),
            attempt=record["attempt"],
            kept_from=record.get("kept_from"),
        )
