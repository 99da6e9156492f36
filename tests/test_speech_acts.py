"""Speech acts: sentences in cases/speech_acts.csv, what holds across sentences, any text.

Due dates and addressees are in cases/speech_act_details.csv.
"""

import csv
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.document import read_document
from sco_pipeline.mentions.countries import CountryLexicon, find_countries
from sco_pipeline.mentions.dates import DateLexicon, find_dates
from sco_pipeline.mentions.organisations import OrganisationLexicon, find_organisations
from sco_pipeline.mentions.people import PeopleLexicon, find_people
from sco_pipeline.mentions.speech_acts import SpeechActLexicon, find_speech_acts
from sco_pipeline.model import (
    Document,
    InstrumentMention,
    RawFile,
    Sentence,
    SpeechAct,
    TopicMention,
    Unresolved,
)
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.sentences import split_sentences
from sco_pipeline.terms import TermIndex

CASES = Path(__file__).parent / "cases" / "speech_acts.csv"
DETAILS = Path(__file__).parent / "cases" / "speech_act_details.csv"
#: What stands before each case, lest it be taken for a title.
OPENING = "The ministers met in Tashkent on 5 May 2020."
RESOLUTIONS = Path(__file__).parents[2] / "shared" / "corpora" / "unsc_resolutions"
#: The first verb of each operative paragraph of ten resolutions, found by hand; ``char_offset``
#: counts in the file.
OPERATIVE = Path(__file__).parent / "cases" / "unsc_operative.csv"
#: "3. Calls upon", "12. Strongly condemns": how an operative paragraph opens.
PARAGRAPH = re.compile(
    r"(?:^|\n|; ?|\. ?)\d{1,2}\. ?(?P<verb>(?:(?:Also|Further|Once again|[A-Z][a-z]+ly),? )*"
    r"[A-Z]?[a-z]+(?<!s)e?s)\b(?= (?:that|the|to|all|its|upon|on|with|for|as|in|by|once)\b)"
)


@cache
def lexicon() -> SpeechActLexicon:
    return SpeechActLexicon.load("en")


def read(text: str) -> tuple[Document, list[Sentence], list[SpeechAct], list[Unresolved]]:
    """A text with everything found in it but topics and instruments, which are stand-ins."""
    content = text.encode()
    raw = RawFile("text.txt", content, hashlib.sha256(content).hexdigest())
    document = read_document(raw, "text", ReadingLexicon.load("en"))
    sentences = split_sentences(document, ReadingLexicon.load("en"))
    countries = find_countries(document, sentences, CountryLexicon.load("en"))
    organisations = find_organisations(document, OrganisationLexicon.load("en"))
    dates = find_dates(document, sentences, DateLexicon.load("en"))
    people, _ = find_people(document, sentences, countries, organisations, PeopleLexicon.load("en"))
    topics = [
        TopicMention(0, term.char_start, term.char_end, term.value, "stand-in")
        for term in TermIndex([("trade", "trade"), ("drugs", "drug_trafficking")]).find(
            document.text, document.folded
        )
    ]
    instruments = [
        InstrumentMention(0, term.char_start, term.char_end, term.value, "plan", None, None, "")
        for term in TermIndex([("Action Plan", "Action Plan")]).find(document.text, document.folded)
    ]
    acts, unresolved = find_speech_acts(
        document, sentences, people, countries, organisations, topics, instruments, dates,
        lexicon(),
    )  # fmt: skip
    return document, sentences, acts, unresolved


def acts_of(text: str) -> list[SpeechAct]:
    return read(text)[2]


def told(text: str) -> list[tuple[str, str]]:
    return [(act.act, act.actor) for act in acts_of(text)]


def cases() -> list[tuple[str, list[dict[str, str]]]]:
    with CASES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [(text, list(group)) for text, group in groupby(rows, key=lambda row: row["sentence"])]


@pytest.mark.parametrize(("text", "rows"), cases(), ids=lambda value: str(value)[:60])
def test_sentence(text: str, rows: Sequence[dict[str, str]]) -> None:
    document, _, acts, _ = read(f"{OPENING}\n\n{text}")
    wanted = [row for row in rows if row["act"]]
    assert [(act.act, act.actor) for act in acts] == [(row["act"], row["actor"]) for row in wanted]
    position = len(OPENING)
    for act, row in zip(acts, wanted, strict=True):
        start = document.text.index(row["verb"], position)
        assert act.verb_start < start + len(row["verb"])
        assert start < act.verb_end
        position = start + 1


def test_clauses_are_cut_between_coordinated_acts() -> None:
    document, _, acts, _ = read(
        "In Astana the ministers discussed trade, agreed on a plan and thanked the hosts."
    )
    clauses = [document.text[act.char_start : act.char_end] for act in acts]
    assert clauses == [
        "In Astana the ministers discussed trade",
        "agreed on a plan",
        "thanked the hosts",
    ]


def test_pronouns_stand_for_who_acted_last() -> None:
    assert told(
        "The member states condemned the attacks. They called for restraint.\n\n"
        "It was noted that drugs are a threat. They also welcomed the exercise."
    ) == [
        ("condemn", "member_states"),
        ("call_for", "member_states"),
        ("assess", "participants"),
        ("welcome", "member_states"),
    ]


def test_it_is_the_council_and_he_the_minister() -> None:
    acts = acts_of(
        "The Council approved the report. It tasked the experts with a new one. "
        "Foreign Minister Wang Yi of China praised the experts. He urged them to be quick."
    )
    assert [(act.actor, act.actor_person) for act in acts] == [
        ("participants", None),
        ("participants", None),
        ("person", "Wang Yi"),
        ("person", "Wang Yi"),
    ]


def test_countries_act_through_their_sides_and_capitals() -> None:
    acts = acts_of(
        "The Uzbek side proposed a forum. The Ministry of Foreign Affairs of Kazakhstan noted the "
        "result. Beijing backs the idea. China, India and Russia supported it."
    )
    assert [(act.actor, act.actor_country) for act in acts] == [
        ("country", "UZB"),
        ("country", "KAZ"),
        ("country", "CHN"),
        ("country", None),
    ]


def test_bullets_with_their_own_verbs_are_acts_of_their_own() -> None:
    assert told(
        "The Heads of State:\n\n- signed a declaration;\n\n- approved the budget;\n\n"
        "- agreed to meet again."
    ) == [("adopt", "participants"), ("adopt", "participants"), ("agree", "participants")]


def test_bullets_may_open_with_a_participle_or_a_form_of_be() -> None:
    _, _, acts, _ = read(
        "The Heads of State, meeting in Astana:\n\n"
        "1. Having taken stock of the work, instructed the experts to draft a plan;\n\n"
        "2. Were of the view that trade must grow.\n"
    )
    assert [act.act for act in acts] == ["discuss", "instruct", "assess"]
    assert {act.actor for act in acts} == {"participants"}


def test_bullets_under_one_verb_are_one_act() -> None:
    document, _, acts, _ = read(
        "The Council adopted decisions:\n\n- on trade;\n\n- on the Action Plan against drugs."
    )
    assert [act.act for act in acts] == ["adopt"]
    assert acts[0].topics == ("trade", "drug_trafficking")
    assert acts[0].instruments == (0,)
    assert document.text[acts[0].char_start : acts[0].char_end].endswith("against drugs")


def test_paragraphs_of_a_resolution_are_acts_of_the_organ() -> None:
    assert told(
        "The Security Council,\n\nRecalling its resolution 1 (1946),\n\n"
        "Gravely concerned at the violence in the region,\n\n"
        "Expressing its appreciation to the mission for its work,\n\n"
        "1. Condemns the attack;\n\n2. Also requests the Secretary-General to report;\n\n"
        "3. Decides to remain seized of the matter."
    ) == [
        ("assess", "organisation"), ("express_concern", "organisation"),
        ("thank", "organisation"), ("condemn", "organisation"), ("instruct", "organisation"),
        ("agree", "organisation"),
    ]  # fmt: skip


def test_headings_hold_no_acts() -> None:
    assert told("MINISTERS CONDEMN TERRORISM\n\nThe ministers met in Astana.") == []


def test_denied_acts() -> None:
    acts = acts_of(
        "The sides do not accept protectionism. No agreement was reached on borders. "
        "The parties see no alternative to talks."
    )
    assert [(act.act, act.negated) for act in acts] == [
        ("condemn", True),
        ("agree", True),
        ("assess", False),
    ]


def test_a_meeting_announced_by_somebody_is_one_act() -> None:
    assert told("The next meeting will be held in Moscow, the minister announced.") == [
        ("schedule", "person")
    ]
    assert told("As was underlined, the next session will take place in Moscow.") == [
        ("schedule", "unknown")
    ]


def details() -> list[dict[str, str]]:
    with DETAILS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", details(), ids=lambda row: row["sentence"][:60])
def test_due_dates_and_addressees(row: dict[str, str]) -> None:
    document, _, acts, _ = read(f"{OPENING}\n\n{row['sentence']}")
    (act,) = acts
    found = {
        "verb": document.text[act.verb_start : act.verb_end],
        "act": act.act,
        "due_from": str(act.due_from or ""),
        "due_on": str(act.due_on or ""),
        "due_as_written": document.text[slice(*act.due_span)] if act.due_span else "",
        "addressee_as_written": (
            document.text[slice(*act.addressee_span)] if act.addressee_span else ""
        ),
        "addressee_country": act.addressee_country or "",
        "addressee_organisation": act.addressee_organisation or "",
    }
    assert found == {column: row[column] for column in found}


def test_a_limit_needs_the_day_of_the_document() -> None:
    (act,) = acts_of("The parties undertook to exchange lists within three months.")
    assert (act.due_from, act.due_on, act.due_span) == (None, None, None)


def test_what_points_back_keeps_the_topics() -> None:
    acts = acts_of(
        "The Russian side proposed rules for trade. The other delegations supported this proposal. "
        "They thanked the hosts."
    )
    assert [act.topics for act in acts] == [("trade",), ("trade",), ()]


def test_what_opens_a_sentence_holds_for_all_its_acts() -> None:
    acts = acts_of("In the field of trade the ministers noted the growth and urged new steps.")
    assert [act.topics for act in acts] == [("trade",), ("trade",)]


def test_unlisted_subject_is_reported() -> None:
    document, _, acts, unresolved = read(
        "The ministers met in New Delhi today. The Raksha Mantri rejected terrorism and praised "
        "the hosts. He thanked them."
    )
    assert [(act.act, act.actor) for act in acts] == [
        ("condemn", "person"),
        ("welcome", "person"),
        ("thank", "person"),
    ]
    assert [document.text[seen.char_start : seen.char_end] for seen in unresolved] == [
        "The Raksha Mantri"
    ]
    assert unresolved[0].kind == "actor"


def test_speaker_of_a_speech_is_no_meeting() -> None:
    speech = (
        "I thank the President of the Assembly. My delegation supports the draft. "
        "We condemn terrorism. Let me congratulate my colleagues. I believe in peace."
    )
    assert told(speech) == [
        ("thank", "person"),
        ("support", "country"),
        ("condemn", "country"),
        ("thank", "unknown"),
        ("assess", "person"),
    ]


def test_operative_paragraphs_counted_by_hand() -> None:
    if not RESOLUTIONS.exists():
        pytest.skip("no ../shared/corpora beside the repository")
    with OPERATIVE.open(encoding="utf-8", newline="") as lines:
        by_file = groupby(csv.DictReader(lines), key=lambda row: row["file"])
        counted = {name: list(rows) for name, rows in by_file}
    missed = []
    for name, rows in counted.items():
        raw = (RESOLUTIONS / name).read_text(encoding="utf-8")
        document, _, acts, _ = read(raw)
        actors = {act.verb_start: act.actor for act in acts}
        for row in rows:
            words, at = row["operative_verb"], -1
            # As often as before it in the file, these words stand before it in the document.
            for _ in range(" ".join(raw[: int(row["char_offset"])].split()).count(words) + 1):
                at = document.text.index(words, at + 1)
            if actors.get(at) != "organisation":
                missed.append((name, row["paragraph_number"], words))
    assert len(counted) == 10
    assert sum(map(len, counted.values())) == 71
    # "Appeals urgently to and encourages all States": the verbs share what follows.
    assert missed == [("S_RES_0713_1991_EN_GOLD.txt", "5", "Appeals urgently to and")]


def test_every_operative_paragraph_is_an_act_of_the_organisation() -> None:
    if not RESOLUTIONS.exists():
        pytest.skip("no ../shared/corpora beside the repository")
    paths = sorted(RESOLUTIONS.glob("*.txt"))
    counted, missed = 0, []
    for path in paths[:: len(paths) // 40][:40]:
        document, _, acts, _ = read(path.read_text(encoding="utf-8", errors="replace"))
        by_start = sorted((act.verb_start, act.actor) for act in acts)
        for paragraph in PARAGRAPH.finditer(document.text):
            counted += 1
            start = paragraph.start("verb")
            near = [actor for at, actor in by_start if start - 1 <= at < start + 45]
            if near[:1] != ["organisation"]:
                missed.append((path.name, paragraph.group(), near))
    assert counted > 120
    assert not missed


def test_verbs_that_carry_an_act_are_many() -> None:
    path = Path(__file__).parents[1] / "src/sco_pipeline/lexicons/en/speech_verbs.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        lemmas = [row["lemma"] for row in csv.DictReader(lines)]
    found = [term.value for lemma in lemmas for term in lexicon().index.find(lemma, lemma)]
    carrying = {
        verb.lemma
        for word in found
        for verb in word.verbs
        if any(pattern.act != "none" for pattern in verb.patterns)
    }
    assert len(carrying) > 500


@given(
    st.lists(
        st.sampled_from(
            [
                "The sides", "They", "noted", "that", "agreed", "to", "was", "support", ",", "and",
                "the next meeting", "will be held", ";", ":", "Xi Jinping", "said", "by", "as",
                "of the member states", "expressed", "concern", '"', "We", "in 2025", "not",
                "calling for", "which", "is scheduled for", "\n\n", ".", "- ", "1. ", "Decides",
            ]
        ),
        min_size=1,
        max_size=40,
    )
)  # fmt: skip
def test_any_text(words: list[str]) -> None:
    text = " ".join(["Communiqué.", *words])
    document, sentences, acts, unresolved = read(text)
    again = read(text)
    assert (acts, unresolved) == again[2:]
    reached = 0
    for act in sorted(acts, key=lambda act: act.verb_start):
        assert reached <= act.verb_start < act.verb_end
        assert 0 <= act.char_start <= act.verb_start
        assert act.verb_end <= act.char_end <= len(document.text)
        sentence = sentences[act.sentence]
        assert sentence.char_start <= act.verb_start
        assert act.verb_end <= sentence.char_end
        for span in (act.actor_span, act.due_span, act.addressee_span):
            if span:
                assert document.text[slice(*span)].strip()
        assert (act.due_span is None) == (act.due_on is None)
        if act.due_from and act.due_on:
            assert act.due_from <= act.due_on
        reached = act.verb_end
