"""The words around meetings, each with the one-letter tag that sentences are rewritten in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sco_pipeline.codes import code_list, reference_rows
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.terms import TermIndex, fold

#: Tag of each kind of ``meeting_words``. Further tags: B body, S meeting that names its body
#: ("summit"), O organisation, R the SCO's RATS, C city, N country, D date, P person,
#: # ordinal, w any other word; function words as in ``lines``; punctuation stands for itself.
TAGS = {
    "attended": "q",
    "bilateral": "Y",
    "called_off": "X",
    "capital": "L",
    "chair_by": "k",
    "chair_noun": "J",
    "chair_under": "u",
    "chair_verb": "j",
    "closed": "z",
    "days": "A",
    "event": "E",
    "events": "e",
    "format": "m",
    "future": "f",
    "heads": "H",
    "held": "h",
    "here": "c",
    "host_country": "Q",
    "hosted": "s",
    "ignore": "w",
    "margins": "M",
    "members": "K",
    "met": "v",
    "next": "F",
    "opened": "g",
    "organ": "U",
    "place": "y",
    "plain": "A",
    "prepare": "p",
    "propose": "V",
    "recall": "r",
    "time": "T",
    "to_host": "x",
}
#: Kinds that make the names of ministers' bodies out of portfolios, and the body's code
#: (None: the portfolio's own).
_FORM_BODIES: Mapping[str, str | None] = {"deputy_form": "other", "minister_form": None}
#: Kind that ties a portfolio to "ministers of the member states".
_CHARGE = "charge"
#: Tags that make a sentence worth reading for a meeting, and for who chairs it.
CHAIR_CUES = frozenset("Jjku")
CUES = frozenset("BEFHS") | CHAIR_CUES
_BODY_KINDS = ("body", "event", "open_event", "weak")
_FORMATS = ("hybrid", "in_person", "video")
#: Value of verbs that say a meeting is held on the day of writing: "is taking place".
NOW = "now"


class Word(NamedTuple):
    """What the lexicon says of a term.

    Attributes:
        code: Body of a body, format of a format word, ``NOW`` of a verb in the present.
        organisation: Organisation a body belongs to, where its name says so.
        value: An ordinal's number, the days of "two-day".
        weak: True for a body's name that is an everyday word ("leaders").
        open: True for a meeting of ministers of any portfolio, foreign ministers where the text
            tells none ("ministerial meeting").
    """

    tag: str
    code: str = ""
    organisation: str | None = None
    value: int = 0
    weak: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class MeetingLexicon:
    """Bodies, ordinals and the words around meetings.

    Attributes:
        words: All words that have a tag of their own.
        portfolios: Portfolio of ministers -> body.
        charge: Matches "responsible for" and a portfolio behind "ministers of the states".
        subject: Matches "on" and a portfolio behind "ministerial meeting".
        portfolio: Finds a portfolio.
        capitals: Country -> its capital.
    """

    words: TermIndex[Word]
    portfolios: Mapping[str, str]
    charge: re.Pattern[str]
    subject: re.Pattern[str]
    portfolio: re.Pattern[str]
    capitals: Mapping[str, str]

    @classmethod
    def load(cls, language: str) -> MeetingLexicon:
        """Read and compile bodies, portfolios, meeting words and ordinals of a language.

        Raises:
            LexiconError: A file is malformed.
        """
        bodies = code_list("body_labels")
        rows = read_lexicon(
            f"{language}/meeting_words", ("form", "kind", "value", "source"), ("form",),
            {"kind": [*TAGS, *_FORM_BODIES, _CHARGE], "value": [*_FORMATS, NOW, *"1234"]},
            ("value",),
        )  # fmt: skip
        portfolios = {
            fold(row["form"]): row["body"]
            for row in read_lexicon(
                f"{language}/portfolios", ("form", "body", "source"), ("form",), {"body": bodies}
            )
        }
        # A later row counts before an earlier one of the same form: a body's own name before
        # one made of a portfolio.
        terms: dict[str, tuple[str, Word]] = {}
        for row in rows:
            if row["kind"] in _FORM_BODIES:
                for portfolio, body in portfolios.items():
                    form = row["form"].replace("{}", portfolio)
                    terms[form] = form, Word("B", _FORM_BODIES[row["kind"]] or body)
        for row in read_lexicon(
            f"{language}/bodies", ("form", "body", "kind", "organisation", "source"), ("form",),
            {"body": bodies, "kind": _BODY_KINDS, "organisation": code_list("organisations")},
            ("organisation",),
        ):  # fmt: skip
            kind = row["kind"]
            word = Word(
                "S" if kind in ("event", "open_event") else "B",
                row["body"],
                row["organisation"] or None,
                weak=kind == "weak",
                open=kind == "open_event",
            )
            terms[fold(row["form"])] = row["form"], word
        for row in rows:
            if row["kind"] in TAGS:
                number = int(row["value"]) if row["value"].isdigit() else 0
                word = Word(TAGS[row["kind"]], row["value"], value=number)
                terms[fold(row["form"])] = row["form"], word
        for row in read_lexicon(f"{language}/ordinals", ("form", "value", "source"), ("form",)):
            terms[fold(row["form"])] = row["form"], Word("#", value=int(row["value"]))
        charge = _any(row["form"] for row in rows if row["kind"] == _CHARGE)
        portfolio = rf"(?P<portfolio>{_any(portfolios)})\b"
        return cls(
            TermIndex(terms.values()),
            portfolios,
            # "for the prevention and elimination of emergency situations"
            re.compile(rf"\W{{1,3}}(?:{charge})\s(?:the\s)?(?:\w+\s){{0,4}}?{portfolio}"),
            re.compile(rf"\W{{1,3}}(?:on|{charge})\s(?:the\s)?{portfolio}"),
            re.compile(rf"\b{portfolio}"),
            {
                str(row["country"]): str(row["city"])
                for row in reference_rows("cities")
                if row["is_capital"]
            },
        )


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(fold(word)) for word in sorted(words, key=len, reverse=True))
