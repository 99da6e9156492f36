"""International organisations named in a document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sco_pipeline.codes import code_list
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.model import Document
from sco_pipeline.terms import Term, TermIndex

_FORMS = ("abbreviation", "agency", "name", "organ", "own_organ", "predecessor")
#: Organs with a code of their own -> organisation they belong to.
_PARENTS = {"SCO_RATS": "SCO"}
# "SCO Regional Anti-Terrorist Structure", "the SCO's Regional Counter-Terrorism Structure"
_PARENT_FIRST = re.compile(r"(?:'s)? ?")
# "Regional Anti-Terrorist Structure of the SCO", "Regional ... Structure (RATS) of the SCO"
_PARENT_LAST = re.compile(r"\)? (?:of|under|within) (?:the )?")


class _Form(NamedTuple):
    """What a surface form stands for."""

    organisation: str
    kind: str


@dataclass(frozen=True)
class OrganisationLexicon:
    """Compiled from <language>/organisations.csv."""

    index: TermIndex[_Form]

    @staticmethod
    @cache
    def load(language: str) -> OrganisationLexicon:
        """Read the word list of a language.

        Raises:
            LexiconError: The word list breaks its rules.
        """
        rows = read_lexicon(
            f"{language}/organisations",
            ("form", "organisation", "kind", "source"),
            ("form",),
            {"organisation": code_list("organisations"), "kind": _FORMS},
        )
        return OrganisationLexicon(
            TermIndex((row["form"], _Form(row["organisation"], row["kind"])) for row in rows)
        )


def find_organisations(document: Document, lexicon: OrganisationLexicon) -> list[Term[str]]:
    """Find the organisations a document names, by name, abbreviation or organ.

    An organ's name that several organisations use ("the Business Council") counts only in a
    document that also names the organisation itself. An organ with a code of its own takes in
    the name of its organisation beside it: "Regional Anti-Terrorist Structure of the SCO" is
    one term.

    Returns:
        Terms with organisation codes in reading order, never overlapping. Furniture is
        searched too.
    """
    found = lexicon.index.find(document.text, document.folded)
    named = {form.organisation for _, _, form in found if form.kind != "own_organ"}
    terms: list[Term[str]] = []
    for start, end, (organisation, kind) in found:
        if kind == "own_organ" and organisation not in named:
            continue
        if terms:
            previous = terms[-1]
            joined = _joined(
                document.folded[previous.char_end : start], previous.value, organisation
            )
            if joined:
                terms[-1] = Term(previous.char_start, end, joined)
                continue
        terms.append(Term(start, end, organisation))
    return terms


def _joined(gap: str, first: str, second: str) -> str | None:
    """Code of an organ whose name is written in two terms, else None."""
    if _PARENTS.get(second) == first and _PARENT_FIRST.fullmatch(gap):
        return second
    if _PARENTS.get(first) == second and _PARENT_LAST.fullmatch(gap):
        return first
    return None
