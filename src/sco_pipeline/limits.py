"""How much of a stranger's file is read: beyond these limits it is rejected, wholly or in part."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any


def about(
    description: str, low: float = 0, high: float = math.inf, keys: Collection[str] = ()
) -> dict[str, Any]:
    """What is known of a setting, as metadata of its field.

    Args:
        description: What it means.
        low: Least value of the number, or of each number of a mapping.
        high: Largest one.
        keys: What a mapping may be about.
    """
    return {"description": description, "low": low, "high": high, "keys": keys}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one file and what is in it."""

    file_bytes: int = field(
        default=20_000_000,
        metadata=about("Bytes of a document, by itself or in an archive.", low=1),
    )
    archive_bytes: int = field(
        default=200_000_000,
        metadata=about(
            "Bytes of an archive or corpus as it lies there, and of all that is in it, unpacked.",
            low=1,
        ),
    )
    archive_members: int = field(
        default=20_000,
        metadata=about("Files in an archive, or documents in a corpus.", low=1),
    )
    archive_depth: int = field(
        default=3,
        metadata=about(
            "Archives, mails and corpora inside each other: 1 lets none be inside another.", low=1
        ),
    )
    pdf_pages: int = field(default=500, metadata=about("Pages of a PDF.", low=1))
    document_seconds: float = field(
        default=120.0,
        metadata=about("Seconds to read and extract a document, or to unpack an archive.", low=0.1),
    )
    document_memory_mb: int = field(
        default=2048,
        metadata=about(
            "Memory in MB of a process that reads documents, the word lists included. Where the "
            "system has no such limit (Windows, macOS), there is none.",
            low=512,
        ),
    )


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much is asked of a web server, and how much is taken from it."""

    connect_seconds: float = field(
        default=15.0,
        metadata=about("Seconds to connect, and as many for the handshake of TLS.", low=0.1),
    )
    read_seconds: float = field(
        default=30.0, metadata=about("Longest silence of a server, in seconds.", low=0.1)
    )
    response_seconds: float = field(
        default=120.0,
        metadata=about("Seconds for a whole response, however it trickles in.", low=0.1),
    )
    response_bytes: int = field(
        default=20_000_000, metadata=about("Bytes of a body as it comes in.", low=1)
    )
    decoded_bytes: int = field(
        default=20_000_000, metadata=about("Bytes of a body, unpacked.", low=1)
    )
    robots_bytes: int = field(
        default=500_000,
        metadata=about("Bytes of a robots.txt that are heeded; the rest is left out.", low=1),
    )
    redirects: int = field(
        default=5, metadata=about("Redirects that are followed from one address.")
    )
    attempts: int = field(
        default=4,
        metadata=about("Requests for one address while the server or the network fails.", low=1),
    )
    backoff_seconds: float = field(
        default=2.0,
        metadata=about(
            "Seconds of pause after a failure; twice as many after each further one, less up to "
            "half of them by chance."
        ),
    )
    longest_retry_after: float = field(
        default=120.0,
        metadata=about(
            "Longest pause in seconds that a server can ask for (Retry-After). Beyond it, its "
            "addresses are left to the next run."
        ),
    )
    seconds_between_requests: float = field(
        default=3.0, metadata=about("Least pause in seconds between two requests to one host.")
    )
    longest_crawl_delay: float = field(
        default=60.0,
        metadata=about("Longest pause in seconds between requests that robots.txt can ask for."),
    )
    contact: str = field(
        default="",
        metadata=about(
            "Web or mail address sent along, so that who runs a server can write to you."
        ),
    )
    allowed_hosts: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "Hosts, with or without a port, that are asked although they have a private address "
            "or an unusual port."
        ),
    )
    hosts_at_once: int = field(
        default=4,
        metadata=about("Sites asked at the same time; of each one request at a time.", low=1),
    )
