"""The command line: reads options, calls the package, prints what came of it.

Exit codes: 0 done, 1 could not be done, 2 wrongly called.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sco_pipeline import console
from sco_pipeline.errors import QueryError, ScoPipelineError, WarehouseError
from sco_pipeline.export import Form

if TYPE_CHECKING:
    from sco_pipeline.pipeline import BuildReport

# Commands import what they need themselves, so that --help and mistakes answer at once.

app = typer.Typer(
    help="Communiqués as tables: who met, what was discussed, what was decided, in which words.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

RawOption = Annotated[
    Path, typer.Option("--raw", metavar="DIR", help="Directory with the documents.")
]
WarehouseOption = Annotated[
    Path, typer.Option("--warehouse", metavar="DIR", help="Directory of the warehouse.")
]
SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="Settings; else sco_pipeline.toml, or pyproject.toml, of the current directory.",
    ),
]
FullOption = Annotated[bool, typer.Option("--full", help="Read and write everything anew.")]
AcceptOption = Annotated[
    str | None,
    typer.Option(
        "--accept", metavar="REASON", help="Publish even if gates fail, and record the reason."
    ),
]
RAW = Path("raw")
WAREHOUSE = Path("warehouse")


class Format(StrEnum):
    """How query results are printed."""

    table = "table"
    csv = "csv"
    json = "json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; what goes wrong is one line on stderr, unless --debug is given.

    Args:
        arguments: What follows the program's name; from the shell if None.
    """
    # --debug may stand anywhere.
    args = sorted(sys.argv[1:] if arguments is None else arguments, key="--debug".__ne__)
    debug = "--debug" in args
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")  # files and pipes do not depend on the locale
    try:
        app(args, prog_name="sco-pipeline")
    except ScoPipelineError as error:
        if debug:
            traceback.print_exc()
        console.say(f"error: {error}", "red")
        sys.exit(error.exit_code)
    except Exception as error:
        if debug:
            traceback.print_exc()
        hint = "" if debug else " (run again with --debug to see where)"
        console.say(f"error: {type(error).__name__}: {error}{hint}", "red")
        sys.exit(1)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"sco-pipeline {version('sco-pipeline')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    print_version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Declare the options that all commands share; ``main`` and ``run`` read --debug."""


@app.command()
def run(
    context: typer.Context,
    raw: RawOption = RAW,
    warehouse: WarehouseOption = WAREHOUSE,
    settings: SettingsOption = None,
    full: FullOption = False,
    accept: AcceptOption = None,
) -> None:
    """Refresh the warehouse through the Prefect flow.

    Uses the server that PREFECT_API_URL names, or starts a temporary one.
    """
    from sco_pipeline.raw_files import require_documents
    from sco_pipeline.settings import read_settings

    # A wrong --raw or a wrong setting should not wait for a server to start.
    require_documents(raw)
    read_settings(settings)
    from flows.local import run_build

    debug = bool(context.find_root().params["debug"])
    report = run_build(raw, warehouse, settings, full=full, accept=accept, debug=debug)
    _print_report(report, warehouse)


@app.command()
def build(
    raw: RawOption = RAW,
    warehouse: WarehouseOption = WAREHOUSE,
    settings: SettingsOption = None,
    full: FullOption = False,
    accept: AcceptOption = None,
) -> None:
    """Refresh the warehouse: the stages of run, without Prefect."""
    from sco_pipeline import pipeline
    from sco_pipeline.settings import read_settings

    with console.progress("build") as on_progress:
        report = pipeline.build(
            raw,
            warehouse,
            read_settings(settings),
            full=full,
            accept=accept,
            on_progress=on_progress,
        )
    _print_report(report, warehouse)


@app.command()
def collect(
    raw: RawOption = RAW,
    warehouse: WarehouseOption = WAREHOUSE,
    sources: Annotated[
        Path | None,
        typer.Option("--sources", metavar="FILE", help="Sources; else sources.yaml of --raw."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Ask this source, enabled or not; repeatable."),
    ] = None,
    settings: SettingsOption = None,
) -> None:
    """Collect new and changed documents from the web; the next refresh reads them.

    Exit code 1 if not a single source could be had.
    """
    from sco_pipeline.collecting import collector
    from sco_pipeline.collecting.sources import choose, read_sources
    from sco_pipeline.raw_files import SOURCES_FILE
    from sco_pipeline.settings import read_settings

    found = read_settings(settings)
    chosen = choose(read_sources(sources or raw / SOURCES_FILE), only or ())
    report = collector.collect(
        raw,
        warehouse,
        chosen,
        fetch_limits=found.collect,
        limits=found.limits,
        processes=min(1, found.workers),
        on_finished=lambda source: console.say(str(source)),
    )
    state = "taken up again" if report.is_continued else "done"
    print(f"{raw}/collected: run {report.run_id} {state}; requests are in the view fetches")
    rows = report.rows()
    console.print_table(list(rows[0]), [tuple(row.values()) for row in rows], title="sources")
    if report.has_failed:
        raise typer.Exit(1)


@app.command()
def snapshots(warehouse: WarehouseOption = WAREHOUSE) -> None:
    """List the snapshots: what they hold, and the space they take."""
    from sco_pipeline.schema.tables import DATA_TABLES
    from sco_pipeline.snapshot import list_snapshots

    listed = list_snapshots(warehouse)
    if not listed:
        raise WarehouseError(f"no snapshot in {warehouse}; build one with `sco-pipeline run`")
    console.print_table(
        (
            "snapshot", "state", "made", "content", "parent", "inputs", "version", "documents",
            "rows", "MB", "own MB", "accepted",
        ),
        [
            (
                item.record.snapshot_id,
                item.state,
                item.record.created_at,
                item.record.content_digest,
                item.record.parent_id,
                item.record.input_digest[:12],
                item.record.package_version,
                item.record.document_count,
                sum(item.record.row_counts[spec.name] for spec in DATA_TABLES),
                f"{item.size / 1e6:.1f}",
                f"{item.own_size / 1e6:.1f}",
                item.record.accepted,
            )
            for item in listed
        ],
    )  # fmt: skip


@app.command()
def rollback(
    snapshot: Annotated[str, typer.Argument(help="Its id, or the start of it; see snapshots.")],
    warehouse: WarehouseOption = WAREHOUSE,
    settings: SettingsOption = None,
) -> None:
    """Make an older snapshot current again, until the next refresh."""
    from sco_pipeline.settings import read_settings
    from sco_pipeline.snapshot import current_snapshot, hold_lock
    from sco_pipeline.snapshot import rollback as roll_back

    if current_snapshot(warehouse) is None:
        raise WarehouseError(f"no snapshot in {warehouse}; build one with `sco-pipeline run`")
    with hold_lock(warehouse, read_settings(settings).wait_seconds):
        record = roll_back(warehouse, snapshot)
    print(f"{warehouse}: snapshot {record.snapshot_id} of {record.created_at} is current")


@app.command()
def correct(
    table: Annotated[str, typer.Argument(help="Table of the row.")],
    key: Annotated[
        str,
        typer.Argument(
            help="The row's key, several columns joined by |; with --add, where the words are: "
            "document_id:char_start-char_end."
        ),
    ],
    field: Annotated[str, typer.Argument(help="Column to change.")] = "",
    value: Annotated[str, typer.Argument(help="New value; lists as JSON, nothing for null.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; names the source.")] = "",
    author: Annotated[str, typer.Option("--author", help="Who says so.")] = "",
    add: Annotated[
        str | None, typer.Option("--add", metavar="JSON", help="Add a row with these columns.")
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete the row.")] = False,
    raw: RawOption = RAW,
    warehouse: WarehouseOption = WAREHOUSE,
) -> None:
    """Write a correction to corrections.csv of the raw directory; the next refresh applies it."""
    from sco_pipeline.corrections import write_correction
    from sco_pipeline.warehouse import open_read_only

    action = "add" if add is not None else "delete" if delete else "change"
    with closing(open_read_only(warehouse)) as connection:
        correction = write_correction(
            raw,
            connection,
            table,
            key,
            action,
            field,
            value if add is None else add,
            reason,
            author,
            date.today(),
        )
    print(f"{raw}/corrections.csv line {correction.line}: {correction.correction_id}")


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A SELECT over the tables and views.")],
    warehouse: WarehouseOption = WAREHOUSE,
    output: Annotated[Format, typer.Option("--format", help="How to print rows.")] = Format.table,
) -> None:
    """Query the warehouse, read-only."""
    from sco_pipeline.warehouse import open_read_only, run_query

    printers: dict[Format, Callable[[Sequence[str], Sequence[console.Row]], None]] = {
        Format.table: console.print_table,
        Format.csv: console.print_csv,
        Format.json: console.print_json,
    }
    with closing(open_read_only(warehouse)) as connection:
        try:
            result = run_query(connection, query)
        except QueryError as error:
            # DuckDB goes on with the query and a pointer into it.
            message = str(error).split("\n\nLINE ")[0]
            raise QueryError(" ".join(message.split())) from error
    printers[output](_unique(result.columns), result.rows)


def _unique(columns: Sequence[str]) -> list[str]:
    """Number the repeats of a column name, so that no JSON key is lost."""
    seen: Counter[str] = Counter()
    unique = []
    for column in columns:
        seen[column] += 1
        unique.append(column if seen[column] == 1 else f"{column}_{seen[column]}")
    return unique


class Part(StrEnum):
    """By what the scores are split."""

    language = "language"
    body = "body"
    rule = "rule"
    real = "real"


@app.command()
def evaluate(
    gold: Annotated[
        Path, typer.Option("--gold", metavar="DIR", help="Directory of annotated documents.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all, errors too, as JSON.")
    ] = False,
    by: Annotated[Part | None, typer.Option("--by", help="Print the scores of parts.")] = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="List every error with its words.")
    ] = False,
) -> None:
    """Score the extraction against annotated documents."""
    from sco_pipeline import evaluation

    result = evaluation.evaluate(gold)
    for item in result.unread:
        how = "scored as read empty" if item.is_scored else "left out"
        console.say(f"{item.slug}: {how}: {item.reason}", "yellow")
    if as_json:
        print(console.json_text(result.as_dict()))
        return
    console.print_table(
        ("score", "precision", "recall", "f1", "right", "predicted", "gold", "of"),
        [
            (
                name,
                *(f"{value:.3f}" for value in (score.precision, score.recall, score.f1)),
                score.right,
                score.predicted,
                score.gold,
                meaning,
            )
            for name, meaning, score in result.rows()
        ],
        title=f"{result.documents} annotated documents",
    )
    if by is Part.rule:
        print()
        rules = sorted(result.total.rules.items())
        console.print_table(
            ("table", "rule", "right", "predicted", "precision", "confidence"),
            [
                (*key, n.right, n.predicted, f"{n.precision:.3f}", f"{n.confidence:.3f}")
                for key, n in rules
            ],
            title="rules; confidence is the lower 95 % bound of the precision",
        )
    elif by:
        print()
        console.print_table(
            (by.value, "documents", *evaluation.HEADLINES),
            [
                (
                    value,
                    tally.documents,
                    *(tally.scores[name].f1_text for name in evaluation.HEADLINES),
                )
                for value, tally in result.by(by.value).items()
            ],
            title=f"f1 by {by.value}",
        )
    if errors:
        print()
        console.print_table(
            ("score", "document", "error", "rule", "from", "to", "words"),
            [
                (
                    name, error.document, error.text, error.rule, error.char_start,
                    error.char_end, error.context,
                )
                for name, _, score in result.rows()
                for error in score.errors
            ],
            title="errors",
        )  # fmt: skip


@app.command()
def show(
    document: Annotated[
        str, typer.Argument(help="Its id, the start of its id, its path or file name.")
    ],
    warehouse: WarehouseOption = WAREHOUSE,
) -> None:
    """Show a document's text with its rows marked, then the rows."""
    from sco_pipeline import show as marking
    from sco_pipeline.warehouse import open_read_only

    with closing(open_read_only(warehouse)) as connection:
        found = marking.find_document(connection, document)
        layers = [
            (layer, *marking.layer_rows(connection, found["document_id"], layer))
            for layer in marking.LAYERS
        ]
    text = found.pop("text")
    output = console.out()
    for name, value in found.items():
        if value is not None:
            output.print(f"{name}: {value}", markup=False)
    output.print()
    output.print(marking.marked_text(text, [mark for _, marks, _ in layers for mark in marks]))
    for layer, _, rows in layers:
        if rows:
            output.print()
            console.print_table(("row", *layer.columns), rows, title=f"{layer.table} ({len(rows)})")


@app.command()
def export(
    form: Annotated[Form, typer.Argument(help="What to write; docs/adr/0011-exports.md.")],
    target: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to.")],
    table: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="NAME", help="Table or view, for CSV; all tables if none."),
    ] = None,
    warehouse: WarehouseOption = WAREHOUSE,
) -> None:
    """Write the current snapshot for other tools: CSV, graphs, FollowTheMoney, annotations."""
    from sco_pipeline.export.write import write_export
    from sco_pipeline.warehouse import open_read_only

    with closing(open_read_only(warehouse)) as connection:
        written = write_export(connection, target, form, table or ())
    console.print_table(("file", "rows"), list(written.items()), title=str(target))


@app.command()
def status(warehouse: WarehouseOption = WAREHOUSE) -> None:
    """Show what the warehouse holds: snapshot, rows, rejects, gates, and what changed last."""
    from sco_pipeline.changes import summary
    from sco_pipeline.schema.tables import DATA_TABLES
    from sco_pipeline.snapshot import SnapshotRecord
    from sco_pipeline.table_files import CHANGES_FILE
    from sco_pipeline.warehouse import open_read_only, run_query

    with closing(open_read_only(warehouse)) as connection:
        rejects = run_query(
            connection,
            "SELECT stage, reason, count(*) AS files, min(path) AS for_example "
            "FROM rejects GROUP BY ALL ORDER BY ALL",
        )
    folder = (warehouse / "current").resolve()
    record = SnapshotRecord.read(folder)
    for name in (
        "snapshot_id", "created_at", "content_digest", "parent_id", "package_version",
        "input_digest", "accepted",
    ):  # fmt: skip
        if (value := getattr(record, name)) is not None:
            print(f"{name}: {value}")
    print()
    console.print_table(
        ("table", "rows", "one row per"),
        [(spec.name, record.row_counts[spec.name], spec.grain) for spec in DATA_TABLES],
    )
    if rejects.rows:
        print()
        console.print_table(rejects.columns, rejects.rows, title="rejects")
    print()
    console.print_table(
        ("gate", "subject", "value", "limit", "passed", "detail"),
        [tuple(gate.values()) for gate in record.gates],
        title="gates",
    )
    _print_changes(summary(folder / CHANGES_FILE), record.parent_id)


def _print_changes(changes: Sequence[Mapping[str, object]], parent_id: str | None) -> None:
    if changes:
        print()
        console.print_table(
            list(changes[0]),
            [tuple(change.values()) for change in changes],
            title=f"changed since snapshot {parent_id}",
        )


def _print_report(report: BuildReport, warehouse: Path) -> None:
    """Sum up a refresh on stdout."""
    from sco_pipeline.schema.tables import DATA_TABLES

    state = "published" if report.is_new else "still current, nothing changed"
    print(
        f"{warehouse}: snapshot {report.snapshot_id} {state}; "
        f"{report.extracted_count} of {report.row_counts['documents']} documents read"
    )
    console.print_table(
        ("table", "rows"), [(spec.name, report.row_counts[spec.name]) for spec in DATA_TABLES]
    )
    if report.rejects:
        console.print_table(
            ("path", "reason", "detail"),
            [(row["path"], row["reason"], row["detail"]) for row in report.rejects],
            title="rejects",
        )
    _print_changes(report.changes, report.parent_id)
    for gate in report.failed_gates:
        console.say(f"overruled: {gate}", "yellow")


if __name__ == "__main__":
    main()
