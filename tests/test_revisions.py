"""Versions of one address: which stands, and which sentences came and went."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from extractions import assembled, extraction, meeting

from sco_pipeline.checks import check_tables
from sco_pipeline.model import Extraction, Sentence

FIRST = ["They met.", "They ate.", "They signed a plan.", "They left."]
SECOND = ["They met.", "They signed two plans.", "They left.", "They ate.", "They came back."]
URL = "https://example.org/a"


def version(
    sentences: Sequence[str], day: int | None, url: str = URL, copy: str = ""
) -> Extraction:
    """A document of one-sentence paragraphs, fetched on a day of May at six in the morning."""
    text = "\n".join(sentences)
    starts = [sum(len(s) + 1 for s in sentences[:i]) for i in range(len(sentences))]
    found = extraction(text, meetings=(meeting("2024-04-30", city="Minsk"),), copy=copy)
    return replace(
        found,
        document=replace(
            found.document,
            source_url=url,
            published_on=date(2024, 5, 1),
            fetched_at=datetime(2024, 5, day, 6, tzinfo=UTC) if day else None,
        ),
        sentences=tuple(
            Sentence(i, i, "paragraph", start, start + len(sentence))
            for i, (start, sentence) in enumerate(zip(starts, sentences, strict=True))
        ),
    )


def rows(extractions: Sequence[Extraction], table: str) -> list[dict[str, Any]]:
    tables = assembled(extractions)
    check_tables(tables)
    return tables[table].to_pylist()


def key(item: Extraction) -> str:
    return item.document.document_id


def test_the_newest_version_stands_and_sentences_are_told() -> None:
    """A sentence that was moved, or written with other signs, is no change."""
    old, new = version(FIRST, 2), version([s.replace(".", " !") for s in SECOND], 5)
    later = version([*SECOND, "They rested."], 9)
    extractions = [new, later, old]
    tables = assembled(extractions)
    check_tables(tables)
    documents = {row["document_id"]: row for row in tables["documents"].to_pylist()}
    assert {
        name: (row["revision"], row["duplicate_of"], row["duplicate_kind"])
        for name, row in documents.items()
    } == {
        key(old): (1, key(later), "revision"),
        key(new): (2, key(later), "revision"),
        key(later): (3, None, None),
    }
    assert documents[key(old)]["similarity"] == pytest.approx(0.5, abs=0.15)
    assert documents[key(old)]["fetched_at"] == datetime(2024, 5, 2, 6)
    assert tables["sentences"].num_rows == 4 + 5 + 6
    assert set(tables["document_meetings"]["document_id"].to_pylist()) == {key(later)}
    told = {
        (r["revision"], r["change"], r["text"]): (
            r["document_id"], r["after_ordinal"], r["before_ordinal"],
        )
        for r in tables["document_revisions"].to_pylist()
    }  # fmt: skip
    # "They ate." was moved behind what the plan stood before.
    assert told == {
        (2, "removed", "They signed a plan."): (key(old), 3, 2),
        (2, "added", "They signed two plans !"): (key(new), 0, 2),
        (2, "added", "They came back !"): (key(new), 3, None),
        (3, "added", "They rested."): (key(later), 4, None),
    }
    first = next(r for r in tables["document_revisions"].to_pylist() if r["revision"] == 2)
    assert (first["newer_document_id"], first["previous_document_id"]) == (key(new), key(old))
    assert (first["fetched_at"], first["previous_fetched_at"]) == (
        datetime(2024, 5, 5, 6), datetime(2024, 5, 2, 6),
    )  # fmt: skip
    random.Random(1).shuffle(extractions)
    assert assembled(extractions) == tables


def test_the_same_text_again_is_no_revision_but_a_return_to_it_is() -> None:
    once, again = version(FIRST, 2), version(FIRST, 3, copy="-2")
    changed, back = version(SECOND, 5), version(FIRST, 8, copy="-3")
    documents = {r["document_id"]: r for r in rows([once, again], "documents")}
    assert [documents[key(v)]["revision"] for v in (once, again)] == [1, 1]
    assert (documents[key(again)]["duplicate_of"], documents[key(again)]["duplicate_kind"]) == (
        key(once), "exact",
    )  # fmt: skip
    tables = assembled([once, again, changed, back])
    check_tables(tables)
    documents = {r["document_id"]: r for r in tables["documents"].to_pylist()}
    assert [documents[key(v)]["revision"] for v in (once, again, changed, back)] == [1, 1, 2, 3]
    assert {documents[key(v)]["duplicate_of"] for v in (once, again, changed)} == {key(back)}
    (step,) = {
        (r["previous_document_id"], r["previous_fetched_at"])
        for r in tables["document_revisions"].to_pylist()
        if r["revision"] == 2
    }
    assert step == (key(once), datetime(2024, 5, 3, 6))


def test_what_is_no_version() -> None:
    """Other addresses, files that nobody fetched, and the contents of one archive."""
    archive = [version(FIRST, 2, URL + ".zip"), version(SECOND, 2, URL + ".zip")]
    others = [
        version([*FIRST, "A."], None),
        version([*FIRST, "B."], 2),
        version(SECOND, 3, "b", "-2"),
    ]
    tables = assembled([*archive, *others])
    assert tables["document_revisions"].num_rows == 0
    documents = {r["document_id"]: r["revision"] for r in tables["documents"].to_pylist()}
    assert [documents[key(v)] for v in (*archive, *others)] == [None, None, None, 1, 1]


def test_older_versions_follow_the_newest_to_its_original() -> None:
    """Another site has the newest text too, and more is known of it."""
    old, new = version(FIRST, 2), version(SECOND, 5)
    elsewhere = version(SECOND, None, "https://example.com/a", copy="-2")
    elsewhere = replace(
        elsewhere, document=replace(elsewhere.document, published_on=date(2024, 4, 30))
    )
    documents = {r["document_id"]: r for r in rows([old, new, elsewhere], "documents")}
    assert [
        (documents[key(v)]["duplicate_of"], documents[key(v)]["duplicate_kind"])
        for v in (old, new, elsewhere)
    ] == [(key(elsewhere), "revision"), (key(elsewhere), "exact"), (None, None)]
