"""Near copies: found however they are mangled, and never two events of one template."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pytest
from extractions import assembled, extraction, meeting, participant

from sco_pipeline.checks import check_tables
from sco_pipeline.model import Extraction
from sco_pipeline.resolution.caches import create_caches
from sco_pipeline.resolution.duplicates import compare_texts, resolve_duplicates
from sco_pipeline.resolution.revisions import resolve_versions
from sco_pipeline.sketches import sketch, words_of
from sco_pipeline.tables import mention_tables
from sco_pipeline.terms import fold

TEXT = (
    "On {day} the {ordinal} meeting of the ministers of defence of the member states was held in "
    "{city} under the chairmanship of {chair}. The heads of delegations reviewed the work of the "
    "past year and approved a plan of joint exercises. They spoke of the situation on the borders, "
    "of the training of officers and of the exchange of medical staff, and heard a report of the "
    "secretariat on the upkeep of the shared archive. It was found that twelve of fourteen items "
    "of the former plan had been carried out. The ministers thanked their hosts for a warm welcome "
    "and agreed to meet again in the following year. A joint communique was signed at the end of "
    "the session, and its text was handed to the press."
)
FACTS = {"day": "12 May 2016", "ordinal": "thirteenth", "city": "Bishkek", "chair": "A. Ospanov"}


def release(text: str = "", published_on: date | None = None, **other: Any) -> Extraction:
    """A press release, with what was extracted from it."""
    facts = FACTS | other
    text = text or TEXT.format(**facts)
    days = {"12 May 2016": "2016-05-12", "13 June 2017": "2017-06-13"}
    held = meeting(
        days.get(facts["day"]), body="defence_ministers", city=facts["city"],
        ordinal={"thirteenth": 13, "fourteenth": 14}[facts["ordinal"]],
    )  # fmt: skip
    chair = facts["chair"]
    people = (participant(text, chair),) if chair in text else ()
    return extraction(text, meetings=(held,), participants=people, published_on=published_on)


def found(extractions: Sequence[Extraction]) -> dict[str, tuple[str, str, float]]:
    """Copy -> original, kind and similarity."""
    with duckdb.connect() as connection:
        create_caches(connection)
        for name, table in mention_tables(extractions).items():
            connection.register(f"all_{name}", table)
        resolve_versions(connection)
        resolve_duplicates(connection, map)
        rows = connection.execute(
            "SELECT document_id, original_id, kind, similarity "
            "FROM original JOIN similarity USING (document_id) WHERE kind IS NOT NULL"
        ).fetchall()
    return {copy: (original, kind, similarity) for copy, original, kind, similarity in rows}


def key(item: Extraction) -> str:
    return item.document.document_id


MANGLED = {
    "frame": f"Press service of the ministry. {TEXT} Read also: a fair of folk crafts was opened.",
    "quotes": TEXT.replace("joint communique", "«joint communiqué» [sic]"),
    "misprints": TEXT.replace("reviewed", "reveiwed").replace("officers", "oficers"),
    "cut words": f"{TEXT} Print".replace("secretariat", "secre tariat"),
    "sentence": TEXT[: TEXT.index("It was")] + TEXT[TEXT.index("The ministers thanked") :],
    "name": TEXT.replace("{chair}", "A. Ospanof"),
    "misread body": TEXT.replace("ministers of defence", "minsters of defence"),
}  # fmt: skip


@pytest.mark.parametrize("mangled", MANGLED)
def test_a_mangled_copy_is_found(mangled: str) -> None:
    known = release(published_on=date(2016, 5, 13))
    other = {"chair": "A. Ospanof"} if mangled == "name" else {}
    copy = release(MANGLED[mangled].format(**FACTS), **other)
    if mangled == "misread body":
        (held,) = copy.meetings
        copy = replace(copy, meetings=(held._replace(body="other"),))
    ((name, (original, kind, similarity)),) = found([copy, known]).items()
    assert (name, original, kind) == (key(copy), key(known), "near")
    assert 0.75 <= similarity < 1


@pytest.mark.parametrize(
    "other",
    [
        {"day": "13 June 2017"},
        {"city": "Tashkent"},
        {"ordinal": "fourteenth"},
        {"chair": "K. Abernathy"},
        {"city": "Tashkent", "chair": "K. Abernathy"},
    ],
    ids=lambda other: " ".join(other),
)
def test_releases_of_one_template_stay_apart(other: dict[str, str]) -> None:
    one, two = release(), release(**other)
    words = [words_of(item.document.folded) for item in (one, two)]
    assert compare_texts(*words).similarity > 0.95
    assert found([one, two]) == {}


def test_texts_that_say_nothing_of_meetings_stay_apart_by_their_numbers() -> None:
    yearly = TEXT.replace("the {ordinal} meeting", "in the year {year} a meeting")
    texts = [yearly.format(**FACTS | {"day": "this day"}, year=year) for year in (2016, 2017)]
    assert found([extraction(text) for text in texts]) == {}
    # The date line is the day of publication.
    same = [extraction(texts[0], published_on=date(year, 5, 9)) for year in (2016, 2017)]
    mangled = extraction(texts[0].replace("reviewed", "reveiwed"), published_on=date(2017, 5, 9))
    assert found([same[0], mangled]) == {}


def test_half_a_text_is_no_copy_and_short_texts_must_be_equal() -> None:
    whole = release()
    half = extraction(whole.document.text[: len(TEXT) // 2])
    short = "The sides agreed to expand trade in goods and to open two more crossings."
    assert found([whole, half, extraction(short), extraction(short + " They met.")]) == {}
    ((_, kind, similarity),) = found([extraction(short), extraction(short.upper())]).values()
    assert (kind, similarity) == ("exact", 1)


def test_each_copy_is_alike_to_its_original_and_nothing_depends_on_order() -> None:
    """Additions make each text alike to the next, but the last is another than the first."""
    additions = [
        f"Paragraph {word} goes on about fairs and crops. " * 3
        for word in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta")
    ]
    base = TEXT.format(**FACTS)
    chain = [extraction(base + " ".join(additions[:size])) for size in range(0, 8, 2)]
    chain += [extraction(base.upper(), published_on=date(2016, 5, 20))]
    copies = found(chain)
    texts = {key(item): words_of(item.document.folded) for item in chain}
    assert 0 < len(copies) < len(chain) - 1
    for copy, (original, kind, similarity) in copies.items():
        assert original not in copies
        assert similarity == compare_texts(texts[copy], texts[original]).similarity >= 0.75
        assert (kind == "exact") == (similarity == 1)
    # The dated one is the one of which most is known.
    assert copies[key(chain[0])][0] == key(chain[-1])
    for seed in range(3):
        random.Random(seed).shuffle(chain)
        assert found(chain) == copies


def test_only_the_original_is_counted() -> None:
    known = release(published_on=date(2016, 5, 13))
    copy = release(MANGLED["frame"].format(**FACTS))
    tables = assembled([known, copy])
    check_tables(tables)
    assert [row["document_count"] for row in tables["meetings"].to_pylist()] == [1]
    assert set(tables["participants"]["document_id"].to_pylist()) == {key(known)}
    assert {row["meeting_id"] for row in tables["documents"].to_pylist()} == set(
        tables["meetings"]["meeting_id"].to_pylist()
    )


def test_words_of_other_scripts() -> None:
    """Signs of a script without blanks are words of their own; a month between numbers counts."""
    chinese = (
        "{}，上海合作组织成员国国防部长会议在比什凯克举行。会议讨论了地区安全形势和联合演习计划。"
    )
    one, two = (chinese.format(day) for day in ("2016年5月12日", "2017年6月13日"))
    assert b" ".join(words_of(one[:15])).decode() == "2016 年 5 月 12 日 上 海 合 作"
    assert sketch([one, one]).runs
    assert compare_texts(words_of(one), words_of(two)).other_numbers == 1
    russian = "Заседание министров обороны государств-членов прошло {} в городе Бишкеке"
    one, two = (russian.format(day) for day in ("12 мая 2016 года", "12 июня 2016 года"))
    assert compare_texts(words_of(fold(one)), words_of(fold(two))).other_numbers == 1
