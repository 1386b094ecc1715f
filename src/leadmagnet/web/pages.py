"""Templates, and what every page is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from leadmagnet.web import formats
from leadmagnet.web.assets import Assets
from leadmagnet.web.step_line import kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Renders the templates of this package."""

    environment: Environment

    def render(self, template: str, **names: object) -> str:
        """The template's HTML; every value is escaped unless it is Markup."""
        return self.environment.get_template(template).render(**names)


def build_pages(assets: Assets) -> Pages:
    """The templates, with the filters that they use."""
    environment = Environment(
        loader=PackageLoader("leadmagnet.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    environment.globals["asset"] = assets.url
    return Pages(environment=environment)


def part(text: str) -> str:
    """`text` as one segment of a path."""
    return quote(text, safe="")


_FILTERS: Mapping[str, object] = {
    "bytes": formats.bytes_text,
    "cost": formats.cost_text,
    "count": formats.number_text,
    "duration": formats.duration_text,
    "iso": formats.iso_text,
    "kind": kind_of,
    "part": part,
    "plural": formats.plural,
    "time": formats.time_text,
}
