"""What tells copies of a text apart from other texts: its words, a key of them, and a sketch.

A sketch is a sample of a text's runs of words that is drawn alike from every text (bottom-k,
Broder 1997): two texts that share most of their words share most of their samples, however long
they are, so that copies are found by looking samples up instead of comparing every two texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

#: Words of a run.
RUN = 5
#: Runs of a sketch.
SKETCH_SIZE = 64
#: Texts with fewer words have no sketch: a form letter of so many differs by its date alone.
FEWEST_WORDS = 50

# Scripts without blanks between words: each sign counts as one.
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff])")
_SIGNS = re.compile(r"[\u2000-\u206f\u3000-\u303f\uff01-\uff0f\uff1a-\uff20]")
_BLANKS = bytes(code if code >= 128 or chr(code).isalnum() else 32 for code in range(256))
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum())


class Sketch(NamedTuple):
    """A text as far as copies of it go.

    Attributes:
        key: Hash of its words; equal where all words are.
        runs: Hashes of up to ``SKETCH_SIZE`` runs of words, sorted; empty for a short text.
    """

    key: str
    runs: list[int]


def letters_key(folded: str) -> str:
    """Hash of the letters and digits of a folded text."""
    if folded.isascii():
        letters = folded.encode().translate(None, _NO_LETTERS)
    else:
        letters = "".join(filter(str.isalnum, folded)).encode()
    return sha256(letters).hexdigest()


def words_of(folded: str) -> list[bytes]:
    r"""The words of a folded text, whatever stands between them.

    >>> words_of('the "co-operation" of 会议')
    [b'the', b'co', b'operation', b'of', b'\xe4\xbc\x9a', b'\xe8\xae\xae']
    """
    if not folded.isascii():
        folded = _UNSPACED.sub(r" \1 ", _SIGNS.sub(" ", folded))
    return folded.encode("utf-8", "surrogatepass").translate(_BLANKS).split()


def sketch(sentences: Iterable[str]) -> Sketch:
    """Sketch a text.

    Args:
        sentences: What it says, folded: page furniture left out.
    """
    words = words_of(" ".join(sentences))
    key = sha256(b" ".join(words)).hexdigest()
    if len(words) < FEWEST_WORDS:
        return Sketch(key, [])
    shifted = (words[start:] for start in range(RUN))
    # CRC-32 is the same on every machine and costs less than joining the words.
    runs = set(map(crc32, map(b" ".join, zip(*shifted, strict=False))))
    return Sketch(key, sorted(runs)[:SKETCH_SIZE])
