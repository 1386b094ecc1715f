"""A port that stays the same while it can."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from leadmagnet.local.port import remembered_port


def test_the_port_is_the_same_the_next_time(tmp_path: Path) -> None:
    assert remembered_port(tmp_path / "port") == remembered_port(tmp_path / "port")


def test_a_taken_port_is_replaced_for_good(tmp_path: Path) -> None:
    memory = tmp_path / "port"
    first = remembered_port(memory)
    with socket.create_server(("127.0.0.1", first)):
        second = remembered_port(memory)

    assert second != first
    assert remembered_port(memory) == second


@pytest.mark.parametrize("remembered", ["", "not a port", "0", "80", "99999", "\x00\xff"])
def test_a_memory_that_makes_no_sense_is_forgotten(tmp_path: Path, remembered: str) -> None:
    memory = tmp_path / "port"
    memory.write_text(remembered)

    port = remembered_port(memory)

    assert port >= 1024
    assert memory.read_text() == f"{port}\n"
