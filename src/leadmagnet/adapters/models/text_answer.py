"""From what a text model sent to an answer that can go into a report, or to why it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from genai_prices import Usage as PricedUsage
from pydantic_ai.messages import ModelResponse, ModelResponsePart, NativeToolCallPart, TextPart, WebCitationSource

from leadmagnet.adapters.models.prices import usage_of
from leadmagnet.adapters.models.vendor_errors import one_line, unusable
from leadmagnet.domain.errors import ModelFailed, ModelRefused
from leadmagnet.domain.execution_step import Usage
from leadmagnet.engine.ports import Source, TextAnswer

#: More sources than a reader looks at.
_MOST_SOURCES = 100
_FENCED = re.compile(r"```(?:json)?\s*\n(?P<json>.*)\n\s*```", re.DOTALL)


def text_answer(response: ModelResponse, *, vendor: str, asked: str, structured: bool) -> TextAnswer:
    """The answer; an error of the kind of ModelFailed, with what was billed, if it is none.

    Of a model that searched the web, the words after its last search, with the pages that they rest on at the end.
    """
    name = response.model_name or asked
    usage = _usage(response, vendor=vendor, name=name)
    parts = _after_tools(response.parts)
    text = "".join(part.content for part in parts if isinstance(part, TextPart)).strip()
    _refuse_useless(response, text, model=f"{vendor}:{asked}", usage=usage)
    sources = _sources(response.parts)
    if structured:
        text = _unfenced(text)
    elif sources:
        text = f"{text}\n\n{_listed(sources)}"
    return TextAnswer(text=text, model=f"{vendor}:{name}", usage=usage, sources=sources)


def _refuse_useless(response: ModelResponse, text: str, *, model: str, usage: Usage) -> None:
    match response.finish_reason:
        case "content_filter":
            said = one_line((response.provider_details or {}).get("refusal") or text)
            quoted = f" ({said})" if said else ""
            raise ModelRefused(
                f"The model refused to answer{quoted}; change the step's instructions, or use another model.",
                usage=usage,
                model=model,
            )
        case "length":
            # Asked again, it would run out again: not an error that may pass by itself.
            raise ModelFailed(
                "The model ran out of tokens before it was done; raise the step's option `max_tokens`, "
                "or ask for less in its instructions.",
                usage=usage,
                model=model,
            )
        case "error":
            raise unusable("the vendor says that it came out malformed", model, usage=usage)
    if response.state == "suspended":
        raise unusable("the model paused before it was done", model, usage=usage)
    if response.finish_reason is None or response.state != "complete":
        # A stream that was torn off looks like an answer otherwise.
        raise unusable("it broke off before its end", model, usage=usage)
    if not text:
        raise unusable("the model answered with nothing", model, usage=usage)


def _usage(response: ModelResponse, *, vendor: str, name: str) -> Usage:
    used = response.usage
    if used.input_tokens == used.output_tokens == 0:
        # The vendor did not say. An answer is never free, so its cost is unknown and not 0.
        return Usage(cost_usd=None)
    counted = PricedUsage(
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cache_read_tokens=used.cache_read_tokens,
        cache_write_tokens=used.cache_write_tokens,
    )
    searches = _searches(response)
    if searches:
        counted.web_searches = searches
    return usage_of(
        vendor=vendor, model=name, input_tokens=used.input_tokens, output_tokens=used.output_tokens, details=counted
    )


def _searches(response: ModelResponse) -> int:
    """How often the vendor searched the web, which it bills beside the tokens."""
    counted = response.usage.details.get("web_search_requests", 0)
    calls = [part for part in response.parts if isinstance(part, NativeToolCallPart) and part.tool_name == "web_search"]
    return counted or len(calls)


def _after_tools(parts: Sequence[ModelResponsePart]) -> Sequence[ModelResponsePart]:
    """The parts after the last search; before it a model says what it is going to look for."""
    last = max((place for place, part in enumerate(parts) if part.part_kind == "builtin-tool-return"), default=-1)
    return parts[last + 1 :]


def _sources(parts: Sequence[ModelResponsePart]) -> tuple[Source, ...]:
    """The web pages that the text cites, each once, in order."""
    found: dict[str, Source] = {}
    for cited in _cited(parts):
        # Whoever reads the report may click on it.
        if urlsplit(cited.url).scheme in ("http", "https"):
            found.setdefault(cited.url, Source(url=cited.url, title=one_line(cited.title or "") or None))
    return tuple(found.values())[:_MOST_SOURCES]


def _cited(parts: Sequence[ModelResponsePart]) -> Iterator[WebCitationSource]:
    for part in parts:
        for citation in (part.citations or ()) if isinstance(part, TextPart) else ():
            yield from (source for source in citation.sources if isinstance(source, WebCitationSource))


def _listed(sources: Sequence[Source]) -> str:
    """The sources in Markdown. Vendors ask that readers can see and follow them."""
    lines = [
        f"{place}. [{_plain(source.title or source.url)}](<{_link(source.url)}>)"
        for place, source in _numbered(sources)
    ]
    return "### Sources\n\n" + "\n".join(lines)


def _numbered(sources: Sequence[Source]) -> Iterator[tuple[int, Source]]:
    return iter(enumerate(sources, start=1))


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>!#|])", r"\\\1", text)


def _link(url: str) -> str:
    return url.replace("<", "%3C").replace(">", "%3E").replace("\n", "").replace("\\", "%5C")


def _unfenced(text: str) -> str:
    """JSON without the code fence that models like to put around it."""
    fenced = _FENCED.fullmatch(text)
    return text if fenced is None else fenced["json"]
