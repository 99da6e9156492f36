"""Personal names: their regular form, their family name, and whether two are one person's."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from sco_pipeline.mentions.people.lexicon import PeopleLexicon
from sco_pipeline.terms import fold

#: Names repeat within and across documents; what is known of so many is remembered.
_REMEMBERED: Final = 8192

# "Ts." "Elbegdorzh", "Oyun-Erdene", "al-Assad"
_PART = re.compile(r"[^\W\d_]{1,3}\.|[^\W\d_]+(?:['’ʼ`´\-‐‑][^\W\d_]+)*")


@lru_cache(maxsize=_REMEMBERED)
def regular_name(written: str) -> str:
    """The name with the spacing of its initials and its letter case made regular.

    >>> regular_name("N. B.Yermekbayev"), regular_name("Lim Jock HOI"), regular_name("V.V. PUTIN")
    ('N. B. Yermekbayev', 'Lim Jock Hoi', 'V. V. Putin')
    """
    return " ".join(
        "-".join(part.capitalize() for part in word.split("-"))
        if len(word) > 1 and word.isupper() and word[-1] != "."
        else word
        for word in _PART.findall(written)
    )


@lru_cache(maxsize=_REMEMBERED)
def full_words(name: str) -> tuple[str, ...]:
    """The words of a name that are no initials, as written.

    >>> full_words("N. B. Yermekbayev")
    ('Yermekbayev',)
    """
    return tuple(word for word in _PART.findall(name) if len(word) > 1 and word[-1] != ".")


@lru_cache(maxsize=_REMEMBERED)
def initials(name: str) -> tuple[str, ...]:
    """First letters of the initials of a name, folded.

    >>> initials("N. B. Yermekbayev")
    ('n', 'b')
    """
    return tuple(fold(w[0]) for w in _PART.findall(name) if w[-1] == "." or len(w) == 1)


def is_same(left: str, right: str) -> bool:
    """Whether two names in one text are one person's: one says no more than the other.

    >>> is_same("Gizat Nurdauletov", "Nurdauletov"), is_same("V. Putin", "Vladimir Putin")
    (True, True)
    >>> is_same("Marat Imankulov", "Murat Imankulov")
    False
    """
    a, b = ({fold(word) for word in full_words(name)} for name in (left, right))
    if not a or not b or not (a <= b or b <= a):
        return False
    first, second = initials(left), initials(right)
    if first and second:
        return first[0] == second[0]
    for own, words in ((first, b - a), (second, a - b)):
        if own and words and all(word[0] != own[0] for word in words):
            return False
    return True


def family_name(name: str, country: str | None, lexicon: PeopleLexicon) -> str | None:
    """The family name, as far as the form of the name tells.

    It is the first word where the state's people write it first, else the last; None where
    the name has initials only.
    """
    words = full_words(name)
    if not words:
        return None
    if country in lexicon.family_name_first and len(words) > 1 and not initials(name):
        return words[0]
    return words[-1]
