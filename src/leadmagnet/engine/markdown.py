"""Markdown that a model wrote, as HTML that is safe to open."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup


def markdown_to_html(text: object, heading: int = 3, title: str = "") -> Markup:
    """`text` as HTML whose highest heading is `<h{heading}>`; a first heading that repeats `title` is dropped.

    Raw HTML in the text is shown, not obeyed; pictures stay out, since a saved report must not fetch
    anything; a link leads to http, https or mailto only.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["image"])
    tokens = _without_title(parser.parse(str(text)), str(title))
    _shift_headings(tokens, highest=heading)
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704, escaped by the renderer


def _without_title(tokens: list[Token], title: str) -> list[Token]:
    """The tokens without a heading in front that says what is printed above it already."""
    opens = len(tokens) > 2 and tokens[0].type == "heading_open"
    return tokens[3:] if opens and tokens[1].content.strip().casefold() == title.strip().casefold() else tokens


def _shift_headings(tokens: list[Token], *, highest: int) -> None:
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    found = min((int(token.tag[1]) for token in headings), default=highest)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) - found + highest)}"
