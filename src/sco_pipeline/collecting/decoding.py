"""Unpacks gzip and deflate, and stops as soon as more comes out than is wanted."""

from __future__ import annotations

import zlib

from sco_pipeline.errors import FetchError

#: Names of a content coding -> how the data are wrapped, as zlib counts.
_WRAPPINGS = {"gzip": 31, "x-gzip": 31, "deflate": zlib.MAX_WBITS}
_PLAIN = ("", "identity")
_PIECE = 65_536


class Unpacker:
    """Takes a body piece by piece.

    Args:
        coding: As in Content-Encoding; empty for a body that is not packed.
        limit: Bytes that are kept.
        url: For messages.

    Attributes:
        is_over: Whether there was more than the limit; the rest is neither kept nor unpacked.

    Raises:
        FetchError: ``bad_encoding`` for an unknown coding.
    """

    def __init__(self, coding: str, limit: int, url: str) -> None:
        self.is_over = False
        self._coding = coding.strip().lower()
        self._url = url
        self._limit = self._room = limit
        self._kept = bytearray()
        self._stream: zlib._Decompress | None = None
        if self._coding not in (*_PLAIN, *_WRAPPINGS):
            raise self._bad(f"packed as {self._coding[:40]!r}, which was not asked for")

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            FetchError: ``bad_encoding``.
        """
        if self._coding in _PLAIN:
            self._keep(data)
            return
        while data and not self.is_over:
            if self._stream is None or self._stream.eof:
                self._stream = zlib.decompressobj(self._wrapping(data))
            try:
                # One byte more than there is room for, so that too much is noticed.
                self._keep(self._stream.decompress(data, self._room + 1))
            except zlib.error as error:
                raise self._bad(f"no {self._coding} data ({error})") from error
            data = self._stream.unused_data

    def content(self) -> bytes:
        """All that was kept.

        Raises:
            FetchError: ``bad_encoding`` where the data end in the middle.
        """
        if self._stream is not None and not self._stream.eof and not self.is_over:
            raise self._bad(f"the {self._coding} data end too early")
        return bytes(self._kept)

    def _keep(self, piece: bytes) -> None:
        self.is_over = self.is_over or len(piece) > self._room
        self._kept += piece[: self._room]
        self._room = self._limit - len(self._kept)

    def _wrapping(self, data: bytes) -> int:
        """Some servers send deflate without the wrapping that HTTP asks for."""
        if self._coding == "deflate" and data[0] & 0x0F != 8:
            return -zlib.MAX_WBITS
        return _WRAPPINGS[self._coding]

    def _bad(self, detail: str) -> FetchError:
        return FetchError("bad_encoding", self._url, detail)


def unpacked(content: bytes, coding: str, limit: int, url: str) -> bytes:
    """Unpack a whole file, as a sitemap that is stored packed.

    Args:
        content: Packed.
        coding: ``gzip`` or ``deflate``.
        limit: Bytes that may come out.
        url: For messages.

    Raises:
        FetchError: ``too_large`` or ``bad_encoding``.
    """
    unpacker = Unpacker(coding, limit, url)
    # Piece by piece: what follows one of many small streams is copied each time.
    for start in range(0, len(content), _PIECE):
        unpacker.feed(content[start : start + _PIECE])
    if unpacker.is_over:
        raise FetchError("too_large", url, f"more than {limit:,} bytes when unpacked")
    return unpacker.content()
