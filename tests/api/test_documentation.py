"""docs/api.md says what there is, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.api.service import Fakes

from leadmagnet.api.app import create_app
from leadmagnet.api.problems import STATUS
from leadmagnet.api.schemas import StoredJobView
from leadmagnet.domain.errors import LeadmagnetError, NotFound

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def test_every_route_has_its_heading_and_every_heading_its_route() -> None:
    described = create_app(Fakes().parts()).openapi()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}

    assert set(re.findall(r"^### `(.+)`$", PAGE, flags=re.MULTILINE)) == routes


def test_every_attribute_of_a_job_and_every_parameter_is_named() -> None:
    described = create_app(Fakes().parts()).openapi()["paths"]
    parameters = {
        parameter["name"]
        for methods in described.values()
        for route in methods.values()
        for parameter in route.get("parameters", ())
    }

    missing = [name for name in {*parameters, *StoredJobView.model_fields} if name not in PAGE]

    assert missing == []


def answered_errors() -> Iterator[type[LeadmagnetError]]:
    """The kinds of error that have a status of their own, and what derives from them where an answer may come from."""
    waiting = [kind for kind in STATUS if issubclass(kind, LeadmagnetError)]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not NotFound and kind.__module__.startswith(("leadmagnet.api.", "leadmagnet.domain.")):
            yield kind


def test_every_kind_of_problem_is_named() -> None:
    sources = (Path(__file__).parents[2] / "src" / "leadmagnet" / "api").glob("*.py")
    text = "".join(path.read_text() for path in sources)
    codes = set(re.findall(r'code(?:: \w+)? ?= ?"(\w+)"', text)) | {kind.code for kind in answered_errors()}

    assert len(codes) >= 10
    assert [code for code in codes if f"`{code}`" not in PAGE] == []
