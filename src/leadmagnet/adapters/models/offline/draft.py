"""Puts a draft together: sections of paragraphs, lists and tables, to a given length."""

from __future__ import annotations

from collections.abc import Iterator

from leadmagnet.adapters.models.offline.facts import Facts, clean
from leadmagnet.adapters.models.offline.outline import NOTE, heading_count_in, headings_in, last_heading_in, own_words
from leadmagnet.adapters.models.offline.stock import Theme, stock
from leadmagnet.adapters.models.offline.voice import Voice, words_in
from leadmagnet.engine.ports import TextRequest

#: A section of fewer words needs no heading of its own, one of more tires.
_SECTION_WORDS = 150
_MOST_SECTIONS = 15

#: Below so many missing words another sentence would overshoot by more than it fills.
_ENOUGH = 4

_BEFORE_POINTS = (
    "[Worth doing|A few things to do]:",
    "To make this [concrete|practical]:",
    "[Steps|Small steps] that help:",
    "What {company} can do about it:",
    "To keep in mind:",
)
_BEFORE_CHECKS = (
    "Before this leaves the house, [verify|check]:",
    "Not known from the submission, and therefore to verify:",
    "[Open questions|Questions still open], and where to look:",
)
_BEFORE_FIELDS = ("What the submission says, in short:", "The starting point, as submitted:")


def draft(request: TextRequest, *, words: int, voice: Voice, facts: Facts) -> str:
    """Markdown of about `words` words, its note about being a draft included."""
    plan = _plan(request, words=words, voice=voice)
    blocks = [NOTE]
    for place, (heading, theme) in enumerate(plan):
        left = words - _length(blocks)
        budget = left // (len(plan) - place)
        blocks += _section(heading, theme, budget=budget, voice=voice, facts=facts, first=place == 0)
    return "\n\n".join(blocks) + "\n"


def _plan(request: TextRequest, *, words: int, voice: Voice) -> list[tuple[str | None, Theme]]:
    """Heading and subject of each section: those that the instructions name, then the nearest subjects."""
    asked = own_words(request.instructions)
    count = _sections(words, heading_count_in(asked))
    last = last_heading_in(asked) if count > 1 else None
    ranked = _ranked(request.title, asked, voice)
    plan: list[tuple[str | None, Theme]] = []
    for heading in headings_in(asked)[: count - (last is not None)]:
        theme = _nearest(heading, ranked)
        ranked = [*(other for other in ranked if other is not theme), theme]
        plan.append((heading, theme))
    rest = ranked[: max(0, count - len(plan) - (last is not None))]
    plan += [(None if count == 1 else _own_heading(theme, voice), theme) for theme in rest]
    return plan if last is None else [*plan, (last, _named("next_steps"))]


def _sections(words: int, asked: int | None) -> int:
    """How many sections a text of `words` has; as many as asked for if each gets enough words."""
    usual = round(words / _SECTION_WORDS) if words <= 10 * _SECTION_WORDS else 6 + words // 600
    wanted = usual if asked is None else min(asked, words // (_SECTION_WORDS // 2))
    return max(1, min(_MOST_SECTIONS, wanted))


def _ranked(title: str, asked: str, voice: Voice) -> list[Theme]:
    """All subjects: those named in the title first, then those of the instructions, then by chance."""
    themes = voice.chance.sample(stock().themes, len(stock().themes))
    heading, rest = title.lower()[:500], asked.lower()
    return sorted(themes, key=lambda theme: (-_matches(theme, heading), -_matches(theme, rest)))


def _named(name: str) -> Theme:
    return next(theme for theme in stock().themes if theme.name == name)


def _nearest(heading: str, ranked: list[Theme]) -> Theme:
    return max(ranked, key=lambda theme: _matches(theme, heading.lower()))


def _matches(theme: Theme, text: str) -> int:
    return sum(f" {keyword}" in f" {text}" for keyword in theme.keywords)


def _own_heading(theme: Theme, voice: Voice) -> str:
    heading = voice.say(voice.chance.choice(theme.headings), theme)
    return heading if len(heading) <= 60 else theme.topic.capitalize()


def _section(heading: str | None, theme: Theme, *, budget: int, voice: Voice, facts: Facts, first: bool) -> list[str]:
    blocks = [] if heading is None else [f"## {heading}"]
    extras = _extras(theme, voice, facts, first=first)
    opening = voice.opening() if first and budget > 45 else None
    while budget - _length(blocks) > _ENOUGH:
        left = budget - _length(blocks)
        blocks.append(_paragraph(theme, voice, left=left, opening=opening))
        opening = None
        left = budget - _length(blocks)
        extra = next((block for block in extras if words_in(block) + _ENOUGH < left), None)
        if extra is not None:
            extras.remove(extra)
            blocks.append(extra)
    return blocks


def _paragraph(theme: Theme, voice: Voice, *, left: int, opening: str | None) -> str:
    sentences = [] if opening is None else [opening]
    left -= words_in(opening or "")
    for _ in range(voice.chance.randint(3, 5)):
        if left <= _ENOUGH:
            break
        sentences.append(voice.sentence(theme, left=left))
        left -= words_in(sentences[-1])
    return " ".join(sentences)


def _extras(theme: Theme, voice: Voice, facts: Facts, *, first: bool) -> list[str]:
    """Blocks that break up the paragraphs, in the order in which they are tried."""
    points = _points(theme, voice)
    checks = _table(voice.say(voice.chance.choice(_BEFORE_CHECKS)), ("To verify", "Where to look"), theme.checks)
    extras = [points, checks] if voice.chance.random() < 0.6 else [checks, points]
    if first:
        extras[1:1] = _told(facts, voice)
    return extras


def _points(theme: Theme, voice: Voice) -> str:
    before = voice.say(voice.chance.choice(_BEFORE_POINTS))
    places = sorted(voice.chance.sample(range(len(theme.points)), voice.chance.randint(3, 5)))
    return f"{before}\n\n" + "\n".join(f"- {voice.say(theme.points[place], theme)}" for place in places)


def _told(facts: Facts, voice: Voice) -> Iterator[str]:
    """What the submission says, as a table, and its longest answer as a quotation."""
    short = [(label, clean(value, 90)) for label, value in facts.fields[:6]]
    if len(short) > 1:
        yield _table(voice.chance.choice(_BEFORE_FIELDS), ("Field", "Answer"), tuple(short))
    label, longest = max(facts.fields, key=lambda field: len(field[1]), default=("", ""))
    if len(longest) > 120:
        yield f"{label}, in the words of the submission:\n\n> {clean(longest, 400)}"


def _table(before: str, head: tuple[str, str], rows: tuple[tuple[str, str], ...]) -> str:
    lines = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in (head, ("---", "---"), *rows)]
    return f"{before}\n\n" + "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _length(blocks: list[str]) -> int:
    return sum(words_in(block) for block in blocks)
