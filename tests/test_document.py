from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sco_pipeline.characters import clean_characters, decode
from sco_pipeline.document import read_document
from sco_pipeline.errors import RawFileError
from sco_pipeline.model import Document, RawFile, Sidecar
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.terms import fold

SHARED = Path(__file__).resolve().parents[2] / "shared"
LEXICON = ReadingLexicon.load("en")
SENTENCE = "The ministers of foreign affairs exchanged views on international security in detail."


def read(text: str | bytes, path: str = "a.txt", **sidecar) -> Document:
    content = text if isinstance(text, bytes) else text.encode()
    return read_document(RawFile(path, content, "", Sidecar(**sidecar)), "d", LEXICON)


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(b.kind, document.text[b.char_start : b.char_end]) for b in document.blocks]


def kinds(text: str, kind: str) -> list[str]:
    return [found for k, found in blocks(read(text)) if k == kind]


# --- bytes and characters


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_decode_western_text(encoding):
    text = f"{SENTENCE} Minister Çavuşoğlu".replace("ş", "s").replace("ğ", "g")
    text = f"{text} said: “China’s” – café. " * 3
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r"])
def test_decode_russian_text(encoding):
    text = "Министры обсудили борьбу с терроризмом и утвердили план консультаций. " * 5
    assert decode(text.encode(encoding)) == text


def test_decode_utf_8_cut_off_in_the_middle_of_a_letter():
    content = ("Министры обсудили план. " * 5).encode() + "я".encode()[:1]
    assert decode(content).startswith("Министры обсудили план.")


def test_decode_utf_8_with_few_accents_and_a_few_broken_bytes():
    content = ("The ministers adopted a joint communiqué. " * 3).encode() + b"\xff\xfe cut \x81"
    assert decode(content).startswith("The ministers adopted a joint communiqué.")


def test_decode_refuses_bytes_that_are_no_text():
    with pytest.raises(RawFileError) as error:
        decode(b"ab\x00\x01\x02\x00\x00cd\x00")
    assert error.value.reason == "binary"


@pytest.mark.parametrize(
    ("damaged", "whole"),
    [
        ("Chinaâ€™s CommuniquÃ© â€“ 2018", "China’s Communiqué – 2018"),
        ("People¡¯s Communiqu¨¦", "People’s Communiqué"),
        ("â€œPeace and Developmentâ€.", "“Peace and Development”."),
        ("a&nbsp;b &ndash; c &amp; d", "a\xa0b – c & d"),
        ("ﬁnance and conﬂict", "finance and conflict"),
        ("co\xadoperation and agree\xad\nment", "cooperation and agreement"),
        ("one\r\ntwo\rthree\x85four", "one\ntwo\nthree\nfour"),
        ("zero\u200bwidth\ufeff and\x07 bell", "zerowidth and bell"),
        ("Communique\u0301", "Communiqué"),
        ("“curly” ‘quotes’ – and — dashes… stay", "“curly” ‘quotes’ – and — dashes… stay"),
        ("Mevlüt Çavuşoğlu, Ürümqi, Ashgabat’s", "Mevlüt Çavuşoğlu, Ürümqi, Ashgabat’s"),
    ],
)
def test_clean_characters(damaged, whole):
    assert clean_characters(damaged) == whole


# --- blocks


def test_read_document_joins_wrapped_lines():
    document = read(
        "The heads of state signed the declaration on the fifth anniversary of the\n"
        "organisation and approved the regulations. From the side of the bodies Secretary-\n"
        "General Rashid Alimov and, for 2013-\n2015, the director took part in the\n"
        "meeting.\n\nThe next meeting will be held in Bishkek."
    )
    assert [text for _, text in blocks(document)] == [
        "The heads of state signed the declaration on the fifth anniversary of the organisation "
        "and approved the regulations. From the side of the bodies Secretary-General Rashid "
        "Alimov and, for 2013-2015, the director took part in the meeting.",
        "The next meeting will be held in Bishkek.",
    ]


def test_read_document_keeps_a_hyphen_unless_the_text_writes_the_word_without():
    wrapped = (
        "The member states will deepen their trade and economic co-\n"
        "operation, in which the government and each govern-\n"
        "ment agency of the participating countries take an active part.\n"
    )
    assert "co-operation" in read(wrapped).text
    assert "each government agency" in read(wrapped).text


def test_read_document_joins_double_spaced_prose():
    lines = [
        "The council of ministers of the member states met on the twelfth of May",
        "in the capital and considered the preparation of the summit. They stressed",
        "the importance of the charter and agreed to continue the work of the group",
        "on information security, which had been set up some years ago by decision",
        "of the heads of state, who had met in the same city. The participants also",
        "heard a report of the secretariat on the work done in the previous year and",
        "approved the plan of consultations for the following one. They thanked the",
        "hosts for the warm welcome and the high level of organisation. The session",
        "was closed by the chairman in the evening.",
    ]
    assert [text for _, text in blocks(read("\n\n".join(lines)))] == [" ".join(lines)]


def test_read_document_resumes_a_sentence_after_a_page_break():
    document = read(
        "The ministers took note of the progress made in the implementation of the plan\n"
        "of action and underlined the importance of the further development of\n"
        "                                  2\n\n"
        "trade, transport and energy between the member states of the organisation and\n"
        "its observers. They thanked the host country."
    )
    assert ("furniture", "2") in blocks(document)
    assert "further development of trade, transport" in document.text


def test_read_document_joins_no_lines_of_a_list():
    lines = ["E. Kazyhanov - Minister of Foreign Affairs", "Yang Jiechi - Minister", "S. Lavrov"]
    document = read("\n".join(["PRESS RELEASE", "", "Present:", "", *lines, "", SENTENCE]))
    assert blocks(document) == [
        ("title", "PRESS RELEASE"),
        ("paragraph", "Present:"),
        *(("list_item", line) for line in lines),
        ("paragraph", SENTENCE),
    ]


def test_read_document_title_over_several_lines():
    text = "DECLARATION\nBY THE HEADS OF STATE\nOF THE MEMBER STATES\n\nI\n\n" + SENTENCE
    assert blocks(read(text))[:2] == [
        ("title", "DECLARATION BY THE HEADS OF STATE OF THE MEMBER STATES"),
        ("heading", "I"),
    ]


def test_read_document_centred_title():
    text = "           Joint Communique\n   The Fifteenth Meeting of the\n        Council\n\n"
    assert blocks(read(text + SENTENCE))[0] == (
        "title",
        "Joint Communique The Fifteenth Meeting of the Council",
    )


def test_read_document_doubled_headline_counts_once():
    text = f"Ministers meet in Astana\n\nMinisters Meet in Astana\n\n{SENTENCE}"
    assert [kind for kind, _ in blocks(read(text))] == ["title", "furniture", "paragraph"]


def test_read_document_archive_head():
    document = read(
        "Archive of texts\n\n[Title] JOINT COMMUNIQUE. Session of the Council\n\n[Place] Bishkek\n"
        f"[Date] September 23, 2004\n[Source] Secretariat\n[Notes]\n[Full text]\n\n{SENTENCE}"
    )
    assert document.title == "JOINT COMMUNIQUE. Session of the Council"
    assert document.published_on == date(2004, 9, 23)
    assert document.document_type == "communique"
    assert [kind for kind, _ in blocks(document)] == [
        "furniture", "title", "heading", "heading", "furniture", "furniture", "furniture",
        "paragraph",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "Home > News & Information",
        "Home  ›  Media Center  ›  Bilateral/Multilateral Documents",
        "[ Print ]   [ Close ]   [ Suggest to a friend ]",
        "06 April 2018, 11:48                   A+  A-   Print",
        "2016-06-08   17:20    Views: 1 184",
        "16/6/2006 9:12",
        "15:43, 24 June 2016",
        "Updated: 2022-06-15 23:07",
        " (@PakPointNews) Published August 22, 2022 | 07:10 PM",
        "By Staff Report in International, Nation on 4 July 2024",
        "By Our Correspondent",
        "Photo credit: gov.kz",
        "photo",
        "عربي  Español  Русский  Français  简体中文",
        "3 pages, PDF, 118 KB   [ Download ]",
        "778-08-04-2016",
    ],
)
def test_read_document_furniture_at_the_head(line):
    found = blocks(read(f"Ministers meet in Astana\n{line}\n\n{SENTENCE}"))
    assert ("furniture", " ".join(line.split())) in found
    assert ("paragraph", SENTENCE) in found
    below = blocks(read(f"{line}\n\nMinisters meet in Astana\n\n{SENTENCE}"))
    assert [kind for kind, _ in below] == ["furniture", "title", "paragraph"]


@pytest.mark.parametrize(
    "line",
    [
        "Share:  Facebook  |  X  |  Telegram  |  WhatsApp",
        "Read also: Secretary-General visits Ashgabat",
        "Tags:  #Army   #SCO   #Defense",
        "Keywords: SCO, Summit, Foreign policy",
        "? Ministry of Economic Development, 2010. All rights reserved",
        "© 2023 Ministry of Foreign Affairs",
        "Follow The Times on social media  |  Newsletter  |  Most Recent Stories",
        "Leave a comment (your e-mail will not be shown)",
        "                         ***",
        "- 3 -",
        "S/RES/1454 (2002)",
        "11-51191 28",
        "Автор: Kazinform",
    ],
)
def test_read_document_furniture_at_the_foot(line):
    document = read(f"Ministers meet in Astana\n\n{SENTENCE}\n\n{line}\n")
    assert blocks(document)[-1] == ("furniture", " ".join(line.split()))


@pytest.mark.parametrize(
    "line",
    [
        "Tashkent, 10-11 June 2010",
        "(Beijing, May 11, 2012)",
        "St. Petersburg, 7 June 2002",
        "II. Security cooperation",
        "Defense chiefs of SCO states met in Astana (PHOTO)",
        "The Security Council,",
        "I. Karimov",
        "Kyrgyzstan – Chingiz Aidarbekov;",
        "Updated Strategy of the Organisation approved",
        "Statement by the Chairman",
    ],
)
def test_read_document_words_of_the_text_are_no_furniture(line):
    assert "furniture" not in [
        kind for kind, _ in blocks(read(f"Title of it\n\n{SENTENCE}\n\n{line}\n\n{SENTENCE}"))
    ]


def test_read_document_menus_around_the_text():
    menu = "Home\nAbout the Ministry\nMinister\nForeign policy\nEmbassies of the Republic abroad\n"
    foot = "\nAbout the Ministry\nVacancies\nEmbassies\nHistory\nContact us\nSite map\n"
    title = "Information message on the meeting of the Council of Foreign Ministers in Minsk"
    document = read(f"{menu}News\nPress releases\nContacts\n{title}\n\n{SENTENCE}\n{foot}")
    assert [found for found in blocks(document) if found[0] != "furniture"] == [
        ("title", title),
        ("paragraph", SENTENCE),
    ]


def test_read_document_links_below_the_text():
    text = (
        f"Ministers meet\n\n{SENTENCE}\n\nRelated news\n\nPresident visits Baku\n\nSummit opens\n"
    )
    assert kinds(text, "furniture") == ["Related news", "President visits Baku", "Summit opens"]


@pytest.mark.parametrize("bullet", ["-", "•", "–", "*", "1.", "1)", "(a)", "a)", "ii."])
def test_read_document_list_items_keep_their_bullet(bullet):
    text = f"Ministers meet\n\nThey decided:\n\n{bullet} to meet again;\n\n{SENTENCE}"
    assert kinds(text, "list_item") == [f"{bullet} to meet again;"]


def test_read_document_list_without_bullets():
    text = f"Ministers meet\n\nThe Sides agreed:\n\nto meet;\n\nto speak;\n\nto act.\n\n{SENTENCE}"
    assert kinds(text, "list_item") == ["to meet;", "to speak;", "to act."]
    assert kinds(text, "paragraph") == ["The Sides agreed:", SENTENCE]


def test_read_document_roman_numbers_are_no_initials():
    numbered = f"PRESS RELEASE\n\nI. {SENTENCE}\n\nII. {SENTENCE}\n\nV. Putin took part.\n"
    skips = [block.skip for block in read(numbered).blocks]
    assert skips == [0, 3, 4, 0]


def test_read_document_markdown():
    document = read("# Ministers meet\n\n**Astana** – the [CICA](https://x.org) met today.", "a.md")
    assert document.media_type == "text/markdown"
    assert [text for _, text in blocks(document)] == [
        "# Ministers meet",
        "Astana – the CICA met today.",
    ]
    assert document.title == "Ministers meet"


# --- metadata


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("22.05.2018", date(2018, 5, 22)),
        ("2016-06-08 17:20", date(2016, 6, 8)),
        ("Updated: 2022-06-15 23:07", date(2022, 6, 15)),
        ("16/6/2006 9:12", date(2006, 6, 16)),
        ("04/22/2018", date(2018, 4, 22)),
        ("15:43, 24 June 2016", date(2016, 6, 24)),
        ("By Staff Report on 22 May 2024", date(2024, 5, 22)),
        ("Published August 22, 2022 | 07:10 PM", date(2022, 8, 22)),
        ("Дата публикации: Jan 19, 2012 1:56:1 PM", date(2012, 1, 19)),
        ("(Beijing, May 11, 2012)", date(2012, 5, 11)),
        ("31.02.2018", None),
        ("Tashkent, 10-11 June 2010", None),
    ],
)
def test_read_document_published_on_from_the_head(head, expected):
    assert read(f"Ministers meet in Astana\n\n{head}\n\n{SENTENCE}").published_on == expected


def test_read_document_published_on_from_a_dateline():
    lead = "DUSHANBE, 17.05.2018 (NIAT Khovar) – The meeting is scheduled for May 21-22 in Beijing."
    assert read(f"Ministers meet\n\n{lead}").published_on == date(2018, 5, 17)
    assert read(lead).document_type == "news"
    without_year = "BEIJING, Sep 19 (APP): The ministers met here on Saturday, it was reported."
    assert read(without_year).published_on is None


def test_read_document_sidecar_goes_first():
    text = f"Ministers meet\n\n22.05.2018\n\n{SENTENCE}"
    document = read(text, title="Other title", published_on=date(2018, 5, 23), language="en-GB")
    assert document.title == "Other title"
    assert document.published_on == date(2018, 5, 23)
    assert document.language == "en-GB"


@pytest.mark.parametrize(
    ("title", "publisher", "expected"),
    [
        ("Joint Communiqué of the Heads of State", None, "communique"),
        ("DECLARATION", None, "declaration"),
        ("Astana Declaration of the Council", None, "declaration"),
        ("Jubilee Declaration and other documents signed", None, "other"),
        ("PRESS RELEASE: Summit of the Member States", None, "press_release"),
        ("Information Report on the 13th Meeting", None, "information_report"),
        ("Joint Statement by the ministers", None, "statement"),
        ("RESOLUTION 787 (1992)", None, "resolution"),
        ("Ministers meet", "Ministry of Foreign Affairs of Kazakhstan", "press_release"),
        ("Ministers meet", "Kazinform News Agency", "news"),
        ("Ministers meet", None, "other"),
    ],
)
def test_read_document_type(title, publisher, expected):
    assert read(f"{title}\n\n{SENTENCE}", publisher=publisher).document_type == expected


def test_read_document_type_of_an_advance_notice():
    text = "Secretary to Attend Meeting in Beijing\n\nThe meeting is scheduled for May in Beijing."
    assert read(text + " It will discuss security.").document_type == "advance_notice"


# --- properties


def check(document: Document) -> None:
    assert document.folded == fold(document.text)
    assert len(document.folded) == len(document.text)
    reached = 0
    for index, block in enumerate(document.blocks):
        text = document.text[block.char_start : block.char_end]
        assert block.char_start == reached
        assert 0 <= block.skip < len(text)
        assert text == " ".join(text.split())
        reached = block.char_end + 1
        assert index == len(document.blocks) - 1 or document.text[block.char_end] == "\n"
    assert reached == len(document.text) + 1


@given(st.binary(max_size=400))
def test_read_document_of_any_bytes(content):
    try:
        document = read(content)
    except RawFileError as error:
        reason = error.reason
    else:
        check(document)
        reason = None
    assert reason in {None, "binary", "empty", "undecodable", "unsupported_format"}


PIECES = (
    "The ministers", "met", "in", "Tashkent", "of", "2016", "-", "–", "•", "1.", "II.", "I.", ":",
    ";", ".", ",", "Photo:", "[Title]", "[Date]", "Home > News", "12", "***", "\t", "    ", "\x0c",
    "Secretary-", "V. Putin", "UPPER CASE", "А.И.", "北京。", "(", ")", "“", "”", "Related news",
)  # fmt: skip


@given(st.lists(st.sampled_from([*PIECES, "\n", "\n", "\n\n", " ", " "]), max_size=80))
def test_read_document_of_any_layout(pieces):
    text = "".join(pieces)
    if not text.strip():
        return
    document = read(text)
    check(document)
    assert read(text) == document
    # Nothing but blanks and the hyphens of divided words goes missing.
    kept = "".join(document.text.split()).replace("-", "")
    assert kept == "".join(text.split()).replace("-", "")


@pytest.mark.parametrize("folder", ["gold/en", "corpora/ungdc", "corpora/unsc_resolutions"])
def test_read_document_of_real_texts(folder):
    paths = sorted((SHARED / folder).glob("*.txt"))[:60]
    if not paths:
        pytest.skip(f"../shared/{folder} is not here")
    for path in paths:
        document = read(path.read_bytes(), path.name)
        check(document)
        assert document.language == "en"


def test_a_field_with_nothing_to_it_is_furniture():
    document = read("[Title] Press release\n\n[Notes]\n\nThe parties agreed to expand trade.")
    assert ("furniture", "[Notes]") in blocks(document)
