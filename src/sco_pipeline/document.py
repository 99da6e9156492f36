"""RawFile -> Document: read the format, repair, find the blocks; from here on the text is fixed.

What a page adds around a text (menus, share buttons, credits, page numbers) stays in the
text as blocks of kind ``furniture``, so that nothing is lost, but yields no sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from sco_pipeline.characters import clean_characters
from sco_pipeline.errors import RawFileError
from sco_pipeline.formats import read_text
from sco_pipeline.languages import UNKNOWN, detect_language
from sco_pipeline.layout import LaidOutBlock, dateline_length, find_blocks, is_byline
from sco_pipeline.limits import Limits
from sco_pipeline.model import Block, Document, RawFile
from sco_pipeline.reading_lexicon import WRITTEN_YEAR, ReadingLexicon
from sco_pipeline.terms import fold

#: Blocks among which title, genre and byline are looked for.
_HEAD = 12
_LEAD = 400
#: Longest heading that is a place and a date and no title.
_PLACE_AND_DATE = 60
#: Words that may stand before the genre in a title: "Joint", "SCO", "Draft".
_WORDS_BEFORE_GENRE = 3
# "Joint communiqué of", "Press release:", "STATEMENT", "Resolution 731"; not "Declaration and"
_AFTER_GENRE = re.compile(
    r"\s?(?:$|[.:(\"–—-]|\d|(?:of|by|on|following|for|from|after|at|regarding|concerning|issued|in"
    r"|to|the|made|no\.?)\b)"
)


def read_document(
    raw: RawFile, document_id: str, lexicon: ReadingLexicon, limits: Limits | None = None
) -> Document:
    r"""Turn a raw file into the text that all offsets count in.

    Pure. Blocks follow each other in ``text``, one ``\n`` between two; inside a block
    blanks are single. What the sidecar says goes before what the file says of itself, and that
    before what the text seems to say.

    Raises:
        RawFileError: The file cannot be used, or there is nothing to read in it.
    """
    sidecar = raw.sidecar
    read = read_text(raw.content, raw.path, sidecar, limits or Limits())
    own = read.metadata
    text = clean_characters(read.text)
    known_title = sidecar.title or own.title
    publisher = sidecar.publisher or own.publisher
    laid_out = find_blocks(text, known_title, lexicon)
    if not laid_out:
        raise RawFileError("clean", "empty", "nothing but blanks")
    text = "\n".join(block.text for block in laid_out)
    blocks: list[Block] = []
    start = 0
    for block in laid_out:
        end = start + len(block.text)
        blocks.append(Block(block.kind, start, end, block.skip))
        start = end + 1
    titles = [b.text[b.skip :] for b in laid_out[:_HEAD] if b.kind in ("title", "heading")]
    # Of several headlines, one that names its genre is the text's own title.
    title, genre = next(
        ((title, genre) for title in titles if (genre := _genre(title, lexicon))),
        (titles[0] if titles else None, None),
    )
    return Document(
        document_id=document_id,
        path=raw.path,
        sha256=raw.sha256,
        media_type=read.media_type,
        language=_language(sidecar.language, text, own.language),
        title=known_title or title,
        publisher=publisher,
        source_url=sidecar.source_url or own.source_url,
        published_on=(sidecar.published_on or own.published_on or _published_on(laid_out, lexicon)),
        fetched_at=sidecar.fetched_at,
        document_type=genre or _document_type(title, laid_out, publisher, lexicon),
        text=text,
        folded=fold(text),
        blocks=tuple(blocks),
        losses=read.losses,
    )


def _language(given: str | None, text: str, own: str | None) -> str:
    """The language: given, else by the text; pages often name that of their frame."""
    if given:
        return given
    found = detect_language(text)
    return own if found == UNKNOWN and own else found


def _published_on(blocks: list[LaidOutBlock], lexicon: ReadingLexicon) -> date | None:
    """The first date among the lines that may carry it, the likeliest first."""
    return next(
        (found for line in _date_lines(blocks, lexicon) if (found := _find_date(line, lexicon))),
        None,
    )


def _date_lines(blocks: list[LaidOutBlock], lexicon: ReadingLexicon) -> Iterator[str]:
    body = next(
        (i for i, block in enumerate(blocks) if block.kind in ("paragraph", "list_item")),
        len(blocks),
    )
    for block in blocks[:body]:
        if block.kind == "furniture" or block.skip:  # "15:43, 24 June 2016", "[Date] ..."
            yield block.text
    if body < len(blocks):
        lead = blocks[body].text
        yield lead[: dateline_length(lead, lexicon)]
    for block in blocks[body:]:
        if block.kind == "furniture":
            yield block.text
    for block in blocks:  # "Dushanbe, 12 September 2014" below the title or at the end
        if block.kind == "heading" and len(block.text) <= _PLACE_AND_DATE:
            yield block.text


def _find_date(text: str, lexicon: ReadingLexicon) -> date | None:
    if not WRITTEN_YEAR.search(text):
        return None
    for found in lexicon.written_date.finditer(fold(text)):
        style = next(number for number in "1234" if found[f"y{number}"])
        month_written, day = found[f"m{style}"], int(found[f"d{style}"])
        month = lexicon.months.get(month_written) or int(month_written)
        if style == "4" and month > 12:  # 04/22/2018
            month, day = day, month
        try:
            return date(int(found[f"y{style}"]), month, day)
        except ValueError:
            continue
    return None


def _genre(title: str, lexicon: ReadingLexicon) -> str | None:
    """The genre that a title gives its own text."""
    folded = fold(title)
    for term in lexicon.genres.find(title, folded):
        before = folded[: term.char_start].split()
        if len(before) <= _WORDS_BEFORE_GENRE and _AFTER_GENRE.match(folded, term.char_end):
            return term.value
        break
    return None


def _document_type(
    title: str | None,
    blocks: list[LaidOutBlock],
    publisher: str | None,
    lexicon: ReadingLexicon,
) -> str:
    """The genre by the tense of title and lead, a dateline or byline, or the publisher."""
    lead = next((block.text for block in blocks if block.kind == "paragraph"), "")
    if (
        title
        and lexicon.notice_titles.find(title, fold(title))
        and lexicon.notice_leads.find(lead[:_LEAD], fold(lead[:_LEAD]))
    ):
        return "advance_notice"
    signed = any(b.kind == "furniture" and is_byline(b.text) for b in blocks[:_HEAD])
    if signed or dateline_length(lead, lexicon):
        return "news"
    known = lexicon.publishers.find(publisher, fold(publisher)) if publisher else []
    return known[0].value if known else "other"
