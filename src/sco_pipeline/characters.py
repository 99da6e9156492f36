"""Bytes -> characters: decoding, and repair of what was damaged on the way."""

from __future__ import annotations

import html
import re
import unicodedata

import charset_normalizer
import ftfy
from ftfy import fixes

from sco_pipeline.errors import RawFileError

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
#: Encodings in which texts of this field were published, so that rare twins are not guessed.
_LEGACY_ENCODINGS = [
    "cp1251", "koi8_r", "cp866", "iso8859_5", "cp1252", "cp1250", "cp1254", "cp1256",
    "gb18030", "big5", "shift_jis", "euc_kr",
]  # fmt: skip
_UTF_16_32_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
#: First bytes among which zeros are counted.
_SAMPLE = 8192
_REPLACEMENT = "\ufffd"
#: UTF-8 with one broken character in so many that are whole is UTF-8 cut off somewhere.
_RARE = 20
# Accents, quotes and dashes in UTF-8: hardly anything else in another encoding
_WESTERN_UTF_8 = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x90-\xbf]")
#: A text is UTF-8 with not more broken bytes than so many for each of these.
_BROKEN = 4
#: Up to this share of bytes beyond ASCII, a text is Western with a few quotes and accents.
_FEW = 0.15

# What UTF-8 leaves when read as Latin-1, Windows-1252 or Windows-1251: CommuniquÃ©, Peopleâ€™s
_CONTINUATION = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_MOJIBAKE = re.compile(rf"[\xc2-\xf4][{_CONTINUATION}]|[\x80-\x9f]|вЂ")
# The third byte of a closing quote is no Windows-1252 character and is often lost: Developmentâ€.
_CUT_QUOTE = re.compile(r"â€(?=[\s.,;:!?)]|$)")
# Chinese bytes read as Latin-1, punctuation and accented letters only: People¡¯s, Communiqu¨¦
_GB_PUNCTUATION = re.compile(r"¡[\xa4\xaa-\xbf]|¨[\xa1-\xba]")
# A soft hyphen at a line end divides a word; elsewhere it is invisible.
_SOFT_HYPHEN = re.compile(r"\xad[ \t]*\n[ \t]*|\xad")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffc]"
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,5});")
_NEW_LINE = re.compile(r"[\x85\u2028\u2029]")
# One character and then more: a pattern that starts with a plain set is searched faster.
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f][^\x00-\x7f]*")
_LIGATURE = re.compile(r"[\ufb00-\ufb06]")
_KEEP_ALL = ftfy.TextFixerConfig(explain=False)


def decode(content: bytes, sample: bytes | None = None) -> str:
    """Decode bytes: byte order mark, UTF-8, UTF-16 without mark, then a guess.

    Args:
        content: All of it.
        sample: The part to guess from, where the rest is no prose, such as markup.

    Raises:
        RawFileError: No encoding fits, or the bytes are no text.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decode_as(content, encoding)
    if b"\x00" in content:
        if not looks_like_utf_16_or_32(content):
            raise RawFileError("decode", "binary", "the bytes are no text")
        little = content[1::2].count(0) > content[::2].count(0)
        return _decode_as(content, "utf-16-le" if little else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = content.decode("utf-8", "replace")
    if text.count(_REPLACEMENT) * _RARE < len(text) - len(text.encode("ascii", "ignore")):
        return text
    prose = sample or content
    beyond = len(prose) - len(prose.decode("ascii", "ignore"))
    if beyond <= _FEW * len(prose):
        try:
            return content.decode("cp1252")  # what of it is UTF-8 is repaired later
        except UnicodeDecodeError:
            if text.count(_REPLACEMENT) <= _BROKEN * len(_WESTERN_UTF_8.findall(content)):
                return text
    guess = charset_normalizer.from_bytes(prose, cp_isolation=_LEGACY_ENCODINGS).best()
    if guess is None:
        raise RawFileError("decode", "undecodable", "no character encoding fits; save it as UTF-8")
    return content.decode(guess.encoding, "replace")


def looks_like_utf_16_or_32(content: bytes) -> bool:
    """True for a byte order mark, or zeros on one side of nearly every pair of bytes."""
    if content.startswith(_UTF_16_32_BOMS):
        return True
    sample = content[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    return half > 1 and max(even, odd) > 0.7 * half and min(even, odd) < 0.1 * half


def _decode_as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise RawFileError(
            "decode", "undecodable", f"starts as {encoding}, but byte {error.start} does not fit"
        ) from error


def clean_characters(text: str) -> str:
    r"""Repair characters that were damaged on the way, and nothing else.

    Wrongly decoded letters and punctuation, HTML entities, print ligatures and invisible
    characters are put right; quotes, dashes and widths stay as they are. Line ends become
    ``\n``. The same function makes a quote taken from a raw file findable in the document.

    >>> clean_characters("People¡¯s CommuniquÃ© &ndash; Chinaâ€™s")
    'People’s Communiqué – China’s'
    """
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\x0b", "\n")
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if not text.isascii():
        text = _clean_beyond_ascii(text)
    # Only an unprintable character can be invisible; a blank line end is the usual one.
    if text.replace("\n", "").isprintable():
        return text
    return _INVISIBLE.sub("", text)


def _clean_beyond_ascii(text: str) -> str:
    # What is to be repaired stands in runs of such characters: search these, not the text.
    runs = " ".join(_BEYOND_ASCII.findall(text))
    if _NEW_LINE.search(runs):
        text = _NEW_LINE.sub("\n", text)
    if _GB_PUNCTUATION.search(runs):
        text = _GB_PUNCTUATION.sub(_decode_gb, text)
    if _MOJIBAKE.search(runs):
        text = "\n".join(map(_repair_mojibake, text.split("\n")))
    if _LIGATURE.search(runs):
        text = _LIGATURE.sub(lambda ligature: unicodedata.normalize("NFKC", ligature[0]), text)
    if "\xad" in runs:
        text = _SOFT_HYPHEN.sub("", text)
    return unicodedata.normalize("NFC", text)


def _repair_mojibake(line: str) -> str:
    if line.isascii() or not _MOJIBAKE.search(line):
        return line
    return _CUT_QUOTE.sub("”", fixes.fix_c1_controls(ftfy.fix_encoding(line, _KEEP_ALL)))


def _decode_gb(pair: re.Match[str]) -> str:
    try:
        return pair[0].encode("latin-1").decode("gb2312")
    except UnicodeDecodeError:
        return pair[0]
