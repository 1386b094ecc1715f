from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from leadmagnet.cli.data_dir import Ready, read_ready, ready_path, token_key, write_ready

READY = Ready(
    api_url="http://127.0.0.1:8000",
    sign_in_url="http://127.0.0.1:8000/sign-in/x",
    aws_endpoint_url="http://127.0.0.1:4566",
    region="us-east-1",
    token="a.b.c",
    jobs_table="leadmagnet-jobs",
    bucket="bucket",
    queue_url="http://127.0.0.1:4566/queue",
)


def test_what_is_written_is_read_again_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ready.json"

    write_ready(path, READY)

    assert read_ready(path) == READY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["ready.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"api_url": "http://127.0.0.1:1"}', "\x00"])
def test_a_file_that_is_none_of_ours_reads_as_none(tmp_path: Path, content: str) -> None:
    ready_path(tmp_path).write_text(content)

    assert read_ready(ready_path(tmp_path)) is None
    assert read_ready(tmp_path / "absent.json") is None


def test_the_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: token_key(folder), range(16)))

    assert keys == {token_key(folder)}
    assert len(keys.pop()) == 64
    assert stat.S_IMODE((folder / "token.key").stat().st_mode) == 0o600
    assert token_key(tmp_path / "other") != token_key(folder)
