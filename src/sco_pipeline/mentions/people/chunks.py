"""Sentence -> chunks: office phrases, names, countries and what stands between them.

A sentence is masked (each term becomes a run of one private character), cut into tokens, and
written as a string of one-letter tags (``lexicon._Tags``). On that string office phrases and
names are regular expressions: "the Secretary of the Security Council of Kazakhstan
N. B.Yermekbayev" is ``aOoaKKoCIIN``, of which ``OoaKKoC`` is an office and ``IIN`` a name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sco_pipeline.mentions.people.lexicon import (
    ADJECTIVE,
    COUNTRY,
    GIVEN,
    LINE,
    ORGANISATION,
    OfficeTerm,
    PeopleLexicon,
)
from sco_pipeline.model import CountryMention, Document
from sco_pipeline.terms import Term, fold

#: Length of the longest office word that is looked for behind a name without a space.
_LONGEST_OFFICE = 40
#: Room between "attended by" and a name: " the ", ": ".
_ARTICLE_REACH = 5
#: So many states are a list.
_SHORTEST_LIST = 3

#: Latin letters, and Cyrillic ones that stray into names ("Mirziёev"), as ranges: faster to match
#: than ``[^\W\d_]``.
_LETTERS = "A-Za-zÀ-ÖØ-öø-ɏЀ-ӿḀ-ỿ"

# A masked term | "'s" | "H.E." | "Ts." "N." "Gen." | "Oyun-Erdene" "O'Brien" "al-Assad" |
# "2017" "17.05.2018" | one mark
_TOKEN = re.compile(
    r"H\.\s?E\."
    rf"|[{_LETTERS}]+(?:(?<![{_LETTERS}]{{4}})\.|(?:['’ʼ`´\-‐‑](?!s\b)[{_LETTERS}]+)*)"
    r"|([\ue000-\ue00f])\1*|['’`´]s\b|\d[\w.,:/]*|[^\w\s]"
)
# Words with a capital: "Tleuberdi"
_CAPITALISED = re.compile(rf"[A-ZÀ-ÖØ-ÞĀ-ſƀ-ɏ][{_LETTERS}]*")

# "attended by [Xyz]", "present were:"
_NAME_NEXT = re.compile(r":|:?\s(?:the )?[A-ZÀ-ÖØ-ÞĀ-ſ]")

# A word that names an office; "Amir" is part of a name before one ("Amir Khan Muttaqi").
_HEAD = "(?:[OHM]|R(?![NPp]))"
# What begins a new office phrase: "Foreign Minister", "SCO Secretary-General", "Iran's President".
_NESTED = r"(?:[KJGQv]|Cx){0,6}(?:[OH]|R(?![NPp]))"
# The first word after a link: a whole office, a field, a state, an unknown place; no name
# follows "to" or "with" there ("Assistant to Xi Jinping").
_FIRST = rf"(?:[wuO]x[KGvu]|{_NESTED}|[CJGKTvu]|(?<!t)(?<!ta)[NQ]|\([^()NI]{{1,8}}\))"
_COMPLEMENT = (
    r"(?:"
    # " of the Security Council", " under the President", " for Foreign Affairs"
    rf"a?[oft]+a*q?{_FIRST}"
    # "Head of" the State Committee
    rf"|(?<=H)a*q?{_FIRST}"
    # "the Russian" Security Council, "the Pakistani" Prime Minister
    r"|(?<=J)(?:[OHR]|[KGvuT])"
    # "Security" Council, unless a new office begins: "Executive Committee Chairman"
    rf"|(?<=[KGCJvuTNQ)])(?!(?:[KJGQ]|Cx){{0,6}}{_HEAD})N?K"
    # "Chairman of Ministers' Cabinet"
    rf"|(?<=[OK])q(?!(?:[KJGQ]|Cx){{0,6}}{_HEAD})K"
    r"|(?<=[KGvuC)])G|(?<=[KGCJvu])[vu]"
    # "Minister of Defense Tajikistan"
    r"|(?<=[KGvu])C(?![xOHK])"
    # "Kazakhstan's" Ministry
    rf"|(?<=[CJGKN])x(?:{_NESTED}|[KCGvuNQ])"
    # "Minister of Foreign Affairs II" of Brunei
    r"|(?<=K)Q(?=oa?C)"
    # "(RATS)", "(with the rank of a Minister)"
    r"|\([^()NI]{1,8}\)"
    # ", Industry and Trade", "and Xyz Industry", unless a new office begins
    rf"|(?<=[KGvu])[,;&](?![KaCJGQx&]{{0,8}}{_HEAD})a?(?:N?K+|v+)"
    r")*"
)
_OFFICE = (
    # "the current Russian First Deputy Defence", "SCO", "Kazakhstan's", "Laos'", "President's",
    # "the United Nations (UN)" Special Envoy
    r"(?:aw?)?(?:[KCJGQTYZvx]|Cq|M-?|Ox|O(?=[OH])|(?<=G)\([GQ]\)(?=[KJv]{0,4}[OHM]))*"
    # "Minister", "Head of", "deputy of"; "Sultan" unless it is a name ("Mr. Sultan Al Jaber")
    r"(?:[OH]|M(?=o)|R(?![NPp])|(?:(?<=Y)|(?<![OHKCGT]))R(?!p))"
    rf"{_COMPLEMENT}"
)
_NAME = (
    # "H.E. Mr. ", "Prof. Dr. ", "Lt. Gen. (Retd) ", "major general "
    r"(?:[TYZr]\.?|(?<=[TYZr.])\([KNwu]\))*"
    # "Mr. Park Jin-ho"
    r"(?:(?<=[TYZr.])K(?=[NQ]))?"
    # "Amir Khan Muttaqi", "Mohammed bin Zayed bin Sultan Al Nahyan", "E. S. Sysoev", "Lim Jock HOI"
    r"(?:R(?=[NPp]))?"
    r"(?:[NQI]|P(?=[NQPIpR])|(?<=[NQ])P|(?<=[NQPIpR])p(?=[pPRNQK])|(?<=[NQ])j(?=[NQ])"
    r"|(?<=[pP])R(?=[NPp])|(?<=[NQ])R(?=[NQ])|(?<=[NQ])Z){1,8}"
    # "Mirzo Ulugbek ogly"; "E. Young", "Mr. Maurice Strong", "Asaad Al Said"
    r"(?:(?<=[NQ])j)?(?:(?<=[INPp])K(?![OHMK]))?"
)
_CHUNK = re.compile(
    rf"(?P<W>(?:[wcunqmpj/]|r(?![TYZr]*[NQI]))+)|(?P<A>s+|&)|(?P<F>{_OFFICE})|(?P<N>{_NAME})|."
)
_REST = re.compile(_COMPLEMENT)
#: Tags of chunks of one token that begin nothing else, and are their own kind.
_MARKS = ",;:().L"
#: Tag -> kind of a chunk of one token; marks stand for themselves.
_KINDS = dict(zip("CJGKQTYZoftLMRxvIr", "CCGKKKKKPPPLWWWWWW", strict=True))


class Office:
    """An office phrase.

    Attributes:
        start, end: Span in the document.
        class_: Class of the office; empty for what follows a name with "of".
        plural: Whether several hold it: "Presidents N. Nazarbayev, K. Bakiyev".
        first, last: Its first and last token.
        deputy, former: Whether such a modifier stands before the office word.
        read: Whether the fields below are filled (``offices.read``).
        fields: Its fields and bodies, in order.
        bare: Nothing but states and organisations is said of it.
        country, organisation: Whom it serves.
        named: Words in it name some body or field.
        of_organ: It serves an organisation that is not named.
        cut: More is said of it than was understood: "President of the last session".
        bound: A name has it.
        unknown_state: Span of a word in the place of a state that is in no list.
    """

    __slots__ = (
        "bare", "bound", "class_", "country", "cut", "deputy", "end", "fields", "first", "former",
        "last", "named", "of_organ", "organisation", "plural", "read", "start", "unknown_state",
    )  # fmt: skip

    def __init__(self, sentence: Chunks, first: int, last: int, term: OfficeTerm | None) -> None:
        self.first = first
        self.last = last
        self.start = sentence.token(first)[0]
        self.end = sentence.token(last)[1]
        self.class_ = term.office if term else ""
        self.plural = term is not None and term.plural
        self.deputy = False
        self.former = False
        self.read = False
        self.fields: list[str] = []
        self.bare = True
        self.country: str | None = None
        self.organisation: str | None = None
        self.named = False
        self.of_organ = False
        self.cut = False
        self.bound = False
        self.unknown_state: tuple[int, int] | None = None


class Name:
    """A possible name, and what is found to stand with it.

    Attributes:
        start, end: Span in the document, titles left out.
        lone: One word, and no title before it.
        titled: A title stands before it.
        ranked: The title is a military rank.
        offices: Offices it has, the one nearest first.
        country, organisation: Named with it outside the office.
        unknown_state: Span of a word in the place of that state that is in no list.
        rule: What bound it; empty while nothing shows it to be a name.
    """

    __slots__ = (
        "country", "end", "lone", "offices", "organisation", "ranked", "rule", "start", "titled",
        "unknown_state",
    )  # fmt: skip

    def __init__(self, start: int, end: int, titled: bool, ranked: bool, lone: bool) -> None:
        self.start = start
        self.end = end
        self.titled = titled
        self.ranked = ranked
        self.lone = lone and not titled
        self.offices: list[Office] = []
        self.country: str | None = None
        self.organisation: str | None = None
        self.unknown_state: tuple[int, int] | None = None
        self.rule = ""


@dataclass(slots=True)
class Chunks:
    """A sentence or list, cut into chunks.

    Attributes:
        kinds: One letter per chunk: ``F`` office, ``N`` name, ``X`` what follows a name with
            "of", ``C`` country, ``G`` organisation, ``K`` capitalised word, ``A`` conjunction,
            ``P`` preposition, ``W`` other words, ``L`` line break, else a mark. A blank stands
            at either end.
        names: The names, by chunk.
        offices: The offices, ``X`` too, by chunk.
        codes: The country and organisation codes, by chunk.
        tokens: First token of each chunk, and the number of tokens at the end.
        tags: One tag per token.
        matches: Each token, found in the masked sentence.
        offset: Where the sentence starts in the document.
        terms: Start of a term in the masked sentence -> its value.
    """

    tags: str
    matches: list[re.Match[str]]
    offset: int
    terms: dict[int, OfficeTerm | CountryMention | str]
    kinds: str = ""
    names: dict[int, Name] = field(default_factory=dict)
    offices: dict[int, Office] = field(default_factory=dict)
    codes: dict[int, str] = field(default_factory=dict)
    tokens: list[int] = field(default_factory=list)

    def span(self, i: int, j: int) -> tuple[int, int]:
        """The span of chunks ``i`` to ``j``, the last included."""
        return self.token(self.tokens[i])[0], self.token(self.tokens[j + 1] - 1)[1]

    def token(self, i: int) -> tuple[int, int]:
        """The span of token ``i``."""
        start, end = self.matches[i].span()
        return self.offset + start, self.offset + end

    def term(self, i: int) -> OfficeTerm | CountryMention | str:
        """The term of token ``i``, which is one."""
        return self.terms[self.matches[i].start()]


class Chunker:
    """Cuts the sentences of one document."""

    def __init__(
        self,
        document: Document,
        countries: Sequence[CountryMention],
        organisations: Sequence[Term[str]],
        lexicon: PeopleLexicon,
    ) -> None:
        self.text = document.text
        self.folded = document.folded
        self.lexicon = lexicon
        self.cues = lexicon.cues.find(document.text, document.folded)
        if glued := list(self._glued()):
            self.cues = sorted([*self.cues, *glued], key=_char_start)
        self.cue_starts = [cue.char_start for cue in self.cues]
        self._introducing_starts = [c.char_start for c in self.cues if c.value.introduces]
        self._telling_starts = [
            cue.char_start
            for cue in self.cues
            if not cue.value.introduces or _NAME_NEXT.match(self.text, cue.char_end)
        ]
        self._countries = countries
        self._country_starts = [country.char_start for country in countries]
        self._organisations = organisations
        self._organisation_starts = [term.char_start for term in organisations]

    def has_cue(self, start: int, end: int) -> bool:
        """Whether a stretch of text has an office, honour or "attended by" and a capital."""
        cue = bisect_left(self._telling_starts, start)
        return cue < len(self._telling_starts) and self._telling_starts[cue] < end

    def has_introduction(self, start: int, end: int) -> bool:
        """Whether words like "attended by" stand in a stretch of text."""
        cue = bisect_left(self._introducing_starts, start)
        return cue < len(self._introducing_starts) and self._introducing_starts[cue] < end

    def _glued(self) -> Iterator[Term[OfficeTerm]]:
        """The offices that run together with the name before them: "X YMinister of Trade"."""
        text, folded = self.text, self.folded
        for head in self.lexicon.heads:
            start = -1
            while (start := text.find(head, start + 1)) >= 0:
                if not text[start - 1 : start].islower():
                    continue
                end = start + _LONGEST_OFFICE
                for first, last, term in self.lexicon.cues.find(text[start:end], folded[start:end]):
                    if first == 0 and term.office:
                        yield Term(start, start + last, term)

    def introduces(self, start: int) -> str:
        """The participation of those named from ``start``, by the words right before it, or ""."""
        cue = bisect_left(self.cue_starts, start) - 1
        if cue < 0 or not 0 <= start - self.cues[cue].char_end <= _ARTICLE_REACH:
            return ""
        return self.cues[cue].value.introduces

    def may_list(self, start: int, end: int) -> bool:
        """Whether a stretch of text lists states: "A. Kamilov, Uzbekistan; Wang Yi, China; ..."."""
        first = bisect_left(self._country_starts, start)
        last = first + _SHORTEST_LIST - 1
        return (
            last < len(self._country_starts)
            and self._country_starts[last] < end
            and (
                self.text.count(";", start, end) >= _SHORTEST_LIST - 1
                or self.text.count("(", start, end) >= _SHORTEST_LIST
            )
        )

    def may_name(self, start: int, end: int) -> bool:
        """Whether a stretch of text has a word that could be part of a name."""
        words = self.lexicon.name_words
        return any(map(words.__getitem__, _CAPITALISED.findall(self.text, start, end)))

    def cut(self, ranges: Sequence[tuple[int, int]]) -> Chunks:
        """Cut stretches of text, the lines of one list or a sentence, into chunks."""
        pieces: list[str] = []
        terms: dict[int, OfficeTerm | CountryMention | str] = {}
        reached = start = ranges[0][0]
        text = self.text
        for number, (first, last) in enumerate(ranges):
            if number:
                pieces.append(LINE * (first - reached))
                reached = first
            for term_start, minus_end, _, mask, value in self._terms(first, last):
                if term_start < reached:
                    continue
                pieces.append(text[reached:term_start])
                reached = -minus_end
                pieces.append(mask * (reached - term_start))
                terms[term_start - start] = value
            pieces.append(text[reached:last])
            reached = last
        masked = "".join(pieces)
        matches = list(_TOKEN.finditer(masked))
        tags = self.lexicon.tags
        chunks = Chunks("".join([tags[match[0]] for match in matches]), matches, start, terms)
        self._chunk(chunks)
        return chunks

    def _terms(
        self, start: int, end: int
    ) -> list[tuple[int, int, int, str, OfficeTerm | CountryMention | str]]:
        """Terms of a stretch of text, in order, the longer first where two start together.

        Returns:
            Start, end as a negative number, a number of its own, mask and value of each.
        """
        terms: list[tuple[int, int, int, str, OfficeTerm | CountryMention | str]] = []
        i = bisect_left(self.cue_starts, start)
        while i < len(self.cues) and self.cues[i].char_start < end:
            cue = self.cues[i]
            if cue.value.office and not self._is_no_office(i):
                terms.append((cue.char_start, -cue.char_end, len(terms), cue.value.mask, cue.value))
            i += 1
        i = bisect_left(self._country_starts, start)
        while i < len(self._countries) and self._country_starts[i] < end:
            country = self._countries[i]
            if country.form != "capital":
                mask = ADJECTIVE if country.form in ("adjective", "people") else COUNTRY
                terms.append((country.char_start, -country.char_end, len(terms), mask, country))
            i += 1
        i = bisect_left(self._organisation_starts, start)
        while i < len(self._organisations) and self._organisation_starts[i] < end:
            term = self._organisations[i]
            # "Regional Anti-Terrorist Structure (RATS" lacks its bracket.
            written = self.text[term.char_start : term.char_end + 1]
            closing = written[-1:] == ")" and "(" in written
            terms.append(
                (term.char_start, -term.char_end - closing, len(terms), ORGANISATION, term.value)
            )
            i += 1
        terms.sort()
        return terms

    def _is_no_office(self, i: int) -> bool:
        """Whether an office word names none here.

        It is half of a hyphenated name ("Amir-Abdollahian", "Nur-Sultan"), or says who chairs:
        "under the chair of Minister X".
        """
        cue = self.cues[i]
        if cue.value.mask == GIVEN:
            return (
                self.text[cue.char_end : cue.char_end + 1] == "-"
                or self.text[cue.char_start - 1 : cue.char_start] == "-"
            )
        return cue.value.office == "chairman" and self.folded.endswith(
            ("under the ", "under "), 0, cue.char_start
        )

    def _chunk(self, chunks: Chunks) -> None:
        tags = chunks.tags
        kinds = [" "]
        names, offices, codes = chunks.names, chunks.offices, chunks.codes
        tokens = [0]
        position, size = 0, len(tags)
        while position < size:
            tag = tags[position]
            if tag in _MARKS:
                kinds.append(tag)
                tokens.append(position)
                position += 1
                continue
            opens_name = kinds[-1] == "F" and self._opens_name(
                chunks, position, offices[len(kinds) - 1]
            )
            match = _CHUNK.match(tags, position + opens_name)
            assert match is not None
            end = match.end()
            group = "N" if opens_name else match.lastgroup
            if group == "F":
                office = self._office(chunks, position, end)
                kind = "F" if office else "W"
                if office:
                    offices[len(kinds)] = office
            elif group == "N":
                named = self._name(chunks, position, end, kinds[-1] == "F")
                if named is None:
                    kind = "K" if tag in "KQTYZ" else "W"
                else:
                    kind, (names[len(kinds)], end) = "N", named
            elif group:
                kind = group
            else:
                if tag == "a":  # an article belongs to what follows
                    position = end
                    continue
                kind = _KINDS.get(tag, tag)
                if kind in "CG":
                    term = chunks.term(position)
                    code = term.country if isinstance(term, CountryMention) else str(term)
                    codes[len(kinds)] = code
            kinds.append(kind)
            tokens.append(position)
            position = end
            if kind == "N" and tags[position : position + 1] == "o":
                rest = _REST.match(tags, position)
                if rest and rest.end() > position:
                    offices[len(kinds)] = Office(chunks, position, rest.end() - 1, None)
                    kinds.append("X")
                    tokens.append(position)
                    position = rest.end()
        kinds.append(" ")
        chunks.kinds = "".join(kinds)
        chunks.tokens = [*tokens, size, size]

    def _opens_name(self, chunks: Chunks, position: int, office: Office) -> bool:
        """Whether a word after an office that is mostly no name opens one.

        A country's does if it is an adjective ("Energy Minister German Galushchenko"), or the
        office has its country ("Israel's minister Israel Katz"); a function word with a capital
        does ("Vice Premier He Lifeng"), and a common word before a hyphenated name: "Minister Park
        Jin-ho".
        """
        tags = chunks.tags
        tag = tags[position]
        if tag not in "CJKwa" or tags[position + 1 : position + 2] != "N" or office.plural:
            return False
        if tag in "wa":
            return self.text[chunks.token(position)[0]].isupper()
        if tag == "K":
            return "-" in chunks.matches[position + 1][0]
        return tag == "J" or not {"C", "J"}.isdisjoint(tags[office.first : position])

    def _office(self, chunks: Chunks, first: int, end: int) -> Office | None:
        """The office phrase at tokens ``first`` to ``end``; None for a lone modifier."""
        tags = chunks.tags
        deputy = former = False
        term: OfficeTerm | None = None
        head = first
        for head in range(first, end):
            if tags[head] in "OHMR":
                found = chunks.term(head)
                assert isinstance(found, OfficeTerm)
                if found.office == "+deputy":
                    deputy = True
                elif found.office == "+former":
                    former = True
                elif found.office[0] != "+" and (
                    tags[head + 1 : head + 2] not in ("x", "O", "H")
                    or self._is_honorific(chunks, head + 1, end)
                ):
                    term = found
                    break
        if term is None:
            if not deputy:
                return None
            # "deputy of the State Duma"
            term, deputy = OfficeTerm("member", False, ""), False
        # Of the words before, only those of offices belong: not "Earlier" or "Today".
        words = self.lexicon.office_words
        while first < head and (
            tags[first] in "awx"
            or (tags[first] in "KTYv" and fold(self.text[slice(*chunks.token(first))]) not in words)
        ):
            first += 1
        office = Office(chunks, first, end - 1, term)
        office.deputy = deputy
        office.former = former
        return office

    @staticmethod
    def _is_honorific(chunks: Chunks, i: int, end: int) -> bool:
        """Whether the office word at token ``i`` that ends a phrase is a mere title there.

        "ECO Secretary General Ambassador X" is Secretary General.
        """
        term = chunks.terms.get(chunks.matches[i].start()) if i == end - 1 else None
        return isinstance(term, OfficeTerm) and term.office == "ambassador"

    def _name(self, chunks: Chunks, first: int, end: int, called: bool) -> tuple[Name, int] | None:
        """The name at tokens ``first`` to ``end``, titles included, and the token after it.

        ``called``: an office stands right before, so that "VLADIMIR PUTIN" may be a name.
        """
        tags = chunks.tags
        start = first
        while tags[start] in "TYZr" or (tags[start] in ".(" and start > first):
            start += 3 if tags[start] == "(" else 1
        titled = start > first
        if titled and tags[start] == "K" and start + 1 < end:
            # "Mr Justice X"; but "Mr. Park Jin-ho"
            start += fold(chunks.matches[start][0]) in self.lexicon.office_words
        ranks = self.lexicon.ranks
        ranked = titled and any(
            fold(m[0]).rstrip(".") in ranks for m in chunks.matches[first:start]
        )
        body = tags[start:end]
        words = body.count("N")
        if body[-1] == "K":
            if set(body[:-1]) == {"I"} or body[-2] in "Pp":
                words += 1
            elif titled and fold(chunks.matches[end - 1][0]) in self.lexicon.own_words:
                return None  # "the Sultan Xyz Summit"
            elif titled and body == "NK":
                words += 1
            else:
                # "Tokayev Tuesday": the word is no part of the name.
                body = body[:-1]
                end -= 1
        if not words and (
            "Q" not in body or not (titled or "I" in body or (called and len(body) > 1))
        ):
            return None
        closed = end == len(tags)
        for i in range(start + 2, end):
            if tags[i - 1] == "I" and chunks.matches[i][0] == chunks.matches[start][0]:
                # "Wang Yi. Wang": a new sentence
                end, body, closed = i, tags[start:i], True
                break
        last_start, last = chunks.token(end - 1)
        if body[-1] == "I" and len(body) > 1 and closed and last - last_start > 2:
            last -= 1  # the point of "Yi." is the sentence's
        return Name(chunks.token(start)[0], last, titled, ranked, len(body) == 1), end


def _char_start(term: Term[OfficeTerm]) -> int:
    return term.char_start
