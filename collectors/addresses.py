"""Which address may be asked for data: the URL before a request, the numbers behind a name at connection time.

Pure. A source reaches the hosts it declares and nothing else; and whatever its name resolves to must be a
public address or lie in a network that is declared. Refuses to repair a strange URL. A newly known range
that leads inward goes into ``_INWARD``.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from collectors.failure import Failure, both
from models.words import mark

Network = IPv4Network | IPv6Network

_PORTS = {"http": 80, "https": 443}

#: Ranges that lead inward or nowhere and that ``is_global`` of this Python calls public, or may one day:
#: carrier-grade NAT (a cloud's metadata service lives there), benchmarks, 6to4 and its relays, Teredo,
#: NAT64, IPv4 inside IPv6, unique local and site local addresses, documentation.
_INWARD = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8 100.64.0.0/10 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 "
        "203.0.113.0/24 240.0.0.0/4 ::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 "
        "2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fec0::/10"
    ).split()
)

#: Where clouds hand out credentials to whoever asks from inside: not to be declared either.
_METADATA = tuple(ip_address(a) for a in ("169.254.169.254", "100.100.100.200", "fd00:ec2::254"))

#: The widest networks that may be declared, in bits, by IP version.
WIDEST = {4: 8, 6: 7}


@dataclass(frozen=True)
class Reach:
    """What a source may be asked at. ``hosts``: ``host`` (ports 80 and 443) or ``host:port``, in lower case.

    ``networks``: private networks that its names may resolve into. ``plain``: http is declared, not only https.
    """

    hosts: tuple[str, ...]
    networks: tuple[Network, ...] = ()
    plain: bool = False


def url_refused(url: str, reach: Reach) -> Failure | None:
    """Why this URL may not be asked; None where it may."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return Failure("H-URL", {"what": both(mark("it is no address"))})
    return _scheme_refused(parts, reach) or _place_refused(parts, port, reach)


def _scheme_refused(parts: SplitResult, reach: Reach) -> Failure | None:
    if parts.scheme not in _PORTS:
        return Failure(
            "H-URL", {"what": both(mark("“{found}” is neither https nor http"), found=parts.scheme)}
        )
    if parts.scheme == "http" and not reach.plain:
        return Failure("H-URL", {"what": both(mark("http is not declared for this source"))})
    return None


def _place_refused(parts: SplitResult, port: int, reach: Reach) -> Failure | None:
    host = (parts.hostname or "").rstrip(".")
    if not host:
        return Failure("H-URL", {"what": both(mark("it names no host"))})
    if port not in {80, 443, *(_port(declared) for declared in reach.hosts)}:
        return Failure("H-URL", {"what": both(mark("port {found} is not declared"), found=port)})
    if not declared(host, port, reach):
        return Failure("H-BLOCKED", {"found": host})
    if parts.username is not None or parts.password is not None:
        return Failure("H-URL", {"what": both(mark("a name or password stands in it"))})
    return None


def declared(host: str, port: int, reach: Reach) -> bool:
    """Is this host with this port among the declared ones?"""
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" in reach.hosts or (name in reach.hosts and port in (80, 443))


def host_of(url: str) -> str:
    """The declared form of a URL's host: with its port where that is not the scheme's own."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    name = f"[{host}]" if ":" in host else host
    return name if parts.port in (None, _PORTS.get(parts.scheme)) else f"{name}:{parts.port}"


def _port(host: str) -> int | None:
    tail = host.rsplit("]", 1)[-1].rpartition(":")[2] if ":" in host.rsplit("]", 1)[-1] else ""
    return int(tail) if tail.isdecimal() else None


def address_refused(text: str, networks: tuple[Network, ...]) -> bool:
    """May this address not be connected to? True for anything that is no address."""
    try:
        address = ip_address(text.split("%", 1)[0])
    except ValueError:
        return True
    if address in _METADATA:
        return True
    if any(address in network for network in networks if network.version == address.version):
        return False
    inward = any(address in network for network in _INWARD if network.version == address.version)
    return inward or not address.is_global or address.is_multicast or address.is_reserved
