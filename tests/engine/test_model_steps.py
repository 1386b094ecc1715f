"""Steps that ask models: what is refused when a workflow is saved, and what becomes of an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest
from tests.engine.fakes import FakeImages, FakeText, World
from tests.engine.jobs import submitted, workflow_of

from leadmagnet.domain.errors import InvalidWorkflow, ModelRefused
from leadmagnet.domain.execution_step import ExecutionStep, Usage
from leadmagnet.engine.ports import ImageAnswer, ImageRequest, Source, TextAnswer, TextRequest
from leadmagnet.engine.runner import run_job
from leadmagnet.engine.workflow_file import parse_workflow

SCHEMA = (
    "{type: object, required: [title, parts], properties: {title: {type: string}, "
    "parts: {type: array, items: {type: object, properties: {price: {type: number}}}}}}"
)
STRUCTURED = f"""
    - name: facts
      type: ai_generation
      order: 1
      instructions: x
      retry: {{attempts: 1}}
      options: {{json_schema: {SCHEMA}}}
"""


def ran(steps: str, world: World, name: str) -> ExecutionStep:
    job = submitted(world, workflow_of(steps), {"company": "Acme"})
    run_job(job.id, parts=world.parts())
    return world.recorded(job.id)[name]


def answering(text: str) -> World:
    world = World()
    world.models.texts.answer = lambda _: text
    return world


def problems_of(kind: str, more: str) -> list[str]:
    source = workflow_of(f"- {{name: a, type: {kind}, order: 1, instructions: x, {more}}}")
    with pytest.raises(InvalidWorkflow) as caught:
        parse_workflow(source)
    return [problem.message for problem in caught.value.problems]


def test_structured_output_is_recorded_as_the_json_that_it_is_and_templates_can_use_its_parts() -> None:
    world = World()
    steps = (
        STRUCTURED + "\n    - {name: b, type: ai_generation, order: 2, instructions: '{{ steps.facts.output.title }}'}"
    )
    world.models.texts.answer = lambda asked: (
        '{"title": "Warm", "parts": []}' if "json_schema" in asked.options else asked.instructions
    )
    job = submitted(world, workflow_of(steps), {"company": "Acme"})
    run_job(job.id, parts=world.parts())
    records = world.recorded(job.id)
    assert records["facts"].output == {"title": "Warm", "parts": []}
    assert records["b"].output == "Warm"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Here you are!", "it is not JSON: Expecting value at line 1, column 1"),
        ('{"title": "x"', "it is not JSON"),
        ('{"title": "x"}', "it does not fit json_schema: the answer.parts is missing"),
        (
            '{"title": "x", "parts": [{"price": 1}, {"price": "2"}]}',
            'the answer.parts[1].price must be number, not "2"',
        ),
        ('{"title": "x", "parts": [], "n": NaN}', "a number that cannot be recorded"),
        ('{"title": "x", "parts": [], "n": 1e999}', "a number that cannot be recorded"),
        ('{"title": "\\ud800", "parts": []}', "half a character"),
        ("[" * 100_000, "it is"),
    ],
)
def test_an_answer_that_does_not_fit_says_where_and_is_paid_for(text: str, says: str) -> None:
    record = ran(STRUCTURED, answering(text), "facts")
    assert record.error is not None
    assert record.error.code == "model_answer_unusable"
    assert says in record.error.message
    assert record.usage == Usage(input_tokens=10, output_tokens=5, cost_usd=0.25)


class Citing(FakeText):
    """A model that searched the web."""

    def write(self, request: TextRequest) -> TextAnswer:
        pages = (Source(url="https://a.example/", title="A"), Source(url="https://b.example/"))
        return replace(super().write(request), sources=pages)


def test_the_pages_that_an_answer_rests_on_are_kept_beside_what_was_asked() -> None:
    world = World()
    world.models.texts = Citing()
    steps = "- {name: a, type: ai_generation, order: 1, instructions: x, options: {web_search: true}}"
    record = ran(steps, world, "a")
    assert record.input == {
        "instructions": "x",
        "options": {"web_search": True},
        "sources": [{"url": "https://a.example/", "title": "A"}, {"url": "https://b.example/", "title": None}],
    }
    assert isinstance(record.output, str)


def test_the_steps_time_limit_goes_to_its_model() -> None:
    world = World()
    steps = """
        - {name: a, type: ai_generation, order: 1, instructions: x, timeout_s: 7}
        - {name: b, type: image_generation, order: 1, instructions: x, timeout_s: 8}
    """
    ran(steps, world, "a")
    assert [asked.timeout_s for asked in world.models.texts.asked] == [7]
    assert [asked.timeout_s for asked in world.models.images.asked] == [8]


@dataclass
class RefusingTheSecond(FakeImages):
    """An image model that draws once."""

    def draw(self, request: ImageRequest) -> ImageAnswer:
        if self.asked:
            raise ModelRefused("No; draw something else.", usage=Usage(input_tokens=3, cost_usd=0.25))
        return super().draw(request)


def test_a_picture_that_fails_also_costs_the_pictures_before_it() -> None:
    world = World()
    world.models.images = RefusingTheSecond()
    steps = "- {name: a, type: image_generation, order: 1, instructions: x, options: {count: 3}}"
    record = ran(steps, world, "a")
    assert record.error is not None
    assert record.error.code == "model_refused"
    assert record.usage == Usage(input_tokens=3, cost_usd=0.75)


@pytest.mark.parametrize(
    ("kind", "more", "problem"),
    [
        ("ai_generation", "options: {wrods: 90}", '"wrods" is not an option .* did you mean "words"'),
        ("ai_generation", "options: {quality: low}", '"quality" is not an option .* there are: words'),
        ("ai_generation", "options: {words: 59}", "words must be a whole number from 60 to 5,000"),
        ("ai_generation", "options: {words: true}", "words must be a whole number"),
        ("ai_generation", "options: {temperature: 2.5}", "temperature must be a number from 0 to 2"),
        ("ai_generation", "options: {max_tokens: 0}", "max_tokens must be a whole number from 1 to 1,000,000"),
        ("ai_generation", "options: {web_search: maybe}", "web_search must be true or false"),
        (
            "ai_generation",
            "options: {web_search: true}, model: offline",
            "offline.* cannot search .* openai",
        ),
        ("ai_generation", "options: {web_search: true}, model: 'bedrock:x'", '"bedrock:x" cannot search the web'),
        ("ai_generation", "model: 'openia:gpt'", '"openia" is not a vendor of models; did you mean "openai"'),
        ("ai_generation", "model: 'acme:gpt'", '"acme" is not a vendor .* there are: openai, anthropic, bedrock'),
        ("ai_generation", "model: gpt-5", '"gpt-5" names no model: write vendor:model'),
        ("ai_generation", "model: ofline", '"ofline" names no model.* did you mean "offline"'),
        ("ai_generation", "model: 'openai: '", "names no model"),
        ("ai_generation", "options: {json_schema: x}", "json_schema must be a JSON Schema"),
        ("image_generation", "options: {heigth: 90}", '"heigth" is not an option .* did you mean "height"'),
        ("image_generation", "options: {number: 2}", '"number" is not an option'),
        ("image_generation", "options: {kind: photo}", "kind must be one of cover, palette, pattern, diagram"),
        ("image_generation", "options: {quality: best}", "quality must be one of auto, low, medium, high"),
        ("image_generation", "model: 'anthropic:x'", '"anthropic:x" draws no pictures; .* these do: offline, openai'),
        ("image_generation", "model: 'opanai:x'", '"opanai" is not a vendor of models; did you mean "openai"'),
    ],
)
def test_what_can_be_known_is_refused_when_the_workflow_is_saved(kind: str, more: str, problem: str) -> None:
    (told,) = problems_of(kind, more)
    assert re.search(problem, told), told


@pytest.mark.parametrize("model", ["offline", "openai:gpt-5-mini", "anthropic:claude-haiku-5-5", "bedrock:amazon.x:0"])
def test_models_of_every_vendor_are_taken(model: str) -> None:
    source = workflow_of(f"- {{name: a, type: ai_generation, order: 1, instructions: x, model: '{model}'}}")
    assert parse_workflow(source).step("a").model == model
