"""Finding quotes in the cleaned text, and pairing what was annotated with what was found."""

from __future__ import annotations

from collections.abc import Sequence

from sco_pipeline.characters import clean_characters
from sco_pipeline.errors import GoldError
from sco_pipeline.model import Extraction
from sco_pipeline.terms import fold

Span = tuple[int, int]
#: Characters of a long sentence that are shown on either side of an error.
_AROUND = 80


def bare(name: str) -> str:
    """A name without letter case, accents, blanks and punctuation."""
    return "".join(char for char in fold(clean_characters(name)) if char.isalnum())


class Locator:
    """Finds a quote in the cleaned text, blind to spacing, punctuation and letter case."""

    def __init__(self, extraction: Extraction) -> None:
        self._text = extraction.document.text
        self._sentences = extraction.sentences
        folded = extraction.document.folded
        self._offsets = [index for index, char in enumerate(folded) if char.isalnum()]
        self._letters = "".join(folded[index] for index in self._offsets)

    def find(self, quote: str) -> Span | None:
        """Where ``quote`` first stands, None if nowhere."""
        letters = bare(quote)
        start = self._letters.find(letters)
        if not letters or start < 0:
            return None
        return self._offsets[start], self._offsets[start + len(letters) - 1] + 1

    def span(self, quote: str) -> Span:
        """Where ``quote`` first stands.

        Raises:
            GoldError: It does not occur.
        """
        found = self.find(quote)
        if found is None:
            raise GoldError(f"quote not found in the text: {quote!r}")
        return found

    def context(self, span: Span) -> str:
        """The words around ``span`` in its sentence; of a long one what stands near."""
        start, end = span
        first, last = next(
            (
                (sentence.char_start, sentence.char_end)
                for sentence in self._sentences
                if sentence.char_start <= start < sentence.char_end
            ),
            (start, end),
        )
        left, right = max(first, start - _AROUND), min(max(last, end), end + _AROUND)
        words = " ".join(self._text[left:right].split())
        return f"{'…' * (left > first)}{words}{'…' * (right < last)}"


def match_spans(gold: Sequence[Span], predicted: Sequence[Span]) -> list[tuple[int, int]]:
    """Pair overlapping spans one to one, in reading order; pairs of indices."""
    pairs: list[tuple[int, int]] = []
    open_spans = sorted(enumerate(predicted), key=lambda item: item[1])
    for index, (start, end) in sorted(enumerate(gold), key=lambda item: item[1]):
        for item in open_spans:
            other, (low, high) = item
            if low < end and start < high:
                pairs.append((index, other))
                open_spans.remove(item)
                break
    return pairs
