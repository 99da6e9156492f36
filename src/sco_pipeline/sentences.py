"""Document -> sentences: spans of its text, in reading order.

A full stop ends a sentence unless what stands before it (an initial, an abbreviation, an
item number, an open bracket) or after it (a small letter, a dash) says otherwise. Every
candidate is judged by itself, from left to right, without looking at other documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sco_pipeline.layout import dateline_length, is_numeral
from sco_pipeline.model import Document, Sentence
from sco_pipeline.reading_lexicon import ReadingLexicon

# A run of stops, what closes it, and the blank after it; or no blank at all, before a capital
# after a whole word ("cooperation.The sides") and in Chinese.
_CANDIDATE = re.compile(
    r"(?P<stop>[.!?…。！？][.!?…。！？]*(?:\s\.){0,4})(?P<close>[\"'”’»)\]」』》）]*)"
    r"(?:(?P<blank>\s+)|(?<=[^\W\d_][.!?])(?=[A-ZА-Я][^\W\d_]+[\s,])|(?<=[。！？”』」）])(?=\S))"
)
_OPENING = "\"'“‘«([„⁃•-"
_BEFORE_ITEM = (":", ";")
_BEFORE_NUMBER = _OPENING + " "
_BEFORE_TOKEN = "([\"“„«‘'"
# N; Ts; Kh; Dzh; V.V; N.-B: what may stand before the dot of an initial, Latin or Cyrillic.
_INITIALS = re.compile(
    r"(?:[A-ZÀ-ÞĀ-Ž][a-zß-ÿ]?|[A-ZА-ЯЁҒҚҢӨҰҮҺІ]|Shch|Dzh|Sh|Ch|Zh|Kh|Ts|Yu|Ya|Ye|Yo|Dj|Gh|Дж)"
    r"(?:\.-?(?:[A-ZÀ-ÞĀ-Ž][a-zß-ÿ]?|[A-ZА-ЯЁ]|Shch|Dzh))*"
)
# "Sysoev E. S", "Oyun-Erdene L"
_SURNAME_BEFORE = re.compile(r"[A-ZÀ-ÞĀ-ŽА-ЯЁ][^\W\d_]+(?:[’'-][^\W\d_]+)*\s(?:\S{1,4}\.\s?){0,2}$")
_NEXT_WORD = re.compile(r"[^\W\d_][^\W_]*(?:[.’'][^\W_]+)*")
_LETTER = re.compile(r"[^\W\d_]")
#: Longest word, initials and number that is looked at before a stop.
_REACH = 40
_FOOTNOTE = 5
_DATELINE_REACH = 200
_BRACKETS = (("(", ")"), ("[", "]"), ("（", "）"), ("《", "》"))
#: How far back an open bracket counts, and how far ahead it must be closed.
_BRACKETED, _BRACKET_REACH = 1000, 300
#: The longest of 25,000 sentences in view has 1,213 characters. Readers take more than linear time
#: for one, so a text without stops is cut.
_LONGEST = 3000
# "1. ", "a) ", "1.) ", "⁃9. ", "• 9. ": an item number inside a line.
_ITEM = re.compile(
    r"(?<!\S)(?P<lead>(?:[^\w\s]\s?)?)(?:(?P<number>\d{1,3})|(?P<letter>[a-z]))(?P<end>\.\)|[.)])\s(?=\S)"
)


def split_sentences(document: Document, lexicon: ReadingLexicon) -> list[Sentence]:
    """Split all blocks but furniture into sentences.

    A title or heading is one sentence. The bullet, number or field name that opens a
    block is left outside the first sentence; a block of nothing but a number has none.
    """
    text = document.text
    brackets = _brackets_in(text)
    sentences: list[Sentence] = []
    begun = False  # the first paragraph is past
    for paragraph, block in enumerate(document.blocks):
        if block.kind == "furniture":
            continue
        start, end = block.char_start + block.skip, block.char_end
        if is_numeral(text[start:end]):
            continue
        spans: Iterable[tuple[int, int]]
        if block.kind in ("title", "heading"):
            spans = ((start, end),)
        else:
            # "MOSCOW, May 5. /TASS/." belongs to the sentence that it opens.
            head = "" if begun else text[start : min(end, start + _DATELINE_REACH)]
            begun = begun or block.kind == "paragraph"
            earliest = start + dateline_length(head, lexicon) if head else start
            spans = _split(text, start, end, brackets, lexicon, earliest)
        for span in spans:
            for char_start, char_end in _pieces(text, *span):
                sentences.append(
                    Sentence(len(sentences), paragraph, block.kind, char_start, char_end)
                )
    return sentences


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut what is too long for a sentence between two words, if it has any."""
    while end - start > _LONGEST:
        cut = text.rfind(" ", start + 1, start + _LONGEST)
        cut = cut if cut > 0 else start + _LONGEST
        yield start, cut
        start = cut + text.startswith(" ", cut)
    yield start, end


def split_text(text: str, lexicon: ReadingLexicon) -> list[str]:
    """Split one paragraph of plain text; item numbers stay with their items.

    >>> split_text("N. B.Yermekbayev met V.V. Putin. Both spoke.", ReadingLexicon.load("en"))
    ['N. B.Yermekbayev met V.V. Putin.', 'Both spoke.']
    """
    stripped = len(text) - len(text.lstrip())
    spans = _split(text, stripped, len(text.rstrip()), _brackets_in(text), lexicon)
    return [text[a:b] for a, b in spans]


def _brackets_in(text: str) -> list[tuple[str, str]]:
    return [pair for pair in _BRACKETS if pair[0] in text]


def _split(
    text: str,
    start: int,
    end: int,
    brackets: list[tuple[str, str]],
    lexicon: ReadingLexicon,
    earliest: int = 0,
) -> Iterator[tuple[int, int]]:
    """Spans of the sentences of one block; none ends before ``earliest``."""
    item = _ITEM.match(text, start, end)
    items = _item_starts(text, item, end) if item else []
    begin = start
    for candidate in _CANDIDATE.finditer(text, start, end):
        stop = candidate.end("close")
        while items and items[0] < stop:
            position = items.pop(0)
            if position > begin:
                yield begin, _stripped_end(text, begin, position)
                begin = position
        if candidate.end() >= end or stop <= max(begin, earliest):
            continue
        if _ends_sentence(text, begin, candidate, end, brackets, lexicon):
            yield begin, stop
            begin = candidate.end()
    for position in items:
        if position > begin:
            yield begin, _stripped_end(text, begin, position)
            begin = position
    if begin < end:
        yield begin, end


def _stripped_end(text: str, begin: int, end: int) -> int:
    return begin + len(text[begin:end].rstrip())


def _item_starts(text: str, first: re.Match[str], end: int) -> list[int]:
    """Where the further items of a list in one line begin: "1. one item 2. another"."""
    starts: list[int] = []
    expected = first
    for item in _ITEM.finditer(text, first.end(), end):
        same_style = (item["lead"], item["end"]) == (expected["lead"], expected["end"])
        if same_style and _follows(expected, item):
            starts.append(item.start())
            expected = item
    return starts


def _follows(item: re.Match[str], following: re.Match[str]) -> bool:
    if item["number"] and following["number"]:
        return int(following["number"]) == int(item["number"]) + 1
    if item["letter"] and following["letter"]:
        return ord(following["letter"]) == ord(item["letter"]) + 1
    return False


def _ends_sentence(
    text: str,
    begin: int,
    candidate: re.Match[str],
    end: int,
    brackets: list[tuple[str, str]],
    lexicon: ReadingLexicon,
) -> bool:
    stop, close, _ = candidate.groups()
    dot, position = candidate.span()
    if stop[0] in "。！？":
        return not _inside_brackets(text, begin, dot, end, brackets)
    while position < end and text[position] in _OPENING:
        position += 1
    if position >= end or (end - position < _FOOTNOTE and not _LETTER.search(text, position, end)):
        return False
    first = text[position]
    if first.islower() or not first.isalnum():
        return False
    if brackets and _inside_brackets(text, begin, dot, end, brackets):
        return False
    if stop[0] != "." or close:
        # "1.) The first item"
        return dot - begin > _REACH or not text[begin:dot].lstrip(_BEFORE_NUMBER).isdigit()
    if len(stop) > 1:
        return stop.count(".") > 3 or (" " not in stop and not text.startswith("I ", position))
    return _full_stop_ends(text, begin, dot, position, end, lexicon)


def _full_stop_ends(
    text: str, begin: int, dot: int, position: int, end: int, lexicon: ReadingLexicon
) -> bool:
    low = max(begin, dot - _REACH)
    start = max(low, text.rfind(" ", low, dot) + 1)
    token = text[start:dot].lstrip(_BEFORE_TOKEN)
    start = dot - len(token)
    if not token:
        return True
    following = _NEXT_WORD.match(text, position, end)
    starts = (
        following is not None
        and following[0] in lexicon.sentence_starters
        # "I. A. Karimov"
        and not (len(following[0]) == 1 and text.startswith(".", following.end()))
    )
    if (start == begin and len(token) == 1) or (
        token.lstrip(_OPENING).isdigit()
        and (
            (start - begin < _REACH and not text[begin:start].strip(_BEFORE_NUMBER))
            or text[low:start].rstrip()[-1:] in _BEFORE_ITEM
        )
    ):
        return False  # "1. The first item"
    kind = _abbreviation(token, lexicon)
    if kind == "before_number":
        return not text[position].isdigit() and (starts or following is None)
    if kind in ("before_name", "inner"):
        return False
    if kind == "final":
        # "At 5 a.m. Mr. Smith went": too little said for a sentence.
        if text.count(" ", begin, min(dot, begin + _REACH)) < 3:
            return False
        return starts or (token.isupper() and _is_title(text, following, lexicon))
    if _INITIALS.fullmatch(token):
        word = text[max(begin, start - _REACH) : start].rsplit(maxsplit=1)[-1:]
        alone = token == "I" and bool(word) and word[0].islower()  # "you and I."
        return starts and (alone or _after_surname(text, begin, start))
    return True


def _abbreviation(token: str, lexicon: ReadingLexicon) -> str | None:
    kinds = lexicon.abbreviations
    kind = kinds.get(token)
    if kind is None and "-" in token:
        kind = kinds.get(token.rsplit("-", 1)[1])  # Maj.-Gen.
    if kind is None and token.isupper() and len(token) > 2:
        kind = kinds.get(token.capitalize())  # MR.
    return kind


def _is_title(text: str, word: re.Match[str] | None, lexicon: ReadingLexicon) -> bool:
    return (
        word is not None
        and lexicon.abbreviations.get(word[0]) == "before_name"
        and text[word.end() : word.end() + 1] == "."
    )


def _after_surname(text: str, begin: int, position: int) -> bool:
    """Whether initials stand after a surname: "Sysoev E. S. The sides"."""
    return _SURNAME_BEFORE.search(text, max(begin, position - _REACH), position) is not None


def _inside_brackets(
    text: str, begin: int, position: int, end: int, brackets: list[tuple[str, str]]
) -> bool:
    for opening, closing in brackets:
        low = max(begin, position - _BRACKETED)
        if text.count(opening, low, position) > text.count(closing, low, position):
            return text.find(closing, position, min(end, position + _BRACKET_REACH)) >= 0
    return False
