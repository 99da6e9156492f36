import csv
import io
import json
from contextlib import suppress
from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from sco_pipeline.errors import RawFileError
from sco_pipeline.formats.corpora import corpus_members, parse_day
from sco_pipeline.formats.detection import CSV, HTML, JSON_LINES, detect
from sco_pipeline.formats.members import Member
from sco_pipeline.limits import Limits
from sco_pipeline.model import CorpusColumns, Loss
from sco_pipeline.sidecars import parse_sidecar

COLUMNS = CorpusColumns("body", name="id", title="headline", published_on="day", language="lang")
ROW = {"id": "7", "headline": 'The "SCO"', "day": "14.04.2016", "lang": "en"}
TEXT = "The ministers met; they agreed, on trade.\nA second line."
LIMITS = Limits()


def as_csv(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def as_json_lines(rows: list[dict[str, object]]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def members(content: bytes, media_type: str, columns: CorpusColumns = COLUMNS) -> dict[str, str]:
    """Texts by name, of a corpus that is whole."""
    items = list(corpus_members(content, media_type, columns, LIMITS))
    assert [item for item in items if isinstance(item, Loss)] == []
    assert len({item[0].name for item in items}) == len(items)
    return {member.name: member.content.decode() for member, _ in items}


def losses(content: bytes, media_type: str, limits: Limits = LIMITS) -> list[tuple[str, str]]:
    items = corpus_members(content, media_type, COLUMNS, limits)
    return [tuple(item) for item in items if isinstance(item, Loss)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_rows_become_documents_with_sidecars(delimiter, encoding):
    content = as_csv([{**ROW, "body": TEXT}], delimiter).encode(encoding)
    ((member, sidecar),) = corpus_members(content, CSV, COLUMNS, LIMITS)
    assert member == Member("7.txt", TEXT.encode())
    read = parse_sidecar(sidecar)
    assert (read.title, read.published_on, read.language) == (
        'The "SCO"',
        date(2016, 4, 14),
        "en",
    )


def test_csv_in_the_encoding_of_old_programs():
    text = "Министры встретились в Ташкенте и обсудили положение в регионе."
    rows = [{"id": str(i), "body": f"{text} {i}"} for i in range(9)]
    content = as_csv(rows, ";").encode("cp1251")
    assert members(content, CSV, CorpusColumns("body", "id"))["3.txt"] == f"{text} 3"


def test_json_lines_rows_become_documents_with_sidecars():
    content = as_json_lines([{**ROW, "id": 7, "body": TEXT}, {"body": "Б", "id": None}])
    first, second = corpus_members(content, JSON_LINES, COLUMNS, LIMITS)
    assert first[0] == Member("7.txt", TEXT.encode())
    assert parse_sidecar(first[1]).published_on == date(2016, 4, 14)
    assert second == (Member("row-000002.txt", "Б".encode()), b"")


def test_json_lines_in_utf_16():
    content = b"\n" + as_json_lines([{"body": "Встреча.", "id": 1}, {"body": "会议。", "id": 2}])
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        wide = content.decode().encode(encoding)
        found = members(wide, JSON_LINES, CorpusColumns("body", "id"))
        assert found == {"1.txt": "Встреча.", "2.txt": "会议。"}


def test_names_are_safe_and_kept_apart():
    names = ["../a/b", "x", "x", "x.html", "", ".hidden", "\x00"]
    rows = [{"id": name, "body": "t"} for name in names]
    assert list(members(as_json_lines(rows), JSON_LINES, CorpusColumns("body", "id"))) == [
        "a-b.txt", "x.txt", "x-2.txt", "x-3.txt", "row-000005.txt", "hidden.txt", "row-000007.txt",
    ]  # fmt: skip


def test_html_is_known_by_its_content():
    rows = [{"body": "Lead <br> and <p>more</p>"}, {"body": "<html><p>x</p></html>"}]
    found = members(as_json_lines(rows), JSON_LINES, CorpusColumns("body"))
    assert list(found) == ["row-000001.html", "row-000002.html"]
    assert {detect(text.encode()) for text in found.values()} == {HTML}


def test_what_cannot_be_read_is_named_by_line_and_the_rest_goes_on():
    content = as_csv([{**ROW, "body": TEXT}]) + "a,b\n8,x,yesterday,English,Text.\n9,,,,\n"
    assert losses(content.encode(), CSV) == [
        ("bad_row", "line 4 cannot be read as rows"),
        ("bad_metadata", "line 5 has no published_on that can be read in 'day'"),
        ("bad_metadata", "line 5 has no language that can be read in 'lang'"),
        ("empty", "line 6 has no text"),
    ]
    good = as_json_lines([{**ROW, "body": TEXT}])
    bad = [b"{", b"[1]", b'{"body": 5}', b"[" * 100_000, b'{"body": 1' + b"0" * 9999 + b"}", good]
    content = b"\n".join([good, *bad])
    items = list(corpus_members(content, JSON_LINES, COLUMNS, LIMITS))
    assert [item[0].name for item in items if not isinstance(item, Loss)] == ["7.txt", "7-2.txt"]
    assert losses(content, JSON_LINES) == [
        ("bad_row", "lines 2, 3, 5, 6 cannot be read as rows"),
        ("bad_row", "line 4 has no text in column 'body'"),
    ]
    assert losses(b"\n".join([good, *[b"{"] * 30]), JSON_LINES) == [
        ("bad_row", "lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 20 more cannot be read as rows")
    ]


def test_quotes_that_are_never_closed_cost_only_what_they_swallow():
    content = as_csv([{**ROW, "body": TEXT}]) + '8,"never closed,,,x\n9,a,,,b\n'
    assert losses(content.encode(), CSV) == [("bad_row", "line 4 cannot be read as rows")]


def test_missing_columns_are_named_with_those_that_are_there():
    for content, media_type in ((b"id,text\n1,x\n", CSV), (b'{"id": 1, "text": "x"}', JSON_LINES)):
        with pytest.raises(
            RawFileError, match=r"no column 'body'.* there are 'id', 'text'"
        ) as error:
            list(corpus_members(content, media_type, CorpusColumns("body", "id"), LIMITS))
        assert error.value.reason == "no_mapping"


def test_limits_hold_for_rows():
    rows = [{**ROW, "body": "x" * size} for size in (90, 200, 90, 90, 90)]
    for content, media_type in ((as_csv(rows).encode(), CSV), (as_json_lines(rows), JSON_LINES)):
        few = Limits(file_bytes=100, archive_bytes=1000, archive_members=2)
        assert [reason for reason, _ in losses(content, media_type, few)] == [
            "too_large",
            "too_many_members",
        ]
        small = Limits(file_bytes=100, archive_bytes=200)
        assert [reason for reason, _ in losses(content, media_type, small)] == [
            "too_large",
            "unpacks_too_large",
        ]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2016-06-24", date(2016, 6, 24)),
        ("2016-06-24T23:30:00+05:00", date(2016, 6, 24)),
        ("20160624", date(2016, 6, 24)),
        ("2016/6/4", date(2016, 6, 4)),
        ("2016年6月24日", date(2016, 6, 24)),
        ("24.06.2016", date(2016, 6, 24)),
        ("24/06/2016", date(2016, 6, 24)),
        ("06/24/2016", date(2016, 6, 24)),
        ("04/05/2016", None),
        ("June 24, 2016", date(2016, 6, 24)),
        ("24 June 2016", date(2016, 6, 24)),
        ("Fri, 24 Jun 2016 10:00:00 GMT", date(2016, 6, 24)),
        ("24 June 16", None),
        ("1466755200", None),
        ("2016-02-30", None),
        ("2016", None),
        ("soon", None),
        ("", None),
    ],
)
def test_parse_day(written, day):
    assert parse_day(written) == day


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text.strip() and "<" not in text
)


@settings(deadline=None, max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=8))
@example(["a\u2028b\x0bc\r", "\ufeff"])
def test_json_lines_texts_come_back_complete(texts):
    rows = [{"body": text, "id": i} for i, text in enumerate(texts)]
    found = members(as_json_lines(rows), JSON_LINES, CorpusColumns("body", "id"))
    assert list(found.values()) == texts


PRINTED = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda text: text.strip() and "<" not in text
)


@settings(deadline=None, max_examples=40)
@given(st.lists(PRINTED, min_size=1, max_size=8), st.sampled_from([",", ";", "\t", "|"]))
def test_csv_texts_come_back_complete(texts, delimiter):
    rows = [{"body": f"{text}\n.", "id": str(i)} for i, text in enumerate(texts)]
    found = members(as_csv(rows, delimiter).encode(), CSV, CorpusColumns("body", "id"))
    assert list(found.values()) == [f"{text}\n." for text in texts]


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=400), st.sampled_from([CSV, JSON_LINES]), st.integers(0, 400))
def test_corpus_members_never_fail_unexpectedly(noise, media_type, place):
    valid = as_csv([{**ROW, "body": TEXT}] * 3).encode()
    if media_type == JSON_LINES:
        valid = as_json_lines([{**ROW, "body": TEXT}] * 3)
    for content in (noise, valid[:place] + noise + valid[place + len(noise) :]):
        with suppress(RawFileError):
            for item in corpus_members(content, media_type, COLUMNS, LIMITS):
                if not isinstance(item, Loss):
                    parse_sidecar(item[1])
