from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.api.service import KEY, Service

from leadmagnet.adapters.tokens import HmacTokens
from leadmagnet.domain.access import Caller, Role
from leadmagnet.domain.errors import Invalid


def claims(**changes: object) -> dict[str, Any]:
    """Claims of a good token, with changes; None removes a claim."""
    good: dict[str, object] = {
        "iss": "leadmagnet",
        "aud": "leadmagnet",
        "exp": datetime.now(UTC) + timedelta(minutes=5),
        "tenant": "acme",
        "role": "viewer",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(key: str = KEY, algorithm: str = "HS256", **changes: object) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm)


def unsigned(header: dict[str, str], *, signature: str = "") -> str:
    parts = (header, claims() | {"exp": 4_000_000_000})
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return f"{head}.{body}.{signature}"


def signed_by_rsa() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims(), key, algorithm="RS256")


BAD_TOKENS = {
    "signed by another key": signed("another key that is longer than 32 bytes"),
    "expired": signed(exp=datetime.now(UTC) - timedelta(seconds=1)),
    "not valid yet": signed(nbf=datetime.now(UTC) + timedelta(hours=1)),
    "for another audience": signed(aud="elsewhere"),
    "of another issuer": signed(iss="elsewhere"),
    "without audience": signed(aud=None),
    "without issuer": signed(iss=None),
    "without expiry": signed(exp=None),
    "without tenant": signed(tenant=None),
    "of an empty tenant": signed(tenant=""),
    "of a tenant that is a list": signed(tenant=["acme"]),
    "without role": signed(role=None),
    "of an unknown role": signed(role="root"),
    "of a role that is a list": signed(role=["admin"]),
    "of another HMAC": signed("k" * 64, algorithm="HS512"),
    "of another HMAC with our key": signed(KEY + "-" * 64, algorithm="HS512"),
    "of algorithm none": unsigned({"alg": "none", "typ": "JWT"}),
    "of algorithm None": unsigned({"alg": "None"}),
    "with an empty signature": unsigned({"alg": "HS256"}),
    "with its own key named": unsigned({"alg": "HS256", "kid": "/dev/null"}, signature="AAAA"),
    "signed by RSA": signed_by_rsa(),
    "cut short": signed()[:-4],
    "two parts": "aaa.bbb",
    "words": "let me in please",
    "not ASCII": "t\u00f6ken",
}


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_a_token_that_is_not_good_here_is_refused_with_what_to_do(service: Service, token: str) -> None:
    header = {b"Authorization": f"Bearer {token}".encode()}

    answer = service.http.get("/admin/jobs", headers=header)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "leadmagnet token" in answer.json()["detail"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic YWNtZTphY21l", KEY])
def test_a_request_without_a_bearer_token_is_refused(service: Service, header: str | None) -> None:
    answer = service.http.get("/admin/jobs", headers={} if header is None else {"Authorization": header})

    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:leadmagnet:problem:unauthorized"


def test_a_token_in_the_address_opens_nothing(service: Service) -> None:
    answer = service.http.get("/admin/jobs", params={"token": signed(), "access_token": signed()})

    assert answer.status_code == 401


def test_an_issued_token_names_its_tenant_and_role() -> None:
    tokens = HmacTokens(key=KEY)
    token = tokens.issue(tenant="acme", role=Role.OPERATOR, ttl=timedelta(minutes=1), now=datetime.now(UTC))

    assert tokens.verify(token) == Caller(tenant="acme", role=Role.OPERATOR)


def test_a_short_key_is_refused_and_never_shown() -> None:
    with pytest.raises(Invalid, match="at least 32 bytes") as refused:
        HmacTokens(key="too short a key")

    assert "too short a key" not in str(refused.value)
    assert KEY not in repr(HmacTokens(key=KEY))


@pytest.mark.parametrize(
    ("token", "code"), [("nonsense", "unauthorized"), (signed(), "forbidden")], ids=["unknown", "viewer"]
)
def test_a_refusal_leaves_a_line_for_those_who_watch_and_nothing_of_the_token(
    service: Service, caplog: pytest.LogCaptureFixture, token: str, code: str
) -> None:
    service.call("POST", "/admin/jobs", headers={"Authorization": f"Bearer {token}"}, json={})

    [line] = [record for record in caplog.records if record.__dict__.get("event") == "access_denied"]
    assert line.__dict__["code"] == code
    assert token not in str(vars(line))
