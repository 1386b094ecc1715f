from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadmagnet.domain.access import Caller, Role
from leadmagnet.domain.errors import Invalid
from leadmagnet.web.session import SESSION_TTL, Sessions
from leadmagnet.web.tickets import TICKET_TTL, OneTimeTickets

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CALLER = Caller(tenant="acme", role=Role.OPERATOR)
SESSIONS = Sessions(key="a key of thirty-two bytes or more")
OTHERS = Sessions(key="another key of thirty-two bytes..")


def test_a_cookie_opens_to_the_session_that_it_was_sealed_from_until_it_ends() -> None:
    session = SESSIONS.begin(CALLER, now=NOW)
    cookie = SESSIONS.seal(session)

    opened = SESSIONS.open(cookie, now=NOW + SESSION_TTL - timedelta(seconds=1))
    assert opened is not None
    assert (opened.id, opened.caller) == (session.id, CALLER)
    assert SESSIONS.open(cookie, now=NOW + SESSION_TTL) is None


def test_a_cookie_that_was_changed_or_sealed_elsewhere_opens_nothing() -> None:
    cookie = SESSIONS.seal(SESSIONS.begin(CALLER, now=NOW))
    body, _, mac = cookie.partition(".")
    admin = SESSIONS.seal(SESSIONS.begin(Caller(tenant="acme", role=Role.ADMIN), now=NOW)).partition(".")[0]
    csrf = SESSIONS.csrf_token(SESSIONS.begin(CALLER, now=NOW))

    for wrong in ("", ".", body, f"{body}.", f"{admin}.{mac}", f"{body}.{mac[:-1]}é", f"é{cookie}", csrf, "x" * 9_000):
        assert SESSIONS.open(wrong, now=NOW) is None
    assert OTHERS.open(cookie, now=NOW) is None


def test_a_csrf_token_is_good_for_its_session_alone_and_never_the_same_twice() -> None:
    mine, other = SESSIONS.begin(CALLER, now=NOW), SESSIONS.begin(CALLER, now=NOW)
    tokens = {SESSIONS.csrf_token(mine) for _ in range(3)}

    assert len(tokens) == 3
    assert all(SESSIONS.is_csrf_token(token, mine) for token in tokens)
    assert not any(SESSIONS.is_csrf_token(token, other) for token in tokens)
    assert not any(SESSIONS.is_csrf_token(wrong, mine) for wrong in ("", ".", "é.é", SESSIONS.seal(mine)))


def test_services_on_one_machine_name_their_cookies_apart() -> None:
    assert SESSIONS.cookie_name != OTHERS.cookie_name


def test_a_short_key_is_refused_without_being_told() -> None:
    with pytest.raises(Invalid) as refused:
        Sessions(key="short")
    assert "32 bytes" in str(refused.value)
    assert "'short'" not in repr(Sessions(key="short" * 10))


def test_a_ticket_signs_in_once_and_not_after_its_time() -> None:
    time = [NOW]
    tickets = OneTimeTickets(clock=lambda: time[0])
    used, late = tickets.issue(CALLER), tickets.issue(CALLER)

    assert tickets.redeem(used) == CALLER
    assert tickets.redeem(used) is None
    time[0] += TICKET_TTL
    assert tickets.redeem(late) is None
    assert tickets.redeem("none of ours") is None


def test_tickets_that_nobody_uses_give_way() -> None:
    tickets = OneTimeTickets(clock=lambda: NOW)
    first = tickets.issue(CALLER)
    newer = [tickets.issue(CALLER) for _ in range(100)]

    assert tickets.redeem(first) is None
    assert tickets.redeem(newer[0]) == CALLER
