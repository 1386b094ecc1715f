"""A request as pydantic-ai takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, cast

from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.native_tools import WebSearchTool
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings

from leadmagnet.adapters.models import options as read
from leadmagnet.domain.json_value import JsonObject
from leadmagnet.engine.ports import TextRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a text model is asked, with its options read."""

    title: str
    instructions: str
    settings: ModelSettings
    schema: JsonObject | None
    searches: bool

    @classmethod
    def of(cls, request: TextRequest, *, max_tokens: int | None) -> Self:
        """The question of `request`; Invalid if an option cannot be used. `max_tokens` holds where it says none."""
        options = request.options
        length = read.words(options)
        chosen: dict[str, int | float | None] = {
            "max_tokens": read.whole_number(options, "max_tokens") or max_tokens,
            "temperature": read.number(options, "temperature"),
            "top_p": read.number(options, "top_p"),
            "seed": read.whole_number(options, "seed"),
        }
        return cls(
            title=request.title,
            instructions=request.instructions + ("" if length is None else f"\n\nWrite about {length} words."),
            settings=cast(ModelSettings, {name: value for name, value in chosen.items() if value is not None}),
            schema=read.json_schema(options),
            searches=read.flag(options, "web_search"),
        )

    @property
    def wants_object(self) -> bool:
        """Whether the answer is a JSON object: vendors' own structured output takes nothing else."""
        return self.schema is not None and self.schema.get("type") == "object"

    def messages(self, *, native: bool) -> list[ModelRequest]:
        """The words. `native`: the vendor is told the schema in its own way; else it is put into them."""
        part = f"the part titled {self.title!r} of a personalised report"
        if self.schema is None:
            frame = f"You write {part}. Answer in Markdown with the text alone: no greeting, no remarks about the task."
        else:
            frame = f"You fill in {part}, as JSON."
            if not native:
                schema = json.dumps(self.schema, ensure_ascii=False)
                frame += f" Answer with JSON alone, which satisfies this JSON Schema:\n{schema}"
        return [ModelRequest.user_text_prompt(self.instructions, instructions=frame)]

    def parameters(self, *, native: bool, tool: Callable[[], WebSearchTool]) -> ModelRequestParameters:
        """The schema, if `native`, and the web search as `tool` makes it, if one is wanted."""
        tools = [tool()] if self.searches else []
        if self.schema is None or not native:
            return ModelRequestParameters(native_tools=[*tools])
        answer = OutputObjectDefinition(json_schema=dict(self.schema), name="answer")
        return ModelRequestParameters(native_tools=[*tools], output_mode="native", output_object=answer)
