from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.adapters.addresses.listed import listed
from tests.adapters.certificate import certified
from tests.webhook_receiver import WebhookReceiver

from leadmagnet.adapters.webhook import HttpWebhook, Resolve
from leadmagnet.adapters.webhook_signature import signature
from leadmagnet.domain.errors import WebhookFailed, WebhookUnavailable

LOOPBACK = ("127.0.0.1",)


def to_loopback(*, timeout_s: float = 10, max_answer_bytes: int = 1_000) -> HttpWebhook:
    return HttpWebhook(timeout_s=timeout_s, max_answer_bytes=max_answer_bytes, allowed_hosts=LOOPBACK)


@pytest.mark.parametrize("host", listed("inside"))
def test_no_spelling_of_an_address_inside_is_posted_to(host: str) -> None:
    with pytest.raises(
        WebhookFailed, match=r"not public\. Use a public https address, or add the host to LEADMAGNET_WEBHOOK_HOSTS"
    ):
        HttpWebhook().post(f"https://{host}/hook", {}, {})


@pytest.mark.parametrize("url", ["", "https://a b/", *listed("no_receiver")])
def test_what_is_no_address_of_a_receiver_is_refused(url: str) -> None:
    with pytest.raises(WebhookFailed):
        HttpWebhook().post(url, {}, {})


def test_plain_http_is_refused_unless_the_host_is_allowed() -> None:
    with pytest.raises(WebhookFailed, match="not https"):
        HttpWebhook().post("http://example.com/hook", {}, {})


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(WebhookFailed, match="send them in a header") as failed:
        HttpWebhook().post("https://user:hunter2@example.com/hook", {}, {})
    assert "hunter2" not in str(failed.value)


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]"])
def test_a_metadata_address_is_refused_even_if_it_is_allowed_by_name(host: str) -> None:
    with pytest.raises(WebhookFailed, match="not public"):
        HttpWebhook(allowed_hosts=[host]).post(f"http://{host}/latest/meta-data/", {}, {})


def test_an_allowed_host_does_not_open_its_other_spellings() -> None:
    with WebhookReceiver() as receiver, pytest.raises(WebhookFailed):
        to_loopback().post(f"https://127.1:{receiver.port}/hook", {}, {})
    assert receiver.requests == []


def test_the_body_arrives_as_json_with_the_callers_headers() -> None:
    with WebhookReceiver() as receiver:
        status = to_loopback().post(
            f"{receiver.url}?key=1", {"job_id": "j", "title": "Grüße"}, {"Idempotency-Key": "j-3-1", "X-Own": "yes"}
        )
    start, headers, body = receiver.requests[0]
    assert status == 204
    assert start == "POST /hook?key=1 HTTP/1.1"
    assert body == {"job_id": "j", "title": "Grüße"}
    assert (headers["idempotency-key"], headers["x-own"], headers["content-type"]) == (
        "j-3-1",
        "yes",
        "application/json",
    )
    assert headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (301, "redirects"),
        (302, "redirects"),
        (307, "redirects"),
        (400, "HTTP 400"),
        (404, "HTTP 404"),
        (500, "HTTP 500"),
    ],
)
def test_any_other_status_is_a_failure_that_names_it(status: int, message: str) -> None:
    location = b"Location: http://169.254.169.254/\r\n"
    answer = b"HTTP/1.1 %d No\r\n%sContent-Length: 6\r\n\r\nsecret" % (status, location)
    with WebhookReceiver(answer) as receiver, pytest.raises(WebhookFailed, match=message) as failed:
        to_loopback().post(receiver.url, {}, {})
    assert failed.value.facts == {"host": "127.0.0.1", "status": status}
    assert failed.value.transient is (status >= 500)
    assert "secret" not in str(failed.value)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503])
def test_a_receiver_that_is_not_well_may_be_tried_again(status: int) -> None:
    answer = b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status
    with WebhookReceiver(answer) as receiver, pytest.raises(WebhookUnavailable):
        to_loopback().post(receiver.url, {}, {})


def test_a_post_is_signed_over_its_time_and_body_where_there_is_a_secret() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    with WebhookReceiver() as receiver:
        HttpWebhook(allowed_hosts=LOOPBACK, secret="s3cret", clock=lambda: at).post(receiver.url, {"a": 1}, {})
        to_loopback().post(receiver.url, {}, {})
    (_, signed, _), (_, unsigned, _) = receiver.requests
    assert signed["leadmagnet-signature"] == signature("s3cret", b'{"a":1}', at=at)
    assert "leadmagnet-signature" not in unsigned


def test_of_an_endless_answer_only_the_status_counts() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 2_000
    with WebhookReceiver(endless, hang=True) as receiver:
        assert to_loopback(max_answer_bytes=1_000).post(receiver.url, {}, {}) == 200


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nX-Slow", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"]
)
def test_a_receiver_that_never_finishes_fails_at_the_deadline(answer: bytes) -> None:
    late = r"did not answer completely within 0\.2 s"
    with WebhookReceiver(answer, hang=True) as receiver, pytest.raises(WebhookFailed, match=late):
        to_loopback(timeout_s=0.2).post(receiver.url, {}, {})


@pytest.mark.parametrize(
    "answer", [b"", b"not HTTP at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
)
def test_a_broken_answer_is_a_failure(answer: bytes) -> None:
    with WebhookReceiver(answer) as receiver, pytest.raises(WebhookFailed, match="could not be reached"):
        to_loopback().post(receiver.url, {}, {})


def test_a_receiver_that_nobody_runs_is_a_failure() -> None:
    with WebhookReceiver() as gone:
        url = gone.url
    with pytest.raises(WebhookFailed, match="check its address"):
        to_loopback().post(url, {}, {})


def test_a_header_cannot_smuggle_in_another_one() -> None:
    with WebhookReceiver() as receiver, pytest.raises(WebhookFailed):
        to_loopback().post(receiver.url, {}, {"X-Own": "a\r\nHost: inside"})
    assert receiver.requests == []


def resolving(*answers: list[str]) -> Resolve:
    """A resolver that changes its mind: each call has the next answer, the last one repeats."""
    left = list(answers)

    def resolve(_: str) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


def test_one_inside_address_among_public_ones_is_enough_to_refuse() -> None:
    sender = HttpWebhook(resolve=resolving(["8.8.8.8", "10.0.0.1"]))
    with pytest.raises(WebhookFailed, match="not public") as failed:
        sender.post("https://hooks.example.com/", {}, {})
    assert failed.value.facts["address"] == "10.0.0.1"


def test_a_name_that_leads_inside_is_refused() -> None:
    with pytest.raises(WebhookFailed, match="not public"):
        HttpWebhook(resolve=resolving(["::ffff:192.168.0.7"])).post("https://192-168-0-7.example.com/", {}, {})


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    # The name is known to nobody else, and a second question would be answered with a metadata address.
    resolve = resolving(["127.0.0.1"], ["169.254.169.254"])
    with WebhookReceiver() as receiver:
        sender = HttpWebhook(allowed_hosts=["hooks.example.invalid"], resolve=resolve)
        assert sender.post(f"http://hooks.example.invalid:{receiver.port}/hook", {}, {}) == 204
    assert receiver.requests[0][1]["host"] == f"hooks.example.invalid:{receiver.port}"


def post_over_tls(folder: Path, *, certified_for: str) -> int:
    """Post to hooks.example.invalid, which leads to a receiver with a certificate for that name."""
    server, client = certified(certified_for, folder)
    with WebhookReceiver(tls=server) as receiver:
        sender = HttpWebhook(allowed_hosts=["hooks.example.invalid"], resolve=resolving(["127.0.0.1"]), tls=client)
        return sender.post(f"https://hooks.example.invalid:{receiver.port}/hook", {}, {})


def test_the_certificate_is_checked_for_the_hosts_name_though_its_address_is_dialled(tmp_path: Path) -> None:
    assert post_over_tls(tmp_path, certified_for="hooks.example.invalid") == 204


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WebhookFailed, match="certificate"):
        post_over_tls(tmp_path, certified_for="other.example.invalid")


def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    server, _ = certified("hooks.example.invalid", tmp_path)
    sender = HttpWebhook(allowed_hosts=["hooks.example.invalid"], resolve=resolving(["127.0.0.1"]))
    with WebhookReceiver(tls=server) as receiver, pytest.raises(WebhookFailed, match="certificate"):
        sender.post(f"https://hooks.example.invalid:{receiver.port}/hook", {}, {})


def test_the_next_address_is_tried_where_the_first_is_not_served() -> None:
    with WebhookReceiver() as receiver:
        sender = HttpWebhook(allowed_hosts=["two.example.com"], resolve=resolving(["127.0.0.2", "127.0.0.1"]))
        assert sender.post(f"http://two.example.com:{receiver.port}/hook", {}, {}) == 204
