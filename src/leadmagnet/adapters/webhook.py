"""Posts JSON to receivers outside, and to nobody inside."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx2
import orjson

from leadmagnet.adapters.public_address import is_metadata, is_public
from leadmagnet.adapters.webhook_signature import HEADER, signature
from leadmagnet.domain.errors import WebhookFailed, WebhookUnavailable

_WHAT_TO_DO = "Use a public https address, or add the host to LEADMAGNET_WEBHOOK_HOSTS."

#: Statuses below 500 of a receiver that may take the same later: timeout, too early, too many requests.
_LATER = (408, 425, 429)

#: Finds the addresses of a host; OSError if it has none.
Resolve = Callable[[str], Sequence[str]]


def addresses_of(host: str) -> Sequence[str]:
    """What this machine's resolver says, in the order in which it would be tried."""
    return [str(sockaddr[0]) for *_, sockaddr in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


class HttpWebhook:
    """A WebhookSender that cannot be led to machines of ours.

    The host is resolved once, each of its addresses must be public, and the connection goes to exactly such
    an address, so a name that changes its mind meanwhile (DNS rebinding) gains nothing. Redirects are
    not followed, proxies of the environment not used. Receivers speak https.

    `allowed_hosts` are names or addresses, as URLs spell them, that may also be private and speak plain
    http, for a laptop or a network of one's own; a cloud's metadata address is refused even then.

    `resolve` replaces the machine's resolver, `tls` its trusted authorities.

    With a `secret` each post carries a signature (`webhook_signature.py`), dated by `clock`.

    `timeout_s` is for everything from resolving to the answer's last byte; of the answer no more than
    `max_answer_bytes` is read (its status alone counts), compressed or not.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 10.0,
        max_answer_bytes: int = 65_536,
        allowed_hosts: Collection[str] = (),
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        secret: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._timeout_s = timeout_s
        self._max_answer_bytes = max_answer_bytes
        self._secret = secret
        self._clock = clock
        self._resolve = resolve or addresses_of
        self._verify = tls or True
        self._allowed_hosts = frozenset(host.strip("[]").lower() for host in allowed_hosts)

    def post(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> int:
        """The HTTP status of the answer, 200 to 299.

        WebhookUnavailable if the same may be taken later; WebhookFailed for anything else.
        """
        target = self._checked(url)
        host = target.host
        content = orjson.dumps(body)
        if self._secret is not None:
            headers = {**headers, HEADER: signature(self._secret, content, at=self._clock())}
        try:
            status = asyncio.run(self._exchange(target, content, headers))
        except TimeoutError as exc:
            raise WebhookUnavailable(
                f"The webhook's receiver did not answer completely within {self._timeout_s:g} s; "
                "let it answer first and work afterwards.",
                host=host,
            ) from exc
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as exc:
            raise WebhookUnavailable(
                f"The webhook's receiver could not be reached ({_reason(exc)}); check its address, and that it runs.",
                host=host,
            ) from exc
        if not 200 <= status < 300:
            refusal = WebhookUnavailable if status in _LATER or status >= 500 else WebhookFailed
            raise refusal(_refused(status), host=host, status=status)
        return status

    def _checked(self, url: str) -> httpx2.URL:
        """`url` taken apart; WebhookFailed, which does not quote it (it may hold a secret), if unusable."""
        try:
            target = httpx2.URL(url)
        except (httpx2.InvalidURL, UnicodeError, ValueError, TypeError) as exc:
            raise WebhookFailed(f"The webhook's address is not a URL. {_WHAT_TO_DO}") from exc
        if not target.host or target.scheme not in ("http", "https"):
            raise WebhookFailed(f"The webhook's address must begin with https:// and a host. {_WHAT_TO_DO}")
        if target.userinfo:
            raise WebhookFailed(
                "The webhook's address holds a user name or password; send them in a header instead.",
                host=target.host,
            )
        if target.scheme == "http" and not self._is_allowed(target.host):
            raise WebhookFailed(f"The webhook's address is not https. {_WHAT_TO_DO}", host=target.host)
        return target

    def _is_allowed(self, host: str) -> bool:
        return host.lower() in self._allowed_hosts

    async def _exchange(self, target: httpx2.URL, content: bytes, headers: Mapping[str, str]) -> int:
        # Asynchronous because a deadline over the whole exchange exists only there: a client's own timeouts
        # begin again with every byte that a slow receiver lets drop.
        async with asyncio.timeout(self._timeout_s):
            addresses = await self._resolved(target)
            async with httpx2.AsyncClient(
                trust_env=False, follow_redirects=False, timeout=self._timeout_s, verify=self._verify
            ) as client:
                for address in addresses[:-1]:
                    try:
                        return await self._post_to(address, target, content, headers, client)
                    except httpx2.ConnectError:
                        continue  # nothing was sent: the next address may be of a family that works here
                return await self._post_to(addresses[-1], target, content, headers, client)

    async def _resolved(self, target: httpx2.URL) -> list[str]:
        """The host's addresses, once each; WebhookFailed if one of them may not be posted to."""
        found = await asyncio.to_thread(self._resolve, target.raw_host.decode("ascii"))
        addresses = list(dict.fromkeys(found))
        allowed = self._is_allowed(target.host)
        for address in addresses:
            if is_metadata(address) or not (allowed or is_public(address)):
                raise WebhookFailed(
                    f"The webhook's host leads to an address that is not public. {_WHAT_TO_DO}",
                    host=target.host,
                    address=address,
                )
        return addresses

    async def _post_to(
        self,
        address: str,
        target: httpx2.URL,
        content: bytes,
        headers: Mapping[str, str],
        client: httpx2.AsyncClient,
    ) -> int:
        sent = {
            **headers,
            "content-type": "application/json",
            "host": target.netloc.decode("ascii"),
            # A compressed answer could be small on the wire and endless once unpacked.
            "accept-encoding": "identity",
        }
        async with client.stream(
            "POST",
            target.copy_with(host=address),
            content=content,
            headers=sent,
            # The certificate must be the named host's, not the address's.
            extensions={"sni_hostname": target.raw_host.decode("ascii")},
        ) as answer:
            read = 0
            async for chunk in answer.aiter_raw():
                read += len(chunk)
                if read >= self._max_answer_bytes:
                    break
            return answer.status_code


def _refused(status: int) -> str:
    if 300 <= status < 400:
        return f"The webhook's receiver redirects ({status}), which is not followed; give its final address."
    return f"The webhook's receiver refused with HTTP {status}; see its log, correct it, and run the job again."


def _reason(exc: BaseException) -> str:
    return str(exc).strip() or type(exc).__name__
