from __future__ import annotations

import json

from tests.engine.fakes import World
from tests.engine.jobs import submitted

from leadmagnet.engine.dead_letters import list_dead, redrive


def dead_world() -> World:
    """Two jobs of acme and what is left of other messages in the dead-letter queue."""
    world = World()
    for _ in range(2):
        world.dead.add(json.dumps({"job_id": submitted(world).id}))
    world.dead.add("no json")
    world.dead.add('{"job_id": "of-somebody-else"}')
    world.queue.sent.clear()
    return world


def listed(world: World, tenant: str) -> list[str | None]:
    letters = list_dead(tenant=tenant, limit=10, dead=world.dead, jobs=world.jobs)
    return [None if letter.job is None else letter.job.id for letter in letters]


def test_a_tenant_sees_its_own_dead_letters_and_all_messages_stay() -> None:
    world = dead_world()

    assert listed(world, "acme") == ["job-1", "job-2"]
    assert listed(world, "other") == []
    assert (len(world.dead.messages), world.dead.hidden) == (4, [])


def test_what_names_no_job_is_shown_to_those_who_run_the_service() -> None:
    assert listed(dead_world(), "default") == [None]


def test_redriving_asks_for_the_jobs_again_and_removes_their_messages() -> None:
    world = dead_world()

    sent = redrive(
        tenant="acme",
        job_ids={"job-2", "of-somebody-else"},
        limit=10,
        dead=world.dead,
        jobs=world.jobs,
        queue=world.queue,
    )

    assert sent == world.queue.sent == ["job-2"]
    assert listed(world, "acme") == ["job-1"]
    assert len(world.dead.messages) == 3
    assert redrive(tenant="acme", job_ids=None, limit=10, dead=world.dead, jobs=world.jobs, queue=world.queue) == [
        "job-1"
    ]
