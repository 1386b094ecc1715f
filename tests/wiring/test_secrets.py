"""A deployed function's settings: its environment, and the secret that stands in for what is not set there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from leadmagnet.domain.errors import Invalid
from leadmagnet.wiring.secrets import deployed_settings


class Vault(BaseHTTPRequestHandler):
    """Secrets Manager with one answer."""

    answer: tuple[int, dict[str, str]] = (200, {})

    def do_POST(self) -> None:
        body = json.dumps(self.answer[1]).encode()
        self.send_response(self.answer[0])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def vault_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vault)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def environment(vault_url: str, **more: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1"}
    return {"AWS_ENDPOINT_URL": vault_url, "LEADMAGNET_SECRET": "leadmagnet", **keys, **more}


def holding(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(Vault, "answer", (200, {"SecretString": text}))


def test_what_is_not_set_comes_from_the_secret(monkeypatch: pytest.MonkeyPatch, vault_url: str) -> None:
    holding(monkeypatch, json.dumps({"LEADMAGNET_TOKEN_KEY": "k" * 32, "OPENAI_API_KEY": "of-the-secret"}))

    settings = deployed_settings(environment(vault_url, OPENAI_API_KEY="of-the-environment", LEADMAGNET_TOKEN_KEY=" "))

    assert settings.token_key == "k" * 32
    assert settings.openai_api_key == "of-the-environment"


@pytest.mark.parametrize("text", ["sk-123", "[]", '"sk-123"', '{"KEY": {"nested": "sk-123"}}'])
def test_a_secret_of_another_form_is_refused_without_telling_it(
    monkeypatch: pytest.MonkeyPatch, vault_url: str, text: str
) -> None:
    holding(monkeypatch, text)

    with pytest.raises(Invalid, match="not a JSON object") as refused:
        deployed_settings(environment(vault_url))
    assert "sk-123" not in str(refused.value)


def test_a_secret_that_may_not_be_read_says_which_permission_is_missing(
    monkeypatch: pytest.MonkeyPatch, vault_url: str
) -> None:
    monkeypatch.setattr(Vault, "answer", (400, {"__type": "AccessDeniedException", "message": "no"}))

    with pytest.raises(Invalid, match=r"allow secretsmanager:GetSecretValue on it.*secret=leadmagnet"):
        deployed_settings(environment(vault_url))


def test_no_secret_is_asked_for_where_none_is_named() -> None:
    assert deployed_settings({"LEADMAGNET_TOKEN_KEY": "k" * 32}).token_key == "k" * 32
