"""One value of a step, as much of it as a page can show, in the form that suits it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from markupsafe import Markup

from leadmagnet.steplog.jsontext import dumps
from leadmagnet.web.json_tree import Node, tree_of, value_at
from leadmagnet.web.markdown import markdown_html

#: What is shown without asking, in characters; above it the rest is a click away, and said to be.
CUT_CHARS = 64 * 1024
#: The most that "show all" shows at once; above it the value is turned over piece by piece.
WHOLE_CHARS = 1024 * 1024
#: Rendering takes a multiple of the time that showing the source takes.
_RENDER_CHARS = 256 * 1024
_LABELS = {"rendered": "Text", "preview": "Preview", "tree": "Tree", "source": "Source"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of a value is looked at, and how: the query of its address."""

    mode: str = ""
    #: Where in a JSON value, as RFC 6901 writes it, and from which entry.
    at: str = ""
    first: int = 0
    #: Which piece of a value that is too large to be shown at once.
    piece: int = 0
    whole: bool = False

    def query(self) -> str:
        """The choice as a query."""
        named = {"as": self.mode, "at": self.at, "first": self.first, "piece": self.piece, "whole": int(self.whole)}
        return urlencode({name: value for name, value in named.items() if value})


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueView:
    """A value, ready for its template."""

    part: str
    choice: Choice
    size_bytes: int = 0
    mode: str = ""
    modes: Sequence[tuple[str, str]] = ()
    html: Markup | None = None
    text: str = ""
    tree: Node | None = None
    #: Characters that are shown, of all.
    shown: int = 0
    total: int = 0
    pieces: int = 1

    @property
    def cut(self) -> bool:
        """Whether there is more than is shown."""
        return self.shown < self.total

    @property
    def can_show_whole(self) -> bool:
        """Whether all of it fits on a page."""
        return self.cut and self.total <= WHOLE_CHARS

    def other(self, **changes: object) -> Choice:
        """The choice with these changes; what depends on the mode begins anew."""
        return replace(self.choice, **changes)  # type: ignore[arg-type]


def view_value(part: str, value: object, choice: Choice) -> ValueView:
    """The view of `value`, or of what the choice's pointer means in it."""
    wanted = value_at(value, choice.at) if choice.at else value
    if wanted is None:
        return ValueView(part=part, choice=choice)
    view = ValueView(part=part, choice=choice, size_bytes=size_bytes(wanted))
    return _text_view(view, wanted) if isinstance(wanted, str) else _json_view(view, wanted)


def size_bytes(value: object) -> int:
    """What the value weighs: a text by itself, anything else as JSON."""
    return len(value.encode(errors="replace")) if isinstance(value, str) else len(dumps(value))


def looks_like_html(text: str) -> bool:
    """Whether a text is a page rather than prose."""
    return text.lstrip()[:15].lower().startswith(("<!doctype html", "<html", "<svg", "<div", "<section", "<body"))


def _text_view(view: ValueView, text: str) -> ValueView:
    html = looks_like_html(text)
    if html and view.choice.at:
        # A frame shows the whole value, and this is a part of one.
        return _source(replace(view, mode="source"), text)
    first, second = ("preview", "source") if html else ("rendered", "source")
    by_itself = second if html and len(text) > WHOLE_CHARS else first
    mode = view.choice.mode if view.choice.mode in (first, second) else by_itself
    view = replace(view, mode=mode, modes=_modes(first, second))
    if mode == "preview":
        return view
    if mode == "rendered":
        most = min(len(text), _RENDER_CHARS) if view.choice.whole else CUT_CHARS
        return replace(view, html=markdown_html(text[:most]), shown=min(most, len(text)), total=len(text))
    return _source(view, text)


def _json_view(view: ValueView, value: object) -> ValueView:
    scalar = not isinstance(value, Mapping | list)
    mode = "source" if scalar or view.choice.mode == "source" else "tree"
    view = replace(view, mode=mode, modes=() if scalar else _modes("tree", "source"))
    if mode == "tree":
        return replace(view, tree=tree_of(value, pointer=view.choice.at, first=view.choice.first))
    return _source(view, source_text(value))


def source_text(value: object) -> str:
    """The value as it is written in a file: texts as they are, anything else as indented JSON."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        # Indenting goes by Python's own stack; without it the C encoder or ours goes deeper.
        return dumps(value).decode()


def sorted_text(value: object) -> str:
    """The value as `source_text` gives it, but the same for equal values whatever the order of their keys.

    Lines within the texts of a JSON value are lines of their own, so that a change is seen where it is.
    """
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).replace("\\n", "\\n\n")
    except RecursionError:
        return dumps(value).decode()


def _source(view: ValueView, text: str) -> ValueView:
    pieces = max(1, -(-len(text) // CUT_CHARS))
    if view.choice.whole and len(text) <= WHOLE_CHARS:
        return replace(view, text=text, shown=len(text), total=len(text))
    start = min(view.choice.piece, pieces - 1) * CUT_CHARS
    cut = text[start : start + CUT_CHARS]
    return replace(view, text=cut, shown=len(cut), total=len(text), pieces=pieces)


def _modes(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, _LABELS[name]) for name in names)
