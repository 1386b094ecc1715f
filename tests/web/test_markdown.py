from __future__ import annotations

from html.parser import HTMLParser

import pytest

from leadmagnet.web.markdown import markdown_html
from leadmagnet.web.sanitise import is_web_link, sanitised


class Found(HTMLParser):
    """The tags and attributes of a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_markdown_becomes_the_html_of_a_text_below_the_pages_own_headings() -> None:
    html = markdown_html(
        "# One\n\n## Two\n\ntext *soft* **strong** ~~gone~~ `code`\n\n3. three\n\n> said\n\n|a|b|\n|-|-|\n|1|2|\n"
    )

    for part in ("<h4>One</h4>", "<h5>Two</h5>", "<em>soft</em>", "<s>gone</s>", '<ol start="3">', "<td>1</td>"):
        assert part in html


def test_a_link_opens_elsewhere_and_tells_nobody_where_it_was() -> None:
    ((_, attributes),) = [tag for tag in Found(markdown_html("[x](https://a.example/?q=1&r=2)")).tags if tag[0] == "a"]
    assert attributes == {
        "href": "https://a.example/?q=1&r=2",
        "rel": "noopener noreferrer nofollow",
        "target": "_blank",
    }


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://canary.example/pixel.png)",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        "[x](//canary.example)",
        "[x](file:///etc/passwd)",
        "<https://ok.example> <javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        '[a](https://a.example "onmouseover=alert(1)")',
        "<svg><script>alert(1)</script></svg>",
        "```html\n<script>alert(1)</script>\n```",
        "<iframe src=https://canary.example></iframe>",
        "<style>@import 'https://canary.example'</style>",
        "<a href='https://a.example' onclick=alert(1)>x</a>",
    ],
)
def test_nothing_that_a_model_writes_runs_or_fetches(text: str) -> None:
    for html in (str(markdown_html(text)), str(sanitised(text))):
        for tag, attributes in Found(html).tags:
            assert tag not in ("script", "img", "iframe", "style", "svg", "object", "link", "meta", "base", "form")
            assert set(attributes) <= {"href", "rel", "target", "class", "start"}
            assert (attributes.get("href") or "https://").startswith(("https://", "http://", "mailto:"))


def test_the_allow_list_holds_without_the_parser_and_closes_what_is_left_open() -> None:
    hostile = '<p onclick=x>a<b>b<script>c</script><a href="javascript:x">d</a></td><strong>e'
    assert sanitised(hostile) == "<p>ab<a>d</a><strong>e</strong></p>"
    assert sanitised("1 < 2 & <3") == "1 &lt; 2 &amp; &lt;3"


@pytest.mark.parametrize("href", ["https://a.example", "HTTP://a.example", "mailto:a@b.example"])
def test_links_to_the_web_and_to_mail_are_links(href: str) -> None:
    assert is_web_link(href)


@pytest.mark.parametrize(
    "href", ["", "/jobs", "//a.example", "java\tscript:x", "\x01https://a", "http\n://", "ftp://a", "https:\u202e//"]
)
def test_anything_else_is_not(href: str) -> None:
    assert not is_web_link(href)
