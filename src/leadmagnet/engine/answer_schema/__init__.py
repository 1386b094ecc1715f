"""The JSON Schema that a model's answer has to satisfy: what of it is understood, and whether an answer does."""

from leadmagnet.engine.answer_schema.answers import NotJson, read_json
from leadmagnet.engine.answer_schema.checking import MAX_SCHEMA_BYTES, schema_problems
from leadmagnet.engine.answer_schema.matching import mismatch

__all__ = ["MAX_SCHEMA_BYTES", "NotJson", "mismatch", "read_json", "schema_problems"]
