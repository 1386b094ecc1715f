from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from tests.adapters.models.requests import FACTS, image_request

from leadmagnet.adapters.models.offline.image import OfflineImage
from leadmagnet.adapters.models.offline.pictures.colours import contrast, hex_code
from leadmagnet.adapters.models.offline.pictures.lettering import set_text
from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.json_value import JsonObject
from leadmagnet.engine.ports import ImageAnswer

KINDS = ["cover", "palette", "pattern", "diagram"]


def draw(**given: object) -> ImageAnswer:
    return OfflineImage().draw(image_request(**given))  # type: ignore[arg-type]


def opened(answer: ImageAnswer) -> Image.Image:
    return Image.open(BytesIO(answer.content)).convert("RGB")


def colours_of(answer: ImageAnswer) -> dict[str, int]:
    """Hex codes in the picture, and how many pixels have each."""
    picture = opened(answer)
    found = picture.getcolors(picture.width * picture.height) or []
    return {hex_code(colour): count for count, colour in found if isinstance(colour, tuple)}  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(64, 64), (1200, 630), (333, 777), (64, 900), (900, 64)])
def test_every_kind_is_a_png_of_exactly_the_size_asked_for(kind: str, size: tuple[int, int]) -> None:
    answer = draw(kind=kind, width=size[0], height=size[1])
    with Image.open(BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", size)
    assert (answer.content_type, answer.width, answer.height) == ("image/png", *size)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_request_gives_the_same_picture_byte_for_byte(kind: str) -> None:
    assert draw(kind=kind).content == draw(kind=kind).content


@pytest.mark.parametrize("kind", ["cover", "pattern"])
def test_another_prompt_gives_another_picture(kind: str) -> None:
    assert draw(kind=kind, prompt="One").content != draw(kind=kind, prompt="Two").content


def test_the_four_kinds_differ_and_none_is_one_plain_colour() -> None:
    answers = [draw(kind=kind) for kind in KINDS]
    assert len({answer.content for answer in answers}) == 4
    assert all(len(colours_of(answer)) > 20 for answer in answers)


def test_a_cover_is_the_default() -> None:
    assert draw().content == draw(kind="cover").content


@pytest.mark.parametrize("given", [{"title": "Another title"}, {"facts": {**FACTS, "company": "Other"}}])
def test_title_and_company_are_set_in_type(given: dict[str, object]) -> None:
    assert draw(**given).content != draw().content


def test_colours_of_the_submission_are_used_hex_codes_and_names() -> None:
    colours = colours_of(draw(kind="palette", facts={"company": "A", "brand_colours": "#0b3d91, tomato"}))
    assert colours["#0B3D91"] > 1_000
    assert colours["#FF6347"] > 1_000


def test_a_word_that_happens_to_be_a_colour_is_not_taken_for_one() -> None:
    colours = colours_of(draw(kind="palette", facts={"company": "Tomato Gold", "notes": "orange tan"}))
    assert not {"#FF6347", "#FFD700", "#FFA500", "#D2B48C"} & {code for code, count in colours.items() if count > 1_000}


def test_all_pictures_of_a_submission_share_their_colours() -> None:
    main = {code for code, count in colours_of(draw(kind="palette")).items() if count > 3_000}
    shared = main & set(colours_of(draw(kind="pattern")))
    assert len(shared) >= 3


def test_the_mark_says_offline_draft_and_the_file_says_so_too() -> None:
    with Image.open(BytesIO(draw().content)) as picture:
        assert str(picture.info["Description"]).startswith("Offline draft")


def test_a_pattern_consists_of_whole_tiles_at_any_size() -> None:
    # 900 x 600 has exactly square tiles; a squeezed one shows the same tiles, none of them cut.
    square = opened(draw(kind="pattern", width=900, height=600))
    squeezed = opened(draw(kind="pattern", width=900, height=560)).resize((900, 600))
    at = [(x, y) for x in range(75, 900, 150) for y in range(75, 500, 150)]
    for spot in at:
        assert squeezed.getpixel(spot) == pytest.approx(square.getpixel(spot), abs=12)


def test_title_and_prompt_decide_which_diagram_is_drawn() -> None:
    prompts = ["How customers find us", "The first twelve months", "Suppliers and sellers", "Our competitors"]
    pictures = {draw(kind="diagram", prompt=prompt, title="A diagram").content for prompt in prompts}
    assert len(pictures) == 4


TEXTS = [
    "",
    "x" * 5_000,
    "many words " * 500,
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
    "未来の市場",
    "شركة المستقبل",
    "😀 Ünïcödé — €",
    "\x00\ud800\u202e\uffff",
    "\n\n\t",
    "# {company} | <b>",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_any_words_give_a_picture(kind: str, text: str) -> None:
    facts: JsonObject = {"company": text, "audience": text, "colours": text}
    answer = draw(kind=kind, title=text, prompt=text, facts=facts, width=300, height=200)
    assert opened(answer).size == (300, 200)


@pytest.mark.parametrize("text", ["Short", "A title of a few more words than fit", "x" * 300, "many words " * 15])
def test_text_keeps_inside_its_box(text: str) -> None:
    setting = set_text(text, width=400, height=120, largest=80, smallest=12)
    assert setting.height <= 120
    assert max(setting.font.getlength(line) for line in setting.lines) <= 400


def test_text_that_fits_is_set_whole_and_large() -> None:
    setting = set_text("Short", width=400, height=120, largest=80, smallest=12)
    assert (setting.lines, setting.font.size) == (("Short",), 80)


def test_text_that_cannot_fit_ends_in_dots() -> None:
    assert set_text("many words " * 60, width=200, height=40, largest=30, smallest=12).lines[-1].endswith("...")


@pytest.mark.parametrize("size", [(63, 400), (400, 63), (2_049, 400), (400, 2_049), (0, 0), (-5, 100)])
def test_a_size_out_of_bounds_is_refused_with_the_bounds(size: tuple[int, int]) -> None:
    with pytest.raises(Invalid, match=r"64 to 2,048 pixels"):
        draw(width=size[0], height=size[1])


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Invalid, match="one of cover, palette, pattern, diagram"):
        draw(kind="photo")


def test_nothing_is_charged() -> None:
    answer = draw()
    assert (answer.model, answer.usage.cost_usd) == ("offline", 0.0)


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((90, 90, 90), (90, 90, 90)) == pytest.approx(1)
