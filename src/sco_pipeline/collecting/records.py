"""What the collector's requests leave behind: rows of ``fetches``, and what they brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Purpose: TypeAlias = Literal["robots", "listing", "document"]


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request, as a row of the table ``fetches``; also one that was refused before it was sent.

    Attributes:
        fetch_id: 16 hex digits, of run, source, number, time and address.
        source: Source of ``sources.yaml`` on whose behalf it was made.
        url: Address in its normal form; as given where it has none.
        requested_at: In UTC.
        attempt: 1, and one more for each repetition after a failure.
        status: HTTP status; None without an answer.
        outcome: Code of ``fetch_outcome_labels``.
        location: Where a redirect points, absolute.
        media_type: As the server says, lower case, without parameters.
        bytes: Of the body as received, before it is unpacked; 0 where it was not read.
        sha256: Of the unpacked body, where ``outcome`` is ``ok``.
        etag, last_modified: As the server sent them, to be sent back in the next run.
        retry_after_seconds: What the server asked to wait.
        seconds: From the look-up of the name to the last byte; waits before it left out.
        detail: What went wrong, and what to do where something can be done.
    """

    fetch_id: str
    run_id: str
    source: str
    url: str
    purpose: Purpose
    requested_at: datetime
    attempt: int
    status: int | None
    outcome: str
    location: str | None
    media_type: str | None
    bytes: int
    sha256: str | None
    etag: str | None
    last_modified: str | None
    retry_after_seconds: float | None
    seconds: float
    detail: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A body that came whole and within all limits.

    Attributes:
        fetch_id: Row of ``fetches`` that brought it.
        url: Address asked for, in its normal form.
        final_url: Address that answered, after redirects.
        media_type: As the server says, lower case, without parameters;
            ``application/octet-stream`` where it says nothing.
        charset: As the server says, None where it does not.
        content: Unpacked.
        sha256: Of ``content``.
        fetched_at: In UTC.
    """

    fetch_id: str
    url: str
    final_url: str
    media_type: str
    charset: str | None
    content: bytes
    sha256: str
    etag: str | None
    last_modified: str | None
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing changed since the ``etag`` or ``last_modified`` sent."""

    fetch_id: str
    url: str
    final_url: str
    fetched_at: datetime
