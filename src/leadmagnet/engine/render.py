"""Text and HTML from a step's template and its context."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from jinja2 import Template, TemplateError, TemplateNotFound, TemplateSyntaxError

from leadmagnet.domain.errors import TemplateFailed
from leadmagnet.engine.markdown import markdown_to_html
from leadmagnet.engine.sandbox import Sandbox

#: More than any model reads, and a record stays storable.
MAX_TEXT_CHARS = 400_000
#: A report with a dozen large pictures in it.
MAX_HTML_CHARS = 48_000_000

#: What a template's own expressions can raise beside Jinja's errors: `1 / 0`, `none | length`, an endless macro.
_EXPRESSION_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_INLINE = "<template>"


def text_sandbox() -> Sandbox:
    """The environment in which instructions are rendered."""
    return Sandbox(html=False, max_chars=MAX_TEXT_CHARS)


def html_sandbox() -> Sandbox:
    """The environment in which HTML is rendered: it escapes, knows `markdown` and the packaged templates."""
    return Sandbox(html=True, max_chars=MAX_HTML_CHARS, filters={"markdown": markdown_to_html})


def render_text(template: str, names: Mapping[str, object], *, step: str) -> str:
    """`template` filled in as plain text; TemplateFailed names the step, the line and what was missing."""
    return _render(text_sandbox(), template, None, names, step=step)


def render_html(template: str, names: Mapping[str, object], *, step: str, packaged: str | None = None) -> str:
    """`template`, or the template file `packaged`, filled in as HTML with every value escaped."""
    return _render(html_sandbox(), template, packaged, names, step=step)


def _render(sandbox: Sandbox, source: str, packaged: str | None, names: Mapping[str, object], *, step: str) -> str:
    try:
        template = sandbox.from_string(source) if packaged is None else sandbox.get_template(packaged)
        return _filled(sandbox, template, names)
    except TemplateSyntaxError as error:
        raise _failed(step, error.lineno, error.message or "it cannot be read", error.name) from error
    except (TemplateError, *_EXPRESSION_ERRORS) as error:
        file, line = _place(error)
        raise _failed(step, line, _reason(error), file) from error


def _filled(sandbox: Sandbox, template: Template, names: Mapping[str, Any]) -> str:
    pieces, chars = [], 0
    for piece in template.generate(names):
        chars += len(piece)
        sandbox.check_length(chars)
        pieces.append(piece)
    return "".join(pieces)


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "a macro calls itself without end"
    if isinstance(error, TemplateNotFound):
        return f'there is no template file "{error.name}"'
    if isinstance(error, TemplateError):
        return error.message or type(error).__name__
    return f"{type(error).__name__}: {error}"


def _place(error: BaseException) -> tuple[str | None, int | None]:
    """The packaged file, if any, and the line at which rendering stopped (Jinja puts both into the traceback)."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == _INLINE:
            return None, frame.lineno
        if PurePath(frame.filename).suffix == ".html":
            return PurePath(frame.filename).name, frame.lineno
    return None, None


def _failed(step: str, line: int | None, reason: str, file: str | None) -> TemplateFailed:
    place = "" if line is None else f" at line {line}" + (f" of {file}" if file else "")
    sentence = reason if reason.endswith("?") else f"{reason.rstrip('.')}."
    return TemplateFailed(f'The template of step "{step}" failed{place}: {sentence}', step=step, line=line)


def packaged_templates() -> list[str]:
    """The names of the template files that come with the service; those with a `_` are parts of others."""
    names = html_sandbox().list_templates(filter_func=lambda name: not name.startswith("_"))
    return [name for name in names if name.endswith(".html")]
