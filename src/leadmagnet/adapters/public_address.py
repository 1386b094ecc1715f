"""Tells public addresses from all others, in every spelling that a resolver gives."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

IPAddress = IPv4Address | IPv6Address

#: Unicast addresses that are routed in public (RFC 4291); everything else in IPv6 is local or reserved.
_GLOBAL_V6 = IPv6Network("2000::/3")

#: Inside 2000::/3 but leading elsewhere. 6to4 and Teredo wrap an IPv4 address that a relay unwraps.
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # IETF assignments: Teredo, benchmarking, ORCHID (RFC 2928)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2002::/16",  # 6to4 (RFC 3056, deprecated by RFC 7526)
        "3fff::/20",  # documentation (RFC 9637)
    )
)

#: What DNS64 answers for hosts that have IPv4 only (RFC 6052): as public as the IPv4 address within.
_NAT64 = IPv6Network("64:ff9b::/96")

#: Where clouds give credentials to machines. Refused even for hosts that the operator allows by name.
_METADATA = tuple(
    ip_network(net)
    for net in (
        "169.254.0.0/16",  # AWS, Google, Azure and others; tasks' and pods' credentials on AWS
        "100.100.100.200/32",  # Alibaba
        "168.63.129.16/32",  # Azure: a public address
        "192.0.0.192/32",  # Oracle
        "fd00:ec2::/32",  # AWS
        "fd20:ce::/64",  # Google
        "fd00:42::/64",  # Scaleway
    )
)

#: Special to IANA (RFC 6890), though `is_global` says otherwise of them in some versions of Python.
_NOT_PUBLIC_V4 = tuple(ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24"))


def is_public(address: str) -> bool:
    """Whether anybody on the internet would reach the same machine at this address."""
    ip = _plain(address)
    if _in(ip, _METADATA) or ip.is_multicast:
        return False
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_reserved and not _in(ip, _NOT_PUBLIC_V4)
    return ip in _GLOBAL_V6 and not _in(ip, _NOT_PUBLIC_V6) and ip.is_global


def is_metadata(address: str) -> bool:
    """Whether a cloud may hand out a machine's credentials at this address."""
    return _in(_plain(address), _METADATA)


def _plain(address: str) -> IPAddress:
    """The address itself, or the IPv4 address that a v4-mapped or NAT64 address stands for."""
    ip = ip_address(address)
    if isinstance(ip, IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in _NAT64:
        return IPv4Address(ip.packed[12:])
    return ip


def _in(ip: IPAddress, networks: tuple[object, ...]) -> bool:
    return any(ip in net for net in networks)  # type: ignore[operator]
