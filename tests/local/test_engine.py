"""The embedded engine as a real process: it starts, keeps what it was given, and leaves nothing behind."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import threading
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.conftest import connect, furnish
from tests.local.processes import (
    engine_pid,
    freeze,
    has_pending,
    is_gone,
    kill_hard,
    start_holder,
    thaw,
    wait_until_released,
)

from leadmagnet.local.engine import EmbeddedEngine
from leadmagnet.local.errors import DataDirInUse, EngineFailed

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

JOB = {"job_id": {"S": "kept"}}


def test_a_job_a_message_and_a_file_are_there_again_after_a_stop_and_a_start(data_dir: Path, said: list[str]) -> None:
    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        aws = connect(engine.access.endpoint_url)
        first = furnish(aws)
        aws.dynamodb.put_item(TableName=first.jobs_table, Item=JOB)
        aws.sqs.send_message(QueueUrl=first.queue_url, MessageBody="kept")
        aws.s3.put_object(Bucket=first.bucket, Key="kept", Body=b"kept")

    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        aws = connect(engine.access.endpoint_url)
        again = furnish(aws)
        job = aws.dynamodb.get_item(TableName=again.jobs_table, Key=JOB)
        message = aws.sqs.receive_message(QueueUrl=again.queue_url, WaitTimeSeconds=0)
        body = aws.s3.get_object(Bucket=again.bucket, Key="kept")["Body"].read()

    assert again == first
    assert (job["Item"], message["Messages"][0]["Body"], body) == (JOB, "kept", b"kept")
    assert said == []


def test_the_engine_is_gone_when_the_block_ends(data_dir: Path, said: list[str]) -> None:
    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        pid = engine_pid(data_dir)
        up = engine.running and not is_gone(pid)

    assert up
    assert not engine.running
    assert is_gone(pid)
    with pytest.raises(EngineFailed, match="inside its `with` block"):
        _ = engine.access


def test_the_engine_is_gone_when_the_block_ends_with_an_error(data_dir: Path, said: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt), EmbeddedEngine(data_dir, notify=said.append):
        raise KeyboardInterrupt

    assert is_gone(engine_pid(data_dir))
    assert said == []


def test_a_port_that_somebody_took_meanwhile_is_given_up(data_dir: Path, said: list[str]) -> None:
    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        before = engine.access.endpoint_url

    taken = socket.create_server(("127.0.0.1", int(before.rpartition(":")[2])))
    with taken, EmbeddedEngine(data_dir, notify=said.append) as engine:
        after = engine.access.endpoint_url

    assert before != after


@linux_only
def test_the_engine_listens_on_loopback_alone(engine: EmbeddedEngine) -> None:
    port = int(engine.access.endpoint_url.rpartition(":")[2])
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    owned = {os.readlink(fd) for fd in Path(f"/proc/{_pid(engine)}/fd").iterdir() if fd.is_symlink()}

    listening = [fields[1] for fields in sockets if fields[3] == "0A" and f"socket:[{fields[9]}]" in owned]

    assert listening == [f"0100007F:{port:04X}"]


@linux_only
def test_the_engine_knows_no_credentials_and_no_keys(
    data_dir: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "OPENAI_API_KEY", "GATEWAY_PORT"):
        monkeypatch.setenv(name, "not-for-the-engine")

    with EmbeddedEngine(data_dir, notify=said.append):
        environment = Path(f"/proc/{engine_pid(data_dir)}/environ").read_text()

    assert "SERVICES=dynamodb,s3,sqs" in environment
    assert "not-for-the-engine" not in environment


def test_a_second_leadmagnet_on_the_same_folder_is_told_who_has_it(data_dir: Path, said: list[str]) -> None:
    with (
        EmbeddedEngine(data_dir, notify=said.append),
        pytest.raises(DataDirInUse) as caught,
        EmbeddedEngine(data_dir, notify=said.append),
    ):
        pass

    assert caught.value.facts["pid"] == str(os.getpid())


def test_an_engine_that_was_refused_the_folder_leaves_the_other_one_at_work(data_dir: Path, said: list[str]) -> None:
    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        with pytest.raises(DataDirInUse), EmbeddedEngine(data_dir, notify=said.append):
            pass

        assert furnish(connect(engine.access.endpoint_url)).jobs_table == "leadmagnet-jobs"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, said: list[str]) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(EngineFailed, match="--data-dir"), EmbeddedEngine(tmp_path / "file", notify=said.append):
        pass


def test_the_engine_refuses_to_start_beside_the_main_thread(data_dir: Path, said: list[str]) -> None:
    caught: list[EngineFailed] = []

    def start() -> None:
        try:
            EmbeddedEngine(data_dir, notify=said.append).__enter__()
        except EngineFailed as error:
            caught.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

    assert "main thread" in caught[0].message


def test_state_that_cannot_be_read_stops_the_start_and_is_left_as_it_is(data_dir: Path, said: list[str]) -> None:
    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        furnish(connect(engine.access.endpoint_url))
    state = data_dir / "engine" / "state" / "dynamodb.json"
    state.write_text('{"half a')

    with pytest.raises(EngineFailed) as caught, EmbeddedEngine(data_dir, notify=said.append):
        pass

    assert "dynamodb" in caught.value.message
    assert state.read_text() == '{"half a'
    assert is_gone(engine_pid(data_dir))


def test_state_that_cannot_be_saved_is_said_at_the_end(data_dir: Path, said: list[str]) -> None:
    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        furnish(connect(engine.access.endpoint_url))
        (data_dir / "engine" / "state").write_text("a file where the folder should be")

    assert [line.partition(".")[0] for line in said] == ["The embedded engine ended without saving"]


def test_a_kill_of_the_engine_is_said_at_the_end_and_at_the_next_start_and_the_bucket_is_repaired(
    data_dir: Path, said: list[str]
) -> None:
    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        aws = connect(engine.access.endpoint_url)
        bucket = furnish(aws).bucket
        aws.s3.put_object(Bucket=bucket, Key="survives", Body=b"kept")
        os.kill(engine_pid(data_dir), signal.SIGKILL)
    at_the_end = list(said)

    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        aws = connect(engine.access.endpoint_url)
        before = "Status" in aws.s3.get_bucket_versioning(Bucket=bucket)
        furnish(aws)
        after = aws.s3.get_bucket_versioning(Bucket=bucket)["Status"]
        body = aws.s3.get_object(Bucket=bucket, Key="survives")["Body"].read()

    assert len(at_the_end) == 1
    assert said == at_the_end * 2
    assert "Jobs, workflows and queue messages since its start at 20" in said[0]
    assert (before, after, body) == (False, "Enabled", b"kept")


def test_after_kill_9_of_its_parent_the_engine_saves_and_ends(data_dir: Path, said: list[str]) -> None:
    holder, url = start_holder(data_dir)
    aws = connect(url)
    table = furnish(aws).jobs_table
    aws.dynamodb.put_item(TableName=table, Item=JOB)

    kill_hard(holder)
    wait_until_released(data_dir)

    assert is_gone(engine_pid(data_dir))
    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        found = connect(engine.access.endpoint_url).dynamodb.get_item(TableName=table, Key=JOB)
    assert found["Item"] == JOB
    assert said == []


def test_a_start_after_kill_9_waits_until_the_engine_before_has_saved(data_dir: Path, said: list[str]) -> None:
    holder, url = start_holder(data_dir)
    aws = connect(url)
    table = furnish(aws).jobs_table
    aws.dynamodb.put_item(TableName=table, Item=JOB)
    orphan = engine_pid(data_dir)
    freeze(orphan)
    kill_hard(holder)

    def notify(sentence: str) -> None:
        said.append(sentence)
        thaw(orphan)

    with EmbeddedEngine(data_dir, notify=notify) as engine:
        found = connect(engine.access.endpoint_url).dynamodb.get_item(TableName=table, Key=JOB)

    assert found["Item"] == JOB
    assert said == ["The run before ended abruptly; waiting until its engine has saved."]


@linux_only
def test_a_wish_to_end_that_the_kernel_gives_to_any_thread_is_heard(data_dir: Path, said: list[str]) -> None:
    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        furnish(connect(engine.access.endpoint_url))
        pid = engine_pid(data_dir)
        threads = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]

        another = next(thread for thread in threads if thread != pid)
        ctypes.CDLL(None).tgkill(pid, another, signal.SIGTERM)

        assert engine._child is not None
        assert engine._child.wait(30) == 0
    assert said == []


def test_a_long_poll_does_not_hold_up_the_end(data_dir: Path, said: list[str]) -> None:
    with EmbeddedEngine(data_dir, notify=said.append) as engine:
        aws = connect(engine.access.endpoint_url)
        queue = urlsplit(furnish(aws).queue_url)
        poll = HTTPConnection(queue.netloc)
        poll.request("GET", f"{queue.path}?Action=ReceiveMessage&WaitTimeSeconds=20")
        # Once this is answered, the poll that was sent before it is under way.
        aws.sqs.list_queues()

    try:
        answered = poll.getresponse().status == 200
    except (HTTPException, OSError):
        answered = False
    poll.close()
    assert not answered


@linux_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_impatient_signal_does_not_cut_the_saving_short(data_dir: Path, number: signal.Signals) -> None:
    said: list[str] = []

    def notify(sentence: str) -> None:
        said.append(sentence)
        thaw(pid)

    def disturb() -> None:
        while not has_pending(pid, signal.SIGTERM):
            os.sched_yield()
        os.kill(os.getpid(), number)

    with EmbeddedEngine(data_dir, notify=notify) as engine:
        furnish(connect(engine.access.endpoint_url))
        pid = engine_pid(data_dir)
        freeze(pid)
        thread = threading.Thread(target=disturb)
        thread.start()
    thread.join()

    assert said == ["Saving what the embedded engine holds; a moment more."]
    assert (data_dir / "engine" / "state" / "dynamodb.json").exists()


def _pid(engine: EmbeddedEngine) -> int:
    return engine_pid(engine.log_path.parent)
