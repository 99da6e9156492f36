"""One row per person, however many documents, spellings and offices.

Names are compared within one state or organisation. Across them a person is followed only
by two full equal names and only where one side is no state: a foreign minister may become a
secretary-general, but "V. Norov" of one state need not be "Vladimir Norov" of another.
What people have judged (``person_judgements``) goes before every rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import duckdb
import pyarrow as pa

from sco_pipeline.names import ALIKE, SAME_PERSON, blocking_keys, compare, words
from sco_pipeline.person_judgements import Judgement, Side
from sco_pipeline.resolution.caches import MapChunks, fill
from sco_pipeline.resolution.clusters import connect

#: A key of more names than this, in one state, tells nobody from another.
COMMON_KEY = 100

#: So many years may lie between two offices of one person, one of them outside a state.
YEARS_BETWEEN_OFFICES = 15

#: Rules that leave two full names equal, so that they may be followed to another affiliation.
_EQUAL = ("same_spelling", "word_division", "transliteration")
#: Rules by which a syllable of a Chinese or Korean name would become another one.
_OTHER_LETTERS = ("vowels", "family_suffix", "misspelling")

#: Names, or pairs of names, that a worker is given at a time.
_CHUNK = 5000

_WRITTEN_NAMES = """
CREATE OR REPLACE TEMP TABLE written_name AS
WITH meeting_day AS (
    SELECT o.document_id, o.mention AS meeting, m.starts_on
    FROM meeting_of AS o
    JOIN meeting AS m USING (meeting_id)
),
-- Left joins keep the many participants on the side that is not stored.
by_role AS (
    SELECT coalesce(p.country, p.organisation, '') AS affiliation, p.name, p.role,
        bool_or(p.country IS NOT NULL) AS is_state, count(*) AS frequency,
        min(coalesce(m.starts_on, d.published_on)) AS first_on,
        max(coalesce(m.starts_on, d.published_on)) AS last_on
    FROM participants AS p
    LEFT JOIN meeting_day AS m USING (document_id, meeting)
    LEFT JOIN documents AS d USING (document_id)
    GROUP BY ALL
)
SELECT affiliation, name, bool_or(is_state) AS is_state,
    arg_min(role, {'rarity': -frequency, 'role': role}) AS role,
    min(first_on) AS first_on, max(last_on) AS last_on
FROM by_role
GROUP BY ALL
"""

_NEW_NAMES = "SELECT DISTINCT name FROM written_name ANTI JOIN name_form USING (name)"

#: Names as they are written of one state or organisation, in however many documents; numbered
#: from the most complete to the least.
_NUMBERED = """
CREATE OR REPLACE TEMP TABLE numbered AS
SELECT *, (row_number() OVER (
    ORDER BY full_words DESC, word_count DESC, length(name) DESC, name DESC, affiliation DESC
) - 1)::INTEGER AS number
FROM written_name
JOIN name_form USING (name)
"""

_KEY_SIZES = """
CREATE OR REPLACE TEMP TABLE key_size AS
SELECT affiliation, key, count(*) AS size
FROM (SELECT affiliation, unnest(keys) AS key FROM numbered)
GROUP BY ALL
HAVING size > 1
"""

#: Names to be compared with those of their block: of one affiliation with a key that few have
#: there, and (in ``*``) of any, written with the same letters.
_FRESH = f"""
CREATE OR REPLACE TEMP TABLE fresh AS
WITH block AS (
    SELECT affiliation, key, name
    FROM (SELECT affiliation, unnest(keys) AS key, name FROM numbered)
    JOIN key_size USING (affiliation, key)
    WHERE size <= {COMMON_KEY}
    UNION ALL
    SELECT '*', letters, unnest(names)
    FROM (
        SELECT letters, list(DISTINCT name) AS names
        FROM numbered
        WHERE letters IS NOT NULL
        GROUP BY letters
        HAVING min(name) < max(name)
    )
)
FROM block ANTI JOIN name_block USING (affiliation, key, name)
"""

_NEW_PAIRS = """
WITH pairs AS (
    SELECT a.name AS name_a, b.name AS name_b
    FROM fresh AS a
    JOIN fresh AS b ON a.affiliation = b.affiliation AND a.key = b.key AND a.name < b.name
    UNION
    SELECT least(a.name, b.name), greatest(a.name, b.name)
    FROM fresh AS a
    JOIN name_block AS b ON a.affiliation = b.affiliation AND a.key = b.key
)
FROM pairs ANTI JOIN name_comparison USING (name_a, name_b)
ORDER BY ALL
"""

#: What was compared for another affiliation, or for names that are gone, is no link.
_LINKS = f"""
CREATE OR REPLACE TEMP TABLE link AS
WITH common AS (
    SELECT affiliation, list(key) AS keys
    FROM key_size
    WHERE size > {COMMON_KEY}
    GROUP BY affiliation
),
pair AS (
    SELECT a, b, c.score, c.rule
    FROM name_comparison AS c
    JOIN numbered AS a ON a.name = c.name_a
    JOIN numbered AS b ON b.name = c.name_b AND b.affiliation = a.affiliation
    LEFT JOIN common ON common.affiliation = a.affiliation
    WHERE list_has_any(
        a.keys, CASE WHEN common.keys IS NULL THEN b.keys
                     ELSE list_filter(b.keys, lambda k: NOT list_contains(common.keys, k)) END
    )
    UNION ALL
    SELECT CASE WHEN a.affiliation < b.affiliation THEN a ELSE b END,
        CASE WHEN a.affiliation < b.affiliation THEN b ELSE a END, c.score, c.rule
    FROM name_comparison AS c
    JOIN numbered AS a ON a.name = c.name_a
    JOIN numbered AS b ON b.name = c.name_b AND b.letters = a.letters
    WHERE a.affiliation != b.affiliation
    UNION ALL
    SELECT a, b, 1, 'same_spelling'
    FROM numbered AS a
    JOIN numbered AS b ON b.name = a.name AND a.affiliation < b.affiliation
    WHERE a.letters IS NOT NULL
)
SELECT a.number AS a, b.number AS b, a.affiliation = b.affiliation AS is_within, score, rule,
    CASE
        WHEN NOT is_within THEN rule IN {_EQUAL} AND NOT (a.is_state AND b.is_state)
            AND coalesce(greatest(a.first_on - b.last_on, b.first_on - a.last_on)
                <= {YEARS_BETWEEN_OFFICES * 366}, true)
        WHEN score < {SAME_PERSON} THEN false
        WHEN a.affiliation IN (SELECT country FROM family_name_first) AND rule IN {_OTHER_LETTERS}
            THEN false
        -- "Azimov", "Azizov" are two names, unless the office shows that one is a misprint; for
        -- "E. Rakhmonov", "Rahmon", whose ending is another, the whole given name shows it too.
        ELSE a.role = b.role
            OR (rule != 'misspelling'
                AND (rule != 'family_suffix' OR (a.full_words > 1 AND b.full_words > 1)))
    END AS is_accepted
FROM pair
WHERE score >= {ALIKE}
"""

_LINKED = """
SELECT number, affiliation, role, is_state
FROM numbered
WHERE number IN (
    SELECT unnest([a, b]) FROM link WHERE is_accepted
    UNION
    SELECT unnest([a, b]) FROM judged
)
ORDER BY number
"""

#: Where a person is no group of names, it is one name.
_MEMBERS = """
CREATE OR REPLACE TEMP TABLE member AS
SELECT n.number, n.affiliation, n.name, n.is_state, n.beside_initials,
    coalesce(g.component, n.number) AS component, coalesce(g.person, n.number) AS person,
    coalesce(g.place, 0) AS place
FROM numbered AS n
LEFT JOIN grouped AS g USING (number)
"""

#: Whoever serves a state and an organisation is at home in the state. The family name is the full
#: word that stands beside initials, where any spelling has initials.
_PERSONS = """
CREATE OR REPLACE TEMP TABLE person_group AS
WITH beside AS (
    SELECT person, beside_initials, count(*) AS frequency
    FROM member
    WHERE beside_initials IS NOT NULL
    GROUP BY ALL
),
most_frequent AS (
    SELECT person,
        max({'frequency': frequency, 'form': beside_initials}).form AS beside_initials
    FROM beside
    GROUP BY person
),
grouped AS (
    SELECT person,
        (row_number() OVER (ORDER BY any_value(component), person) - 1)::INTEGER AS number,
        coalesce(arg_min(affiliation, place) FILTER (is_state), arg_min(affiliation, place))
            AS home,
        arg_min(name, place) AS full_name
    FROM member
    GROUP BY person
)
FROM grouped
LEFT JOIN most_frequent USING (person)
"""

_NEW_FAMILY_WORDS = """
SELECT DISTINCT full_name AS name, beside_initials
FROM person_group
ANTI JOIN family_word AS f
    ON f.name = full_name AND f.beside_initials = person_group.beside_initials
WHERE beside_initials IS NOT NULL
"""

_PERSON_OF = """
CREATE OR REPLACE TEMP TABLE person_of AS
SELECT m.affiliation, m.name, p.number, p.home, p.full_name, f.family_name
FROM member AS m
JOIN person_group AS p USING (person)
LEFT JOIN family_word AS f ON f.name = p.full_name AND f.beside_initials = p.beside_initials
"""

_PERSON_LINK = """
CREATE OR REPLACE TEMP TABLE person_link AS
SELECT a.affiliation AS affiliation_a, a.name AS name_a, b.affiliation AS affiliation_b,
    b.name AS name_b, l.score, l.rule, coalesce(l.is_accepted, false) AS is_accepted,
    l.is_judged
FROM (
    SELECT a, b, coalesce(link.score, judged.score) AS score,
        coalesce(link.rule, judged.rule) AS rule, link.is_accepted,
        judged.score IS NOT NULL AS is_judged
    FROM link
    FULL JOIN judged USING (a, b)
) AS l
JOIN numbered AS a ON a.number = l.a
JOIN numbered AS b ON b.number = l.b
"""


_NAME_FORM = pa.schema(
    {
        "name": pa.string(),
        "full_words": pa.int32(),
        "word_count": pa.int32(),
        "letters": pa.string(),
        "beside_initials": pa.string(),
        "keys": pa.list_(pa.string()),
    }
)
_COMPARISON = {"score": pa.float64(), "rule": pa.string()}
_NAME_COMPARISON = pa.schema({"name_a": pa.string(), "name_b": pa.string(), **_COMPARISON})
_JUDGED = pa.schema({"a": pa.int32(), "b": pa.int32(), **_COMPARISON})
_GROUPED = pa.schema(dict.fromkeys(("number", "component", "person", "place"), pa.int32()))


class Linked(NamedTuple):
    """A written name that is linked to another."""

    affiliation: str
    role: str
    is_state: bool


#: Tables of no use once all are resolved
_PASSING = ("written_name", "numbered", "key_size", "fresh", "link", "member", "person_group")

Pairs = set[tuple[int, int]]
Units = dict[int, list[int]]


def resolve_persons(
    connection: duckdb.DuckDBPyConnection,
    judgements: Sequence[Judgement] = (),
    map_chunks: MapChunks = map,
) -> list[str]:
    """Create ``person_of`` (affiliation, name -> number of the person, home, full and family
    name) and ``person_link`` (two names, score, rule, whether it joins and who decided).

    Args:
        connection: Has ``participants`` (mentions), ``documents``, ``meeting_of``, ``meeting``,
            ``family_name_first``, and the caches.
        judgements: What people decided; order is of no account.
        map_chunks: Applies a function to many chunks, be it in other processes.

    Returns:
        Messages about judgements that were not applied.
    """
    connection.execute(_WRITTEN_NAMES)
    fill(connection, "name_form", _NEW_NAMES, _forms, map_chunks, _CHUNK)
    connection.execute(_NUMBERED)
    connection.execute(_KEY_SIZES)
    connection.execute(_FRESH)
    fill(connection, "name_comparison", _NEW_PAIRS, _comparisons, map_chunks, _CHUNK)
    connection.execute("INSERT INTO name_block FROM fresh")
    connection.execute(_LINKS)

    numbers = _numbers(connection, judgements)
    same, different, problems = _apply(judgements, numbers)
    connection.register("judged", _judged(numbers, same | different))
    connection.register("grouped", _groups(connection, same, different))
    connection.execute(_MEMBERS)
    connection.execute(_PERSONS)
    fill(connection, "family_word", _NEW_FAMILY_WORDS, _family_words, map_chunks, _CHUNK)
    connection.execute(_PERSON_OF)
    connection.execute(_PERSON_LINK)
    for view in ("judged", "grouped"):
        connection.unregister(view)
    for table in _PASSING:
        connection.execute(f"DROP TABLE {table}")
    return problems


def _forms(chunk: pa.RecordBatch) -> pa.Table:
    """Rows of the cache ``name_form``."""
    rows = []
    for name in chunk["name"].to_pylist():
        parts = words(name)
        full = [word for word in parts if not word.is_initial]
        written = {word.written: word.skeleton for word in full}
        is_beside = len(written) == 1 and len(full) < len(parts)
        rows.append(
            {
                "name": name,
                "full_words": len(full),
                "word_count": len(parts),
                "letters": "".join(sorted("".join(word.skeleton for word in full)))
                if len(full) > 1
                else None,
                "beside_initials": next(iter(written.values())) if is_beside else None,
                "keys": sorted(blocking_keys(name)),
            }
        )
    return pa.Table.from_pylist(rows, _NAME_FORM)


def _comparisons(chunk: pa.RecordBatch) -> pa.Table:
    """Rows of the cache ``name_comparison``: those of the pairs that are alike."""
    rows = []
    for left, right in zip(chunk["name_a"].to_pylist(), chunk["name_b"].to_pylist(), strict=True):
        comparison = compare(left, right)
        if comparison.score >= ALIKE:
            rows.append({"name_a": left, "name_b": right, **comparison._asdict()})
    return pa.Table.from_pylist(rows, _NAME_COMPARISON)


def _family_words(chunk: pa.RecordBatch) -> pa.Table:
    """Rows of the cache ``family_word``: the word of a name that is most like another's."""
    rows = []
    for row in chunk.to_pylist():
        wanted = row["beside_initials"]
        full = [word for word in words(row["name"]) if not word.is_initial]
        best = max(full, key=lambda w: (compare(w.form, wanted).score, w.written))
        rows.append({**row, "family_name": best.written})
    return pa.Table.from_pylist(rows)


def _numbers(
    connection: duckdb.DuckDBPyConnection, judgements: Sequence[Judgement]
) -> dict[Side, int]:
    """The numbers of the names that are judged, as far as they occur."""
    if not judgements:
        return {}
    sides = {side for judgement in judgements for side in judgement.sides}
    wanted = pa.Table.from_pylist([side._asdict() for side in sides])
    connection.register("wanted", wanted)
    found = connection.execute(
        "SELECT name, affiliation, number FROM numbered JOIN wanted USING (name, affiliation)"
    ).fetchall()
    connection.unregister("wanted")
    return {Side(name, affiliation): number for name, affiliation, number in found}


def _apply(
    judgements: Iterable[Judgement], numbers: Mapping[Side, int]
) -> tuple[Pairs, Pairs, list[str]]:
    """Find the names that are judged; leave out judgements that contradict each other."""
    judged: list[tuple[tuple[int, int], Judgement]] = []
    problems = []
    for judgement in sorted(judgements, key=lambda j: j.line):
        missing = [side for side in judgement.sides if side not in numbers]
        problems += [
            f"line {judgement.line}: no participant is written {side}; copy name and affiliation "
            "from person_links, or participants"
            for side in missing
        ]
        if not missing:
            left, right = sorted(judgement.sides, key=lambda side: (side.affiliation, side.name))
            judged.append(((numbers[left], numbers[right]), judgement))
    size = max(numbers.values(), default=0) + 1
    component = connect(size, [pair for pair, judgement in judged if judgement.is_same])
    broken = {
        component[a]
        for (a, b), judgement in judged
        if not judgement.is_same and component[a] == component[b]
    }
    same: Pairs = set()
    different: Pairs = set()
    contradicting = []
    for (a, b), judgement in judged:
        if component[a] == component[b] and component[a] in broken:
            contradicting.append(judgement.line)
        else:
            (same if judgement.is_same else different).add((a, b))
    if contradicting:
        lines = ", ".join(map(str, contradicting))
        problems.append(f"lines {lines} contradict each other, none is applied; keep what is true")
    return same, different, problems


def _judged(numbers: Mapping[Side, int], pairs: Iterable[tuple[int, int]]) -> pa.Table:
    """The pairs that are judged, compared like others."""
    names = {number: side.name for side, number in numbers.items()}
    rows = [{"a": a, "b": b, **compare(names[a], names[b])._asdict()} for a, b in sorted(pairs)]
    return pa.Table.from_pylist(rows, _JUDGED)


def _groups(connection: duckdb.DuckDBPyConnection, same: Pairs, different: Pairs) -> pa.Table:
    """Group the names that are linked or judged.

    Returns:
        For each its ``number``, that of the ``person`` (the least of its names') and of the
        ``component`` of persons who may be one, and its ``place`` among the names of the person.
    """
    rows = connection.execute(_LINKED).fetchall()
    numbers = [row[0] for row in rows]
    names = [Linked(*row[1:]) for row in rows]
    # From here on names are counted without those between them, in the same order.
    index = {number: place for place, number in enumerate(numbers)}
    links = [
        (index[a], index[b])
        for a, b in connection.execute("SELECT a, b FROM link WHERE is_accepted").fetchall()
    ]
    same, different = ({(index[a], index[b]) for a, b in pairs} for pairs in (same, different))
    columns: dict[str, list[int]] = {"number": [], "component": [], "person": [], "place": []}
    for component, group in _clusters(names, links, same, different):
        columns["number"] += [numbers[n] for n in group]
        columns["component"] += [numbers[component]] * len(group)
        columns["person"] += [numbers[group[0]]] * len(group)
        columns["place"] += range(len(group))
    return pa.table(columns, _GROUPED)


def _clusters(
    names: Sequence[Linked], links: Iterable[tuple[int, int]], same: Pairs, different: Pairs
) -> Iterator[tuple[int, list[int]]]:
    """Group names, numbered from the most complete one, into persons, each after the first name
    of its component.
    """
    # Names that were judged to be one person's are one unit from the start.
    unit_of = connect(len(names), same)
    units: defaultdict[int, list[int]] = defaultdict(list)
    for number, unit in enumerate(unit_of):
        units[unit].append(number)
    apart: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in different:
        apart[unit_of[a]].add(unit_of[b])
        apart[unit_of[b]].add(unit_of[a])
    within: defaultdict[int, set[int]] = defaultdict(set)
    across = []
    for a, b in links:
        left, right = unit_of[a], unit_of[b]
        if names[a].affiliation == names[b].affiliation:
            within[left].add(right)
            within[right].add(left)
        else:
            across.append((left, right))
    groups = _join_within(names, units, within, apart)
    for component, group in _join_across(names, units, groups, across, apart):
        yield component, [number for unit in group for number in units[unit]]


def _join_within(
    names: Sequence[Linked],
    units: Units,
    links: Mapping[int, set[int]],
    apart: Mapping[int, set[int]],
) -> list[list[int]]:
    """Group the names of each affiliation, most complete first.

    A name joins a group only if it may be every member of it, and only where one group alone
    takes it ("N. Karimov" may be two people), unless one alone has its office.
    """
    groups: dict[int, list[int]] = {}
    group_of: dict[int, int] = {}

    def affiliations(unit: int) -> set[str]:
        return {names[n].affiliation for n in units[unit]}

    def roles(members: Iterable[int]) -> set[str]:
        return {names[n].role for member in members for n in units[member]}

    def fits(unit: int, group: list[int]) -> bool:
        linked = links[unit]
        return apart.get(unit, set()).isdisjoint(group) and all(
            member in linked or affiliations(member).isdisjoint(affiliations(unit))
            for member in group
        )

    for unit in units:
        near = {group_of[other] for other in links.get(unit, ()) if other in group_of}
        fitting = [group for group in near if fits(unit, groups[group])]
        if len(fitting) > 1:
            own = roles([unit])
            same_role = [group for group in fitting if not own.isdisjoint(roles(groups[group]))]
            fitting = same_role if len(same_role) == 1 else []
        group = fitting[0] if fitting else unit
        groups.setdefault(group, []).append(unit)
        group_of[unit] = group
    return list(groups.values())


def _join_across(
    names: Sequence[Linked],
    units: Units,
    groups: list[list[int]],
    links: Iterable[tuple[int, int]],
    apart: Mapping[int, set[int]],
) -> Iterator[tuple[int, list[int]]]:
    """Follow persons from one affiliation to another, where that leads to one state at most."""
    place = {unit: number for number, group in enumerate(groups) for unit in group}
    component = connect(len(groups), [(place[a], place[b]) for a, b in links])
    joined: defaultdict[int, list[int]] = defaultdict(list)
    for number in range(len(groups)):
        joined[component[number]].append(number)
    for first, numbers in joined.items():
        if len(numbers) == 1:
            yield groups[first][0], groups[first]
            continue
        members = [unit for number in numbers for unit in groups[number]]
        with_state = sum(
            any(names[n].is_state for unit in groups[number] for n in units[unit])
            for number in numbers
        )
        is_apart = any(not apart[u].isdisjoint(members) for u in members if u in apart)
        if with_state > 1 or is_apart:
            for number in numbers:
                yield groups[first][0], groups[number]
        else:
            yield groups[first][0], members
