"""An allow-list for HTML: what it does not name is taken out, or shown as text."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_TAGS = frozenset(
    {"p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong"}
    | {"s", "a", "span", "table", "thead", "tbody", "tr", "th", "td"}
)
_EMPTY = frozenset({"br", "hr"})
#: Their content is no text for readers.
_SILENT = frozenset({"script", "style", "title", "textarea", "iframe", "noscript", "template", "svg", "math"})
_SCHEMES = frozenset({"http", "https", "mailto"})


def sanitised(html: str) -> Markup:
    """`html` with nothing in it but the tags of a text, and links to http, https and mailto."""
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return Markup("".join([*cleaner.parts, *(f"</{tag}>" for tag in reversed(cleaner.open))]))  # noqa: S704


class _Cleaner(HTMLParser):
    """Writes the document anew from what it understands, so that nothing passes that it does not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        if tag not in _TAGS or self._silent:
            return
        self.parts.append(f"<{tag}{_attributes(tag, dict(attrs))}>")
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if self._silent or tag not in self.open:
            return
        while self.open:
            last = self.open.pop()
            self.parts.append(f"</{last}>")
            if last == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(str(escape(data)))


def _attributes(tag: str, attrs: dict[str, str | None]) -> str:
    if tag == "a" and (href := attrs.get("href")) and is_web_link(href):
        return f' href="{escape(href)}" rel="noopener noreferrer nofollow" target="_blank"'
    if tag == "span" and attrs.get("class") == "no-picture":
        return ' class="no-picture"'
    start = attrs.get("start") or ""
    if tag == "ol" and start.isascii() and start.isdigit():
        return f' start="{start}"'
    return ""


def is_web_link(href: str) -> bool:
    """Whether a link leads to http, https or mailto, however it is written."""
    if not href.isprintable():
        return False
    try:
        return urlsplit(href.strip()).scheme.lower() in _SCHEMES
    except ValueError:
        return False
