"""JSON text to values and back, exactly.

orjson does nearly all of it, fast. It cannot write an integer above 64 bits, and reads one as a float; then the
standard library, slower, does the same job.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

_ALL_DIGITS_ZERO = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else byte for byte in range(256))
#: 2**63 has 19 digits: text without so long a run of digits holds no integer that orjson would change.
_LONG_NUMBER = b"0" * 19


def dumps(value: object) -> bytes:
    """`value` as compact JSON in UTF-8. It must hold only what `encoding.encode_step` lets through."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def loads(text: bytes) -> Any:  # noqa: ANN401 (this is where JSON enters)
    """The value of JSON text; ValueError if it is not JSON."""
    # Translate and search run at memory speed; a regular expression takes ten times as long as the parse.
    if _LONG_NUMBER in text.translate(_ALL_DIGITS_ZERO):
        return json.loads(text)
    return orjson.loads(text)


def fingerprint(value: object) -> bytes:
    """JSON text that is the same for equal values, whatever the order of their keys."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return text.encode("utf-8")
