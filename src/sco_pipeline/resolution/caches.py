"""What pure functions said of names and texts, kept from one refresh to the next.

The tables of ``CACHES`` hold nothing that depends on which documents there are: they may be
dropped at any time, and must be when names, instruments, duplicates or a lexicon changed. Rows of
what occurs no more stay; they cost only space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Protocol

import duckdb
import pyarrow as pa

#: Table -> its columns.
CACHES = {
    # Levelled names of instruments
    "instrument_key": "name VARCHAR, slug VARCHAR, key VARCHAR, is_generic BOOLEAN",
    # What is known of a written name of a person by itself
    "name_form": "name VARCHAR, full_words INTEGER, word_count INTEGER, letters VARCHAR, "
    "beside_initials VARCHAR, keys VARCHAR[]",
    # Blocks of names of which every pair has been compared
    "name_block": "affiliation VARCHAR, key VARCHAR, name VARCHAR",
    # Pairs of them that are alike, name_a < name_b
    "name_comparison": "name_a VARCHAR, name_b VARCHAR, score DOUBLE, rule VARCHAR",
    # The word of a name that is the family name, seen beside initials elsewhere
    "family_word": "name VARCHAR, beside_initials VARCHAR, family_name VARCHAR",
    # Two texts by the keys of their words, key_a < key_b
    "text_comparison": "key_a VARCHAR, key_b VARCHAR, similarity DOUBLE, same_numbers BIGINT, "
    "other_numbers BIGINT, other_words BIGINT",
}

#: Chunks that are worked on before their results are collected, which bounds memory.
_ROUND = 64

Function = Callable[[pa.RecordBatch], pa.Table]


class MapChunks(Protocol):
    """``map``, or that of an executor: functions and chunks can be pickled."""

    def __call__(
        self, function: Function, chunks: Iterable[pa.RecordBatch], /
    ) -> Iterable[pa.Table]: ...


def create_caches(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the caches that do not exist."""
    for name, columns in CACHES.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")


def fill(
    connection: duckdb.DuckDBPyConnection,
    cache: str,
    new: str,
    function: Function,
    map_chunks: MapChunks,
    chunk_size: int,
) -> None:
    """Add rows to a cache.

    Args:
        connection: Has the cache.
        cache: Name of the table.
        new: Query for what is not yet in it.
        function: Makes rows of the cache from rows of the query.
        map_chunks: Applies the function; not asked where all is one chunk.
        chunk_size: Rows of the query per call.
    """
    chunks = iter(connection.sql(new).to_arrow_reader(chunk_size))
    found: list[pa.Table] = []
    while work := list(islice(chunks, _ROUND)):
        found += (map if len(work) == 1 else map_chunks)(function, work)
    if rows := [table for table in found if table.num_rows]:
        connection.register("rows_of_cache", pa.concat_tables(rows))
        connection.execute(f"INSERT INTO {cache} BY NAME FROM rows_of_cache")
        connection.unregister("rows_of_cache")
