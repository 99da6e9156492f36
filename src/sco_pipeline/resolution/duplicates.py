"""Which documents are copies of others, and which one stands for each.

Copies with the same letters and digits are found by their hash. Near copies (another header, a
few misprints, other quotation marks, a note added) are looked up by the samples of their sketches,
and then compared word by word; two texts that report different events stay apart, however alike
they are: press releases are made from one template. See docs/adr/0017.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import duckdb
import pyarrow as pa
from rapidfuzz.distance import OSA, Levenshtein, MatchingBlock

from sco_pipeline.resolution.caches import MapChunks, fill
from sco_pipeline.resolution.meetings import PERIOD_END
from sco_pipeline.sketches import words_of
from sco_pipeline.terms import fold

#: Share of words that two copies have in common at least. A text and three fifths of it have 0.75:
#: an excerpt of half a text is no copy of it.
LEAST_SIMILARITY = 0.75
#: Share of the numbers in one place of two copies that may differ, as misprints do.
MOST_OTHER_NUMBERS = 0.05
#: Share of the persons of two copies that may have another name.
MOST_OTHER_PERSONS = 0.25
#: Similarity (Jaro-Winkler) of two spellings of a name.
ONE_NAME = 0.85
#: Days within which copies of a text are published.
PUBLISHED_WITHIN_DAYS = 30

#: Rarest of a text's samples by which it is looked up, and how many of them copies share at least.
_LOOKED_UP, _MET = 16, 3
#: Share of samples (Jaccard) from which on two texts are compared.
_LEAST_SHARED = 0.25
#: Texts with one sample to which each other text that has it is held.
_MOST_TEXTS = 50
#: Pairs of texts that a worker is given at a time.
_CHUNK = 50
#: Words on either side of two numbers that must agree for the numbers to be in one place.
_SURROUNDING = 4
#: Longer passages that differ are other passages.
_LONGEST_CHANGE = 12
_NO_DIGITS = bytes(code for code in range(256) if not 48 <= code <= 57)

_LEVELLED = "regexp_replace(lower(strip_accents({})), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g')"

# Of documents with the same letters and digits, the one of which most is known stands for all.
# Of those of one address, the newest version alone is asked.
_STANDING = """
CREATE OR REPLACE TEMP TABLE standing AS
SELECT *, first_value(place) OVER (PARTITION BY text_key ORDER BY place) AS exact_place
FROM (
    SELECT d.document_id, d.text_key, d.words_key, d.published_on,
        (row_number() OVER (
            ORDER BY d.published_on IS NULL, d.source_url IS NULL, d.published_on, d.document_id
        ))::INTEGER AS place
    FROM all_documents AS d
    ANTI JOIN (FROM version WHERE document_id <> newest_id) AS v USING (document_id)
)
"""
_RUNS = """
CREATE OR REPLACE TEMP TABLE run AS
SELECT s.place, len(d.sketch) AS size, unnest(d.sketch) AS run
FROM (FROM standing WHERE place = exact_place) AS s
JOIN all_documents AS d USING (document_id)
"""
# The rarest samples tell most. What thousands of texts share, the formulas of a genre, is among
# them only where a text has little else; then not all are held against all.
_CANDIDATES = f"""
CREATE OR REPLACE TEMP TABLE candidate AS
WITH shared AS (
    SELECT run, count(*) AS texts FROM run GROUP BY run HAVING texts > 1
),
looked_up AS (
    SELECT place, run
    FROM run JOIN shared USING (run)
    QUALIFY row_number() OVER (PARTITION BY place ORDER BY texts, run) <= {_LOOKED_UP}
),
turn AS (
    SELECT *, row_number() OVER (PARTITION BY run ORDER BY place) AS turn FROM looked_up
),
met AS (
    SELECT o.place AS original, c.place AS copy
    FROM turn AS o
    JOIN turn AS c ON o.run = c.run AND o.place < c.place
    WHERE o.turn <= {_MOST_TEXTS}
    GROUP BY ALL
    HAVING count(*) >= {_MET}
),
alike AS (
    SELECT m.original, m.copy
    FROM met AS m
    JOIN run AS o ON o.place = m.original
    JOIN run AS c ON c.place = m.copy AND c.run = o.run
    GROUP BY ALL
    HAVING count(*) >= {_LEAST_SHARED} * (any_value(o.size) + any_value(c.size) - count(*))
)
SELECT a.original, a.copy, o.document_id AS original_id, c.document_id AS copy_id,
    least(o.words_key, c.words_key) AS key_a, greatest(o.words_key, c.words_key) AS key_b,
    coalesce(o.published_on = c.published_on, true) AS is_of_one_day
FROM alike AS a
JOIN standing AS o ON o.place = a.original
JOIN standing AS c ON c.place = a.copy
WHERE coalesce(abs(o.published_on - c.published_on) <= {PUBLISHED_WITHIN_DAYS}, true)
"""
# What the one is about must fit something that the other speaks of, and the other way round.
_OTHER_MEETING = f"""
CREATE OR REPLACE TEMP TABLE other_meeting AS
WITH told AS (
    SELECT *, starts_on AS period_start, {PERIOD_END} AS period_end
    FROM all_meeting_mentions AS m
    SEMI JOIN (
        SELECT original_id AS document_id FROM candidate UNION SELECT copy_id FROM candidate
    ) AS c USING (document_id)
)
SELECT original, copy
FROM (
    SELECT original, copy, o.mention = 0 AS is_original_about, c.mention = 0 AS is_copy_about,
        o.body = c.body
        AND coalesce(o.organisation = c.organisation, true)
        AND coalesce(o.ordinal = c.ordinal, true)
        AND coalesce(o.city = c.city, true)
        AND coalesce(o.country = c.country, true)
        AND coalesce(o.period_start <= c.period_end AND c.period_start <= o.period_end, true)
        AS fits
    FROM candidate AS p
    JOIN told AS o ON o.document_id = p.original_id
    JOIN told AS c ON c.document_id = p.copy_id
    WHERE o.mention = 0 OR c.mention = 0
)
GROUP BY ALL
HAVING NOT (bool_or(fits) FILTER (is_original_about) AND bool_or(fits) FILTER (is_copy_about))
"""
# A person of the one text is in the other if the last word of the name is, or a name like it.
_OTHER_PERSONS = f"""
CREATE OR REPLACE TEMP TABLE other_persons AS
WITH involved AS (
    SELECT original_id AS document_id FROM candidate UNION SELECT copy_id FROM candidate
),
person AS (
    SELECT document_id, list(DISTINCT trim({_LEVELLED.format("name")})) AS names
    FROM all_participants SEMI JOIN involved USING (document_id)
    GROUP BY ALL
),
told AS (
    SELECT document_id, names, ' ' || {_LEVELLED.format("text")} || ' ' AS words
    FROM person JOIN all_documents USING (document_id)
),
missing AS (
    SELECT p.original, p.copy, one.document_id, count(*) / any_value(len(one.names)) AS share
    FROM candidate AS p
    JOIN told AS one ON one.document_id IN (p.original_id, p.copy_id)
    JOIN told AS other
        ON other.document_id IN (p.original_id, p.copy_id) AND other.document_id <> one.document_id,
    unnest(one.names) AS n(name)
    WHERE NOT contains(other.words, ' ' || split_part(n.name, ' ', -1) || ' ')
        AND NOT list_bool_or(list_transform(other.names,
            lambda x : jaro_winkler_similarity(n.name, x) >= {ONE_NAME}))
    GROUP BY ALL
)
SELECT original, copy
FROM missing
GROUP BY ALL
HAVING count(*) = 2 AND min(share) > {MOST_OTHER_PERSONS}
"""
# Texts of the same words are compared once; which document they are taken from does not matter.
_NEW_PAIRS = """
WITH pair AS (
    SELECT DISTINCT key_a, key_b
    FROM {pairs}
    ANTI JOIN text_comparison USING (key_a, key_b)
    WHERE key_a <> key_b
),
text AS (
    SELECT d.words_key, string_agg(s.text, ' ' ORDER BY s.ordinal) AS text
    FROM (
        SELECT words_key, min(document_id) AS document_id
        FROM all_documents
        WHERE words_key IN (SELECT key_a FROM pair UNION SELECT key_b FROM pair)
        GROUP BY ALL
    ) AS d
    JOIN all_sentences AS s USING (document_id)
    GROUP BY ALL
)
SELECT p.key_a, p.key_b, a.text AS text_a, b.text AS text_b
FROM pair AS p
JOIN text AS a ON a.words_key = p.key_a
JOIN text AS b ON b.words_key = p.key_b
"""
# Where nothing but misprints differs, what is reported differs by mistake, unless it was taken from
# the date line.
_NEAR = f"""
SELECT original, copy, coalesce(t.similarity, 1) AS similarity
FROM candidate
LEFT JOIN text_comparison AS t USING (key_a, key_b)
WHERE (
    key_a = key_b
    OR t.similarity >= {LEAST_SIMILARITY}
    AND t.other_numbers <= {MOST_OTHER_NUMBERS} * (t.other_numbers + t.same_numbers)
) AND (
    (is_of_one_day AND coalesce(t.other_words, 0) = 0)
    OR (original, copy) NOT IN (FROM other_meeting UNION FROM other_persons)
)
"""
_ORIGINALS = """
CREATE OR REPLACE TEMP TABLE original AS
WITH stands AS (
    SELECT s.document_id, o.document_id AS original_id
    FROM standing AS s
    LEFT JOIN near_copy AS n ON n.copy = s.exact_place
    JOIN standing AS o ON o.place = coalesce(n.original, s.exact_place)
)
SELECT d.document_id, s.original_id,
    CASE
        WHEN d.document_id = s.original_id THEN NULL
        WHEN v.revision < v.newest_revision THEN 'revision'
        WHEN d.text_key = o.text_key THEN 'exact'
        ELSE 'near'
    END AS kind,
    v.revision,
    least(d.words_key, o.words_key) AS key_a, greatest(d.words_key, o.words_key) AS key_b,
    d.text_key = o.text_key AS is_same_text
FROM all_documents AS d
LEFT JOIN version AS v USING (document_id)
JOIN stands AS s ON s.document_id = coalesce(v.newest_id, d.document_id)
JOIN all_documents AS o ON o.document_id = s.original_id
"""
_SIMILARITIES = """
CREATE OR REPLACE TEMP TABLE similarity AS
SELECT o.document_id,
    CASE WHEN kind IS NULL THEN NULL
         WHEN is_same_text OR key_a = key_b THEN 1
         ELSE t.similarity END AS similarity
FROM original AS o
LEFT JOIN text_comparison AS t USING (key_a, key_b)
"""


class TextComparison(NamedTuple):
    """How alike two texts are.

    Attributes:
        similarity: Share of the words of both that stand in both in one order, 0 to 1.
        same_numbers: Numbers that stand in both.
        other_numbers: Numbers in whose place the other text has another one.
        other_words: Passages in whose place the other text has other words, misprints aside.
    """

    similarity: float
    same_numbers: int
    other_numbers: int
    other_words: int


def resolve_duplicates(connection: duckdb.DuckDBPyConnection, map_chunks: MapChunks) -> None:
    """Create the tables ``original`` and ``similarity``.

    ``original`` has a row per document: document_id, original_id (itself where it stands for
    itself), kind (a code of duplicate_kind_labels, or null) and revision; ``similarity`` has
    document_id and similarity.

    Args:
        connection: Has ``version`` (``revisions.resolve_versions``), the views ``all_documents``,
            ``all_sentences``, ``all_meeting_mentions`` and ``all_participants``, and the caches.
        map_chunks: Applies a function to many chunks, in any process.
    """
    for step in (_STANDING, _RUNS, _CANDIDATES, _OTHER_MEETING, _OTHER_PERSONS):
        connection.execute(step)
    _compare(connection, "candidate", map_chunks)
    copies = choose_originals(connection.execute(_NEAR).fetchall())
    near_copy = pa.table(
        {
            "copy": pa.array(list(copies.keys()), pa.int32()),
            "original": pa.array(list(copies.values()), pa.int32()),
        }
    )
    connection.register("near_copy", near_copy)
    connection.execute(_ORIGINALS)
    connection.unregister("near_copy")
    _compare(connection, "(FROM original WHERE kind IS NOT NULL AND NOT is_same_text)", map_chunks)
    connection.execute(_SIMILARITIES)
    for table in ("standing", "run", "candidate", "other_meeting", "other_persons"):
        connection.execute(f"DROP TABLE {table}")


def _compare(connection: duckdb.DuckDBPyConnection, pairs: str, map_chunks: MapChunks) -> None:
    new = _NEW_PAIRS.format(pairs=pairs)
    fill(connection, "text_comparison", new, _comparisons, map_chunks, _CHUNK)


def choose_originals(pairs: Iterable[tuple[int, int, float]]) -> dict[int, int]:
    """Choose the original of each copy.

    Each copy is alike to its original itself: no chain leads from one text to quite another.

    Args:
        pairs: Of two texts that may be copies: the place of the one of which more is known, which
            is lower, that of the other, and their similarity.

    Returns:
        Place of each copy -> place of its original, which is no copy.

    >>> choose_originals([(0, 1, 0.9), (1, 2, 0.95), (0, 3, 0.85), (2, 3, 0.9)])
    {1: 0, 3: 2}
    """
    alike: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for original, copy, similarity in pairs:
        alike[copy].append((-similarity, original))
    copies: dict[int, int] = {}
    for copy in sorted(alike):
        if found := [pair for pair in alike[copy] if pair[1] not in copies]:
            copies[copy] = min(found)[1]
    return copies


def compare_texts(one: Sequence[bytes], other: Sequence[bytes]) -> TextComparison:
    """Compare two texts word by word.

    Args:
        one: Words of a text (``sketches.words_of``).
        other: Words of another one.

    >>> held = "the fifth session of the council was held in minsk on {} may 2019"
    >>> compare_texts(*(held.format(day).encode().split() for day in (12, 14)))
    TextComparison(similarity=0.9286, same_numbers=1, other_numbers=1, other_words=1)
    """
    numbers: dict[bytes, int] = {}
    a, b = ([numbers.setdefault(word, len(numbers)) for word in text] for text in (one, other))
    # The last block is empty and stands at both ends.
    blocks = Levenshtein.opcodes(a, b).as_matching_blocks()
    start = MatchingBlock(0, 0, 0)
    same_numbers, other_numbers, other_words = 0, 0, 0
    for before, after in pairwise([start, *blocks]):
        end_a, end_b = before.a + before.size, before.b + before.size
        same_numbers += len(_numbers(one[before.a : end_a]))
        gone, come = one[end_a : after.a], other[end_b : after.b]
        if not gone or not come or _are_misprints(gone, come):
            continue
        other_words += 1
        is_one_place = before.size + after.size >= _SURROUNDING
        if is_one_place and max(len(gone), len(come)) <= _LONGEST_CHANGE:
            around = (*one[end_a - 1 : end_a], *one[after.a : after.a + 1])
            is_date = len(_numbers(around)) == 2
            other_numbers += _other_numbers(gone, come, is_date)
    shared = sum(block.size for block in blocks)
    similarity = round(2 * shared / max(len(one) + len(other), 1), 4)
    return TextComparison(similarity, same_numbers, other_numbers, other_words)


def _are_misprints(gone: Sequence[bytes], come: Sequence[bytes]) -> bool:
    """Whether words differ by a letter each, or by the blanks between them."""
    if b"".join(gone) == b"".join(come):
        return True
    return len(gone) == len(come) and all(
        OSA.distance(old, new, score_cutoff=1) <= 1 and not (_numbers((old,)) or _numbers((new,)))
        for old, new in zip(gone, come, strict=True)
    )


def _other_numbers(gone: Sequence[bytes], come: Sequence[bytes], is_date: bool) -> int:
    """How many numbers are others; a word between two numbers is a month and counts as one."""
    old, new = Counter(_numbers(gone)), Counter(_numbers(come))
    if old and new:
        return min((old - new).total(), (new - old).total())
    return int(is_date and not old and not new)


def _numbers(words: Iterable[bytes]) -> list[bytes]:
    """The digits of each word that has some."""
    return [digits for word in words if (digits := word.translate(None, _NO_DIGITS))]


def _comparisons(pairs: pa.RecordBatch) -> pa.Table:
    rows = []
    for pair in pairs.to_pylist():
        one, other = (words_of(fold(pair[name])) for name in ("text_a", "text_b"))
        comparison = compare_texts(one, other)
        rows.append({name: pair[name] for name in ("key_a", "key_b")} | comparison._asdict())
    return pa.Table.from_pylist(rows)
