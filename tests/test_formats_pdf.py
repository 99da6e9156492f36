"""PDF files -> text: paragraphs, tables and columns by geometry; what is hostile or broken."""

import io
import json
import random
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from PIL import Image
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)  # fmt: skip

from sco_pipeline.document import read_document
from sco_pipeline.errors import RawFileError
from sco_pipeline.extraction import extract_file
from sco_pipeline.formats.pdf import read_pdf
from sco_pipeline.limits import Limits
from sco_pipeline.model import RawFile
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.tables import mention_tables

RAW = Path(__file__).parents[1] / "raw"
LIMITS = Limits()
BODY = ParagraphStyle("body", fontSize=11, leading=14, alignment=TA_JUSTIFY, spaceAfter=8)
TITLE = ParagraphStyle("title", BODY, fontSize=14, leading=18, alignment=TA_CENTER, spaceAfter=16)
INDENTED = ParagraphStyle("indented", BODY, firstLineIndent=30, spaceAfter=0)
ITEM = ParagraphStyle("item", BODY, leftIndent=18, bulletIndent=4, spaceAfter=1)

HEADLINE = "Joint Statement of the Ministers of Transport of the Member States and of the Observers"
FIRST = (
    "The ministers of transport met in Bishkek on 4 May 2021 and spoke about the roads that lead "
    "from the mountains to the sea, about bridges, and about the customs posts that hold up the "
    "lorries for days on end."
)
SECOND = (
    "They agreed to open three more crossings before the winter. The experts were instructed to "
    "prepare a draft agreement, and to report on it at the next meeting, which Tajikistan has "
    "offered to host."
)
THIRD = "The text was signed in Russian and Chinese."


def p(text, style=BODY, **more):
    return Paragraph(escape(text), style, **more)


def pdf(story, *, columns=1, size=A4, head=None, **more):
    buffer = io.BytesIO()
    width, height = size
    share = (width - 140) / columns
    frames = [
        Frame(70 + i * share, 70, share - 12 * (columns > 1), height - 140, 0, 0, 0, 0)
        for i in range(columns)
    ]

    def decorate(canvas, _):
        if head:
            canvas.drawString(70, height - 40, head)
            canvas.drawCentredString(width / 2, 35, f"Page {canvas.getPageNumber()}")

    BaseDocTemplate(
        buffer, pagesize=size, pageTemplates=[PageTemplate("p", frames, onPage=decorate)],
        invariant=1, **more,
    ).build(story)  # fmt: skip
    return buffer.getvalue()


def drawn(draw, **more):
    """A PDF with what ``draw`` puts on its canvas."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1, **more)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def picture(canvas):
    canvas.drawInlineImage(Image.new("1", (20, 20)), 50, 50, 400, 600)
    canvas.showPage()


def read(content, limits=LIMITS):
    return read_pdf(content, limits)


def reason(content):
    with pytest.raises(RawFileError) as caught:
        read(content)
    return caught.value.reason


# --------------------------------------------------------------------------- paragraphs


@pytest.mark.parametrize("columns", [1, 2])
def test_paragraphs_are_joined_over_lines_columns_and_pages(columns):
    story = [p(HEADLINE, TITLE), *[p(text) for text in (FIRST, SECOND, THIRD) * 12]]
    raw = read(pdf(story, columns=columns, head="Ministry of Transport"))
    assert raw.text.split("\n\n") == [HEADLINE, *(FIRST, SECOND, THIRD) * 12]
    assert raw.losses == ()


def test_paragraphs_are_told_by_their_indents():
    story = [p(HEADLINE, TITLE), *[p(text, INDENTED) for text in (FIRST, SECOND, FIRST, SECOND)]]
    assert read(pdf(story)).text.split("\n\n") == [HEADLINE, FIRST, SECOND, FIRST, SECOND]


def test_running_heads_and_page_numbers_are_left_out_of_one_page_and_of_many():
    for story in ([p(FIRST)], [p(FIRST), PageBreak(), p(SECOND), PageBreak(), p(THIRD)]):
        text = read(pdf(story, head="Ministry of Transport")).text
        assert "Ministry" not in text
        assert "Page" not in text
        assert text.startswith(FIRST)


def placed(*pages):
    """A PDF with texts at places: left, bottom, text."""

    def draw(canvas):
        for texts in pages:
            for left, bottom, text in texts:
                canvas.drawString(left, bottom, text)
            canvas.showPage()

    return read(drawn(draw)).text


def test_pages_that_differ_in_figures_only_are_kept():
    texts = [f"{number} votes were cast." for number in (4, 5, 6)]
    assert placed(*([(72, 780, text)] for text in texts)).split() == " ".join(texts).split()
    pages = [[(72, 780, text), (290, 40, str(number))] for number, text in enumerate(texts)]
    assert all(text in placed(*pages) for text in texts)


def test_sentences_that_return_on_short_pages_are_no_running_heads():
    pages = [
        [
            (72, 800, "Ministry of Transport"),
            (72, 760, "The minister of the country named below:"),
            (72, 746, f"{country} took part in the meeting in Bishkek."),
            (72, 732, "The plan was supported."),
        ]
        for country in ("Kyrgyzstan", "Tajikistan", "Uzbekistan")
    ]
    found = placed(*pages)
    assert found.count("The minister of the country") == 3
    assert found.count("The plan was supported.") == 3
    assert "Ministry" not in found


def test_items_stand_on_lines_of_their_own():
    story = [p("The ministers agreed:"), *[p(t, ITEM, bulletText="•") for t in (FIRST, SECOND)]]
    story += [Spacer(1, 8), p(f"1. {FIRST}"), p(f"2. {SECOND}"), p(THIRD)]
    assert read(pdf(story)).text == (
        f"The ministers agreed:\n\n- {FIRST}\n- {SECOND}\n1. {FIRST}\n2. {SECOND}\n\n{THIRD}"
    )


def test_divided_words_are_put_together_and_compounds_are_not():
    lines = [
        "The govern-", "ment speaks of long-", "term plans. A long-term plan of the agri-",
        "culture ministers, and of the vice-", "Chair, was for the years 2019-", "2021.",
    ]  # fmt: skip

    def draw(canvas):
        for number, line in enumerate(lines):
            canvas.drawString(70, 700 - 14 * number, line)

    # Ragged lines: each is as wide as the next word lets it be.
    text = " ".join(read(drawn(draw)).text.split())
    assert "government speaks" in text
    assert "long-term plans" in text
    assert "agriculture ministers" in text
    assert "vice-Chair" in text
    assert "2019-2021." in text


# --------------------------------------------------------------------------- tables

CELLS = [
    ["Country", "Minister"],
    ["Kyrgyz Republic", "Gulmira Asanova, Minister of Transport and Roads of the Republic"],
    ["Tajikistan", "Rustam Karimzoda"],
]
ROWS = "\n".join(" | ".join(row) for row in CELLS)


GRID = ("GRID", (0, 0), (-1, -1), 0.5, (0, 0, 0))


def table(style):
    return Table(
        [[Paragraph(cell, ParagraphStyle("cell", BODY, alignment=0)) for cell in r] for r in CELLS],
        colWidths=[120, 160], hAlign="LEFT", style=[("VALIGN", (0, 0), (-1, -1), "TOP"), *style],
    )  # fmt: skip


@pytest.mark.parametrize("style", [[GRID], []])
def test_tables_keep_rows_and_cells_in_order(style):
    text = read(pdf([p(FIRST), table(style), Spacer(1, 12), p(SECOND)])).text
    assert text == f"{FIRST}\n\n{ROWS}\n\n{SECOND}"


def test_tables_without_rules_whose_columns_nearly_touch():
    rows = [
        ["No", "Name", "Post"],
        ["1", "Gulmira Asanova", "Minister of Transport and Roads"],
        ["2", "Li Na", "Minister"],
    ]
    found = read(pdf([p(FIRST), Table(rows, hAlign="LEFT"), p(SECOND)])).text
    assert "\n".join(" | ".join(row) for row in rows) in found
    # "Kyrgyz Republic" takes nearly all of its column, here the only other one.
    rows = [["China", "Li Na"], ["Kyrgyz Republic", "Gulmira Asanova"], ["Iran", "Reza Amiri"]]
    found = read(pdf([p(FIRST), Table(rows, hAlign="LEFT"), p(SECOND)])).text
    assert "\n".join(" | ".join(row) for row in rows) in found


def test_a_bordered_table_on_a_turned_page():
    def draw(canvas):
        canvas.setPageRotation(90)
        canvas.translate(A4[0], 0)
        canvas.rotate(90)
        story = table([GRID])
        story.wrapOn(canvas, 600, 400)
        story.drawOn(canvas, 80, 300)
        canvas.drawString(80, 250, "Signed on the same day.")

    assert read(drawn(draw)).text == f"{ROWS}\n\nSigned on the same day."


def test_landscape_pages_among_others():
    text = read(pdf([p(FIRST), p(SECOND)], size=landscape(A4))).text
    assert text == f"{FIRST}\n\n{SECOND}"


def test_a_watermark_is_left_out():
    def draw(canvas):
        canvas.drawString(70, 700, "The ministers met in Bishkek.")
        canvas.saveState()
        canvas.translate(200, 300)
        canvas.rotate(45)
        canvas.setFont("Helvetica", 60)
        canvas.drawString(0, 0, "DRAFT")
        canvas.restoreState()

    assert read(drawn(draw)).text == "The ministers met in Bishkek."


def test_the_title_of_the_properties_counts_only_if_it_is_printed():
    story = [p(HEADLINE, TITLE), p(FIRST)]
    assert read(pdf(list(story), title=HEADLINE)).metadata.title == HEADLINE
    raw = read(pdf(list(story), title="Microsoft Word - statement_final2.doc"))
    assert raw.metadata.title is None
    assert raw.metadata.published_on is None  # not the day on which the file was made


# --------------------------------------------------------------------------- whole documents


def raw_file(content: bytes, name: str) -> RawFile:
    return RawFile(name, content, "0" * 64)


def rows(raw: RawFile) -> Counter:
    found = Counter()
    for name, rows_of in mention_tables([extract_file(raw, "d")]).items():
        for row in rows_of.to_pylist():
            kept = {
                key: value
                for key, value in row.items()
                if "char_" not in key and key not in ("path", "sha256", "media_type", "decision_id")
            }
            found[name, json.dumps(kept, default=str)] += 1
    return found


@pytest.mark.parametrize(
    "stem", ["2006-06-heads-of-state-shanghai", "2016-06-defence-ministers-astana",
             "2024-10-heads-of-government-islamabad"]
)  # fmt: skip
def test_tables_from_a_pdf_equal_those_from_the_text(stem):
    path = RAW / f"{stem}.txt"
    plain = raw_file(path.read_bytes(), path.name)
    document = read_document(plain, "d", ReadingLexicon.load("en"))
    story = []
    for block in document.blocks:
        text = document.text[block.char_start : block.char_end]
        if block.kind == "list_item" and text.startswith("- "):
            story.append(p(text[2:], ITEM, bulletText="•"))
        else:
            story.append(p(text, TITLE if block.kind == "title" else BODY))
    made = raw_file(pdf(story, head="Press service"), f"{stem}.pdf")
    expected, found = rows(plain), rows(made)
    assert sum((expected & found).values()) >= 0.98 * max(expected.total(), found.total())


# --------------------------------------------------------------------------- broken and hostile


def outcome(content: bytes) -> str | None:
    """The reason of its reject; None if it is read."""
    try:
        read(content)
    except RawFileError as error:
        return error.reason
    return None


GOOD = pdf([p(HEADLINE, TITLE), p(FIRST), PageBreak(), p(SECOND)])


def test_a_password_is_needed_or_not():
    from reportlab.lib.pdfencrypt import StandardEncryption

    def draw(canvas):
        canvas.drawString(70, 700, THIRD)

    locked = drawn(draw, encrypt=StandardEncryption("secret", "owner"))
    assert reason(locked) == "encrypted"
    opened = drawn(draw, encrypt=StandardEncryption("", "owner", canPrint=0))
    assert read(opened).text == THIRD


def test_scanned_pages():
    assert reason(drawn(picture)) == "scanned"

    def draw(canvas):
        picture(canvas)
        canvas.drawString(70, 700, FIRST[:80])
        canvas.showPage()
        picture(canvas)
        picture(canvas)

    raw = read(drawn(draw))
    assert raw.text == FIRST[:80].strip()
    assert [loss.reason for loss in raw.losses] == ["scanned"]
    assert "1, 3-4" in raw.losses[0].detail


def test_blank_pages_have_no_text():
    assert reason(drawn(lambda canvas: canvas.showPage())) == "no_text"


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.98])
def test_truncated(share):
    assert reason(GOOD[: max(9, int(share * len(GOOD)))]) == "damaged"


def test_flipped_bytes_raise_nothing_else():
    chance = random.Random(4)
    for _ in range(60):
        content = bytearray(GOOD)
        for _ in range(chance.choice((1, 5, 50))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        assert outcome(bytes(content)) in {None, "damaged", "no_text", "scanned", "encrypted"}


def objects(*bodies):
    """A PDF of raw objects, without a table of where they are."""
    numbered = (b"%d 0 obj\n%b\nendobj\n" % item for item in enumerate(bodies, 1))
    return b"%PDF-1.4\n" + b"".join(numbered) + b"trailer\n<</Root 1 0 R>>\n%%EOF\n"


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"


def page(box=b"[0 0 595 842]"):
    """Objects 3 to 5: a page, its content and its font."""
    stream = b"BT /F 12 Tf 70 700 Td (The ministers met in Bishkek.) Tj ET"
    return (
        b"<</Type/Page/Parent 2 0 R/MediaBox%b/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
        % box,
        b"<</Length %d>>stream\n%b\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def test_more_pages_than_the_limit():
    kids = b"3 0 R " * 10_000
    raw = read(
        objects(CATALOG, b"<</Type/Pages/Kids[%b]/Count 10000>>" % kids, *page()),
        Limits(pdf_pages=3),
    )
    assert raw.text.count("The ministers met") == 3
    assert raw.losses[0].reason == "too_many_pages"
    assert "10000" in raw.losses[0].detail


@pytest.mark.parametrize(
    "bodies",
    [
        (CATALOG, b"<</Type/Pages/Kids[2 0 R]/Count 1>>"),
        (CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 9>>", b"<</Type/Pages/Kids[2 0 R]/Count 9>>"),
        (CATALOG, b"<</Type/Pages/Kids[]/Count 2000000000>>"),
        (CATALOG,),
    ],
)
def test_page_trees_that_lead_nowhere(bodies):
    assert reason(objects(*bodies)) in {"damaged", "no_text"}


@pytest.mark.parametrize(
    "box", [b"[0 0 1e30 1e30]", b"[0 0 0 0]", b"[9 9 -9 -9]", b"[-1e9 -1e9 1e9 1e9]", b"[0 0]"]
)
def test_absurd_page_sizes(box):
    content = objects(CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", *page(box))
    assert read(content).text == "The ministers met in Bishkek."


@pytest.mark.parametrize("place", [b"1e38 0 0 1e38 1e38 1e38", b"0 0 0 0 0 0", b"1e-9 0 0 1 9 9"])
def test_absurd_text_positions(place):
    stream = b"BT /F 12 Tf %b Tm (Far away.) Tj ET BT /F 12 Tf 70 700 Td (Near.) Tj ET" % place
    pages = list(page())
    pages[1] = b"<</Length %d>>stream\n%b\nendstream" % (len(stream), stream)
    content = objects(CATALOG, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", *pages)
    assert "Near." in read(content).text
