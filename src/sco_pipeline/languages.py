"""The language a text is written in, as a BCP 47 code."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

#: BCP 47 code of no language in particular.
UNKNOWN = "und"
_LETTER = re.compile(r"[^\W\d_]")
_NOT_LATIN = re.compile(r"[^\x00-\u024f\u1e00-\u1eff\u2000-\u206f]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_NOT_RUSSIAN = re.compile(r"[әғқңөұүһіїєґҳҷӣӯўђјљњћџѓќѕ]", re.IGNORECASE)
# Letters that Russian has and Bulgarian, which has no letters of its own, has not.
_RUSSIAN = re.compile(r"[ыэё]", re.IGNORECASE)
_ENGLISH_WORDS = (" the ", " of ", " and ", " to ", " in ")
# A letter with an accent, which English headlines have in a name or "communiqué".
_ACCENTED = re.compile(r"[\u00c0-\u024f\u02bb\u02bc\u1e00-\u1eff]")
#: A long text is judged by so many pieces of so many characters, from all over it.
_PIECES, _PIECE = 6, 500
_FEW_WORDS, _FEW_LETTERS = 30, 200
#: Probability from which py3langid is believed, of a text of some length and of a few words.
_SURE, _VERY_SURE = 0.9, 0.95
#: Code of py3langid for what is no language, such as figures.
_NO_LANGUAGE = "zxx"


def detect_language(text: str) -> str:
    """Tell a text's language; of several, that of the larger part.

    Russian and Chinese are told by their script, English by its function words, all others by
    py3langid, which is loaded only for them. A few Latin words without accents count as English.

    >>> detect_language("Встреча прошла в Ташкенте"), detect_language("会议在北京举行")
    ('ru', 'zh')

    Returns:
        A code of two or three letters, ``UNKNOWN`` where none is sure.
    """
    sample = text
    if len(text) > _PIECES * _PIECE:
        step = (len(text) - _PIECE) // (_PIECES - 1)
        sample = "\n".join(text[i * step : i * step + _PIECE] for i in range(_PIECES))
    foreign = 0 if sample.isascii() else len(_NOT_LATIN.findall(sample))
    if foreign > 0.1 * len(sample):
        letters = len(_LETTER.findall(sample))
        han = len(_HAN.findall(sample))
        if han > 0.2 * letters:
            return "ja" if len(_KANA.findall(sample)) > 0.1 * han else "zh"
        cyrillic = len(_CYRILLIC.findall(sample))
        if cyrillic > 0.5 * letters:
            return _cyrillic_language(sample, cyrillic)
        if foreign > 0.5 * letters:
            return _guess(sample, 0.0)  # the script alone leaves few
    words = sample.count(" ") + 1
    counts = list(map(sample.lower().count, _ENGLISH_WORDS))
    if sum(counts) >= 0.06 * words and (words < _FEW_WORDS or sum(map(bool, counts)) > 1):
        return "en"
    if words >= _FEW_WORDS:
        return _guess(sample, _SURE)
    found = _guess(sample, _VERY_SURE) if _ACCENTED.search(sample) else UNKNOWN
    return "en" if found == UNKNOWN else found


def _cyrillic_language(sample: str, cyrillic: int) -> str:
    if len(_NOT_RUSSIAN.findall(sample)) > 0.01 * cyrillic:
        return _guess(sample, 0.0)
    if cyrillic >= _FEW_LETTERS and _RUSSIAN.search(sample):
        return "ru"
    found = _guess(sample, _VERY_SURE)
    return "ru" if found == UNKNOWN else found


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _guess(sample: str, least: float) -> str:
    code, probability = _identifier().classify(sample)
    return str(code) if probability >= least and code != _NO_LANGUAGE else UNKNOWN
