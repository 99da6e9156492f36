"""One row per person, however many documents, spellings and offices.

Names are compared within one state or organisation; across them only where at least two
full words agree, for a foreign minister may become a secretary-general but "V. Norov" of one
state need not be "Vladimir Norov" of another.
"""

from __future__ import annotations

from collections import Counter

import duckdb
import pyarrow as pa

from sco_pipeline.names import compare, same_word, tokens

_WRITTEN_NAMES = """
SELECT coalesce(country, organisation, '') AS affiliation, name,
    count(*) AS mentions, mode(role ORDER BY role) AS role
FROM participants
GROUP BY affiliation, name
ORDER BY affiliation, name
"""

#: A word of more names than this, in one state, tells nobody from another.
COMMON_WORD = 100

#: Pairs of written names worth comparing: they share a word, or the head of one.
_PAIRS = f"""
WITH telling AS (
    SELECT *
    FROM name_word
    QUALIFY count(DISTINCT number) OVER (PARTITION BY affiliation, word) <= {COMMON_WORD}
)
SELECT DISTINCT a.number, b.number
FROM telling AS a
JOIN telling AS b ON a.word = b.word AND a.number < b.number
    AND (a.affiliation = b.affiliation OR (a.is_whole AND b.is_whole))
ORDER BY ALL
"""


def resolve_persons(connection: duckdb.DuckDBPyConnection) -> None:
    """Create ``person`` and ``person_of`` (affiliation, name -> person_id).

    Args:
        connection: Has ``participants`` (mentions) and ``family_name_first``.
    """
    names = connection.execute(_WRITTEN_NAMES).fetchall()
    words: list[tuple[int, str, str, bool]] = []
    for number, (affiliation, name, _, _) in enumerate(names):
        parts = [token.skeleton for token in tokens(name) if not token.is_initial]
        for part in parts:
            # The first letters bring misspelt and suffixed forms together.
            words += [(number, affiliation, part, True), (number, affiliation, part[:4], False)]
        words.append((number, affiliation, "".join(sorted(parts)), True))
    connection.register(
        "name_word",
        pa.table(
            [pa.array(column) for column in zip(*words, strict=True)]
            if words
            else [
                pa.array([], kind) for kind in (pa.int64(), pa.string(), pa.string(), pa.bool_())
            ],
            names=["number", "affiliation", "word", "is_whole"],
        ),
    )
    links: dict[int, set[int]] = {number: set() for number in range(len(names))}
    for left, right in connection.execute(_PAIRS).fetchall():
        if _is_one_person(names[left], names[right]):
            links[left].add(right)
            links[right].add(left)
    connection.unregister("name_word")
    connection.register("cluster", _cluster_table(names, _clusters(names, links)))
    connection.execute("CREATE TABLE person_of AS SELECT * FROM cluster")
    connection.unregister("cluster")


def _is_one_person(left: tuple[str, str, int, str], right: tuple[str, str, int, str]) -> bool:
    rule = compare(left[1], right[1])
    if rule is None or (rule == "family_suffix" and left[3] != right[3]):
        return False
    if left[0] == right[0]:
        return True
    return rule in {"same_spelling", "transliteration"} and all(
        sum(not token.is_initial for token in tokens(name)) > 1 for name in (left[1], right[1])
    )


def _completeness(name: str) -> tuple[int, int, int]:
    parts = tokens(name)
    return (sum(not t.is_initial for t in parts), len(parts), len(name))


def _clusters(
    names: list[tuple[str, str, int, str]], links: dict[int, set[int]]
) -> list[list[int]]:
    """Group written names, most complete first; a name joins a group only if it may be every
    member of it, and only where one group alone takes it ("N. Karimov" may be two people).
    """
    order = sorted(
        links, key=lambda n: (_completeness(names[n][1]), names[n][2], names[n]), reverse=True
    )
    groups: dict[int, list[int]] = {}
    group_of: dict[int, int] = {}
    for number in order:
        linked = links[number]
        near = sorted({group_of[other] for other in linked if other in group_of})
        fitting = [group for group in near if linked.issuperset(groups[group])]
        if len(fitting) > 1:
            role = names[number][3]
            same_role = [g for g in fitting if any(names[m][3] == role for m in groups[g])]
            fitting = same_role if len(same_role) == 1 else []
        group = fitting[0] if fitting else number
        groups.setdefault(group, []).append(number)
        group_of[number] = group
    return list(groups.values())


def _family_name(members: list[str]) -> str | None:
    """The full word beside initials, where any spelling has initials; as the first member,
    the most complete spelling, writes it.
    """
    beside: Counter[str] = Counter()
    for name in members:
        parts = tokens(name)
        full = [t for t in parts if not t.is_initial]
        if len(full) == 1 and len(parts) > 1:
            beside[full[0].skeleton] += 1
    if not beside:
        return None
    wanted = max(beside, key=lambda form: (beside[form], form))
    best = [token for token in tokens(members[0]) if not token.is_initial]
    return max(best, key=lambda token: (same_word(token.skeleton, wanted), token.word)).word


def _cluster_table(names: list[tuple[str, str, int, str]], groups: list[list[int]]) -> pa.Table:
    rows = []
    for group in groups:
        best = names[group[0]]
        family = _family_name([names[number][1] for number in group])
        rows += [(names[number][0], names[number][1], best[0], best[1], family) for number in group]
    schema = pa.schema(
        [
            (column, pa.string())
            for column in ("affiliation", "name", "home", "full_name", "family_name")
        ]
    )
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)
