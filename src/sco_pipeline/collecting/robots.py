"""robots.txt: what a site allows us (RFC 9309), and how fast."""

from __future__ import annotations

import re
from dataclasses import dataclass

from protego import Protego

from sco_pipeline.collecting.addresses import WebAddress

#: Name by which a robots.txt can address this product.
PRODUCT = "sco-pipeline"

_USER_AGENT = re.compile(r"\s*user[-\s]*agent[\s:]+([^#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Robots:
    """What one robots.txt says to us.

    Attributes:
        delay: Seconds it asks for between two requests; 0 where it says nothing.
        sitemaps: Addresses as written.
    """

    delay: float
    sitemaps: tuple[str, ...]
    _rules: Protego

    def allows(self, address: WebAddress) -> bool:
        return self._rules.can_fetch(address.url, PRODUCT)


def read_robots(content: bytes) -> Robots:
    r"""Read a robots.txt; lines that make no sense are skipped.

    Request-rate is heeded at all hours, whatever hours it names.

    >>> robots = read_robots(b"User-agent: *\nDisallow: /private\nCrawl-delay: 5")
    >>> robots.delay
    5.0
    """
    lines = content.decode("utf-8-sig", "replace").splitlines()
    rules = Protego.parse("\n".join(map(_with_few_names, lines)))
    rate = rules.request_rate(PRODUCT)
    return Robots(
        delay=max(rules.crawl_delay(PRODUCT) or 0.0, rate.seconds / rate.requests if rate else 0.0),
        sitemaps=tuple(rules.sitemaps),
        _rules=rules,
    )


def _with_few_names(line: str) -> str:
    """Give all robots but us one name.

    Protego keeps every rule once for every name above it: a file of half a megabyte with ten
    thousand names above ten thousand rules would fill the memory.
    """
    if (found := _USER_AGENT.match(line)) is None:
        return line
    # Only the product counts in "sco-pipeline/0.3".
    name = found[1].replace("*", "").partition("/")[0].strip().lower()
    if not PRODUCT.startswith(name):
        name = "other"
    return f"User-agent: {name}" if name else line
