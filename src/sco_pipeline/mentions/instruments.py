"""Document -> instrument mentions: treaties, declarations, programmes and other texts named in it.

A name is a head noun ("Declaration") with its own words before ("Dushanbe Declaration") or
behind it ("Declaration on ..."), or a wording of a well-known instrument ("NPT"). Heads,
well-known instruments and the words at which a name ends are in lexicons/en/instrument*.csv.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sco_pipeline.codes import code_list
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.model import DateMention, Document, InstrumentMention, Sentence
from sco_pipeline.terms import Term, TermIndex, expand

#: What a head needs beside it to name an instrument. ``nothing``: no more than its capital;
#: ``tail``: words behind it, even if it has a capital; the others tell when a head without a
#: capital does, ``subject``: where the words behind it say on what it is, and that it was adopted.
BESIDE = ("adopted", "name", "nothing", "number", "quote", "subject", "tail")
#: What a word does to a name: tells its date, ends it, joins its parts, names nothing by itself,
#: lets it go on in lower case, stands before it.
USES = ("adopting", "ending", "function", "generic", "opening", "outside")
#: Longest lower-case rest of a name, in words.
_LONGEST = 16

# "Dushanbe", "Anti-Drug", "2016-2020", before the head
_WORD_BEFORE = re.compile(r"(?:al-|el-)?[^\W\d_a-z][\w'’/&–-]*|\d{4}(?:[-–/]\d{2,4})?")
_MOST_BEFORE = 9
# "Rio de Janeiro"
_PARTICLES = ("da", "de", "del", "el")
# " on", " Against", " of the Council of Heads of State on": the head's own words follow
_PREPOSITION = re.compile(
    r" (?i:(about|against|amending|among|between|by|concerning|establishing|extending|for"
    r"|governing|implementing|of|on|prohibiting|regarding|relat(?:ing|ive) to|regulating"
    r"|supplementing|to|towards?|with))\b"
)
_WORD = re.compile(r"(,?) ([\"“«]?[^\W_][\w'’./&–-]*)")
# Declaration entitled “A Common Home”
_QUOTED_AFTER = re.compile(r"(?: entitled| titled)? ?[\"“«][^\"“”«»]{3,120}[\"”»]")
# "(COC)" behind a name
_SHORT_NAME_AFTER = re.compile(r" \((?:the )?[\"“]?[A-Z][\w&-]*[A-Z]\w?[\"”]?\)")
# "of the 17th Meeting"
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
_QUOTED_BEFORE = re.compile(r"[\"“«][^\"“”«»]{3,120}[\"”»] $")
_ARTICLES = (" a ", " an ", " the ")
# ", political and economic", a list that goes on in lower case
_LIST_ON = re.compile(r", (?:[\w-]+ ){0,2}[\w-]+,? (?:and|or) ")
# ", and Extremism"
_LIST_END = re.compile(r", (?:and|or) [^\W\d_a-z]")
# "Convention 169", "Protocol No. 2", "Concord II", "Strategy 2030"
_NUMBER_AFTER = re.compile(r" (?:(?:No\.? ?)?\d{1,4}\b(?![ /.]?\w)|20\d\d\b(?![-–/])|[IVX]{1,4}\b)")
# "S/PRST/2023/4", "PSC/PR/COMM.1 (1041)": the symbol of a document
_SYMBOL_AFTER = re.compile(r" \(?[A-Z]{1,5}(?:/[A-Z\d.-]*[A-Z\d])+\b\)?(?: \(\w{1,6}\))?")
# "Foreign Ministers'", before "Declaration"
_ISSUERS_BEFORE = re.compile(r"\b(?!The )(?:[A-Z][\w-]* ){0,2}[A-Z]\w+s['’] $")
# "Article 7 of its", before a text that need not be named
_ARTICLE_OF = re.compile(r"\b[Aa]rticles? [\d(][\w(), –-]{0,20} of (?:its|the|this) $")
# " on trade", but not "for 2016-2020" nor "for its implementation"
_ITS_SUBJECT = re.compile(
    r" (?:against|between|for|on|with) (?!the (?:period|years?) |\d|(?:its|their|this|these) )"
)
# "to draw up a", before a text that does not exist yet
_TO_COME = re.compile(r"\bto \w+(?: out| up)? (?:an?|the) (?:[\w-]+ ){0,2}$")
# " of 1954", or a date
_DATE_AFTER = re.compile(r" of (?:[12]\d{3}\b|\d{1,2} [A-Z]|[A-Z][a-z]+ \d)")
# "1373 (2001)", "2625 (XXV)", "60/288", "S/RES/2254 (2015)", "ES-10/21"
_RESOLUTION_NUMBER = re.compile(
    r"(?:No\.? ?)?(?:[AS]/RES/)?((?:ES-)?\d{1,4}(?:/ ?\d{1,4})?)(?: ?[A-Z]\b)?"
    r"(?: ?\(((?:19|20)\d\d|[IVXLC]+|[\w-]{1,6})\))?"
)
_NUMBER_JOINT = re.compile(r",? (?:and |or )?(?:(?:in )?its )?(?:resolutions? )?")
# ", which was", " an updated version of which was", between a name and "signed in"
_UP_TO_ADOPTED = (
    r",?(?: (?:which|that|an?|the|updated|new|latest|final|version|text|of|was|were|is|being|as"
    r"|first|jointly|unanimously|previously|earlier|recently|initially|duly))*,? "
)
# ", which the leaders "
_UP_TO_ADOPTER = r",? (?:which|that)(?: [\w'-]+){1,4}? "
# "(Dushanbe, 12 September 2014)", "(2001)", but no period
_IN_BRACKETS = re.compile(r" ?\([^()]{0,60}?(?<!\d{4}[-–—/])((?:18|19|20)\d\d)\)")
# "(2021-2023)" between a head and its own words
_PERIOD_IN_BRACKETS = re.compile(r" \(\d{4}[-–—/](?:\d{2}|\d{4})\)(?= (?:for|of|on|to)\b)")
_PERIOD_AFTER = re.compile(
    r" (?:until|till|to|towards|through|up to|for(?: the period)?(?: (?:of|until|up to|to))?)"
    r"(?: the year)? \d{4}(?:[-–/]\d{2,4}| to \d{4})?"
)
_OPENING_QUOTES = ('"', "“", "«")
_CLOSING_QUOTES = ('"', "”", "»")
_NATIONALITY = ("an", "ese", "ish", "ch", "i", "’s", "'s", "s’", "s'")


class _Known(NamedTuple):
    """A well-known instrument; no kind: a name that only looks like one."""

    name: str
    kind: str
    organisation: str


class _Head(NamedTuple):
    kind: str
    beside: str


@dataclass(frozen=True, slots=True)
class InstrumentLexicon:
    """Compiled from the instrument lexicons of one language.

    Attributes:
        years: Year of adoption of the well-known instruments, by name.
    """

    terms: TermIndex[_Known | _Head]
    generic: frozenset[str]
    outside: frozenset[str]
    opening: frozenset[str]
    ending: frozenset[str]
    function: frozenset[str]
    adopted: re.Pattern[str]
    adopted_behind: re.Pattern[str]
    years: Mapping[str, int]

    @classmethod
    def load(cls, language: str) -> InstrumentLexicon:
        """Read and compile the lexicons of ``language``.

        Raises:
            LexiconError: A lexicon is malformed.
        """
        kinds = code_list("instrument_kind_labels")
        terms: dict[str, _Known | _Head] = {}
        for row in read_lexicon(
            f"{language}/instrument_heads",
            ("form", "kind", "beside", "source"),
            ("form",),
            {"kind": kinds, "beside": BESIDE},
            optional=("kind", "beside"),
        ):
            for form in expand(row["form"]):
                terms[form] = _Head(row["kind"], row["beside"])
        years: dict[str, int] = {}
        for row in read_lexicon(
            f"{language}/instruments",
            ("form", "name", "kind", "organisation", "year", "source"),
            ("form",),
            {"kind": kinds, "organisation": code_list("organisations")},
            optional=("name", "kind", "organisation", "year"),
        ):
            for form in expand(row["form"]):
                terms[form] = _Known(row["name"], row["kind"], row["organisation"])
            if row["year"]:
                years[row["name"]] = int(row["year"])
        words: dict[str, set[str]] = {use: set() for use in USES}
        for row in read_lexicon(
            f"{language}/instrument_words",
            ("word", "use", "source"),
            ("word", "use"),
            {"use": words},
        ):
            words[row["use"]].add(row["word"])
        adopted = "|".join(sorted(map(re.escape, words["adopting"])))
        return cls(
            TermIndex(terms.items()),
            frozenset(words["generic"]),
            frozenset(words["outside"] | words["function"]),
            frozenset(words["opening"]),
            frozenset(words["ending"]),
            frozenset(words["function"]),
            re.compile(rf"\b(?:{adopted})\b"),
            re.compile(rf"(?:{_UP_TO_ADOPTED}|{_UP_TO_ADOPTER})(?:{adopted})\b"),
            years,
        )


@dataclass(slots=True)
class _Found:
    """A mention being put together.

    ``name_end`` takes in the instrument its name contains; ``bare``: there is no more than a
    head, so that it may point back to an instrument named before.
    """

    sentence: Sentence
    start: int
    end: int
    name_end: int
    kind: str
    rule: str
    name: str | None = None
    organisation: str | None = None
    year: int | None = None
    nested: bool = False
    named: bool = True
    bare: bool = False


class _Text(NamedTuple):
    document: Document
    organisations: Sequence[Term[str]]
    dates: Sequence[DateMention]
    date_starts: frozenset[int]
    lexicon: InstrumentLexicon


def find_instruments(
    document: Document,
    sentences: Sequence[Sentence],
    organisations: Sequence[Term[str]],
    dates: Sequence[DateMention],
    lexicon: InstrumentLexicon,
) -> list[InstrumentMention]:
    """Find the named instruments of a document, every mention of each.

    "The agreement reached", "a statement was made" and a title of the document itself name
    none, nor does a bare head ("the Action Plan") behind an instrument of its kind. An
    instrument inside another's name ("Action Plan for the Implementation of the SCO
    Charter") is a mention of its own; the outer name then ends before it, though its
    ``name`` is given whole. ``year`` is set where the text gives that of adoption or
    signature, not for a period of validity. ``organisations`` and ``dates`` are those of the
    document in reading order.

    Returns:
        Mentions in reading order, never overlapping.

    Limits:
        A name in lower case is found only if it is well known, has a proper name before it, or
        its sentence tells that a text on its subject was adopted.
    """
    text = _Text(
        document, organisations, dates, frozenset(date.char_start for date in dates), lexicon
    )
    mentions: list[InstrumentMention] = []
    for sentence, terms in _by_sentence(
        lexicon.terms.find(document.text, document.folded), sentences
    ):
        if sentence.kind in ("title", "heading"):
            continue
        limit = sentence.char_end
        found: list[_Found] = []
        # From the last to the first: a name ends where the next one begins.
        for index in range(len(terms) - 1, -1, -1):
            floor = terms[index - 1].char_end if index else sentence.char_start
            if terms[index].char_end > limit:
                continue
            read = _read_term(text, sentence, terms[index], floor, limit, found)
            if read:
                limit = read[0].start
                found[:0] = read
        for previous, item in zip([None, *found], found, strict=False):
            if item.bare and any(mention.kind == item.kind for mention in mentions):
                continue
            if item.year is None and not (previous and previous.nested):
                item.year = _year_behind(text, item)
            mentions.append(_mention(text, item))
    return mentions


def _by_sentence(
    terms: Sequence[Term[_Known | _Head]], sentences: Sequence[Sentence]
) -> list[tuple[Sentence, list[Term[_Known | _Head]]]]:
    """Group the terms by the sentence that holds them."""
    starts = [sentence.char_start for sentence in sentences]
    groups: dict[int, list[Term[_Known | _Head]]] = {}
    for term in terms:
        index = bisect_right(starts, term.char_start) - 1
        if index >= 0 and term.char_end <= sentences[index].char_end:
            groups.setdefault(index, []).append(term)
    return [(sentences[index], group) for index, group in groups.items()]


def _read_term(
    text: _Text,
    sentence: Sentence,
    term: Term[_Known | _Head],
    floor: int,
    limit: int,
    later: list[_Found],
) -> list[_Found]:
    """Read the instrument or instruments (numbers of resolutions) named at one term.

    The name cannot begin before ``floor``, the end of the term before it, nor go beyond
    ``limit``, the start of the next instrument or the end of the sentence. The first of the
    ``later`` instruments may be taken into this one's name.
    """
    start, end, value = term
    if isinstance(value, _Known):
        if not value.kind:
            return []
        owner = _PREPOSITION.match(text.document.text, end, limit)
        if owner and owner.group(1) in _OWNER_LEADS:
            end, _ = _tail(text, end, limit, value.kind, plain_start=True)
        if not text.document.text[end - 1].isdigit():
            period = _PERIOD_AFTER.match(text.document.text, end, limit)
            end = period.end() if period else end
        return [
            _Found(sentence, start, end, end, value.kind, "known_instrument", value.name,
                   value.organisation or None)
        ]  # fmt: skip
    written = text.document.text[start:end]
    if value.kind == "resolution" and (
        numbered := _read_resolutions(text, sentence, start, end, floor, limit)
    ):
        return numbered
    if text.document.text[end : end + 2] in ("'s", "’s") or written.isupper():
        return []
    return _read_name(text, sentence, term, value, floor, limit, later)


def _read_name(
    text: _Text,
    sentence: Sentence,
    term: Term[_Known | _Head],
    head: _Head,
    floor: int,
    limit: int,
    later: list[_Found],
) -> list[_Found]:
    """Read a head noun with the words that make it a name."""
    written_text = text.document.text
    head_start, end = term.char_start, term.char_end
    capital = written_text[head_start].isupper()
    before = (
        _QUOTED_BEFORE.search(written_text, max(floor, head_start - 125), head_start)
        if written_text[head_start - 2 : head_start - 1] in _CLOSING_QUOTES
        else None
    )
    quoted = _QUOTED_AFTER.match(written_text, end, limit)
    if before and head.beside != "number":
        # «Turkic Future – 2040» programme
        return [_Found(sentence, before.start(), end, end, head.kind or "other", "quoted_name")]
    start, named, year = _words_before(text, sentence, head_start, floor)
    named = named or (capital and head.beside == "adopted")
    if not capital and not (head.beside == "quote" and quoted):
        if head.beside == "adopted":
            folded = text.document.folded
            if text.lexicon.adopted.search(folded, sentence.char_start, sentence.char_end):
                return [_Found(sentence, head_start, end, end, head.kind, "adopted_text")]
            return []
        symbol = _SYMBOL_AFTER.match(written_text, end, limit)
        if symbol and head.beside in ("name", "number"):
            end = symbol.end()
            return [_Found(sentence, start, end, end, head.kind, "named_head")]
        last = written_text[start:head_start].split()
        if not named and head.kind in _OF_STATES:
            # "an ASEAN extradition treaty"
            owner = _owner_before(text, sentence, head_start)
            if owner is not None:
                return [_Found(sentence, owner, end, end, head.kind, "named_head")]
        if not named and head.beside == "subject":
            return _read_subject(text, sentence, term, head.kind, limit)
        if not named and head.kind == "charter":
            # charter of the Gulf Center for Disease Prevention
            tail, _ = _tail(text, end, limit, head.kind, plain_start=True)
            if written_text.startswith(" of the ", end) and written_text.count(" ", end, tail) > 3:
                return [_Found(sentence, head_start, tail, tail, head.kind, "named_head")]
            return []
        if (
            head.beside != "name"
            or not named
            or last[-1].endswith(_NATIONALITY)
            or written_text[:start].endswith(" of ")
            # "Recent agreements": a capital for opening the sentence
            or (start == sentence.char_start and len(last) == 1)
        ):
            return []
    if quoted:
        # Initiative “On World Unity for a Just Peace”
        end = quoted.end()
        return [_Found(sentence, start, end, end, head.kind or "other", "quoted_name", year=year)]
    if period := _PERIOD_IN_BRACKETS.match(written_text, end, limit):
        end = period.end()
    short_name = capital and _SHORT_NAME_AFTER.match(written_text, end, limit) is not None
    number = _SYMBOL_AFTER.match(written_text, end, limit) or _NUMBER_AFTER.match(
        written_text, end, limit
    )
    if number:
        named, tail = True, number.end()
        contains = False
    else:
        following = written_text[end + 1 : end + 2]
        if following.isupper() and end + 1 < limit and not _PREPOSITION.match(written_text, end):
            # "Convention Secretariat", "Treaty Organization"
            return []
        at_start = start == sentence.char_start and sentence.kind != "list_item"
        tail, contains = _tail(text, end, limit, head.kind, plain_start=at_start and not named)
    inner = later[0] if contains and later else None
    if head.beside == "tail":
        named = number is not None
        before_name = f" {written_text[max(sentence.char_start, start - 5) : start].lower()}"
        if sentence.char_start < start < head_start and not before_name.endswith(_ARTICLES):
            # "Agreement on Simplifying Procedures for Trade"
            return []
    dated = _DATE_AFTER.match(written_text, end, limit) is not None
    named = named or short_name or dated
    bare = not (named or tail > end or inner)
    if bare and head.kind in _NAMELESS and start == head_start:
        issuers = _ISSUERS_BEFORE.search(written_text, floor, head_start)
        start = issuers.start() if issuers else start
    by_article = bare and _ARTICLE_OF.search(written_text, sentence.char_start, start) is not None
    if bare and not (
        by_article or head.beside == "nothing" or (head.kind in _NAMELESS and start < head_start)
    ):
        return []
    found = _Found(
        sentence, start, tail, inner.name_end if inner else tail, head.kind, "named_head",
        year=year, named=named, bare=by_article or (bare and head.beside == "nothing"),
    )  # fmt: skip
    if inner is not None:
        # "Main Guidelines of the Development Strategy", "Programme of Joint Measures" are one text.
        joined = not inner.named and written_text[tail : inner.start] == " of "
        if not head.kind or joined:
            found.kind, found.end = head.kind or inner.kind, inner.end
            found.nested, found.year = inner.nested, found.year or inner.year
            del later[0]
            return [found]
        found.nested = True
    found.kind = found.kind or "other"
    return [found]


#: Kinds that name a text of their own with no more than "Joint" or "Final" before them.
_NAMELESS = ("communique", "declaration", "statement")


def _words_before(
    text: _Text, sentence: Sentence, head_start: int, floor: int
) -> tuple[int, bool, int | None]:
    """Find where a name begins before its head.

    Returns:
        Start, whether the words name something (not only "Joint" or the organisation's
        name), and the year among them ("the 1968 Treaty").
    """
    lexicon, written, folded = text.lexicon, text.document.text, text.document.folded
    if written[head_start - 1 : head_start] != " ":
        return head_start, False, None
    floor = max(floor, sentence.char_start, head_start - 100)
    start, named, year = head_start, False, None
    position = head_start
    for word in reversed(written[floor:head_start].split(" ")[-_MOST_BEFORE:-1]):
        position -= len(word) + 1
        if word in _PARTICLES and start < head_start:
            continue
        opened = word.startswith(_OPENING_QUOTES)
        if opened:
            word, position = word[1:], position + 1
        if not _WORD_BEFORE.fullmatch(word):
            break
        low = folded[position : position + len(word)]
        if low in lexicon.outside or low in lexicon.ending or low.endswith(("'s", "s'")):
            break
        start = position
        if word.isdigit():
            year = int(word)
        elif low not in lexicon.generic and not word[0].isdigit():
            named = True
        if opened:
            break
    if named:
        words = written[start : head_start - 1]
        at = bisect_left(text.organisations, start, key=lambda term: term.char_start)
        if at < len(text.organisations):
            organisation = text.organisations[at]
            named = (organisation.char_start, organisation.char_end) != (start, head_start - 1)
        named = named and not (words.isupper() and len(words) < 7)
    return start, named, year


def _owner_before(text: _Text, sentence: Sentence, head_start: int) -> int | None:
    """Return the start of an organisation's name one plain word before a head, if one is there."""
    folded, lexicon = text.document.folded, text.lexicon
    word_start = folded.rfind(" ", sentence.char_start, head_start - 1) + 1
    word = folded[word_start : head_start - 1]
    if not word.isalpha() or word in lexicon.outside or word in lexicon.generic:
        return None
    at = bisect_left(text.organisations, word_start, key=lambda term: term.char_start) - 1
    if at < 0 or text.organisations[at].char_end != word_start - 1:
        return None
    return text.organisations[at].char_start


def _read_subject(
    text: _Text, sentence: Sentence, term: Term[_Known | _Head], kind: str, limit: int
) -> list[_Found]:
    """Read "a work plan on customs cooperation" where its sentence tells that it was adopted."""
    folded, begin = text.document.folded, sentence.char_start
    if not (
        _ITS_SUBJECT.match(folded, term.char_end)
        and text.lexicon.adopted.search(folded, begin, sentence.char_end)
    ) or _TO_COME.search(folded, begin, term.char_start):
        return []
    tail, _ = _tail(text, term.char_end, limit, kind, plain_start=False)
    if tail == term.char_end:
        return []
    return [_Found(sentence, term.char_start, tail, tail, kind, "adopted_text")]


def _tail(text: _Text, end: int, limit: int, kind: str, *, plain_start: bool) -> tuple[int, bool]:
    """Find where the name behind a head ends.

    ``plain_start``: the head opens the sentence, so its capital says nothing.

    Returns:
        End of the name, and whether the next instrument (at ``limit``) is part of it.
    """
    written, folded, lexicon = text.document.text, text.document.folded, text.lexicon
    preposition = _PREPOSITION.match(written, end, limit)
    if not preposition:
        return end, False
    first = preposition.group(1).lower()
    if (
        first == "of"
        and kind in _NEED_SUBJECT
        and not _SUBJECT.search(written, end, min(limit, end + 80))
    ):
        return end, False
    position, reached = preposition.end(), end
    mode, last, pending, count = "", "", [first], 0
    # "Memorandum between the SCO Secretariat and the Food and Agriculture Organization"
    needs_party = first == "between"
    while True:
        match = _WORD.match(written, position, limit)
        if not match:
            nested = (
                limit < len(written)
                and not written[position:limit].strip()
                and "and" not in pending
                and "or" not in pending
            )
            return reached, nested
        comma, word = match.groups()
        low = folded[match.start(2) : match.end()].strip("\"'.")
        word = word.rstrip(".")
        if mode == "title" and pending[-2:] == ["and", "the"]:
            if not needs_party:
                return reached, False
            needs_party = False
        if comma and not (
            (mode == "title" and word[:1].isupper())
            or _LIST_END.match(written, match.start(), limit)
            or (mode == "plain" and _LIST_ON.match(written, match.start(), limit))
        ):
            return reached, False
        if not mode and low in (_POINTERS if first == "of" else _DEMONSTRATIVES):
            return reached, False
        if comma and low in lexicon.function:
            return reached, False
        if low in lexicon.function and not (word[0].isupper() and mode == "title" and not pending):
            pending.append(low)
            position = match.end()
            continue
        if low in lexicon.ending and not word[0].isupper():
            return reached, False
        if match.start(2) in text.date_starts and pending[-1:] and pending[-1] in _DATE_LEADS:
            return reached, False
        if word.isdigit() and len(word) < 4 and not pending:
            # "Declaration on Apartheid 346": a footnote
            return reached, False
        capital = word[0].isupper() or word[0].isdigit() or word[0] in _OPENING_QUOTES
        if not mode:
            if low.endswith(("'s", "s'")) and written[match.end() + 1 : match.end() + 2].isdigit():
                # "Work Plan for Kazakhstan's 2024-2026 chairmanship"
                return reached, False
            if not capital and (
                plain_start
                or (first in _NEED_CAPITAL and not (first == "of" and low in lexicon.opening))
                or kind == "charter"
                or (first == "for" and kind in _OF_STATES)
                or (first == "to" and kind not in ("plan", "protocol", "statement"))
            ):
                return reached, False
            if (
                word[0].isdigit()
                and first not in ("for", "to", "towards")
                and not _ORDINAL.fullmatch(word)
            ):
                return reached, False
            mode = "title" if capital else "plain"
        elif not capital:
            if mode == "title":
                # "Statement of the Foreign Ministers on common approaches to ...": its subject
                is_subject = first == "of" and kind in _NEED_SUBJECT and pending == ["on"]
                if not is_subject and (
                    "and" in pending
                    or "as" in pending
                    or (low not in lexicon.opening and (last not in lexicon.opening or not pending))
                ):
                    return reached, False
                mode = "plain"
            elif "and" in pending and low.endswith("ed"):
                return reached, False
            count += 1
            if count > _LONGEST:
                return reached, False
        reached = match.start(2) + len(word)
        if word[0] in _OPENING_QUOTES:
            # Concept of the "Digital Silk Road"
            quoted = _QUOTED_AFTER.match(written, match.start(2), limit)
            return (quoted.end() if quoted else reached), False
        position, last, pending = match.end(), low, []
        if len(word) < len(match.group(2)):
            return reached, False


#: Kinds whose "for" needs a capital too: "the Treaty for that purpose".
_OF_STATES = ("convention", "treaty")
#: Prepositions behind which only a capital makes a name ("Programme of the visit"), but for
#: words that open a title: "Programme of cooperation".
_NEED_CAPITAL = ("about", "among", "between", "by", "of", "regarding", "with")
#: Kinds that many bodies issue: "Statement of the Council" says too little without "on ...".
_NEED_SUBJECT = ("decision", "resolution", "statement")
_SUBJECT = re.compile(r" (?:about|concerning|for|on|regarding|to)\b")
#: "Charter of this Organization" points back to a name given before.
_DEMONSTRATIVES = ("same", "that", "these", "this", "those")
_POINTERS = ("his", "its", "our", "their", *_DEMONSTRATIVES)
#: Prepositions that lead from a well-known name to whose it is: "of the SCO Member States".
_OWNER_LEADS = ("among", "between", "of")
#: Words that lead from a name to its date, not to a period of validity.
_DATE_LEADS = ("at", "from", "in", "of", "on")


def _read_resolutions(
    text: _Text, sentence: Sentence, head_start: int, head_end: int, floor: int, limit: int
) -> list[_Found]:
    """Read "Security Council resolutions 1267 (1999) and 1373 (2001)", one by one."""
    written = text.document.text
    start, _, _ = _words_before(text, sentence, head_start, floor)
    body = written[start:head_end]
    found: list[_Found] = []
    position = head_end + 1
    while match := _RESOLUTION_NUMBER.match(written, position, limit):
        number, bracket = match.groups()
        if len(number) < 3 and not bracket:
            break
        year = int(bracket) if bracket and bracket.isdigit() and len(bracket) == 4 else None
        if "Assembly" in body or "/" in number or (bracket and not year):
            organ = "General Assembly "
        elif "Council" in body or body.isupper() or year:
            organ = "Security Council "
        else:
            organ = ""
        end = match.end()
        name = f"{organ}resolution {match.group().strip()}"
        found.append(
            _Found(sentence, start, end, end, "resolution", "numbered_resolution", name, "UN", year)
        )
        joint = _NUMBER_JOINT.match(written, end, limit)
        if not joint or joint.end() == end:
            break
        start = position = joint.end()
    return found


def _year_behind(text: _Text, found: _Found) -> int | None:
    """Read the year of adoption behind a name: "signed in Beijing on ...", "of 16 May 2022"."""
    document, end = text.document, found.name_end
    brackets = _IN_BRACKETS.match(document.text, end, found.sentence.char_end)
    if brackets:
        return int(brackets.group(1))
    at = bisect_left(text.dates, end, key=lambda date: date.char_start)
    if at == len(text.dates):
        return None
    date = text.dates[at]
    if date.inferred or date.char_start > found.sentence.char_end:
        return None
    between = document.folded[end : date.char_start]
    if between in (" of ", " dated ", ", dated ", " of the year "):
        return date.starts_on.year
    adopted = text.lexicon.adopted_behind.match(document.folded, end, date.char_start)
    if adopted and date.char_start - adopted.end() < 80 and ";" not in between:
        return date.starts_on.year
    return None


def _mention(text: _Text, found: _Found) -> InstrumentMention:
    """Complete a mention with its plain name and organisation."""
    written = text.document.text[found.start : found.name_end]
    organisation = found.organisation
    if organisation is None and found.name is None:
        at = bisect_left(text.organisations, found.start, key=lambda term: term.char_start)
        if at < len(text.organisations) and text.organisations[at].char_end <= found.name_end:
            organisation = text.organisations[at].value
    return InstrumentMention(
        found.sentence.ordinal,
        found.start,
        found.end,
        found.name or _plain(written),
        found.kind,
        organisation,
        found.year,
        found.rule,
    )


_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-"}
)


def _plain(name: str) -> str:
    """Make the typographic marks of a name regular."""
    return name.translate(_PLAIN)
