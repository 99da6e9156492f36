"""Which addresses may be asked: http and https on the public internet, and hosts allowed by name.

All here is pure: names are resolved by the client, which has every answer checked here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urljoin, urlsplit

import idna

from sco_pipeline.errors import FetchError

_PORTS = {"http": 80, "https": 443}
_LONGEST = 4096
#: Left as they are in a path or query; "%" as what is escaped already is not escaped twice.
_SAFE = "/%:@!$&'()*+,;=~"
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)

# Written out, as `ipaddress` of older Pythons misses some (CVE-2024-4032). From the IANA registries
# of special-purpose addresses.
_NOT_PUBLIC_4 = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a public one by its number: the host of virtual machines at Azure
        "169.254.0.0/16",  # link-local, metadata of cloud machines
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_PUBLIC_6 = ip_network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    ip_network(network)
    for network in (
        "2001::/23",  # protocols, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: may hold any IPv4 address, and has been given up
        "3fff::/20",  # documentation
    )
)
#: IPv6 networks whose last 32 bits are an IPv4 address that is connected to.
_EMBEDDING = (ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"))


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address in parts, in the form in which equal ones look equal.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Lower case, ASCII (IDNA); an IP address without brackets.
        port: Given or the scheme's own.
        target: Path and query, escaped in capitals, without dot segments; no fragment.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: what a robots.txt is valid for."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        """Host, and port unless it is the scheme's own."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}{self.target}"


def read_address(url: str, base: WebAddress | None = None) -> WebAddress:
    """Take an address apart.

    Args:
        url: As found on a page, in a feed or in the header of a redirect.
        base: What it is relative to.

    Raises:
        FetchError: ``blocked_scheme`` or ``blocked_address``; it is none that is ever asked.

    >>> read_address("HTTP://Example.ORG:80/a/../b?q=1#top").url
    'http://example.org/b?q=1'
    >>> read_address("http://0x7f.1/").host
    '127.0.0.1'
    """
    if len(url) > _LONGEST:
        raise _blocked(url, f"is longer than {_LONGEST:,} characters; no page needs that")
    url = url.strip()
    try:
        parts = urlsplit(urljoin(base.url, url) if base else url)
        port = parts.port
    except ValueError as error:
        raise _blocked(url, f"is no address ({error})") from error
    if parts.scheme not in _PORTS:
        raise FetchError("blocked_scheme", _shown(url), "only http and https are fetched")
    if "@" in parts.netloc:
        raise _blocked(url, "holds a name or password; write it without")
    host = _host(parts.hostname or "", url)
    target = quote(_without_dots(parts.path or "/"), safe=_SAFE, errors="replace")
    if parts.query:
        target += f"?{quote(parts.query, safe=_SAFE + '?', errors='replace')}"
    target = _ESCAPE.sub(lambda escape: escape[0].upper(), target)
    return WebAddress(parts.scheme, host, _PORTS[parts.scheme] if port is None else port, target)


def allowed_ports(entry: str) -> frozenset[tuple[str, int]]:
    """Host and ports that an entry of the setting allows by name, as ``host`` or ``host:port``.

    Raises:
        FetchError: It is no host.

    >>> sorted(allowed_ports("LocalHost"))
    [('localhost', 80), ('localhost', 443)]
    >>> sorted(allowed_ports("[::1]:8000"))
    [('::1', 8000)]
    """
    address = read_address(f"http://{entry}/")
    if re.search(r"[/?#]", entry):
        raise _blocked(entry, "is no host; write host or host:port")
    has_port = re.search(r":\d+$", entry) and not entry.endswith("]")
    ports = (address.port,) if has_port else tuple(_PORTS.values())
    return frozenset((address.host, port) for port in ports)


def check_port(address: WebAddress) -> None:
    """Refuse ports at which no public web server is expected.

    Raises:
        FetchError: ``blocked_address``.
    """
    if address.port != _PORTS[address.scheme]:
        raise _blocked(
            address.url,
            f"port {address.port} is not asked, only 80 and 443; allow {address.netloc} by name "
            "in the settings if it is meant",
        )


def check_ip(ip: IPv4Address | IPv6Address, address: WebAddress) -> None:
    """Refuse an IP address that leads to no public web server.

    Raises:
        FetchError: ``blocked_address``.
    """
    if not is_public(ip):
        raise _blocked(
            address.url,
            f"leads to {ip}, which is private or reserved; allow {address.netloc} by name in the "
            "settings if it is meant",
        )


def literal_ip(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host in normal form is, None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether it can be the address of a public server.

    >>> is_public(ip_address("::ffff:10.0.0.1"))
    False
    """
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC_4)
    if ip.scope_id is not None:
        return False
    if any(ip in network for network in _EMBEDDING):
        return is_public(IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip in _PUBLIC_6 and not any(ip in network for network in _NOT_PUBLIC_6)


def _host(name: str, url: str) -> str:
    """Normal form of a host: IP addresses in any notation in their usual one."""
    if not name:
        raise _blocked(url, "names no host")
    if ":" in name:
        try:
            ip = ip_address(name)
        except ValueError as error:
            raise _blocked(url, f"{name} is no IP address") from error
        if isinstance(ip, IPv6Address) and ip.scope_id is not None:
            raise _blocked(url, f"{name} is an address of one network link only")
        return str(ip)
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except UnicodeError as error:
            raise _blocked(url, f"{name!r} is no host name") from error
    name = name.lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return str(_ipv4(labels, url))
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _blocked(url, f"{name!r} is no host name")
    return name


def _ipv4(parts: list[str], url: str) -> IPv4Address:
    """Read one to four numbers, decimal, octal (017) or hexadecimal (0xf), as ``inet_aton`` does.

    The last number fills all the bytes that are left: 127.1 is 127.0.0.1.
    """
    written = ".".join(parts)
    try:
        if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
            raise ValueError
        *heads, last = [_number(part) for part in parts]
        if any(head > 0xFF for head in heads) or last >= 1 << 8 * (4 - len(heads)):
            raise ValueError
    except ValueError as error:
        raise _blocked(url, f"{written} is no host name and no IP address") from error
    return IPv4Address(sum(head << 8 * (3 - at) for at, head in enumerate(heads)) + last)


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if len(text) > 1 and text[0] == "0" else 10)


def _without_dots(path: str) -> str:
    """Resolve "." and ".." in a path (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1:] in (["."], [".."]):
        kept.append("")
    return "/" + "/".join(kept)


def _blocked(url: str, detail: str) -> FetchError:
    return FetchError("blocked_address", _shown(url), _shown(detail))


def _shown(url: str) -> str:
    """What a stranger wrote, fit for one line of a message."""
    cut = url if len(url) <= 200 else f"{url[:200]}..."
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in cut)
