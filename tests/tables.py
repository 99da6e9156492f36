"""Tiny tables, made by hand, on which checks and views are tested.

Six documents: ``d1`` and ``d2`` report the meeting of secretaries in Tashkent, ``d3`` copies
``d1``, ``d4`` reports the summit that ``d1`` announced and announces the next one, ``d5`` (with
signs of several code points) belongs to no meeting, ``d6`` is what its address gave before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from sco_pipeline.schema.tables import ALL_TABLES
from sco_pipeline.snapshot import SnapshotRecord, hold_lock, make_staging, now, publish
from sco_pipeline.warehouse import DATABASE, INFO_COLUMNS, build_database
from tests.snapshot_files import write_files

Rows = dict[str, list[dict[str, Any]]]

SPECS = {spec.name: spec for spec in ALL_TABLES}

SECRETARIES = "sco-security_council_secretaries-2016-04-14-tashkent"
SUMMIT = "sco-heads_of_state-2016-06-24-tashkent"
NEXT_SUMMIT = "sco-heads_of_state-2017-06-astana"
TRADE = "sco-trade_ministers-2016-05-bishkek"

_D1 = [
    "The secretaries met in Tashkent on 14 April 2016 under N. Petrov (Uzbekistan).",
    "S. Ivanov of Russia and A. Li of China took part.",
    "The sides condemned terrorism and supported the SCO Charter.",
    "They agreed to trade more.",
    "The summit will be held in Tashkent on 23-24 June 2016.",
    "Trade ministers will meet in Bishkek in May 2016.",
]
SENTENCES = {
    "d1": _D1,
    "d2": [
        "Sergei Ivanov took part in the Tashkent meeting of secretaries.",
        "Russia condemned terrorism.",
    ],
    "d3": _D1,
    "d4": [
        "The heads of state met in Tashkent on 24 June 2016.",
        "President B. Petrov chaired; S. Ivanov and A. Li were present, C. Omarov sent greetings.",
        "They adopted the Tashkent Declaration and discussed trade and energy.",
        "The next summit takes place in Astana in June 2017.",
    ],
    "d5": [
        "Cafe\u0301 talks 👩‍👩‍👧 on 中华人民共和国 🇰🇿: nobody rejected trade with \U0001f409.",
        "Professor Quux spoke of terrorism.",
    ],
    "d6": [
        "Cafe\u0301 talks 👩‍👩‍👧 on 中华人民共和国 🇰🇿: nobody rejected trade with \U0001f409.",
        "Professor Quux denied it.",
        "He left.",
    ],
}
FETCHED = {"d5": datetime(2018, 1, 5, 6), "d6": datetime(2018, 1, 2, 18)}
REVISIONS = {"d5": 2, "d6": 1}
TEXTS = {document: "\n".join(sentences) for document, sentences in SENTENCES.items()}


def span(document: str, sentence: int, quote: str) -> dict[str, Any]:
    """Where ``quote`` stands: document, sentence and offsets."""
    head = sum(len(text) + 1 for text in SENTENCES[document][:sentence])
    start = TEXTS[document].index(quote, head)
    return {
        "document_id": document,
        "sentence_id": f"{document}-s{sentence:04d}",
        "char_start": start,
        "char_end": start + len(quote),
    }


def row(table: str, **values: Any) -> dict[str, Any]:
    """A row with null, or an empty list, where nothing is given and that is allowed."""
    filled: dict[str, Any] = {"rule": "by_hand"} if SPECS[table].has("rule") else {}
    for column in SPECS[table].columns:
        if column.nullable:
            filled[column.name] = None
        elif column.is_list:
            filled[column.name] = []
    return filled | values


def build(rows: Rows) -> dict[str, pa.Table]:
    """Build every table of the warehouse; those not given are empty."""
    return {spec.name: spec.build(rows.get(spec.name, [])) for spec in ALL_TABLES}


def publish_tables(tables: Mapping[str, pa.Table], warehouse_dir: Path) -> SnapshotRecord:
    """Make a warehouse of tables as they are: no stage before publication is run."""
    with hold_lock(warehouse_dir, 0):
        staging = make_staging(warehouse_dir)
        files = write_files(tables, staging)
        digest = "".join(file.sha256 for of_table in files.values() for file in of_table)
        name = hashlib.sha256(digest.encode()).hexdigest()[:16]
        record = SnapshotRecord(
            snapshot_id=name, content_digest=name, parent_id=None, created_at=now(),
            package_version="0", package_digest="", input_digest="",
            document_count=tables["documents"].num_rows,
            row_counts={name: table.num_rows for name, table in tables.items()},
            partition_bits=0, partition_digests=[""], files=files,
        )  # fmt: skip
        info = dict.fromkeys(INFO_COLUMNS, "") | {"snapshot_id": name, "content_digest": name}
        build_database(staging, staging / DATABASE, info)
        record.write(staging)
        publish(staging, record, warehouse_dir, keep=5)
    return record


def tiny_tables() -> dict[str, pa.Table]:
    return build(tiny_rows())


def tiny_rows() -> Rows:
    """Fresh rows, to change at will."""
    rows: Rows = {spec.name: [] for spec in ALL_TABLES}

    def add(table: str, **values: Any) -> None:
        rows[table].append(row(table, **values))

    _add_references(add)
    _add_documents(add)
    _add_meetings(add)
    _add_people(add)
    _add_contents(add)
    return rows


def _add_references(add: Any) -> None:
    def codes(table: str, *names: str) -> None:
        for code in names:
            add(table, code=code, label=code.title(), definition=f"Test of {code}.", source="test")

    for table, names in {
        "act_kind_labels": ["agenda", "assessment", "decision", "position"],
        "actor_labels": ["country", "participants", "unknown"],
        "body_labels": ["heads_of_state", "security_council_secretaries", "trade_ministers"],
        "capacity_labels": ["member_state", "own_organ"],
        "document_type_labels": ["communique", "press_release"],
        "duplicate_kind_labels": ["exact", "near", "revision"],
        "format_labels": ["in_person", "video"],
        "link_decision_labels": ["different", "same", "undecided"],
        "meeting_status_labels": ["announced", "held"],
        "organisations": ["SCO", "UN"],
        "participation_labels": [
            "attended", "chaired", "mentioned", "received_delegations", "sent_message",
        ],
        "reject_reason_labels": ["binary", "bad_sidecar"],
        "relation_labels": ["announces", "recalls", "reports"],
        "revision_change_labels": ["added", "removed"],
        "role_labels": [
            "ambassador", "deputy_minister", "head_of_state", "organisation_head",
            "security_council_secretary",
        ],
    }.items():  # fmt: skip
        codes(table, *names)
    for code, alpha_2, name in (
        ("CHN", "CN", "China"), ("KAZ", "KZ", "Kazakhstan"), ("KGZ", "KG", "Kyrgyzstan"),
        ("RUS", "RU", "Russia"), ("UZB", "UZ", "Uzbekistan"),
    ):  # fmt: skip
        add(
            "countries", code=code, label=name, definition=f"{name}.", alpha_2=alpha_2,
            alpha_3=code, source="test",
        )  # fmt: skip
    for code, recurs in (("charter", False), ("declaration", True)):
        add(
            "instrument_kind_labels", code=code, label=code.title(), definition=f"Test of {code}.",
            recurs=recurs, source="test",
        )  # fmt: skip
    for code, group in (("energy", "economy"), ("terrorism", "security"), ("trade", "economy")):
        add(
            "topic_labels", code=code, label=code.title(), definition=f"Test of {code}.",
            topic_group=group, source="test",
        )  # fmt: skip
    for code, kind in (
        ("adopt", "decision"), ("agree", "decision"), ("condemn", "position"),
        ("discuss", "agenda"), ("schedule", "decision"), ("support", "position"),
    ):  # fmt: skip
        add(
            "act_labels", code=code, label=code.title(), definition=f"Test of {code}.", kind=kind,
            source="test",
        )  # fmt: skip
    add(
        "memberships", organisation="SCO", country="RUS", capacity="member_state",
        valid_from=date(2001, 6, 15), source="test",
    )  # fmt: skip
    for city, country in (("Astana", "KAZ"), ("Bishkek", "KGZ"), ("Tashkent", "UZB")):
        add("cities", city=city, country=country, is_capital=True, source="test")


def _add_documents(add: Any) -> None:
    for document, meeting, published_on, publisher, copy_of in (
        ("d1", SECRETARIES, date(2016, 4, 15), "SCO", None),
        ("d2", SECRETARIES, date(2016, 4, 14), "MFA", None),
        ("d3", SECRETARIES, None, None, "d1"),
        ("d4", SUMMIT, date(2016, 6, 25), "SCO", None),
        ("d5", None, date(2018, 1, 2), None, None),
        ("d6", None, date(2018, 1, 2), None, "d5"),
    ):
        add(
            "documents", document_id=document, path=f"2016/{document}.txt", sha256=document * 32,
            media_type="text/plain", language="en", title=f"Title of {document}",
            publisher=publisher,
            source_url=f"https://example.org/{'d5' if document == 'd6' else document}",
            fetched_at=FETCHED.get(document), revision=REVISIONS.get(document),
            published_on=published_on, document_type="communique", text=TEXTS[document],
            char_count=len(TEXTS[document]), sentence_count=len(SENTENCES[document]),
            meeting_id=meeting, duplicate_of=copy_of,
            duplicate_kind={"d3": "exact", "d6": "revision"}.get(document),
            similarity={"d3": 1.0, "d6": 0.75}.get(document),
        )  # fmt: skip
        for ordinal, text in enumerate(SENTENCES[document]):
            add(
                "sentences", paragraph=ordinal, ordinal=ordinal, kind="paragraph", text=text,
                **span(document, ordinal, text),
            )  # fmt: skip
    for document, ordinal, change in (
        ("d6", 1, "removed"), ("d6", 2, "removed"), ("d5", 1, "added"),
    ):  # fmt: skip
        text = SENTENCES[document][ordinal]
        add(
            "document_revisions", revision_id=f"{document}-{ordinal}", newer_document_id="d5",
            previous_document_id="d6", source_url="https://example.org/d5", revision=2,
            fetched_at=FETCHED["d5"], previous_fetched_at=FETCHED["d6"], change=change,
            ordinal=ordinal, after_ordinal=0, text=text, **span(document, ordinal, text),
        )  # fmt: skip
    add(
        "rejects", path="2016/logo.png", sha256="f" * 64, stage="decode", reason="binary",
        detail="the bytes are no text",
    )  # fmt: skip
    add(
        "rejects", path="2016/d5.txt", sha256="d5" * 32, stage="read", reason="bad_sidecar",
        detail="the sidecar is malformed",
    )  # fmt: skip


def _add_meetings(add: Any) -> None:
    for meeting, body, starts_on, ends_on, precision, city, country, chair, status, documents in (
        (SECRETARIES, "security_council_secretaries", date(2016, 4, 14), date(2016, 4, 14), "day",
         "Tashkent", "UZB", "UZB", "held", 3),
        (SUMMIT, "heads_of_state", date(2016, 6, 24), date(2016, 6, 24), "day", "Tashkent", None,
         "UZB", "held", 3),
        (NEXT_SUMMIT, "heads_of_state", date(2017, 6, 1), None, "month", "Astana", None, None,
         "announced", 1),
        (TRADE, "trade_ministers", date(2016, 5, 1), None, "month", "Bishkek", None, None,
         "announced", 2),
    ):  # fmt: skip
        add(
            "meetings", meeting_id=meeting, organisation="SCO", body=body, starts_on=starts_on,
            ends_on=ends_on, date_precision=precision, city=city, country=country,
            chair_country=chair, status=status, document_count=documents,
        )  # fmt: skip
    for document, number, quote, meeting, relation, body, starts_on, ends_on, precision, city in (
        ("d1", 0, "secretaries met", SECRETARIES, "reports", "security_council_secretaries",
         date(2016, 4, 14), date(2016, 4, 14), "day", "Tashkent"),
        ("d1", 4, "The summit", SUMMIT, "announces", "heads_of_state", date(2016, 6, 23),
         date(2016, 6, 24), "day", "Tashkent"),
        ("d1", 5, "Trade ministers", TRADE, "announces", "trade_ministers", date(2016, 5, 1), None,
         "month", "Bishkek"),
        ("d2", 0, "meeting of secretaries", SECRETARIES, "reports", "security_council_secretaries",
         None, None, None, "Tashkent"),
        ("d3", 0, "secretaries met", SECRETARIES, "reports", "security_council_secretaries",
         date(2016, 4, 14), date(2016, 4, 14), "day", "Tashkent"),
        ("d3", 4, "The summit", SUMMIT, "announces", "heads_of_state", date(2016, 6, 23),
         date(2016, 6, 24), "day", "Tashkent"),
        ("d3", 5, "Trade ministers", TRADE, "announces", "trade_ministers", date(2016, 5, 1), None,
         "month", "Bishkek"),
        ("d4", 0, "The heads of state met", SUMMIT, "reports", "heads_of_state",
         date(2016, 6, 24), date(2016, 6, 24), "day", "Tashkent"),
        ("d4", 3, "The next summit", NEXT_SUMMIT, "announces", "heads_of_state",
         date(2017, 6, 1), None, "month", "Astana"),
    ):  # fmt: skip
        add(
            "document_meetings", meeting_id=meeting, relation=relation, organisation="SCO",
            body=body, starts_on=starts_on, ends_on=ends_on, date_precision=precision, city=city,
            **span(document, number, quote),
        )  # fmt: skip


def _add_people(add: Any) -> None:
    for person, name, country, first_seen, last_seen, documents in (
        ("chn-a-li", "A. Li", "CHN", date(2016, 4, 14), date(2016, 6, 24), 3),
        ("kaz-c-omarov", "C. Omarov", "KAZ", date(2016, 6, 24), date(2016, 6, 24), 1),
        ("rus-sergei-ivanov", "Sergei Ivanov", "RUS", date(2016, 4, 14), date(2016, 6, 24), 4),
        ("uzb-b-petrov", "B. Petrov", "UZB", date(2016, 6, 24), date(2016, 6, 24), 1),
        ("uzb-n-petrov", "N. Petrov", "UZB", date(2016, 4, 14), date(2016, 4, 14), 2),
    ):
        add(
            "persons", person_id=person, name=name, family_name=name.split()[-1], names=[name],
            countries=[country], first_seen=first_seen, last_seen=last_seen,
            document_count=documents,
        )  # fmt: skip
    add(
        "person_links", link_id="ivanov", name_a="S. Ivanov", affiliation_a="RUS",
        person_a="rus-sergei-ivanov", name_b="Sergei Ivanov", affiliation_b="RUS",
        person_b="rus-sergei-ivanov", score=0.95, rule="initials", decision="same",
        is_judged=False,
    )  # fmt: skip
    for document, number, quote, meeting, person, role, country, participation in (
        ("d1", 0, "N. Petrov", SECRETARIES, "uzb-n-petrov", "security_council_secretary", "UZB",
         "chaired"),
        ("d1", 1, "S. Ivanov", SECRETARIES, "rus-sergei-ivanov", "security_council_secretary",
         "RUS", "attended"),
        ("d1", 1, "A. Li", SECRETARIES, "chn-a-li", "deputy_minister", "CHN", "attended"),
        ("d2", 0, "Sergei Ivanov", SECRETARIES, "rus-sergei-ivanov", "security_council_secretary",
         "RUS", "attended"),
        ("d3", 0, "N. Petrov", SECRETARIES, "uzb-n-petrov", "security_council_secretary", "UZB",
         "chaired"),
        ("d3", 1, "S. Ivanov", SECRETARIES, "rus-sergei-ivanov", "security_council_secretary",
         "RUS", "attended"),
        ("d3", 1, "A. Li", SECRETARIES, "chn-a-li", "deputy_minister", "CHN", "attended"),
        ("d4", 1, "B. Petrov", SUMMIT, "uzb-b-petrov", "head_of_state", "UZB", "chaired"),
        ("d4", 1, "S. Ivanov", SUMMIT, "rus-sergei-ivanov", "ambassador", "RUS", "attended"),
        ("d4", 1, "A. Li", SUMMIT, "chn-a-li", "head_of_state", "CHN", "attended"),
        ("d4", 1, "C. Omarov", SUMMIT, "kaz-c-omarov", "head_of_state", "KAZ", "sent_message"),
    ):  # fmt: skip
        add(
            "participants", participant_id=f"{document}-{person}", meeting_id=meeting,
            person_id=person, name_as_written=quote, name=quote, role=role, country=country,
            capacity="member_state", participation=participation, **span(document, number, quote),
        )  # fmt: skip


def _add_contents(add: Any) -> None:
    add("instruments", instrument_id="charter-sco", name="SCO Charter", kind="charter",
        organisation="SCO", names=["SCO Charter"])  # fmt: skip
    add("instruments", instrument_id="declaration-tashkent", name="Tashkent Declaration",
        kind="declaration", year=2016, names=["Tashkent Declaration"])  # fmt: skip
    for document in ("d1", "d3"):
        add("instrument_mentions", instrument_id="charter-sco", mention="SCO Charter",
            **span(document, 2, "SCO Charter"))  # fmt: skip
    add("instrument_mentions", instrument_id="declaration-tashkent",
        mention="Tashkent Declaration", **span("d4", 2, "Tashkent Declaration"))  # fmt: skip
    for document, number, quote, country in (
        ("d1", 0, "Uzbekistan", "UZB"), ("d1", 1, "Russia", "RUS"), ("d1", 1, "China", "CHN"),
        ("d2", 1, "Russia", "RUS"), ("d5", 0, "中华人民共和国", "CHN"), ("d5", 0, "🇰🇿", "KAZ"),
    ):  # fmt: skip
        add("country_mentions", country=country, mention=quote, form="name",
            **span(document, number, quote))  # fmt: skip
    for document, number, topic, meeting in (
        ("d1", 2, "terrorism", SECRETARIES), ("d1", 3, "trade", SECRETARIES),
        ("d2", 1, "terrorism", SECRETARIES), ("d3", 2, "terrorism", SECRETARIES),
        ("d3", 3, "trade", SECRETARIES), ("d4", 2, "trade", SUMMIT), ("d4", 2, "energy", SUMMIT),
        ("d5", 0, "trade", None), ("d5", 1, "terrorism", None),
    ):  # fmt: skip
        add("topics", meeting_id=meeting, topic=topic, term=topic,
            **span(document, number, topic))  # fmt: skip
    for document, number, clause, verb, act, kind, actor, meeting, more in (
        ("d1", 2, "The sides condemned terrorism", "condemned", "condemn", "position",
         "participants", SECRETARIES, {"topics": ["terrorism"]}),
        ("d1", 2, "supported the SCO Charter", "supported", "support", "position",
         "participants", SECRETARIES, {"instruments": ["charter-sco"]}),
        ("d1", 3, "They agreed to trade more", "agreed", "agree", "decision",
         "participants", SECRETARIES, {"topics": ["trade"], "due_on": date(2017, 1, 1)}),
        ("d2", 1, "Russia condemned terrorism", "condemned", "condemn", "position", "country",
         SECRETARIES, {"topics": ["terrorism"], "actor_country": "RUS", "countries": ["RUS"],
                       "actor_as_written": "Russia"}),
        ("d3", 2, "The sides condemned terrorism", "condemned", "condemn", "position",
         "participants", SECRETARIES, {"topics": ["terrorism"]}),
        ("d4", 2, "They adopted the Tashkent Declaration", "adopted", "adopt", "decision",
         "participants", SUMMIT, {"instruments": ["declaration-tashkent"]}),
        ("d4", 2, "discussed trade and energy.\nThe next summit", "discussed", "discuss", "agenda",
         "participants", SUMMIT, {"topics": ["energy", "trade"]}),
        ("d5", 0, "nobody rejected trade with \U0001f409", "rejected", "condemn", "position",
         "unknown", None, {"topics": ["trade"], "negated": True}),
    ):  # fmt: skip
        place = span(document, number, clause)
        verb_start = place["char_start"] + clause.index(verb)
        add(
            "decisions", decision_id=f"{document}-{number}-{verb}", meeting_id=meeting, verb=verb,
            verb_start=verb_start, verb_end=verb_start + len(verb), act=act, kind=kind,
            actor=actor, text=clause, **{"negated": False} | place | more,
        )  # fmt: skip
    add("unresolved", kind="office", text="Professor Quux", detail="office in no lexicon",
        **span("d5", 1, "Professor Quux"))  # fmt: skip
