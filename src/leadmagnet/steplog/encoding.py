"""A step in the two forms in which it is stored: JSON text, and DynamoDB's typed attribute values.

One walk over the step checks it, brings numbers into one form (so that no reader can tell where it was stored),
builds the attribute value, counts its size, and finds out whether DynamoDB could hold it exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from leadmagnet.steplog import jsontext
from leadmagnet.steplog.errors import InvalidStep, StepsCorrupt
from leadmagnet.steplog.sizes import CONTAINER_BYTES, ELEMENT_BYTES, number_size, utf8_size

#: DynamoDB nests 32 levels; a step is an element of the list, which is one of them.
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
DYNAMODB_LEVELS = 30
#: DynamoDB keeps 38 significant digits of magnitudes up to 9.99e125 and down to 1e-130.
DYNAMODB_DIGITS = 38
_LARGEST_EXPONENT = 125
_SMALLEST_EXPONENT = -130
#: Deeper JSON is refused: parsers (jq's and orjson's writer among them) stop at about 250 levels.
MOST_LEVELS = 200
#: Longer integers are refused: Python itself does not write or read them (sys.get_int_max_str_digits).
MOST_DIGITS = 4300
#: DynamoDB refuses names in maps that are empty or longer than 64 KB.
_MOST_NAME_BYTES = 65_535
_LARGEST_INTEGER = 10**MOST_DIGITS


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedStep:
    """A checked step, ready to be stored either way."""

    #: Compact JSON in UTF-8.
    text: bytes
    #: The step as a DynamoDB map in wire form.
    attribute: dict[str, Any]
    #: What it costs as an element of a list attribute, by DynamoDB's count.
    size: int
    #: Whether DynamoDB can hold it exactly.
    exact: bool


def encode_step(step: object, *, job_id: str) -> EncodedStep:
    """`step` in both forms; InvalidStep (naming the place) if JSON cannot say it."""
    if not isinstance(step, Mapping):
        raise InvalidStep(
            f"A step must be a JSON object (a dict), not {type(step).__name__}; nothing was written.", job_id=job_id
        )
    walk = _Walk(job_id)
    plain, attribute, size = walk.visit(step, "$", 0)
    return EncodedStep(text=jsontext.dumps(plain), attribute=attribute, size=size + ELEMENT_BYTES, exact=walk.exact)


class _Walk:
    """One pass over a step; `exact` turns False at the first value that DynamoDB would change or refuse."""

    __slots__ = ("exact", "job_id")

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.exact = True

    def visit(self, value: object, path: str, level: int) -> tuple[Any, dict[str, Any], int]:
        """The plain value, its attribute value and its size."""
        match value:
            case None:
                return None, {"NULL": True}, 1
            case bool():
                return value, {"BOOL": value}, 1
            case str():
                # str() of a member of an Enum that is a string would be the member's name.
                text = str.__str__(value)
                return text, {"S": text}, self._utf8_size(text, path)
            case int():
                return self._integer(int(value), path)
            case float():
                return self._float(float(value), path)
            case Mapping():
                return self._object(value, path, level + 1)
            case list():
                return self._array(value, path, level + 1)
            case _:
                raise self._refused(path, f"{type(value).__name__} has no form in JSON")

    def _object(self, value: Mapping[Any, object], path: str, level: int) -> tuple[dict[str, Any], dict[str, Any], int]:
        self._enter(path, level)
        plain: dict[str, Any] = {}
        attributes: dict[str, Any] = {}
        size = CONTAINER_BYTES
        for name, element in value.items():
            if not isinstance(name, str):
                raise self._refused(path, f"the key {name!r} is not a string")
            name_size = self._utf8_size(name, path)
            self.exact = self.exact and 0 < name_size <= _MOST_NAME_BYTES
            plain[name], attributes[name], element_size = self.visit(element, f"{path}.{name}", level)
            size += ELEMENT_BYTES + name_size + element_size
        return plain, {"M": attributes}, size

    def _array(self, value: list[object], path: str, level: int) -> tuple[list[Any], dict[str, Any], int]:
        self._enter(path, level)
        plain: list[Any] = []
        attributes: list[Any] = []
        size = CONTAINER_BYTES
        for index, element in enumerate(value):
            element_plain, attribute, element_size = self.visit(element, f"{path}[{index}]", level)
            plain.append(element_plain)
            attributes.append(attribute)
            size += ELEMENT_BYTES + element_size
        return plain, {"L": attributes}, size

    def _enter(self, path: str, level: int) -> None:
        if level > MOST_LEVELS:
            raise self._refused(path, f"it is nested deeper than {MOST_LEVELS} levels")
        if level > DYNAMODB_LEVELS:
            self.exact = False

    def _integer(self, value: int, path: str) -> tuple[int, dict[str, Any], int]:
        if abs(value) >= _LARGEST_INTEGER:
            raise self._refused(path, f"an integer has more than {MOST_DIGITS} digits; store it as a string")
        # Far beyond DynamoDB's digits: do not spend time on writing them out.
        if value.bit_length() > 420 or not _fits(Decimal(value)):
            self.exact = False
            return value, {"N": "0"}, 1
        text = str(value)
        return value, {"N": text}, number_size(text)

    def _float(self, value: float, path: str) -> tuple[int | float, dict[str, Any], int]:
        if not math.isfinite(value):
            raise self._refused(path, f"{value} is not a number in JSON; use null or a string")
        if value.is_integer() and abs(value) < 10**DYNAMODB_DIGITS:
            # DynamoDB keeps 3.0 as 3; so does the JSON text, or a reader could tell where a step was stored.
            return self._integer(int(value), path)
        text = repr(value)
        # A whole number this large would come back as an integer, which is not the float: 10**40 != 1e40.
        if value.is_integer() or not _fits(Decimal(text)):
            self.exact = False
            return value, {"N": "0"}, 1
        return value, {"N": text}, number_size(text)

    def _utf8_size(self, text: str, path: str) -> int:
        try:
            return utf8_size(text)
        except UnicodeEncodeError:
            raise self._refused(path, "it holds half of a surrogate pair, which UTF-8 cannot say") from None

    def _refused(self, path: str, reason: str) -> InvalidStep:
        return InvalidStep(
            f"A step cannot be stored: at {path[:200]}, {reason}. Nothing was written.", job_id=self.job_id
        )


def _fits(number: Decimal) -> bool:
    """Whether DynamoDB holds `number` exactly."""
    if number.is_zero():
        return True
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    return len(digits) <= DYNAMODB_DIGITS and _SMALLEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT


def decode_attribute(value: Mapping[str, Any], *, job_id: str | None = None) -> Any:  # noqa: ANN401 (JSON leaves here)
    """The plain value of an attribute value in wire form, also of kinds that only older writers use."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "NULL":
            return None
        case "N":
            return _number(content)
        case "M":
            return {name: decode_attribute(element, job_id=job_id) for name, element in content.items()}
        case "L":
            return [decode_attribute(element, job_id=job_id) for element in content]
        case "SS":
            return sorted(content)
        case "NS":
            return [_number(element) for element in content]
        case _:
            raise StepsCorrupt(
                f"A stored step holds a DynamoDB {kind} value, which JSON cannot say; repair the item, or write the "
                "steps anew with replace.",
                job_id=job_id,
            )


def _number(text: str) -> int | float:
    """An int where the number is whole, else the nearest float."""
    if text.lstrip("-").isdigit():
        return int(text)
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


def decode_steps(elements: Sequence[Mapping[str, Any]], *, job_id: str) -> list[dict[str, Any]]:
    """The steps that the elements of an `execution_steps` list in wire form are."""
    return [decode_attribute(element, job_id=job_id) for element in elements]


def encode_all(steps: Sequence[object], *, job_id: str) -> list[EncodedStep]:
    """Every step in both forms; InvalidStep at the first that cannot be stored."""
    return [encode_step(step, job_id=job_id) for step in steps]


def join(texts: Iterator[bytes] | Sequence[bytes]) -> bytes:
    """One JSON array of the given JSON texts."""
    return b"[" + b",".join(texts) + b"]"
