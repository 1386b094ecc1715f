from __future__ import annotations

import pytest
from tests.web.site import Site

from leadmagnet.domain.access import Role


def same_site(site: Site) -> dict[str, str]:
    return {"Origin": site.url}


def test_the_printed_link_signs_in_once_and_never_again(site: Site) -> None:
    link = site.ticket()
    with site.client(None) as first, site.client(None) as second:
        assert first.get(link).headers["location"] == "/"
        assert first.get("/jobs").status_code == 200

        again = second.get(link)
        assert again.status_code == 403
        assert "used already" in again.text
        assert second.get("/jobs").status_code == 303


def test_the_cookie_is_kept_from_scripts_and_other_sites(site: Site) -> None:
    with site.client(None) as http:
        cookie = http.get(site.ticket()).headers["set-cookie"]
        over_tls = http.get(site.ticket(), headers={"Host": "leads.example"}).headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=43200" in cookie
    assert "Secure" not in cookie
    assert "Secure" in over_tls


def test_a_token_signs_in_with_its_own_tenant_and_role(site: Site) -> None:
    with site.client(None) as http:
        form = {"token": f" {site.token(Role.VIEWER, 'other')}\n", "next": "/jobs?status=failed"}
        answer = http.post("/sign-in", data=form, headers=same_site(site))
        assert answer.headers["location"] == "/jobs?status=failed"
        page = http.get("/jobs").text

    assert "other" in page
    assert "viewer" in page
    assert "New job" not in page


@pytest.mark.parametrize(("token", "says"), [("", "Paste a token first"), ("nonsense", "leadmagnet token")])
def test_a_token_that_is_not_good_is_refused_with_what_to_do(site: Site, token: str, says: str) -> None:
    with site.client(None) as http:
        answer = http.post("/sign-in", data={"token": token}, headers=same_site(site))

    assert answer.status_code in (401, 422)
    assert says in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "next_page", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx", "javascript:"]
)
def test_signing_in_never_leads_elsewhere(site: Site, next_page: str) -> None:
    with site.client(None) as http:
        form = {"token": site.token(), "next": next_page}
        assert http.post("/sign-in", data=form, headers=same_site(site)).headers["location"] == "/"


def test_whoever_is_not_signed_in_is_told_how_and_comes_back_to_where_they_were_going(site: Site) -> None:
    with site.client(None) as http:
        answer = http.get("/jobs?status=failed")
        assert answer.headers["location"] == "/sign-in?next=%2Fjobs%3Fstatus%3Dfailed"
        page = http.get(answer.headers["location"]).text
        fragment = http.get("/live/jobs")

    assert "leadmagnet dev" in page
    assert "leadmagnet token" in page
    assert "/jobs?status=failed" in page
    assert (fragment.status_code, fragment.text) == (401, "Sign in again.")


def test_signing_out_ends_the_session_in_this_browser(site: Site) -> None:
    with site.client() as http:
        token = http.get("/jobs").text.partition('name="csrf" content="')[2].partition('"')[0]
        http.post("/sign-out", data={"csrf": token}, headers=same_site(site))
        assert http.get("/jobs").status_code == 303
