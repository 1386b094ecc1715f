"""Drafts without a model: Markdown from the submission, the title and the instructions."""

from __future__ import annotations

import math

from leadmagnet.adapters.models import options as read
from leadmagnet.adapters.models.offline.draft import draft
from leadmagnet.adapters.models.offline.facts import read_facts
from leadmagnet.adapters.models.offline.json_answer import json_answer
from leadmagnet.adapters.models.offline.stock import stock
from leadmagnet.adapters.models.offline.voice import Voice, chance_of
from leadmagnet.domain.execution_step import Usage
from leadmagnet.engine.model_names import OFFLINE, who
from leadmagnet.engine.ports import TextAnswer, TextRequest

DEFAULT_WORDS = 250


class OfflineText:
    """Writes text without a network: the same request, the same text, honest about being a draft.

    Options: `words` (60 to 5,000, met within a tenth) and `json_schema` (answered as JSON of that schema).
    """

    def write(self, request: TextRequest) -> TextAnswer:
        """A draft; never ModelFailed. Invalid if an option cannot be used (no search, simple schemas only)."""
        read.no_web_search(request.options, OFFLINE, who(searches=True))
        schema = read.json_schema(request.options)
        words = read.words(request.options) or DEFAULT_WORDS
        facts = read_facts(request.facts)
        voice = Voice(chance=chance_of(request, facts), stock=stock(), facts=facts, title=request.title)
        if schema is not None:
            text = json_answer(schema, voice=voice, facts=facts)
        else:
            text = draft(request, words=words, voice=voice, facts=facts)
        usage = Usage(input_tokens=_tokens(request.instructions), output_tokens=_tokens(text), cost_usd=0.0)
        return TextAnswer(text=text, model=OFFLINE, usage=usage)


def _tokens(text: str) -> int:
    """About as many tokens as a hosted model would count: four characters each in English."""
    return math.ceil(len(text) / 4)
