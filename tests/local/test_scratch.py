"""Where functions' packages are unfolded."""

from __future__ import annotations

from pathlib import Path

from leadmagnet.local.environment import CLOUD, STORES, engine_environment
from leadmagnet.local.scratch import memory_scratch, remove_scratch


def test_what_a_killed_engine_left_in_memory_is_gone_at_the_next_start(tmp_path: Path) -> None:
    first = memory_scratch(tmp_path)
    if first is not None:
        (first / "left").touch()

    second = memory_scratch(tmp_path)

    # A machine without room in memory uses the data folder, both times.
    assert second == first
    assert second is None or list(second.iterdir()) == []
    if second is not None:
        remove_scratch(second)
        assert not second.exists()


def test_engines_of_two_folders_share_nothing_in_memory(tmp_path: Path) -> None:
    found = [memory_scratch(tmp_path / name) for name in ("a", "b")]

    for each in found:
        if each is not None:
            remove_scratch(each)
    assert found == [None, None] or found[0] != found[1]


def test_only_an_engine_to_deploy_to_has_permissions_and_functions(tmp_path: Path) -> None:
    def told(kind: str) -> dict[str, str]:
        chosen = {"stores": STORES, "cloud": CLOUD}[kind]
        return engine_environment({}, kind=chosen, folder=tmp_path, port=1, region="us-east-1", mark="m")

    assert told("cloud")["AUTH"] == "true"
    assert "lambda" in told("cloud")["SERVICES"].split(",")
    assert "AUTH" not in told("stores")
    assert told("cloud")["BIND_HOST"] == told("stores")["BIND_HOST"] == "127.0.0.1"
