from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from leadmagnet.web.text_diff import Row, text_diff
from leadmagnet.web.text_match import common_runs
from leadmagnet.web.value_view import CUT_CHARS


def told(rows: Sequence[Row]) -> list[str]:
    """The rows as a terminal would show them, marks in brackets."""
    signs = {"same": " ", "gone": "-", "new": "+", "fold": "~"}
    return [
        f"{signs[row.kind]}{row.folded or ''}" + "".join(f"[{text}]" if marked else text for text, marked in row.pieces)
        for row in rows
    ]


@pytest.mark.parametrize("seed", range(40))
def test_runs_are_in_both_in_order_and_never_overlap(seed: int) -> None:
    of = random.Random(seed)
    before, after = ([of.choice("abcdefgh"[: of.randint(1, 8)]) for _ in range(of.randint(0, 60))] for _ in range(2))
    at = at_after = 0
    for run in common_runs(before, after):
        assert run.before >= at
        assert run.after >= at_after
        assert before[run.before : run.before + run.length] == after[run.after : run.after + run.length]
        at, at_after = run.before + run.length, run.after + run.length


def test_small_sequences_keep_as_much_as_can_be_kept() -> None:
    assert sum(run.length for run in common_runs("abcabba", "cbabac")) == 4


def test_an_inserted_line_moves_the_others_along() -> None:
    before = "\n".join(f"line {number}" for number in range(20))
    after = before.replace("line 10\n", "line 10\nan insertion\n")

    rows = text_diff(before, after, whole=False).rows
    assert told(rows) == [
        "~8",
        " line 8",
        " line 9",
        " line 10",
        "+an insertion",
        " line 11",
        " line 12",
        " line 13",
        "~6",
    ]
    assert [(row.before, row.after) for row in rows if row.kind != "fold"][3:5] == [(None, 12), (12, 13)]


def test_the_words_that_changed_in_a_line_are_marked() -> None:
    rows = text_diff("The quick brown fox jumps.", "The slow brown fox jumps!", whole=False).rows
    assert told(rows) == ["-The [quick] brown fox jumps[.]", "+The [slow] brown fox jumps[!]"]


def test_lines_that_have_little_in_common_are_not_marked_to_pieces() -> None:
    rows = text_diff("Nothing here is alike at all", "some other sentence", whole=False).rows
    assert told(rows) == ["-Nothing here is alike at all", "+some other sentence"]


@pytest.mark.parametrize(("before", "after"), [("", "a"), ("a", ""), ("a\n", "a"), ("\n\n", "\n")])
def test_nothing_and_line_ends_are_told_too(before: str, after: str) -> None:
    rows = text_diff(before, after, whole=False).rows
    assert "\n".join(line[1:] for line in told(rows) if line[0] in " -") == before
    assert "\n".join(line[1:] for line in told(rows) if line[0] in " +") == after


def test_equal_texts_have_no_rows() -> None:
    assert text_diff("a" * 100_000, "a" * 100_000, whole=False).rows == ()


def test_large_texts_are_compared_from_where_they_begin_to_differ_and_that_is_said() -> None:
    same = "the same line\n" * 50_000
    diff = text_diff(same + "old end\n" + same, same + "new end\n" + same, whole=False)

    assert told([row for row in diff.rows if row.kind in ("gone", "new")]) == ["-[old] end", "+[new] end"]
    assert len(same) - 1_000 < diff.start < len(same)
    assert diff.cut
    assert diff.window == CUT_CHARS
    gone = next(row for row in diff.rows if row.kind == "gone")
    assert gone.before == 50_001


class Counted(str):
    """A text that counts how often it is compared."""

    __slots__ = ()
    comparisons = 0

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return str.__eq__(self, str(other))

    __hash__ = str.__hash__


HARD = {
    "all alike": (["a"] * 20_000, ["a"] * 10_000 + ["b"] + ["a"] * 10_000),
    "in turns": (["a", "b"] * 10_000, ["b", "a", "a"] * 7_000),
    "backwards": ([f"{n}" for n in range(20_000)], [f"{n}" for n in reversed(range(20_000))]),
    "shuffled": ([f"{n}" for n in range(20_000)], random.Random(1).sample([f"{n}" for n in range(20_000)], 20_000)),
    "few words": (random.Random(2).choices("abcd", k=20_000), random.Random(3).choices("abcd", k=20_000)),
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_no_text_can_be_made_slow_to_compare(name: str) -> None:
    before, after = ([Counted(each) for each in side] for side in HARD[name])
    Counted.comparisons = 0
    common_runs(before, after)
    # 50 in a small gap, and a few in each round.
    assert Counted.comparisons < 100 * (len(before) + len(after))


def test_one_endless_line_and_a_hundred_thousand_short_ones_are_bounded() -> None:
    endless = text_diff("word " * 200_000, "other " * 200_000, whole=True)
    short = text_diff("\n" * 1_000_000, "x\n" * 500_000, whole=True)

    assert len(endless.rows) == 2
    assert len(short.rows) == 8_000
    assert short.more
