"""Tokens of an identity provider: which are good, and every trick that must not be."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from tests.api.identity_provider import Provider, ec_jwk, ec_key, rsa_jwk, rsa_key, running_provider

from leadmagnet.adapters.tokens import EitherTokens, HmacTokens, JwksKeys, OidcTokens
from leadmagnet.adapters.tokens.jwks import KeyTimes
from leadmagnet.adapters.tokens.reading import LONGEST_TENANT_CHARS, LONGEST_TOKEN_BYTES
from leadmagnet.domain.access import Caller, Role
from leadmagnet.domain.errors import IdentityUnavailable, Invalid, Unauthorized

CLIENT = "the-app-client"
PUBLIC_PEM = (
    rsa_key(1)
    .public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


class Monotonic:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(scope="module")
def shared_provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def provider(shared_provider: Provider) -> Provider:
    shared_provider.keys = [rsa_jwk(rsa_key(1), kid="one"), ec_jwk(ec_key(1), kid="curve")]
    shared_provider.status, shared_provider.body, shared_provider.configured_issuer = 200, None, None
    shared_provider.asked = []
    return shared_provider


@pytest.fixture
def clock() -> Monotonic:
    return Monotonic()


@pytest.fixture
def tokens(provider: Provider, clock: Monotonic) -> OidcTokens:
    return tokens_of(provider, clock)


def tokens_of(provider: Provider, clock: Monotonic) -> OidcTokens:
    keys = JwksKeys(issuer=provider.issuer, jwks_url=provider.jwks_url, clock=clock)
    return OidcTokens(
        keys=keys,
        issuer=provider.issuer,
        audience=(CLIENT, "another-client"),
        tenant_claim="custom:tenant",
        role_claim="cognito:groups",
    )


def claims(provider: Provider, **changes: object) -> dict[str, Any]:
    """Claims of a good access token as Cognito writes it, with changes; None removes a claim."""
    good: dict[str, object] = {
        "iss": provider.issuer,
        "client_id": CLIENT,
        "token_use": "access",
        "exp": datetime.now(UTC) + timedelta(minutes=5),
        "iat": datetime.now(UTC),
        "custom:tenant": "acme",
        "cognito:groups": ["staff", "operator"],
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def signed(
    provider: Provider,
    *,
    key: object = None,
    algorithm: str = "RS256",
    header: dict[str, Any] | None = None,
    more: dict[str, object] | None = None,
    **changes: object,
) -> str:
    head = {"kid": "one"} | (header or {})
    head = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(claims(provider, **(more or {}) | changes), key or rsa_key(1), algorithm=algorithm, headers=head)  # type: ignore[arg-type] # any key, for wrong ones too


def raw(provider: Provider, header: object, *, body: str | None = None, signature: str = "") -> str:
    """A token put together by hand, which no library would make."""
    text = body or json.dumps(claims(provider, exp=4_000_000_000, iat=1))
    parts = (json.dumps(header) if not isinstance(header, str) else header, text)
    head, payload = (base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    return f"{head}.{payload}.{signature}"


def with_hmac_over_the_public_key(provider: Provider) -> str:
    """RS256 to HS256: the public key taken for a shared secret (PyJWT itself would refuse to sign so)."""
    signer = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    unsigned = raw(provider, {"alg": "HS256", "kid": "one"}).rpartition(".")[0]
    signature = base64.urlsafe_b64encode(signer.sign(unsigned.encode(), PUBLIC_PEM.encode())).rstrip(b"=").decode()
    return f"{unsigned}.{signature}"


def with_duplicate_claims(provider: Provider) -> str:
    """Signed by the provider's own key, but each reader may believe another tenant."""
    return signed_by_hand(provider, end=',"custom:tenant":"other"}')


def signed_by_hand(provider: Provider, *, end: str = "}", **changes: object) -> str:
    """A good signature over claims that PyJWT would refuse to write."""
    body = json.dumps(claims(provider, **({"exp": 4_000_000_000, "iat": 1} | changes))).removesuffix("}") + end
    unsigned = raw(provider, {"alg": "RS256", "kid": "one"}, body=body).rpartition(".")[0]
    signature = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(unsigned.encode(), rsa_key(1))
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def seconds(number: int) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=number)


ATTACKER = rsa_key(2)
BAD_TOKENS: dict[str, Callable[[Provider], str]] = {
    "alg none": lambda p: raw(p, {"alg": "none"}),
    "alg None": lambda p: raw(p, {"alg": "None", "kid": "one"}),
    "alg nOnE": lambda p: raw(p, {"alg": "nOnE", "kid": "one"}),
    "no alg": lambda p: raw(p, {"kid": "one"}, signature="AAAA"),
    "unknown alg": lambda p: raw(p, {"alg": "XX999", "kid": "one"}, signature="AAAA"),
    "alg that is a list": lambda p: raw(p, {"alg": ["RS256"], "kid": "one"}, signature="AAAA"),
    "HS256 with the public key as secret": with_hmac_over_the_public_key,
    "RS512 by the right key": lambda p: signed(p, algorithm="RS512"),
    "PS256 by the right key": lambda p: signed(p, algorithm="PS256"),
    "RS256 under the curve's kid": lambda p: signed(p, header={"kid": "curve"}),
    "ES256 under the RSA key's kid": lambda p: signed(p, key=ec_key(1), algorithm="ES256"),
    "signed by another key": lambda p: signed(p, key=ATTACKER),
    "signed by another curve key": lambda p: signed(p, key=ec_key(2), algorithm="ES256", header={"kid": "curve"}),
    "empty signature": lambda p: raw(p, {"alg": "RS256", "kid": "one"}),
    "cut signature": lambda p: signed(p)[:-5],
    "no exp": lambda p: signed(p, exp=None),
    "expired": lambda p: signed(p, exp=seconds(-90)),
    "exp that is text": lambda p: signed(p, exp="tomorrow"),
    "exp beyond any date": lambda p: signed(p, exp=float("inf")),
    "nbf in the future": lambda p: signed(p, nbf=seconds(90)),
    "issued in the future": lambda p: signed(p, iat=seconds(90)),
    "no iss": lambda p: signed(p, iss=None),
    "wrong iss": lambda p: signed(p, iss="https://evil.example"),
    "iss with a slash more": lambda p: signed(p, iss=p.issuer + "/"),
    "iss that is a list": lambda p: signed_by_hand(p, iss=[p.issuer]),
    "no audience": lambda p: signed(p, client_id=None),
    "wrong audience": lambda p: signed(p, client_id="elsewhere"),
    "wrong aud beside the right client_id": lambda p: signed(p, aud="elsewhere"),
    "aud that is a number": lambda p: signed(p, aud=7),
    "client_id without token_use": lambda p: signed(p, token_use=None),
    "ID token": lambda p: signed(p, token_use="id", aud=CLIENT),
    "ID token that says no use": lambda p: signed(p, token_use=None, aud=CLIENT, nonce="n"),
    "unknown kid": lambda p: signed(p, header={"kid": "two"}),
    "no kid beside two keys": lambda p: signed(p, header={"kid": None}),
    "kid of a path": lambda p: signed(p, header={"kid": "../../../../dev/null"}, key=ATTACKER),
    "kid of an address": lambda p: signed(p, header={"kid": "http://evil.example/keys"}, key=ATTACKER),
    "kid of SQL": lambda p: signed(p, header={"kid": "' UNION SELECT 'key"}, key=ATTACKER),
    "huge kid": lambda p: signed(p, header={"kid": "k" * 5_000}),
    "kid that is a list": lambda p: raw(p, {"alg": "RS256", "kid": ["one"]}, signature="AAAA"),
    "kid that is an object": lambda p: raw(p, {"alg": "RS256", "kid": {"one": 1}}, signature="AAAA"),
    "embedded jwk": lambda p: signed(p, header={"jwk": rsa_jwk(rsa_key(2))}, key=ATTACKER),
    "jku": lambda p: signed(p, header={"jku": f"{p.issuer}/evil.json"}, key=ATTACKER),
    "x5u": lambda p: signed(p, header={"x5u": f"{p.issuer}/evil.pem"}, key=ATTACKER),
    "x5c": lambda p: signed(p, header={"x5c": ["AAAA"]}, key=ATTACKER),
    "critical extension": lambda p: signed(p, header={"crit": ["exp2"], "exp2": 1}),
    "duplicate claims": with_duplicate_claims,
    "duplicate alg": lambda p: raw(p, '{"alg":"RS256","alg":"none","kid":"one"}'),
    "64 KB": lambda p: signed(p, padding="x" * 65_536),
    "deep nesting": lambda p: raw(p, '{"a":' * 1_200 + "1" + "}" * 1_200),
    "no tenant": lambda p: signed(p, more={"custom:tenant": None}),
    "empty tenant": lambda p: signed(p, more={"custom:tenant": ""}),
    "blank tenant": lambda p: signed(p, more={"custom:tenant": " acme"}),
    "tenant that is a list": lambda p: signed(p, more={"custom:tenant": ["acme"]}),
    "tenant that is a number": lambda p: signed(p, more={"custom:tenant": 7}),
    "tenant of two lines": lambda p: signed(p, more={"custom:tenant": "acme\nother"}),
    "tenant that is too long": lambda p: signed(p, more={"custom:tenant": "a" * (LONGEST_TENANT_CHARS + 1)}),
    "no role": lambda p: signed(p, more={"cognito:groups": None}),
    "unknown roles": lambda p: signed(p, more={"cognito:groups": ["root", "ADMIN", 7]}),
    "role within a text": lambda p: signed(p, more={"cognito:groups": "administrator"}),
    "words": lambda _: "let me in please",
    "two parts": lambda p: signed(p).rpartition(".")[0],
    "five parts": lambda p: signed(p) + ".AAAA.AAAA",
    "header that is a list": lambda p: raw(p, ["RS256"], signature="AAAA"),
    "body that is a list": lambda p: raw(p, {"alg": "RS256", "kid": "one"}, body="[1]", signature="AAAA"),
    "not ASCII": lambda p: signed(p) + "\u00e9",
}


@pytest.mark.parametrize("make", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_a_token_that_is_not_good_here_is_refused(
    provider: Provider, tokens: OidcTokens, make: Callable[[Provider], str]
) -> None:
    with pytest.raises(Unauthorized):
        tokens.verify(make(provider))

    assert "/evil" not in "".join(provider.asked)


GOOD_TOKENS: dict[str, Callable[[Provider], str]] = {
    "Cognito's access token": signed,
    "by a curve key": lambda p: signed(p, key=ec_key(1), algorithm="ES256", header={"kid": "curve"}),
    "with an audience": lambda p: signed(p, client_id=None, token_use=None, aud=CLIENT),
    "with several audiences": lambda p: signed(p, client_id=None, token_use=None, aud=["x", "another-client"]),
    "expired less than the leeway ago": lambda p: signed(p, exp=seconds(-30)),
    "beginning within the leeway": lambda p: signed(p, nbf=seconds(30)),
    "with a key of its own that is not read": lambda p: signed(p, header={"jwk": rsa_jwk(rsa_key(2))}),
    "of the longest tenant": lambda p: signed(p, more={"custom:tenant": "a" * LONGEST_TENANT_CHARS}),
}


@pytest.mark.parametrize("make", GOOD_TOKENS.values(), ids=GOOD_TOKENS.keys())
def test_a_good_token_names_its_tenant_and_highest_role(
    provider: Provider, tokens: OidcTokens, make: Callable[[Provider], str]
) -> None:
    caller = tokens.verify(make(provider))

    assert (caller.tenant.strip("a"), caller.role) in {("cme", Role.OPERATOR), ("", Role.OPERATOR)}


def test_the_size_limit_leaves_room_for_real_tokens(provider: Provider, tokens: OidcTokens) -> None:
    large = signed(provider, padding="x" * 9_000)

    assert len(large) < LONGEST_TOKEN_BYTES
    assert tokens.verify(large).tenant == "acme"


def test_claims_within_claims_are_found_by_their_path(provider: Provider, tokens: OidcTokens) -> None:
    nested = replace(tokens, role_claim="realm_access.roles", tenant_claim="org.name")
    token = signed(provider, realm_access={"roles": ["viewer", "admin"]}, org={"name": "acme"})

    assert nested.verify(token) == Caller(tenant="acme", role=Role.ADMIN)


def test_where_id_tokens_are_wanted_access_tokens_are_refused(provider: Provider, tokens: OidcTokens) -> None:
    wants_id = replace(tokens, token_use="id")
    id_token = signed(provider, token_use="id", aud=CLIENT, nonce="n")

    assert wants_id.verify(id_token).tenant == "acme"
    with pytest.raises(Unauthorized):
        wants_id.verify(signed(provider))
    with pytest.raises(Unauthorized):
        wants_id.verify(signed(provider, token_use=None, aud=CLIENT, header={"typ": "at+jwt"}))


def test_keys_are_fetched_once_and_found_by_the_issuers_configuration(provider: Provider, clock: Monotonic) -> None:
    keys = JwksKeys(issuer=provider.issuer, clock=clock)
    tokens = replace(tokens_of(provider, clock), keys=keys)

    for _ in range(3):
        tokens.verify(signed(provider))

    assert provider.asked == ["/.well-known/openid-configuration", "/keys.json"]


def test_a_configuration_of_another_issuer_is_not_believed(provider: Provider, clock: Monotonic) -> None:
    provider.configured_issuer = "https://evil.example"

    with pytest.raises(IdentityUnavailable):
        JwksKeys(issuer=provider.issuer, clock=clock).find("one")


def test_a_new_key_is_found_at_once_and_the_old_one_goes_with_the_set(
    provider: Provider, tokens: OidcTokens, clock: Monotonic
) -> None:
    old = signed(provider)
    tokens.verify(old)
    provider.keys = [rsa_jwk(rsa_key(3), kid="three")]
    clock.now_s += 31

    assert tokens.verify(signed(provider, key=rsa_key(3), header={"kid": "three"})).tenant == "acme"
    with pytest.raises(Unauthorized):
        tokens.verify(old)


def test_a_single_key_serves_tokens_that_name_none(provider: Provider, tokens: OidcTokens) -> None:
    provider.keys = [rsa_jwk(rsa_key(1))]

    assert tokens.verify(signed(provider, header={"kid": None})).tenant == "acme"


def test_unknown_keys_do_not_make_us_ask_at_a_strangers_pace(
    provider: Provider, tokens: OidcTokens, clock: Monotonic
) -> None:
    tokens.verify(signed(provider))
    for number in range(20):
        clock.now_s += 1
        with pytest.raises(Unauthorized):
            tokens.verify(signed(provider, header={"kid": f"unknown-{number}"}))

    assert len(provider.asked) == 1
    clock.now_s += 30
    with pytest.raises(Unauthorized):
        tokens.verify(signed(provider, header={"kid": "unknown"}))
    assert len(provider.asked) == 2


@pytest.mark.parametrize("failure", ["down", "moved", "not JSON", "no keys", "a list", "too large"])
def test_the_last_keys_serve_while_the_provider_fails_and_then_nobody_gets_in(
    provider: Provider, clock: Monotonic, failure: str, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = tokens_of(provider, clock)
    tokens.verify(signed(provider))
    break_provider(provider, failure)

    clock.now_s += KeyTimes().stale_s - 1
    assert tokens.verify(signed(provider)).tenant == "acme"
    assert "Identity provider gave no keys" in caplog.text

    clock.now_s += 2
    with pytest.raises(IdentityUnavailable):
        tokens.verify(signed(provider))


def break_provider(provider: Provider, failure: str) -> None:
    if failure in ("down", "moved"):
        provider.status = 503 if failure == "down" else 302
    provider.body = {
        "not JSON": b"<html>",
        "no keys": b'{"keys": []}',
        "a list": b"[]",
        "too large": b'{"keys": [' + b" " * 200_000 + b"]}",
    }.get(failure)


def test_a_provider_that_comes_back_lets_people_in_again(
    provider: Provider, tokens: OidcTokens, clock: Monotonic
) -> None:
    provider.status = 500
    with pytest.raises(IdentityUnavailable):
        tokens.verify(signed(provider))
    provider.status = 200
    clock.now_s += 31

    assert tokens.verify(signed(provider)).tenant == "acme"


@pytest.mark.parametrize(
    "listed",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "one"},
        rsa_jwk(rsa_key(1), kid="one", use="enc"),
        rsa_jwk(rsa_key(1), kid="one", alg="RS512"),
        rsa_jwk(rsa_key(9, bits=1024), kid="one"),
        {"kty": "RSA", "kid": "one", "n": "!", "e": "AQAB"},
    ],
    ids=["symmetric", "for encryption", "for another algorithm", "too short", "broken"],
)
def test_keys_that_are_not_for_signing_tokens_verify_none(
    provider: Provider, tokens: OidcTokens, listed: dict[str, Any]
) -> None:
    provider.keys = [listed, ec_jwk(ec_key(1), kid="curve")]

    with pytest.raises(Unauthorized):
        tokens.verify(signed(provider))


@pytest.mark.parametrize("url", ["http://login.example", "file:///etc/passwd", "ftp://x", "https://"])
def test_keys_come_only_over_a_safe_way(url: str) -> None:
    with pytest.raises(Invalid, match="LEADMAGNET_OIDC_ISSUER"):
        JwksKeys(issuer=url)


def test_both_kinds_of_token_are_good_where_both_are_set_up(provider: Provider, tokens: OidcTokens) -> None:
    own = HmacTokens(key="a development key of more than 32 bytes")
    either = EitherTokens(provider=tokens, shared_key=own)
    made = own.issue(tenant="dev", role=Role.ADMIN, ttl=timedelta(hours=1), now=datetime.now(UTC))

    assert either.verify(made) == Caller(tenant="dev", role=Role.ADMIN)
    assert either.verify(signed(provider)) == Caller(tenant="acme", role=Role.OPERATOR)
    for token in (with_hmac_over_the_public_key(provider), raw(provider, {"alg": "none"}), "let me in"):
        with pytest.raises(Unauthorized):
            either.verify(token)
