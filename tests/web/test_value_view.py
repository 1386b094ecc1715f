from __future__ import annotations

import json

import pytest

from leadmagnet.domain.errors import NotFound
from leadmagnet.web.json_tree import Node, tree_of, value_at
from leadmagnet.web.value_view import CUT_CHARS, WHOLE_CHARS, Choice, view_value


def nodes(node: Node) -> int:
    return 1 + sum(nodes(child) for child in node.children)


def test_a_text_is_cut_where_a_page_ends_and_says_so() -> None:
    text = "wörd " * 30_000
    view = view_value("output", text, Choice(mode="source"))

    assert (view.text, view.shown, view.total) == (text[:CUT_CHARS], CUT_CHARS, len(text))
    assert view.size_bytes == len(text.encode())
    assert view.cut
    assert view.can_show_whole


def test_the_pieces_of_a_text_that_is_too_large_join_to_all_of_it() -> None:
    text = "".join(str(number) for number in range(300_000))
    assert len(text) > WHOLE_CHARS
    pieces = view_value("output", text, Choice(mode="source")).pieces
    shown = [view_value("output", text, Choice(mode="source", piece=piece)).text for piece in range(pieces)]

    assert "".join(shown) == text
    assert not view_value("output", text, Choice(mode="source")).can_show_whole
    assert view_value("output", text, Choice(mode="source", piece=10_000)).text == shown[-1]


def test_showing_all_shows_all_up_to_what_a_page_can_hold() -> None:
    text = "x" * WHOLE_CHARS
    assert view_value("output", text, Choice(mode="source", whole=True)).text == text
    assert view_value("output", text + "y", Choice(mode="source", whole=True)).shown == CUT_CHARS


@pytest.mark.parametrize(
    ("value", "mode", "modes"),
    [
        ("# Title", "rendered", ["rendered", "source"]),
        ("<!DOCTYPE html><p>", "preview", ["preview", "source"]),
        ("<!DOCTYPE html>" + "x" * 1_100_000, "source", ["preview", "source"]),
        ({"a": 1}, "tree", ["tree", "source"]),
        ([1], "tree", ["tree", "source"]),
        (7, "source", []),
        (False, "source", []),
        (None, "", []),
    ],
)
def test_each_kind_of_value_is_shown_in_the_form_that_suits_it(value: object, mode: str, modes: list[str]) -> None:
    view = view_value("output", value, Choice(mode="nonsense"))
    assert (view.mode, [name for name, _ in view.modes]) == (mode, modes)


def test_a_tree_never_outgrows_a_page_and_leads_to_what_it_leaves_out() -> None:
    value = {"items": [{"n": number, "tags": ["a", "b"]} for number in range(10_000)], "text": "x" * 9_000}
    tree = tree_of(value)
    items, text = tree.children

    assert nodes(tree) < 1_000
    assert (len(items.children), items.next, items.hidden) == (100, 100, 9_900)
    assert (len(text.text), text.hidden) == (2_000, 7_000)
    further = tree_of(value_at(value, items.pointer), pointer=items.pointer, first=items.next)
    assert further.children[0].pointer == "/items/100"
    assert value_at(value, further.children[0].pointer) == {"n": 100, "tags": ["a", "b"]}


def test_a_tree_of_many_small_branches_is_bounded_too() -> None:
    value = [[list(range(50)) for _ in range(50)] for _ in range(50)]
    assert nodes(tree_of(value)) <= 850


def test_a_tree_of_great_depth_stops_and_can_be_entered_further_down() -> None:
    value: object = "bottom"
    for _ in range(900):
        value = {"down": value}
    deepest = tree_of(value)
    while deepest.children:
        deepest = deepest.children[0]

    assert deepest.hidden == 1
    assert tree_of(value_at(value, deepest.pointer), pointer=deepest.pointer).children
    assert view_value("output", value, Choice(mode="source")).text


def test_names_with_slashes_and_tildes_are_found_again() -> None:
    value = {"a/b": {"~1": ["x", {"": 5}]}}
    tree = tree_of(value)
    pointer = tree.children[0].children[0].children[1].children[0].pointer

    assert pointer == "/a~1b/~01/1/"
    assert value_at(value, pointer) == 5


@pytest.mark.parametrize("pointer", ["/none", "/0", "/list/9", "/list/-1", "/list/x", "/list/٣", "/list/0/deeper"])
def test_a_place_that_the_value_does_not_have_is_not_found(pointer: str) -> None:
    with pytest.raises(NotFound):
        value_at({"list": [1]}, pointer)


def test_numbers_are_shown_with_every_digit() -> None:
    (leaf,) = tree_of([12345678901234567890123]).children
    assert leaf.text == "12345678901234567890123"
    assert json.loads(view_value("output", [2**70], Choice(mode="source")).text) == [2**70]
