"""The job queue and its dead letters, on the real thing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from tests.conftest import Aws, furnish

from leadmagnet.adapters.dead_queue import SqsDeadQueue
from leadmagnet.adapters.queue import SqsQueue
from leadmagnet.domain.errors import Invalid

if TYPE_CHECKING:
    from leadmagnet.local.resources import Resources


@pytest.fixture(scope="module")
def made(aws: Aws) -> Resources:
    return furnish(aws, Environment=f"t{uuid4().hex[:12]}")


@pytest.fixture
def queue(aws: Aws, made: Resources) -> SqsQueue:
    aws.sqs.purge_queue(QueueUrl=made.queue_url)
    aws.sqs.purge_queue(QueueUrl=made.dead_letter_queue_url)
    return SqsQueue(sqs=aws.sqs, queue_url=made.queue_url, visibility_s=0)


@pytest.fixture
def dead(aws: Aws, made: Resources) -> SqsDeadQueue:
    return SqsDeadQueue(sqs=aws.sqs, queue_url=made.queue_url)


def received(queue: SqsQueue) -> list[str]:
    return [delivery.body for delivery in queue.receive(limit=10, wait_s=0)]


def test_a_message_names_its_job_and_is_there_until_it_is_acknowledged(queue: SqsQueue) -> None:
    queue.send("job-1")
    [first] = queue.receive(limit=1, wait_s=1)
    [again] = queue.receive(limit=1, wait_s=1)
    assert first.body == again.body == '{"job_id": "job-1"}'
    assert (first.deliveries, again.deliveries) == (1, 2)
    queue.ack(again.receipt)
    assert received(queue) == []


def test_a_delayed_message_is_not_there_yet(queue: SqsQueue) -> None:
    queue.send("job-1", delay_s=900)
    queue.send("job-2")
    assert received(queue) == ['{"job_id": "job-2"}']


def test_what_was_delivered_in_vain_five_times_is_a_dead_letter(queue: SqsQueue, dead: SqsDeadQueue) -> None:
    queue.send("job-1")
    for _ in range(6):
        received(queue)
    [letter] = dead.look(limit=10)
    assert letter.body == '{"job_id": "job-1"}'


def test_dead_letters_are_hidden_while_looked_at_and_there_again_when_put_back(
    aws: Aws, made: Resources, queue: SqsQueue, dead: SqsDeadQueue
) -> None:
    del queue
    for number in range(23):
        aws.sqs.send_message(QueueUrl=made.dead_letter_queue_url, MessageBody=str(number))
    found = dead.look(limit=100)
    assert sorted(int(message.body) for message in found) == list(range(23))
    assert dead.look(limit=100) == []
    dead.remove(found[:12])
    dead.put_back(found[12:])
    assert {message.id for message in dead.look(limit=100)} == {message.id for message in found[12:]}


def test_a_queue_without_a_dead_letter_queue_says_what_it_lacks(aws: Aws) -> None:
    url = aws.sqs.create_queue(QueueName=f"bare-{uuid4().hex}")["QueueUrl"]
    with pytest.raises(Invalid, match="RedrivePolicy"):
        SqsDeadQueue(sqs=aws.sqs, queue_url=url).look(limit=1)
