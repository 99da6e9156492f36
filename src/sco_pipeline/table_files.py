"""The Parquet files of a snapshot: how tables are cut into them and written.

Tables whose rows belong to documents are cut by document into 2**k files; a document's place
follows from its id. Files are thus the same whoever writes them and when, and adding a document
rewrites one file of each table.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sco_pipeline.data_package import TableFile
from sco_pipeline.schema.table_spec import TableSpec
from sco_pipeline.schema.tables import CHANGES

#: So few documents are one file.
FEW_DOCUMENTS = 256
#: Rows of a row group: some ten megabytes, so that readers can skip and need little memory.
ROW_GROUP_ROWS = 65_536
#: Documents carry whole texts.
DOCUMENT_ROW_GROUP_ROWS = 4_096


def partition_bits(document_count: int) -> int:
    """How many leading bits of a document's id tell its file.

    Files grow with the square root of the number of documents, in size and in number: a document
    more costs little to write, and a reader has not too many files to open.

    >>> [(n, 1 << partition_bits(n)) for n in (256, 1_000, 10_000, 50_000, 1_000_000)]
    [(256, 1), (1000, 16), (10000, 64), (50000, 128), (1000000, 512)]
    """
    if document_count <= FEW_DOCUMENTS:
        return 0
    return ((document_count - 1).bit_length() + 1) // 2 - 1


def partition_of(document_id: str, bits: int) -> int:
    """Number of the file that holds a document's rows; files are in the order of ids.

    >>> partition_of("c0ffee012345", 2)
    3
    """
    return int(document_id[:8], 16) >> (32 - bits)


def partition_of_path(path: str) -> int:
    """Number of the partition that a file holds, by its name.

    >>> partition_of_path("topics/part-003-1f0c6e0a9b27.parquet")
    3
    """
    return int(PurePosixPath(path).stem.split("-")[1])


#: What every document was made from; a later refresh and ``changes`` compare with it.
INPUTS_FILE = "build_inputs.parquet"

_SYNCED_AT_A_TIME = 16
_LARGE = 1 << 30

#: The one table that depends on the snapshot before; no part of the content.
CHANGES_FILE = f"{CHANGES.name}/part-000.parquet"


def write_table(
    spec: TableSpec, table: pa.Table, snapshot: Path, partition: int | None = None
) -> TableFile:
    """Write one file, rows sorted by key. Equal rows give equal bytes, in whatever order and
    chunks they come.

    One of several files bears the start of its hash in its name. So who lists the files of a table
    in one snapshot and opens them in the next, because ``current`` was switched meanwhile, gets the
    same rows or an error, and no mixture.

    Args:
        spec: The table.
        table: Its rows, or those of one partition.
        snapshot: Folder of the snapshot; the table's folder is made if missing.
        partition: Number of the partition; None where the table is one file.
    """
    path = snapshot / spec.name / f"part-{partition or 0:03d}.parquet"
    path.parent.mkdir(exist_ok=True)
    schema = spec.arrow_schema()
    size = DOCUMENT_ROW_GROUP_ROWS if spec.name == "documents" else ROW_GROUP_ROWS
    order = pq.SortingColumn.from_ordering(schema, [(name, "ascending") for name in spec.key])
    with pq.ParquetWriter(
        path, schema, compression="zstd", sorting_columns=order, write_page_index=True
    ) as writer:
        for group in _row_groups(spec, table, size):
            writer.write_table(group, row_group_size=size)
    path.chmod(0o444)  # snapshots share files
    sha256 = file_sha256(path)
    if partition is not None:
        path = path.rename(path.with_stem(f"{path.stem}-{sha256[:12]}"))
    name = path.relative_to(snapshot).as_posix()
    return TableFile(name, table.num_rows, path.stat().st_size, sha256)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_tree(folder: Path) -> None:
    """Have the system write a new folder to disk; files linked from elsewhere are there already."""
    paths = [path for path in folder.rglob("*") if path.is_dir() or path.stat().st_nlink == 1]
    # Many at a time, which the file system joins into few writes of its journal.
    with ThreadPoolExecutor(_SYNCED_AT_A_TIME) as pool:
        list(pool.map(sync, [*paths, folder]))


def sync(path: Path) -> None:
    """Have the system write a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def split_by_document(
    table: pa.Table, document_ids: Sequence[str], partitions: Sequence[int]
) -> Iterator[tuple[int, pa.Table]]:
    """Cut rows into those of each partition.

    Args:
        table: Rows in the order of their column ``document_id``, whose values are some of
            ``document_ids``.
        document_ids: Documents, sorted.
        partitions: The partition of each.

    Yields:
        Every partition once, with its rows, perhaps none.
    """
    places = pc.index_in(table["document_id"], value_set=pa.array(document_ids, pa.string()))
    numbers = pa.array(partitions, pa.int32()).take(places.combine_chunks())
    counts = {count["values"]: count["counts"] for count in numbers.value_counts().to_pylist()}
    start = 0
    for partition in sorted(set(partitions)):
        size = counts.get(partition, 0)
        yield partition, table.slice(start, size)
        start += size


def _row_groups(spec: TableSpec, table: pa.Table, size: int) -> Iterator[pa.Table]:
    """Cut the table, sorted by key, into row groups of one chunk each."""
    schema = spec.arrow_schema()
    order = pc.sort_indices(table.select(spec.key), [(name, "ascending") for name in spec.key])
    # take() first joins the chunks of a column; only large strings may then pass 2 GiB.
    if table.nbytes >= _LARGE:
        table = table.cast(pa.schema([_widened(field) for field in schema]))
    whole = table.combine_chunks()
    for start in range(0, table.num_rows, size):
        yield whole.take(order.slice(start, size)).cast(schema).combine_chunks()


def _widened(field: pa.Field) -> pa.Field:
    return field.with_type(pa.large_string()) if pa.types.is_string(field.type) else field
