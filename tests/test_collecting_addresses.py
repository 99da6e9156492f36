"""Which addresses are asked, and in what form they are compared."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.collecting.addresses import (
    allowed_ports,
    check_ip,
    check_port,
    is_public,
    literal_ip,
    read_address,
)
from sco_pipeline.errors import FetchError

PRIVATE = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
    "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4",
    "240.0.0.0/4",
]  # fmt: skip
PRIVATE_6 = [
    "::/96", "::1/128", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "2001:db8::/32",
    "2001::/32",
]  # fmt: skip


def refused(url: str) -> str | None:
    """Outcome with which an address is refused before any name is looked up."""
    try:
        address = read_address(url)
        check_port(address)
        if (ip := literal_ip(address.host)) is not None:
            check_ip(ip, address)
    except FetchError as error:
        return error.outcome
    return None


def addresses(networks: list[str]) -> st.SearchStrategy[int]:
    return st.sampled_from(networks).flatmap(
        lambda text: st.integers(
            int(ip_network(text)[0]), int(ip_network(text)[-1])
        )
    )  # fmt: skip


def notations(number: int) -> list[str]:
    """An IPv4 address as ``inet_aton`` reads it too."""
    parts = [number >> shift & 255 for shift in (24, 16, 8, 0)]
    one, two, three = number, number & 0xFFFFFF, number & 0xFFFF
    return [
        ".".join(map(str, parts)),
        ".".join(map(str, parts)) + ".",
        f"{one}", f"{one:#x}", f"0{one:o}",
        f"{parts[0]}.{two}", f"{parts[0]:#x}.{two:#X}",
        f"{parts[0]}.{parts[1]}.{three}", f"0{parts[0]:o}.0{parts[1]:o}.{three:#x}",
        ".".join(f"{part:#x}" for part in parts), ".".join(f"0{part:03o}" for part in parts),
        ".".join(map(str, parts)).translate(str.maketrans("0123456789.", "０１２３４５６７８９。")),
        f"[::ffff:{IPv4Address(number)}]", f"[64:ff9b::{IPv4Address(number)}]",
        f"[::ffff:{number >> 16:x}:{three:x}]", f"[::{IPv4Address(number)}]",
        f"[2002:{number >> 16:x}:{three:x}::1]",
    ]  # fmt: skip


@given(number=addresses(PRIVATE), data=st.data())
def test_private_address_is_refused_in_any_notation(number: int, data: st.DataObject) -> None:
    host = data.draw(st.sampled_from(notations(number)))
    assert refused(f"http://{host}/") == "blocked_address"


@given(number=addresses(PRIVATE_6), is_long=st.booleans())
def test_private_ipv6_address_is_refused(number: int, is_long: bool) -> None:
    ip = IPv6Address(number)
    assert refused(f"https://[{ip.exploded if is_long else ip}]/") == "blocked_address"


@given(st.ip_addresses())
def test_what_python_knows_as_private_is_never_public(ip: IPv4Address | IPv6Address) -> None:
    known = (ip.ipv4_mapped if isinstance(ip, IPv6Address) else None) or ip
    assert not is_public(ip) or (known.is_global and not known.is_multicast)


@given(st.text(max_size=80) | st.from_regex(r"https?://\S{1,60}", fullmatch=True))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = read_address(text)
    except FetchError as error:
        refusal = error
    else:
        assert address.url.isascii()
        assert address.url.isprintable()
        assert " " not in address.url
        assert read_address(address.url) == address
        return
    assert refusal.outcome in ("blocked_scheme", "blocked_address")
    assert str(refusal).isprintable()


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/",
        "http://1.1.1.1/",
        "https://[2606:4700::1111]/",
        "http://[64:ff9b::101:101]/",
        "https://example.org:443/",
    ],
)
def test_public_address_is_asked(url: str) -> None:
    assert refused(url) is None


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("file:///etc/passwd", "blocked_scheme"),
        ("ftp://example.org/", "blocked_scheme"),
        ("gopher://example.org:70/_x", "blocked_scheme"),
        ("javascript:alert(1)", "blocked_scheme"),
        ("data:text/html,x", "blocked_scheme"),
        ("/relative", "blocked_scheme"),
        ("", "blocked_scheme"),
        ("http://", "blocked_address"),
        ("http:///path", "blocked_address"),
        ("http://user:secret@example.org/", "blocked_address"),
        ("http://example.org@127.0.0.1/", "blocked_address"),
        ("http://example.org\\@127.0.0.1/", "blocked_address"),
        ("http://example.org:22/", "blocked_address"),
        ("http://example.org:0/", "blocked_address"),
        ("http://example.org:443/", "blocked_address"),
        ("http://example.org:99999/", "blocked_address"),
        ("http://[fe80::1%25eth0]/", "blocked_address"),
        ("http://[fe80::1%eth0]/", "blocked_address"),
        ("http://[::1/", "blocked_address"),
        ("http://1.2.3.4.5/", "blocked_address"),
        ("http://1.2.3.256/", "blocked_address"),
        ("http://09.1.1.1/", "blocked_address"),
        ("http://example.0x/", "blocked_address"),
        ("http://exa mple.org/", "blocked_address"),
        ("http://exam\x00ple.org/", "blocked_address"),
        ("http://%31%32%37.0.0.1/", "blocked_address"),
        ("http://-example.org/", "blocked_address"),
        ("http://example..org/", "blocked_address"),
        ("http://" + "a" * 64 + ".org/", "blocked_address"),
        ("http://example.org/" + "a" * 5000, "blocked_address"),
    ],
)
def test_address_is_refused(url: str, outcome: str) -> None:
    assert refused(url) == outcome


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        (" http://example.org:80/a#b ", "http://example.org/a"),
        ("https://example.org:443?q=1", "https://example.org/?q=1"),
        ("https://example.org./a", "https://example.org/a"),
        ("http://example.org/a/./b/../c/..", "http://example.org/a/"),
        ("http://example.org/../../a//b", "http://example.org/a//b"),
        ("http://example.org/a b?c d=ü&e=%20", "http://example.org/a%20b?c%20d=%C3%BC&e=%20"),
        ("http://example.org/%d1%88?q=%d1%88%zz", "http://example.org/%D1%88?q=%D1%88%zz"),
        ("https://Шос.РФ/ru", "https://xn--n1agt.xn--p1ai/ru"),
        ("http://[2606:4700:0::1111]/", "http://[2606:4700::1111]/"),
    ],
)
def test_equal_addresses_look_equal(url: str, normal: str) -> None:
    assert read_address(url).url == normal


def test_relative_address_is_read_from_its_page() -> None:
    base = read_address("https://example.org/news/list?page=2")
    assert read_address("../docs/1.pdf", base).url == "https://example.org/docs/1.pdf"
    assert read_address("//other.org/x", base).url == "https://other.org/x"


def test_address_of_one_link_is_not_public() -> None:
    assert not is_public(ip_address("2606:4700::1111%eth0"))


@pytest.mark.parametrize("entry", ["", "host/path", "user@host", "host:port", "a b", "http://host"])
def test_allowed_host_is_checked(entry: str) -> None:
    with pytest.raises(FetchError):
        allowed_ports(entry)


def test_allowed_host_takes_any_notation() -> None:
    assert allowed_ports("2130706433:8080") == {("127.0.0.1", 8080)}
    assert allowed_ports("[0:0::1]") == {("::1", 80), ("::1", 443)}
    assert ip_address("::1") == literal_ip("::1")
