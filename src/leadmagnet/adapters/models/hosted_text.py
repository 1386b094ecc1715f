"""Text from vendors, through pydantic-ai: one request, one answer, tokens and cost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from pydantic_ai.direct import model_request
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models import Model
from pydantic_ai.native_tools import WebSearchTool

from leadmagnet.adapters.models import options as read
from leadmagnet.adapters.models.access import VendorAccess
from leadmagnet.adapters.models.calling import call_within
from leadmagnet.adapters.models.question import Question
from leadmagnet.adapters.models.text_answer import text_answer
from leadmagnet.adapters.models.text_errors import TEXT_ERRORS, Misshapen, text_error
from leadmagnet.adapters.models.vendor_errors import timed_out
from leadmagnet.engine.model_names import VENDORS, who
from leadmagnet.engine.ports import TextAnswer, TextRequest


class Connect(Protocol):
    """Opens a vendor's client for one call."""

    def __call__(
        self, name: str, access: VendorAccess, *, timeout_s: float, searches: bool
    ) -> AbstractAsyncContextManager[Model]:
        """The model called `name`, which closes its client at the end; `searches`: it is to search the web."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedText:
    """A vendor's text model. The options are those of `engine.model_options.TEXT_OPTIONS`."""

    vendor: str
    model: str
    access: VendorAccess
    connect: Connect
    #: What the vendor's SDK may raise beside what pydantic-ai makes of it.
    errors: tuple[type[Exception], ...]
    #: Sent where a step does not say: Anthropic's API wants a limit with each request.
    max_tokens: int | None = None
    #: How the vendor is told to search.
    web_search: Callable[[], WebSearchTool] = field(default=WebSearchTool)

    def write(self, request: TextRequest) -> TextAnswer:
        """The answer; an error of the kind of ModelFailed, with the vendor's reason, if there is none."""
        if not VENDORS[self.vendor].searches:
            read.no_web_search(request.options, self._name, who(searches=True))
        timeout_s = self.access.timeout_s if request.timeout_s is None else request.timeout_s
        # Read here, so that an option that cannot be used is named before anything is sent.
        asked = Question.of(request, max_tokens=self.max_tokens)
        errors: tuple[type[Exception], ...] = (*TEXT_ERRORS, *self.errors)
        try:
            response = call_within(timeout_s, lambda: self._ask(asked, timeout_s))
        except TimeoutError as exc:
            raise timed_out(timeout_s, self._name) from exc
        except errors as exc:
            raise text_error(exc, self._name) from exc
        return text_answer(response, vendor=self.vendor, asked=self.model, structured=asked.schema is not None)

    @property
    def _name(self) -> str:
        return f"{self.vendor}:{self.model}"

    async def _ask(self, asked: Question, timeout_s: float) -> ModelResponse:
        async with self.connect(self.model, self.access, timeout_s=timeout_s, searches=asked.searches) as model:
            native = asked.wants_object and model.profile.get("supports_json_schema_output", False)
            messages, parameters = asked.messages(native=native), asked.parameters(native=native, tool=self.web_search)
            try:
                return await model_request(
                    model, messages, model_settings=asked.settings, model_request_parameters=parameters
                )
            except (AttributeError, LookupError, TypeError, ValueError) as exc:
                # What pydantic-ai stumbles over in an answer that has another shape than the vendor documents.
                raise Misshapen(f"{type(exc).__name__}: {exc}") from exc
