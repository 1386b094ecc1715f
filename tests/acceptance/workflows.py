"""Workflows whose records are as small or as large as the plan wants them."""

from __future__ import annotations

from collections.abc import Iterator

#: What the offline model writes at the most at one time, some 29 KB.
_EXTENSIVE_WORDS = 5_000


def small(name: str) -> str:
    """A workflow whose record stays far below 300 KB."""
    return _workflow(name, chapters=2, words=200, pictures=1)


def large(name: str) -> str:
    """Multiple steps with extensive output, and image generation steps: a record of some 350 KB."""
    return _workflow(name, chapters=12, words=_EXTENSIVE_WORDS, pictures=3)


def very_large(name: str) -> str:
    """A record of more than 1 MB."""
    return _workflow(name, chapters=40, words=_EXTENSIVE_WORDS, pictures=2)


def _workflow(name: str, *, chapters: int, words: int, pictures: int) -> str:
    return "\n".join(_lines(name, chapters=chapters, words=words, pictures=pictures))


def _lines(name: str, *, chapters: int, words: int, pictures: int) -> Iterator[str]:
    yield f"name: {name}"
    yield "submission:"
    yield "  - {name: company, example: Alder & Söhne}"
    yield "  - {name: audience, example: office managers}"
    yield "steps:"
    for number in range(1, pictures + 1):
        yield f"  - name: picture_{number}"
        yield "    type: image_generation"
        yield "    order: 1"
        yield f"    instructions: Picture {number} for {{{{ submission.company }}}}. No letters."
        yield "    options: {width: 240, height: 135, count: 2}"
    for number in range(1, chapters + 1):
        yield f"  - name: chapter_{number}"
        yield "    type: ai_generation"
        yield "    order: 1"
        yield f"    instructions: Chapter {number} for {{{{ submission.company }}}} and {{{{ submission.audience }}}}."
        yield f"    options: {{words: {words}}}"
    yield "  - name: report"
    yield "    type: html_generation"
    yield "    order: 2"
    yield "    instructions: |"
    yield '      {% extends "report.html" %}'
    yield '      {% set title = "For " ~ submission.company %}'
    yield "  - {name: deliver, type: final_output, order: 3}"
