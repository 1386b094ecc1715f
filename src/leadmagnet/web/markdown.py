"""Markdown that a model wrote, as HTML that may stand in our own pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from leadmagnet.web.sanitise import sanitised

#: Headings of a text must not outrank those of the page around it.
_HIGHEST_HEADING = 4


def markdown_html(text: str) -> Markup:
    """`text` as HTML: no raw HTML, no pictures from elsewhere, links to http, https and mailto only.

    The parser obeys that already; an allow-list behind it holds even if the parser has a flaw.
    """
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    _lower_headings(tokens)
    return sanitised(str(parser.renderer.render(tokens, parser.options, {})))


class _Renderer(RendererHTML):
    """Names a picture instead of loading it."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """The picture's description, and where it would have come from."""
        token = tokens[idx]
        alt = self.renderInlineAsText(token.children or [], options, env)
        return f'<span class="no-picture">picture, not loaded: {escape(alt or _source(token))}</span>'


def _source(token: Token) -> Any:  # noqa: ANN401 (whatever the text held)
    return token.attrs.get("src", "")


def _lower_headings(tokens: Sequence[Token]) -> None:
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    found = min((int(token.tag[1]) for token in headings), default=_HIGHEST_HEADING)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) - found + _HIGHEST_HEADING)}"
