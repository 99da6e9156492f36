"""The command line: reads options, calls the package, prints what came of it.

Exit codes: 0 done, 1 could not be done, 2 wrongly called.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sco_pipeline import console
from sco_pipeline.errors import QueryError, ScoPipelineError

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
    context: typer.Context, raw: RawOption = RAW, warehouse: WarehouseOption = WAREHOUSE
) -> None:
    """Build the warehouse through the Prefect flow.

    Uses the server that PREFECT_API_URL names, or starts a temporary one.
    """
    from sco_pipeline.pipeline import list_raw

    # A wrong --raw should not wait for a server to start.
    list_raw(raw)
    from flows.local import run_build

    debug = bool(context.find_root().params["debug"])
    _print_report(run_build(raw, warehouse, debug=debug), warehouse)


@app.command()
def build(raw: RawOption = RAW, warehouse: WarehouseOption = WAREHOUSE) -> None:
    """Build the warehouse: the stages of run, without Prefect."""
    from sco_pipeline import pipeline

    with console.progress("build") as on_progress:
        report = pipeline.build(raw, warehouse, on_progress)
    _print_report(report, warehouse)


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
def status(warehouse: WarehouseOption = WAREHOUSE) -> None:
    """Show what the warehouse holds: snapshot, rows by table, rejects by reason."""
    from sco_pipeline.schema.tables import DATA_TABLES
    from sco_pipeline.warehouse import open_read_only, run_query

    with closing(open_read_only(warehouse)) as connection:
        info = run_query(connection, "FROM snapshot_info")
        counts = [
            (
                spec.name,
                run_query(connection, f"SELECT count(*) FROM {spec.name}").rows[0][0],
                spec.grain,
            )
            for spec in DATA_TABLES
        ]
        rejects = run_query(
            connection,
            "SELECT stage, reason, count(*) AS files, min(path) AS for_example "
            "FROM rejects GROUP BY ALL ORDER BY ALL",
        )
    for name, value in zip(info.columns, info.rows[0], strict=True):
        print(f"{name}: {value}")
    print()
    console.print_table(("table", "rows", "one row per"), counts)
    if rejects.rows:
        print()
        console.print_table(rejects.columns, rejects.rows, title="rejects")


def _print_report(report: BuildReport, warehouse: Path) -> None:
    """Sum up a build on stdout."""
    from sco_pipeline.schema.tables import DATA_TABLES

    print(
        f"{warehouse}: snapshot {report.snapshot_id}, "
        f"{len(report.new_documents)} documents new, {len(report.removed_documents)} removed"
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


if __name__ == "__main__":
    main()
