"""As much of jq as the plan asks for: `.`, and `.name | length`."""

from __future__ import annotations

import json
import re
import sys
from typing import Any


def answer(expression: str, value: Any) -> Any:  # noqa: ANN401 (JSON enters here)
    """What jq says to `expression`."""
    for part in (part.strip() for part in expression.split("|")):
        if part == "length":
            value = 0 if value is None else len(value)
        elif found := re.fullmatch(r"\.(\w*)", part):
            value = value.get(found[1]) if found[1] else value
        else:
            raise SystemExit(f"this jq knows '.', '.name' and 'length', not {part!r}; install jq")
    return value


if __name__ == "__main__":
    json.dump(answer(sys.argv[1], json.load(sys.stdin)), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
