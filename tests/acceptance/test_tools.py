"""Where curl and jq are missing, ours answer the plan's commands alike."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.acceptance.plan import Chapter, chapters

TOOLS = Path(__file__).with_name("tools")
TEXT = '{"job_id": "Grüße", "execution_steps": [{"a": 1.50}, null, []]}'


class Echo(BaseHTTPRequestHandler):
    """Answers with the request's method, path and token."""

    def do_GET(self) -> None:
        body = f"{self.command} {self.path} {self.headers['Authorization']} {self.headers['Host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def said(*command: str | Path, given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ("expression", "want"),
    [(".execution_steps | length", "3\n"), (".job_id", '"Grüße"\n'), (".none | length", "0\n"), (". | length", "2\n")],
)
def test_our_jq_says_what_jq_says(expression: str, want: str) -> None:
    assert said(sys.executable, TOOLS / "jq.py", expression, given=TEXT) == want
    if jq := shutil.which("jq"):
        assert said(jq, expression, given=TEXT) == want


def test_our_jq_knows_every_expression_of_the_plan() -> None:
    piped = [command.partition("| jq '")[2].rstrip("'") for command in _commands() if "| jq" in command]

    assert piped == [".", ".execution_steps | length"]
    for expression in piped:
        assert said(sys.executable, TOOLS / "jq.py", expression, given=TEXT)


def test_our_curl_sends_what_curl_sends(port: int) -> None:
    url = f"http://abc.localhost:{port}/admin/jobs/1?x=1"
    asked = ("-X", "GET", url, "-H", "Authorization: Bearer T")

    ours = said(sys.executable, TOOLS / "curl.py", *asked)

    assert ours == f"GET /admin/jobs/1?x=1 Bearer T abc.localhost:{port}"
    if curl := shutil.which("curl"):
        assert said(curl, "--noproxy", "*", *asked) == ours


def test_the_plan_has_ten_cases_with_a_box_for_each() -> None:
    numbers = sorted(chapter.number for chapter in set_of_chapters() if chapter.number)

    assert numbers == list(range(1, 11))
    assert len(_commands()) == 7


def set_of_chapters() -> list[Chapter]:
    return list({chapter.title: chapter for chapter in chapters().values()}.values())


def _commands() -> list[str]:
    return [command for chapter in set_of_chapters() for command in chapter.commands]
