"""Signing in with an account of an identity provider: the way there and back, and every trick on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import jwt
import pytest
from playwright.sync_api import Browser, expect
from tests.api.identity_provider import rsa_key
from tests.conftest import Aws
from tests.web.login_provider import CLIENT, SECRET, Claims, LoginProvider, running_login_provider
from tests.web.site import KEY, Site, running_site

from leadmagnet.adapters.tokens import Discovery
from leadmagnet.domain.errors import IdentityUnavailable, Invalid
from leadmagnet.settings import Settings
from leadmagnet.web.attempt import ATTEMPT_TTL, Attempt, Attempts
from leadmagnet.web.signing import Signer
from leadmagnet.wiring.tokens import build_code_flow

ATTEMPTS = Attempts(signer=Signer(key=KEY))


@pytest.fixture(scope="module")
def running(aws: Aws) -> Iterator[tuple[Site, LoginProvider]]:
    with running_login_provider() as provider:

        def with_provider(settings: Settings, url: str) -> Settings:
            provider.redirect_uri = f"{url}/sign-in/callback"
            return replace(
                settings,
                oidc_issuer=provider.issuer,
                oidc_audience=("the API",),
                oidc_client_id=CLIENT,
                oidc_client_secret=SECRET,
                public_url=url,
            )

        with running_site(aws, change=with_provider) as site:
            yield site, provider


@pytest.fixture
def provider(running: tuple[Site, LoginProvider]) -> Iterator[LoginProvider]:
    found = running[1]
    good = dict(vars(found))
    yield found
    vars(found).clear()
    vars(found).update(good)


@pytest.fixture
def own(running: tuple[Site, LoginProvider]) -> Site:
    return running[0]


@pytest.fixture
def http(own: Site) -> Iterator[httpx2.Client]:
    with own.client(None) as client:
        yield client


def approve(http: httpx2.Client, provider: LoginProvider, then: str = "/jobs", **changes: str) -> str:
    """Begin, and say yes at the provider: the way back, with changes to its query (empty: left out)."""
    there = http.get("/sign-in/provider", params={"next": then})
    assert there.status_code == 303
    back = urlsplit(provider.approved(there.headers["location"]))
    query = {name: value for name, value in (dict(parse_qsl(back.query)) | changes).items() if value}
    return f"{back.path}?{urlencode(query)}"


def test_a_person_signs_in_at_the_provider_and_out_again(chromium: Browser, own: Site, provider: LoginProvider) -> None:
    context = chromium.new_context(base_url=own.url)
    page = context.new_page()
    page.goto("/jobs?status=failed")
    page.get_by_role("link", name="Sign in with your account").click()
    page.get_by_role("link", name="I am Ann").click()
    expect(page).to_have_url(f"{own.url}/jobs?status=failed")
    expect(page.locator(".tenant")).to_have_text("acme operator")
    cookies = {each["name"]: each for each in context.cookies()}
    assert [name for name in cookies if name.endswith("_attempt")] == []

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Back").click()
    expect(page).to_have_url(f"{own.url}/sign-in")
    assert provider.signed_out[-1]["client_id"] == CLIENT
    [(name, cookie)] = cookies.items()
    with own.client(None) as thief:
        assert thief.get("/jobs", headers={"Cookie": f"{name}={cookie['value']}"}).status_code == 303
    context.close()


def test_the_attempt_is_bound_to_the_browser_and_the_session_ends_with_the_token(
    http: httpx2.Client, provider: LoginProvider
) -> None:
    there = http.get("/sign-in/provider?next=/jobs")
    attempt = there.headers["set-cookie"]
    back = http.get(urlsplit(provider.approved(there.headers["location"]))._replace(scheme="", netloc="").geturl())

    assert all(word in attempt for word in ("HttpOnly", "SameSite=lax", "Path=/sign-in", "Max-Age=600"))
    asked = dict(parse_qsl(urlsplit(there.headers["location"]).query))
    assert not any(asked[name] in attempt for name in ("state", "nonce", "code_challenge"))
    assert back.headers["location"] == "/jobs"
    session = next(each for each in back.headers.get_list("set-cookie") if "_attempt" not in each)
    length = int(session.partition("Max-Age=")[2].partition(";")[0])
    assert 0 < length <= 300
    assert http.get("/jobs").status_code == 200


def test_a_secret_goes_into_the_body_where_the_provider_wants_it_there(provider: LoginProvider) -> None:
    provider.more = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    flow = build_code_flow(
        Settings(
            region="x",
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret=SECRET,
            public_url=provider.redirect_uri.removesuffix("/sign-in/callback"),
        ),
        callback="/sign-in/callback",
    )
    assert flow is not None
    attempt = Attempt.begin(then="/", now=datetime.now(UTC))
    url = flow.authorize_url(state="x", nonce=ATTEMPTS.nonce(attempt), challenge=ATTEMPTS.challenge(attempt))
    code = dict(parse_qsl(urlsplit(provider.approved(url)).query))["code"]
    found = flow.redeem(code, verifier=ATTEMPTS.verifier(attempt), nonce=ATTEMPTS.nonce(attempt), issuer=None)
    assert found.caller.tenant == "acme"


def changed(**changes: object) -> Callable[[Claims], Claims]:
    def change(claims: Claims) -> Claims:
        return {name: value for name, value in (claims | changes).items() if value is not None}

    return change


def with_a_shared_key(claims: Claims) -> str:
    return jwt.encode(claims, "a shared secret of thirty-two bytes.", "HS256", headers={"kid": "one"})


TOKENS: dict[str, tuple[dict[str, Any], str]] = {
    "another nonce": ({"change": changed(nonce="other")}, "not for this attempt"),
    "no nonce": ({"change": changed(nonce=None)}, "not for this attempt"),
    "another audience": ({"change": changed(aud="the API")}, "not one that this service accepts"),
    "audiences without a party": ({"change": changed(aud=[CLIENT, "other"])}, "for another application"),
    "another party": ({"change": changed(azp="other")}, "for another application"),
    "another issuer": ({"change": changed(iss="https://evil.example")}, "not one that this service accepts"),
    "expired": ({"change": changed(exp=datetime.now(UTC) - timedelta(hours=1))}, "has expired"),
    "an access token": ({"change": changed(token_use="access")}, "not one that this service accepts"),
    "no algorithm": ({"sign": lambda claims: jwt.encode(claims, "", "none")}, "not one that this service accepts"),
    "a shared key": ({"sign": with_a_shared_key}, "not one that this service accepts"),
    "another key": (
        {"sign": lambda claims: jwt.encode(claims, rsa_key(2), "RS256", headers={"kid": "one"})},
        "not one that this service accepts",
    ),
    "no tenant": ({"change": changed(tenant=None)}, "names no tenant"),
    "no role": ({"change": changed(role="owner")}, "names no known role"),
    "no token": ({"token_answer": (200, b'{"access_token": "x"}')}, "gave no token"),
    "a refused client": ({"token_answer": (401, b'{"error": "invalid_client"}')}, "check the client"),
    "no JSON": ({"token_answer": (200, b"<html>")}, "gave no token"),
    "a way elsewhere": ({"token_answer": (302, b"{}")}, "gave no token"),
}


@pytest.mark.parametrize("name", TOKENS)
def test_no_token_but_a_good_one_of_this_attempt_signs_in(
    http: httpx2.Client, provider: LoginProvider, name: str
) -> None:
    changes, says = TOKENS[name]
    back = approve(http, provider)
    vars(provider).update(changes)
    answer = http.get(back)

    assert (answer.status_code, says in answer.text) == (403, True), answer.text
    assert [each for each in answer.headers.get_list("set-cookie") if "_attempt" not in each] == []
    assert http.get("/jobs").status_code == 303


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": "0" * 64}, "another attempt"),
        ({"state": ""}, "another attempt"),
        ({"state": "é"}, "another attempt"),
        ({"code": ""}, "no usable code"),
        ({"code": "guessed"}, "used already"),
        ({"iss": "https://evil.example"}, "another identity provider"),
        ({"code": "", "error": "access_denied"}, "did not let you in"),
        ({"code": "", "error": "<b>x</b>"}, "&lt;b&gt;x&lt;/b&gt;"),
        ({"code": "", "error": "access_denied", "state": "0"}, "another attempt"),
    ],
)
def test_an_answer_that_is_not_the_providers_to_this_attempt_signs_nobody_in(
    http: httpx2.Client, provider: LoginProvider, changes: dict[str, str], says: str
) -> None:
    answer = http.get(approve(http, provider, **changes))

    assert (answer.status_code, says in answer.text) == (403, True), answer.text
    assert http.get("/jobs").status_code == 303


def test_a_code_signs_in_once_and_in_the_browser_that_asked_for_it(own: Site, provider: LoginProvider) -> None:
    with own.client(None) as ann, own.client(None) as eve:
        back = approve(ann, provider)
        stolen = eve.get(back)
        assert "in another browser" in stolen.text
        code = dict(parse_qsl(urlsplit(back).query))["code"]
        injected = eve.get(approve(eve, provider, code=code))
        assert "used already, or is too old" in injected.text
        assert eve.get("/jobs").status_code == 303

        back = approve(ann, provider)
        assert ann.get(back).headers["location"] == "/jobs"
        again = ann.get(back)
        assert (again.status_code, "begun more than 10 minutes ago" in again.text) == (403, True)
        replayed = ann.get(approve(ann, provider, code=dict(parse_qsl(urlsplit(back).query))["code"]))
        assert "used already" in replayed.text


def test_a_code_of_another_attempt_is_no_good_even_if_the_provider_does_not_check(
    own: Site, provider: LoginProvider
) -> None:
    provider.checks_pkce = False
    with own.client(None) as ann, own.client(None) as eve:
        code = dict(parse_qsl(urlsplit(approve(ann, provider)).query))["code"]
        injected = eve.get(approve(eve, provider, code=code))

    assert (injected.status_code, "not for this attempt" in injected.text) == (403, True)


def test_an_attempt_ends_after_its_time_and_cannot_be_made_up(http: httpx2.Client) -> None:
    began = datetime.now(UTC) - ATTEMPT_TTL - timedelta(seconds=1)
    old = Attempt.begin(then="/jobs", now=began)
    sealed = ATTEMPTS.seal(old)
    other = Attempts(signer=Signer(key="another key of thirty-two bytes.."))
    query = f"code=x&state={ATTEMPTS.state(old)}"
    for cookie in (sealed, other.seal(replace(old, until=datetime.now(UTC) + ATTEMPT_TTL)), "x", "é.é", sealed[:-1]):
        header = f"{ATTEMPTS.cookie_name}={cookie}".encode()
        answer = http.get(f"/sign-in/callback?{query}", headers={b"Cookie": header})
        assert (answer.status_code, "Begin again" in answer.text) == (403, True)
    assert ATTEMPTS.open(sealed, now=began) is not None


@pytest.mark.parametrize("then", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx", "javascript:x"])
def test_signing_in_never_leads_elsewhere(http: httpx2.Client, provider: LoginProvider, then: str) -> None:
    assert http.get(approve(http, provider, then)).headers["location"] == "/"


def test_a_provider_that_names_itself_must_do_so(provider: LoginProvider, aws: Aws) -> None:
    provider.more = {"authorization_response_iss_parameter_supported": True}
    with (
        running_site(
            aws,
            change=lambda settings, _: replace(
                settings,
                oidc_issuer=provider.issuer,
                oidc_audience=("x",),
                oidc_client_id=CLIENT,
                oidc_client_secret=SECRET,
                public_url=provider.redirect_uri.removesuffix("/sign-in/callback"),
            ),
        ) as site,
        site.client(None) as http,
    ):
        assert "another identity provider" in http.get(approve(http, provider)).text
        assert http.get(approve(http, provider, iss=provider.issuer)).status_code == 303


@pytest.mark.parametrize("answer", [(500, b""), (200, b"x" * 200_000)])
def test_a_provider_that_fails_halfway_is_said_to_do_so(
    http: httpx2.Client, provider: LoginProvider, answer: tuple[int, bytes]
) -> None:
    back = approve(http, provider)
    provider.token_answer = answer
    found = http.get(back)
    assert (found.status_code, "does not answer" in found.text) == (503, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"down": True},
        {"more": {"issuer": "https://evil.example"}},
        {"more": {"token_endpoint": "http://evil.example/token"}},
        {"more": {"authorization_endpoint": None}},
    ],
)
def test_without_a_usable_provider_the_page_says_so_and_tokens_still_sign_in(
    aws: Aws, provider: LoginProvider, wrong: dict[str, Any]
) -> None:
    vars(provider).update(wrong)
    changes: dict[str, Any] = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_audience": ("x",),
        "public_url": "x",
    }
    with running_site(aws, change=lambda settings, _: replace(settings, **changes)) as site, site.client(None) as http:
        answer = http.get("/sign-in/provider?next=/jobs")
        form = {"token": site.token(), "next": "/jobs"}
        signed_in = http.post("/sign-in", data=form, headers={"Origin": site.url})

    assert (answer.status_code, "identity provider" in answer.text) == (503, True)
    assert 'value="/jobs"' in answer.text
    assert signed_in.headers["location"] == "/jobs"


def test_a_silent_provider_is_asked_now_and_then_and_its_last_addresses_hold(provider: LoginProvider) -> None:
    time = [0.0]
    discovery = Discovery(issuer=provider.issuer, clock=lambda: time[0])
    provider.down, provider.asked = True, []
    for _ in range(3):
        with pytest.raises(IdentityUnavailable):
            discovery.addresses()
    assert len(provider.asked) == 1

    time[0], provider.down = 11.0, False
    found = discovery.addresses()
    time[0], provider.down = 4_000.0, True
    assert discovery.addresses() == found
    assert discovery.addresses() == found
    assert len(provider.asked) == 3


def test_a_token_that_claims_to_be_good_for_ever_gives_a_session_of_a_day_at_most(
    http: httpx2.Client, provider: LoginProvider
) -> None:
    provider.change = changed(exp=10**15)
    session = http.get(approve(http, provider)).headers.get_list("set-cookie")[0]
    assert "Max-Age=43200" in session


def test_where_no_client_is_named_there_is_no_such_way_in(site: Site) -> None:
    with site.client(None) as http:
        assert "Sign in with your account" not in http.get("/sign-in").text
        assert http.get("/sign-in/provider").status_code == 404
        assert http.get("/sign-in/callback").status_code == 404


@pytest.mark.parametrize("url", ["leads.example", "http://leads.example", "https://leads.example/pages", "https://a b"])
def test_the_public_address_is_checked_at_the_start(url: str) -> None:
    with pytest.raises(Invalid, match="LEADMAGNET_PUBLIC_URL"):
        Settings.from_environment({"LEADMAGNET_PUBLIC_URL": url})
    with pytest.raises(Invalid, match="LEADMAGNET_PUBLIC_URL"):
        build_code_flow(Settings(region="x", oidc_issuer="https://a.example", oidc_client_id="c"), callback="/x")
