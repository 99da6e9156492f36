from datetime import UTC, date, datetime

import pytest

from sco_pipeline.errors import SidecarError
from sco_pipeline.model import CorpusColumns, Selectors, Sidecar
from sco_pipeline.sidecars import pair, parse_sidecar, with_defaults


def test_parse_sidecar_collapses_blanks_and_ignores_empty_values():
    assert parse_sidecar(b"title: >\n  Joint\n  communique\nnote:\n") == Sidecar(
        title="Joint communique"
    )
    assert parse_sidecar(b"published_on: '2016-04-14'").published_on == date(2016, 4, 14)


def test_parse_sidecar_names_the_key():
    with pytest.raises(SidecarError, match="colour"):
        parse_sidecar(b"colour: red")
    with pytest.raises(SidecarError, match="published_on"):
        parse_sidecar(b"published_on: 2016-04-14 10:00:00")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-25T08:00:00Z", datetime(2026, 11, 25, 8, tzinfo=UTC)),
        ("2026-11-25 13:00:00+05:00", datetime(2026, 11, 25, 8, tzinfo=UTC)),
        ("'2026-11-25T08:00:00.5Z'", datetime(2026, 11, 25, 8, tzinfo=UTC)),
        ("2026-11-25T08:00:00", datetime(2026, 11, 25, 8, tzinfo=UTC)),
    ],
)
def test_times_are_utc(written: str, read: datetime) -> None:
    assert parse_sidecar(f"fetched_at: {written}".encode()).fetched_at == read


def test_selectors_and_columns() -> None:
    sidecar = parse_sidecar(
        b"selectors: {content: [article, .text], remove: .share, title: h1}\n"
        b"corpus: {text: body, name: id}\n"
    )
    assert sidecar.selectors == Selectors(("article", ".text"), (".share",), "h1")
    assert sidecar.corpus == CorpusColumns("body", "id")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("selectors: article", "selectors must be"),
        ("selectors: {colour: red}", r"selectors\.colour"),
        ("selectors: {content: [1]}", r"selectors\.content must be text, not 1"),
        ("corpus: {title: a}", r"corpus\.text must name"),
        ("corpus: {text: a, day: b}", r"corpus\.day"),
        ("fetched_at: noon", "fetched_at must be a time"),
        ("- a", "key: value"),
        ("title: [*a]", "aliases"),
        ("title: &a [x, x]\nnote: *a", "aliases"),
        ("title: [" + ", ".join(["long"] * 1000) + "]", r"not \['long'.{0,80}\.\.\.\];"),
    ],
)
def test_mistakes_are_named(content: str, named: str) -> None:
    with pytest.raises(SidecarError, match=named):
        parse_sidecar(content.encode())


def test_a_member_says_more_than_its_archive() -> None:
    shared = Sidecar(publisher="A", title="All", licence="CC0-1.0", published_on=date(2020, 1, 1))
    assert with_defaults(Sidecar(publisher="B", title="One"), shared) == Sidecar(
        publisher="B", title="One", licence="CC0-1.0"
    )


def test_pairs_are_made_by_stem() -> None:
    documents, wrong = pair(["x/b.pdf", "x/b.yml", "a.txt", "c.yml", "x/b.yaml", "d.YML", "d.html"])
    assert list(documents.items()) == [
        ("a.txt", None),
        ("d.html", "d.YML"),
        ("x/b.pdf", "x/b.yaml"),
    ]
    assert wrong.keys() == {"c.yml", "x/b.yml"}
