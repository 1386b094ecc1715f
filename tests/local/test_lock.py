"""Locks between processes, as the kernel gives and takes them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from leadmagnet.local.lock import FileLock


def test_a_lock_is_had_by_one_at_a_time_and_tells_by_whom(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")

    assert first.acquire()
    first.sign(4711)
    assert not second.acquire()
    assert second.holder() == "4711"

    first.close()
    assert second.acquire()
    second.close()


def test_a_shorter_signature_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.sign(1234567)
    lock.sign(1)

    assert lock.holder() == "1"
    lock.close()


def test_a_lock_that_nobody_signed_is_held_by_somebody_unknown(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")

    assert lock.holder() == "unknown"
    lock.close()


def test_a_child_that_was_given_the_lock_holds_it_after_we_let_go(tmp_path: Path) -> None:
    ours, others = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert ours.acquire()
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(ours.fd,))

    ours.close()
    while_it_lives = others.acquire()
    child.communicate()

    assert not while_it_lives
    assert others.acquire()
    others.close()
