"""Which API a command talks to, and which token it sends there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.test_data_dir import READY

from leadmagnet.cli.client import ApiClient, ApiUnreachable
from leadmagnet.cli.data_dir import ready_path, write_ready
from leadmagnet.cli.options import connect
from leadmagnet.domain.errors import Invalid


def sent_by(client: ApiClient) -> str:
    """The Authorization header that the client sends with every request."""
    return str(client._http.headers["Authorization"])


def test_without_an_address_the_service_on_the_data_folder_is_meant(tmp_path: Path) -> None:
    write_ready(ready_path(tmp_path), READY)

    with connect(api_url=None, token=None, data_dir=tmp_path) as client:
        assert (client.api_url, sent_by(client)) == (READY.api_url, f"Bearer {READY.token}")


def test_without_a_service_the_message_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(ApiUnreachable, match="leadmagnet dev"):
        connect(api_url=None, token=None, data_dir=tmp_path)


def test_the_local_token_is_never_sent_to_another_address(tmp_path: Path) -> None:
    write_ready(ready_path(tmp_path), READY)

    with pytest.raises(Invalid, match="leadmagnet token"):
        connect(api_url="https://api.example.com", token=None, data_dir=tmp_path)


def test_a_given_token_goes_to_the_given_address(tmp_path: Path) -> None:
    write_ready(ready_path(tmp_path), READY)

    with connect(api_url="https://api.example.com/", token="mine", data_dir=tmp_path) as client:
        assert (client.api_url, sent_by(client)) == ("https://api.example.com", "Bearer mine")


def test_the_local_address_typed_by_hand_gets_the_local_token(tmp_path: Path) -> None:
    write_ready(ready_path(tmp_path), READY)

    with connect(api_url=READY.api_url + "/", token=None, data_dir=tmp_path) as client:
        assert sent_by(client) == f"Bearer {READY.token}"


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "not an address", "ftp://127.0.0.1", "http://"])
def test_an_address_where_nothing_answers_is_one_message(address: str) -> None:
    with ApiClient(address, "token") as client, pytest.raises(ApiUnreachable, match="leadmagnet dev"):
        client.health()


@pytest.mark.parametrize(("address", "token"), [("http://[::1", "t"), ("http://a", "t\nx"), ("http://a", "tök")])
def test_what_is_no_address_or_no_token_is_one_message(address: str, token: str) -> None:
    with pytest.raises(Invalid, match=r"looks like|no token has"):
        ApiClient(address, token)
