"""Document -> topic mentions: the terms that show what a text is about.

Terms, the words they need or exclude around them, and the names that hide topic words
("Minister of Transport") are in lexicons/en/topics.csv and topic_masks.csv.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from sys import intern
from typing import NamedTuple

from sco_pipeline.codes import code_list
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.model import Document, Sentence, TopicMention
from sco_pipeline.terms import TermIndex, expand, fold


class _Reading(NamedTuple):
    """One topic a term can show; ``needs`` and ``unless`` begin words of its sentence.

    A weak one counts only beside another term of its topic.
    """

    topic: str
    is_weak: bool
    needs: tuple[str, ...]
    unless: tuple[str, ...]


#: What is known of a term: the topics it can show, or the side on which it hides other terms.
_Entry = tuple[_Reading, ...] | str


class _Inner(NamedTuple):
    """A term inside a longer one; characters count from the longer one's start."""

    start: int
    stop: int
    readings: tuple[_Reading, ...]


@dataclass(frozen=True, slots=True)
class TopicLexicon:
    """Compiled from ``topics.csv`` and ``topic_masks.csv`` of one language.

    Attributes:
        inside: The shorter terms in a folded term that needs other words.
    """

    terms: TermIndex[_Entry]
    inside: Mapping[str, tuple[_Inner, ...]]

    @classmethod
    def load(cls, language: str) -> TopicLexicon:
        """Read and compile the lexicons of ``language``.

        Raises:
            LexiconError: A lexicon is malformed.
        """
        readings: dict[str, list[_Reading]] = {}
        for row in read_lexicon(
            f"{language}/topics",
            ("topic", "form", "weight", "needs", "unless", "source"),
            ("topic", "form"),
            {"topic": code_list("topic_labels"), "weight": ("weak",)},
            optional=("topic", "weight", "needs", "unless"),
        ):
            reading = _Reading(
                row["topic"], row["weight"] == "weak", _cues(row["needs"]), _cues(row["unless"])
            )
            for form in expand(row["form"]):
                found = readings.setdefault(form, [])
                if reading.topic and reading not in found:
                    found.append(reading)
        entries: dict[str, _Entry] = {
            form: tuple(sorted(found)) for form, found in readings.items()
        }
        for row in read_lexicon(
            f"{language}/topic_masks",
            ("form", "side", "source"),
            ("form", "side"),
            {"side": ("after", "around", "before", "list")},
        ):
            for form in expand(row["form"]):
                entries[form] = row["side"]
        inside = {
            fold(form): _inner_terms(form, entries)
            for form, entry in entries.items()
            if " " in form and isinstance(entry, tuple) and entry and all(r.needs for r in entry)
        }
        return cls(
            TermIndex(entries.items()), {form: terms for form, terms in inside.items() if terms}
        )


def _inner_terms(form: str, entries: Mapping[str, _Entry]) -> tuple[_Inner, ...]:
    """Return the terms inside a term, from the left, the longest first."""
    inner: list[_Inner] = []
    starts = [0, *(match.end() for match in re.finditer(" ", form))]
    stops = [*(start - 1 for start in starts[1:]), len(form)]
    reached = 0
    for start in starts:
        for stop in reversed(stops):
            if reached <= start < stop and stop - start < len(form):
                written = form[start:stop]
                entry = entries.get(written) or entries.get(written.lower(), "")
                if not isinstance(entry, str):
                    inner.append(_Inner(start, stop, entry))
                    reached = stop + 1
    return tuple(inner)


def find_topics(
    document: Document, sentences: Sequence[Sentence], lexicon: TopicLexicon
) -> list[TopicMention]:
    """Find the terms that show a topic.

    Of overlapping terms the one starting first, then the longer, counts, or the shorter terms
    inside it where the words it needs are missing; it may show several topics ("drug and arms
    trafficking"). Terms inside the names of offices and bodies do not count, nor does a weak term
    whose paragraph has no other term of its topic.

    Returns:
        Mentions in reading order; several with one span where a term shows several topics.
    """
    text, folded = document.text, document.folded
    mentions: list[TopicMention] = []
    numbered = iter(sentences)
    begin = end = ordinal = -1
    words = ""
    hidden = 0  # terms before this offset do not count
    for start, stop, entry in lexicon.terms.find(text, folded):
        if isinstance(entry, str):
            hidden = max(hidden, _name_end(text, folded, stop, entry))
            if entry in ("around", "before"):
                left = _name_start(text, start)
                while mentions and mentions[-1].char_start >= left:
                    mentions.pop()
            continue
        if start < hidden:
            continue
        if end <= start:
            for sentence in numbered:
                if sentence.char_end > start:
                    break
            else:
                break
            begin, end, ordinal = sentence.char_start, sentence.char_end, sentence.ordinal
            words = ""
        if start < begin or stop > end:
            continue
        shown = ""
        for topic, is_weak, needs, unless in entry:
            if needs or unless:
                words = words or _words(folded[begin:end])
                if (needs and not _any_in(needs, words)) or _any_in(unless, words):
                    continue
            # Two readings with one topic but other conditions may both hold.
            if topic != shown:
                mentions.append(TopicMention(ordinal, start, stop, topic, _RULES[is_weak]))
                shown = topic
        if words and not shown:
            for inner in lexicon.inside.get(folded[start:stop], ()):
                left, right = start + inner.start, start + inner.stop
                for topic, is_weak in _shown(inner.readings, words).items():
                    mentions.append(TopicMention(ordinal, left, right, topic, _RULES[is_weak]))
    return _supported(mentions, sentences, folded)


#: Rule of a term that is enough, and of a weak one.
_RULES = ("topic_term", "weak_topic_term")


def _shown(readings: tuple[_Reading, ...], words: str) -> dict[str, bool]:
    """Return the topics that a term shows in a sentence of ``words``, and if it is weak."""
    topics: dict[str, bool] = {}
    for topic, is_weak, needs, unless in readings:
        if not (needs and not _any_in(needs, words)) and not _any_in(unless, words):
            topics.setdefault(topic, is_weak)
    return topics


def _supported(
    mentions: list[TopicMention], sentences: Sequence[Sentence], folded: str
) -> list[TopicMention]:
    """Drop weak terms without another term of their topic in their paragraph."""
    if not any(mention.rule == _RULES[True] for mention in mentions):
        return mentions
    terms: dict[tuple[int, str], set[str]] = {}
    for ordinal, start, stop, topic, _ in mentions:
        word = folded[start:stop].rstrip("s")  # "school" does not support "schools"
        terms.setdefault((sentences[ordinal].paragraph, topic), set()).add(word)
    return [
        mention
        for mention in mentions
        if mention.rule != _RULES[True]
        or len(terms[sentences[mention.sentence].paragraph, mention.topic]) > 1
    ]


def _any_in(cues: tuple[str, ...], words: str) -> bool:
    for cue in cues:  # noqa: SIM110 - any() over a generator takes three times as long
        if cue in words:
            return True
    return False


#: "Transport and Communications of the Republic of Kazakhstan", behind "Minister of".
_NAME_AFTER = re.compile(r"(?:,? (?:(?:and|of|for|the|on|to|in|&) ){0,3}[A-Z][\w'’-]*){1,12}")
#: " energy and water resources of the", behind "Minister of".
_PLAIN_NAME_AFTER = re.compile(
    r"(?: [a-z][\w-]*){1,2}(?:, [a-z][\w-]*(?: [a-z][\w-]*)?){0,2}"
    r"(?: and [a-z][\w-]*(?: [a-z][\w-]*)?)?(?= of | [A-Z])"
)
#: " war, terrorism, drugs and poverty", behind "free of".
_LIST_AFTER = re.compile(
    r"(?: [\w-]+){1,3}(?:, (?:[\w-]+ ){0,2}[\w-]+){0,6}(?:,? (?:and|or) [\w-]+)?"
)
#: Words between two capitals of an office's name.
_JOINTS = frozenset(("&", "and", "for", "of", "the"))
#: Words before "Minister" that can belong to the office.
_LONGEST_BEFORE = 6


def _name_end(text: str, folded: str, start: int, mask: str) -> int:
    """Return where the name or list behind a mask that ends at ``start`` ends."""
    if mask == "before":
        return start
    if mask == "list":
        match = _LIST_AFTER.match(folded, start)
    else:
        match = _NAME_AFTER.match(text, start) or _PLAIN_NAME_AFTER.match(text, start)
    return match.end() if match else start


def _name_start(text: str, end: int) -> int:
    """Return where the capitalised words before ``end`` begin: "Agriculture and Food " Minister."""
    start = reached = end
    if text[end - 1 : end] != " ":
        return end
    for word in reversed(text[max(0, end - 80) : end].split(" ")[-_LONGEST_BEFORE:-1]):
        start -= len(word) + 1
        if word[:1].isupper() and word[-1] not in ".:;":
            reached = start
        elif word not in _JOINTS:
            break
    return reached


#: Every ASCII character, blank where it is punctuation: faster than a table with gaps.
_BETWEEN_WORDS = re.sub(r"[!\"#%&'()*+,\-./:;<=>?@\[\]_{|}]", " ", "".join(map(chr, range(128))))


def _words(folded: str) -> str:
    """Return a folded text with a blank before each word and no punctuation."""
    return f" {folded}".translate(_BETWEEN_WORDS)


@cache
def _cues(cell: str) -> tuple[str, ...]:
    """Read ``a|b``: beginnings of words, as ``_words`` has them.

    Equal cues are one object: thousands of scattered copies would not stay in the cache.
    """
    return tuple(intern(_words(fold(cue))) for cue in cell.split("|")) if cell else ()
