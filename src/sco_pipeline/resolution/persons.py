"""One row per person, however many documents, spellings and offices.

Names are compared within one state or organisation. Across them a person is followed only
by two full equal names and only where one side is no state: a foreign minister may become a
secretary-general, but "V. Norov" of one state need not be "Vladimir Norov" of another.
What people have judged (``person_judgements``) goes before every rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

import duckdb
import pyarrow as pa

from sco_pipeline.names import ALIKE, SAME_PERSON, Comparison, blocking_keys, compare, words
from sco_pipeline.person_judgements import Judgement
from sco_pipeline.resolution.clusters import connect

_WRITTEN_NAMES = """
SELECT coalesce(p.country, p.organisation, '') AS affiliation, p.name,
    bool_or(p.country IS NOT NULL) AS is_state, mode(p.role ORDER BY p.role) AS role,
    min(coalesce(m.starts_on, d.published_on)) AS first_on,
    max(coalesce(m.starts_on, d.published_on)) AS last_on
FROM participants AS p
JOIN documents AS d USING (document_id)
LEFT JOIN meeting_of AS o ON o.document_id = p.document_id AND o.mention = p.meeting
LEFT JOIN meeting AS m ON m.meeting_id = o.meeting_id
GROUP BY ALL
ORDER BY affiliation, p.name
"""

#: A key of more names than this, in one state, tells nobody from another.
COMMON_KEY = 100

#: So many years may lie between two offices of one person, one of them outside a state.
YEARS_BETWEEN_OFFICES = 15

#: Pairs of written names worth comparing.
_PAIRS = f"""
WITH telling AS (
    SELECT *
    FROM name_key
    QUALIFY count(*) OVER (PARTITION BY affiliation, key) <= {COMMON_KEY}
)
SELECT DISTINCT a.number, b.number
FROM telling AS a
JOIN telling AS b ON a.affiliation = b.affiliation AND a.key = b.key AND a.number < b.number
ORDER BY ALL
"""

#: Rules that leave two full names equal, so that they may be followed to another affiliation.
_EQUAL = frozenset({"same_spelling", "word_division", "transliteration"})
#: Rules by which a syllable of a Chinese or Korean name would become another one.
_OTHER_LETTERS = frozenset({"vowels", "family_suffix", "misspelling"})


class WrittenName(NamedTuple):
    """A name as it is written of one state or organisation, in however many documents."""

    affiliation: str
    name: str
    is_state: bool
    role: str
    first_on: date | None
    last_on: date | None


class Link(NamedTuple):
    """Two written names that were compared, by their numbers."""

    left: int
    right: int
    comparison: Comparison
    is_accepted: bool


def resolve_persons(
    connection: duckdb.DuckDBPyConnection, judgements: Sequence[Judgement] = ()
) -> list[str]:
    """Create ``person_of`` (affiliation, name -> number of the person, home, full and family
    name) and ``person_link`` (two names, score, rule, whether it joins and who decided).

    Args:
        connection: Has ``participants`` (mentions), ``documents``, ``meeting_of``, ``meeting``
            and ``family_name_first``.
        judgements: What people decided; order is of no account.

    Returns:
        Messages about judgements that were not applied.
    """
    names = [WrittenName(*row) for row in connection.execute(_WRITTEN_NAMES).fetchall()]
    syllabic = {row[0] for row in connection.execute("FROM family_name_first").fetchall()}
    same, different, problems = _apply(judgements, names)
    links = _links(connection, names, syllabic)
    groups = _clusters(names, links, same, different)
    _create_table(connection, "person_of", _PERSON_OF, _person_rows(names, groups))
    rows = _link_rows(names, links, same, different)
    _create_table(connection, "person_link", _PERSON_LINK, rows)
    return problems


def _links(
    connection: duckdb.DuckDBPyConnection, names: Sequence[WrittenName], syllabic: set[str]
) -> list[Link]:
    keys = [
        (number, written.affiliation, key)
        for number, written in enumerate(names)
        for key in sorted(blocking_keys(written.name))
    ]
    schema = {"number": pa.int32(), "affiliation": pa.string(), "key": pa.string()}
    _create_table(connection, "name_key", schema, keys)
    pairs = [(a, b) for a, b in connection.execute(_PAIRS).fetchall()]
    connection.execute("DROP TABLE name_key")
    links = []
    for left, right in [*pairs, *_pairs_across(names)]:
        comparison = compare(names[left].name, names[right].name)
        if comparison.score >= ALIKE:
            is_accepted = _is_one_person(names[left], names[right], comparison, syllabic)
            links.append(Link(left, right, comparison, is_accepted))
    return links


def _pairs_across(names: Sequence[WrittenName]) -> Iterator[tuple[int, int]]:
    """Yield pairs of different affiliations that write two words or more with the same letters."""
    same_words: defaultdict[str, list[int]] = defaultdict(list)
    for number, written in enumerate(names):
        full = [w.skeleton for w in words(written.name) if not w.is_initial]
        if len(full) > 1:
            same_words["".join(sorted("".join(full)))].append(number)
    for numbers in same_words.values():
        for left, right in combinations(numbers, 2):
            if names[left].affiliation != names[right].affiliation:
                yield left, right


def _is_one_person(
    left: WrittenName, right: WrittenName, comparison: Comparison, syllabic: set[str]
) -> bool:
    rule = comparison.rule
    if left.affiliation != right.affiliation:
        return rule in _EQUAL and not (left.is_state and right.is_state) and _are_near(left, right)
    if comparison.score < SAME_PERSON:
        return False
    if left.affiliation in syllabic and rule in _OTHER_LETTERS:
        return False
    if left.role == right.role:
        return True
    # "Azimov", "Azizov" are two names, unless the office shows that one is a misprint; for
    # "E. Rakhmonov", "Rahmon", whose ending is another, the whole given name shows it too.
    return rule != "misspelling" and (rule != "family_suffix" or _is_full(left, right))


def _is_full(left: WrittenName, right: WrittenName) -> bool:
    return all(sum(not w.is_initial for w in words(n.name)) > 1 for n in (left, right))


def _are_near(left: WrittenName, right: WrittenName) -> bool:
    if not (left.first_on and left.last_on and right.first_on and right.last_on):
        return True
    gap = max(left.first_on, right.first_on) - min(left.last_on, right.last_on)
    return gap.days <= YEARS_BETWEEN_OFFICES * 366


Pairs = set[tuple[int, int]]


def _apply(
    judgements: Iterable[Judgement], names: Sequence[WrittenName]
) -> tuple[Pairs, Pairs, list[str]]:
    """Find the names that are judged; leave out judgements that contradict each other."""
    numbers = {(w.name, w.affiliation): number for number, w in enumerate(names)}
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
            a, b = sorted(numbers[side] for side in judgement.sides)
            judged.append(((a, b), judgement))
    component = connect(len(names), [pair for pair, judgement in judged if judgement.is_same])
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


def _completeness(name: str) -> tuple[int, int, int]:
    parts = words(name)
    return (sum(not w.is_initial for w in parts), len(parts), len(name))


def _clusters(
    names: Sequence[WrittenName], links: Iterable[Link], same: Pairs, different: Pairs
) -> list[list[int]]:
    """Group written names into persons, the most complete name of each first."""
    # Names that were judged to be one person's are one unit from the start.
    unit_of = connect(len(names), same)
    units: defaultdict[int, list[int]] = defaultdict(list)
    for number, unit in enumerate(unit_of):
        units[unit].append(number)

    def rank(number: int) -> tuple[tuple[int, int, int], str, str]:
        return (_completeness(names[number].name), names[number].name, names[number].affiliation)

    for members in units.values():
        members.sort(key=rank, reverse=True)
    order = sorted(units, key=lambda unit: rank(units[unit][0]), reverse=True)
    apart: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in different:
        apart[unit_of[a]].add(unit_of[b])
        apart[unit_of[b]].add(unit_of[a])
    within: defaultdict[int, set[int]] = defaultdict(set)
    across = []
    for link in links:
        if link.is_accepted:
            left, right = unit_of[link.left], unit_of[link.right]
            if names[link.left].affiliation == names[link.right].affiliation:
                within[left].add(right)
                within[right].add(left)
            else:
                across.append((left, right))
    groups = _join_within(names, units, order, within, apart)
    return [
        [number for unit in group for number in units[unit]]
        for group in _join_across(names, units, groups, across, apart)
    ]


Units = dict[int, list[int]]


def _join_within(
    names: Sequence[WrittenName],
    units: Units,
    order: Sequence[int],
    links: dict[int, set[int]],
    apart: dict[int, set[int]],
) -> list[list[int]]:
    """Group the names of each affiliation, most complete first.

    A name joins a group only if it may be every member of it, and only where one group alone
    takes it ("N. Karimov" may be two people), unless one alone has its office.
    """
    affiliations = {unit: {names[n].affiliation for n in units[unit]} for unit in order}
    roles = {unit: {names[n].role for n in units[unit]} for unit in order}
    groups: dict[int, list[int]] = {}
    group_of: dict[int, int] = {}

    def fits(unit: int, group: int) -> bool:
        return all(
            member not in apart[unit]
            and (member in links[unit] or not affiliations[member] & affiliations[unit])
            for member in groups[group]
        )

    for unit in order:
        near = sorted({group_of[other] for other in links[unit] if other in group_of})
        fitting = [group for group in near if fits(unit, group)]
        if len(fitting) > 1:
            same_role = [g for g in fitting if any(roles[m] & roles[unit] for m in groups[g])]
            fitting = same_role if len(same_role) == 1 else []
        group = fitting[0] if fitting else unit
        groups.setdefault(group, []).append(unit)
        group_of[unit] = group
    return list(groups.values())


def _join_across(
    names: Sequence[WrittenName],
    units: Units,
    groups: list[list[int]],
    links: Iterable[tuple[int, int]],
    apart: dict[int, set[int]],
) -> Iterator[list[int]]:
    """Follow persons from one affiliation to another, where that leads to one state at most."""
    place = {unit: number for number, group in enumerate(groups) for unit in group}
    component = connect(len(groups), [(place[a], place[b]) for a, b in links])
    joined: defaultdict[int, list[int]] = defaultdict(list)
    for number in range(len(groups)):
        joined[component[number]].append(number)
    for numbers in joined.values():
        members = {unit for number in numbers for unit in groups[number]}
        with_state = sum(
            any(names[n].is_state for unit in groups[number] for n in units[unit])
            for number in numbers
        )
        if with_state > 1 or any(apart[unit] & members for unit in members):
            yield from (groups[number] for number in numbers)
        else:
            yield [unit for number in numbers for unit in groups[number]]


def _family_name(members: Sequence[str]) -> str | None:
    """The full word beside initials, where any spelling has initials; as the first member,
    the most complete spelling, writes it.
    """
    beside: Counter[str] = Counter()
    for name in members:
        parts = words(name)
        full = {w.written: w.skeleton for w in parts if not w.is_initial}
        if len(full) == 1 and any(w.is_initial for w in parts):
            beside.update(full.values())
    if not beside:
        return None
    wanted = max(beside, key=lambda form: (beside[form], form))
    best = [w for w in words(members[0]) if not w.is_initial]
    return max(best, key=lambda w: (compare(w.form, wanted).score, w.written)).written


_PERSON_OF = {
    "affiliation": pa.string(),
    "name": pa.string(),
    "number": pa.int32(),  # of the person
    "home": pa.string(),
    "full_name": pa.string(),
    "family_name": pa.string(),
}


def _person_rows(
    names: Sequence[WrittenName], groups: Iterable[list[int]]
) -> Iterator[tuple[object, ...]]:
    for person, group in enumerate(groups):
        members = [names[number] for number in group]
        # Whoever serves a state and an organisation is at home in the state.
        home = next((m for m in members if m.is_state), members[0]).affiliation
        family = _family_name([m.name for m in members])
        for member in members:
            yield member.affiliation, member.name, person, home, members[0].name, family


_PERSON_LINK = {
    "affiliation_a": pa.string(),
    "name_a": pa.string(),
    "affiliation_b": pa.string(),
    "name_b": pa.string(),
    "score": pa.float64(),
    "rule": pa.string(),
    "is_accepted": pa.bool_(),
    "is_judged": pa.bool_(),
}


def _link_rows(
    names: Sequence[WrittenName], links: Iterable[Link], same: Pairs, different: Pairs
) -> Iterator[tuple[object, ...]]:
    compared = {(link.left, link.right): link for link in links}
    judged = same | different
    for a, b in sorted(judged - compared.keys()):
        compared[a, b] = Link(a, b, compare(names[a].name, names[b].name), False)
    for (a, b), link in compared.items():
        yield (*names[a][:2], *names[b][:2], *link.comparison, link.is_accepted, (a, b) in judged)


def _create_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    schema: dict[str, pa.DataType],
    rows: Iterable[tuple[object, ...]],
) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.values(), strict=True)]
    connection.register("rows_of_table", pa.table(arrays, names=list(schema)))
    connection.execute(f"CREATE TABLE {name} AS FROM rows_of_table")
    connection.unregister("rows_of_table")
