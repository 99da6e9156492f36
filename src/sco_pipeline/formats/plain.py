"""Plain text and Markdown."""

from __future__ import annotations

import re

from sco_pipeline.characters import decode
from sco_pipeline.formats.detection import MARKDOWN, TEXT
from sco_pipeline.model import RawText

# Regular expressions and no parser: layout.py reads headings, bullets and paragraphs of plain text
# anyway, and nothing of a page that only looks like Markdown may be lost.
# "---", "title: Statement" and more lines, "---" at the very start
_FRONT_MATTER = re.compile(
    r"\s*---[ \t]*\n(?=[\w-]{1,50}[ \t]?:)(?:(?!---)[^\n]*+\n){1,200}+---[ \t]*(?:\n|\Z)"
)
# [1]: https://example.org "title"
_ADDRESS = re.compile(
    r"[ ]{0,3}\[[^\]]{1,200}\]:[ \t]{0,10}<?(?:[a-z]{2,10}:|www\.|[./#])\S.{0,500}"
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
#: Where escaped characters are put meanwhile: in a private area of Unicode.
_PRIVATE = 0xE100
_UNESCAPED = {_PRIVATE + number: chr(number) for number in range(128)}
#: (address "title"); an address may have one pair of brackets.
_TARGET = (
    r"\([^\s()]{0,500}+(?:\([^\s()]{0,500}+\)[^\s()]{0,500}+)?"
    r"(?:[ \t]{1,10}(?:\"[^\"\n]{0,200}+\"|'[^'\n]{0,200}+'))?\)"
)
_IMAGE = re.compile(rf"!\[[^\[\]\n]{{0,200}}+\](?:{_TARGET}|\[[^\[\]\n]{{0,40}}+\])")
# **bold**, __bold__, [text](address "title"), [text][1]
_MARKUP = re.compile(
    rf"\*\*|__|\[(?P<text>[^\[\]\n]{{0,200}}+)\](?:{_TARGET}|\[[^\[\]\n]{{0,40}}+\])"
)
# *emphasis*, _emphasis_, `code`; over a line's end, but not over a paragraph's
_INLINE = re.compile(
    r"(?<![\w*_])([*_])(?![\s*_])((?:[^*_\n]|\n(?![ \t]{0,20}\n)){1,500}?)(?<!\s)\1(?![\w*_])"
    r"|(?<!`)`([^`\n]{1,500})`(?!`)"
)


def read_plain(content: bytes) -> RawText:
    """Decode a text.

    Raises:
        RawFileError: The bytes are no text.
    """
    return RawText(decode(content), TEXT)


def read_markdown(content: bytes) -> RawText:
    """Decode a text and take its markup away, but for headings and bullets.

    Raises:
        RawFileError: The bytes are no text.
    """
    return RawText(without_markup(decode(content)), MARKDOWN)


def without_markup(text: str) -> str:
    r"""Take the markup out of a text in Markdown, but for headings and bullets.

    >>> without_markup("The *ministers* [met](a.html) in **Tashkent**\\.")
    'The ministers met in Tashkent.'
    """
    text = text.replace("\r\n", "\n")
    if front := _FRONT_MATTER.match(text):
        text = text[front.end() :]
    text = _ESCAPED.sub(lambda found: chr(_PRIVATE + ord(found[1])), text)
    lines = (_plain_line(line) for line in text.split("\n"))
    text = "\n".join(line for line in lines if line is not None)
    text = _MARKUP.sub(lambda found: found["text"] or "", _IMAGE.sub("", text))
    text = _INLINE.sub(lambda found: found[2] or found[3], text)
    return text.translate(_UNESCAPED)


def _plain_line(line: str) -> str | None:
    """A row without its outer bars; None for the ruler of a table and for a link's address."""
    row = line.strip()
    if "|" in row and "---" in row and not row.strip("|:- \t"):
        return None
    if row[:1] == "[" and _ADDRESS.fullmatch(line):
        return None
    return row[1:-1].strip() if len(row) > 2 and row[0] == row[-1] == "|" else line
