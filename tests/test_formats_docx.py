"""Word files -> text: order, lists, tracked changes, tables; what is hostile or broken."""

import io
import json
import random
import zipfile
from collections import Counter
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from sco_pipeline.document import read_document
from sco_pipeline.errors import RawFileError
from sco_pipeline.extraction import extract_file
from sco_pipeline.formats.docx import read_docx
from sco_pipeline.limits import Limits
from sco_pipeline.model import RawFile
from sco_pipeline.reading_lexicon import ReadingLexicon
from sco_pipeline.tables import mention_tables

RAW = Path(__file__).parents[1] / "raw"
LIMITS = Limits()
W = nsdecls("w")


def saved(document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_body(*xml) -> bytes:
    """A Word file whose body begins with these elements."""
    document = docx.Document()
    for element in reversed(xml):
        declared = element.replace(">", f" {W}>", 1) if "xmlns:w=" not in element else element
        document.element.body.insert(0, parse_xml(declared))
    return saved(document)


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The same package with parts replaced or added; "document" is word/document.xml."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        named = {f"word/{name}.xml": part for name, part in parts.items()}
        for name in old.namelist():
            if name not in named:
                new.writestr(name, old.read(name))
        for name, part in named.items():
            new.writestr(name, part)
    return buffer.getvalue()


def text(content: bytes) -> str:
    return read_docx(content, LIMITS).text


def reason(content: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(RawFileError) as caught:
        read_docx(content, limits)
    return caught.value.reason


def made() -> bytes:
    document = docx.Document()
    document.add_heading("Joint Statement", 0)
    document.add_paragraph("The ministers met in Bishkek.")
    table = document.add_table(0, 2)
    for country, name in (("Kyrgyzstan", "Gulmira Asanova"), ("Tajikistan", "Rustam Karimzoda")):
        row = table.add_row()
        row.cells[0].text, row.cells[1].text = country, name
    document.add_paragraph("They agreed:")
    document.add_paragraph("to open a road;", style="List Bullet")
    document.add_paragraph("to build a bridge.", style="List Bullet")
    document.add_paragraph("The first decision.", style="List Number")
    document.add_paragraph("The second decision.", style="List Number")
    document.sections[0].header.paragraphs[0].text = "Ministry of Transport"
    return saved(document)


GOOD = made()


def test_paragraphs_lists_and_tables_in_order():
    assert text(GOOD) == (
        "Joint Statement\n\nThe ministers met in Bishkek.\n\n"
        "Kyrgyzstan | Gulmira Asanova\nTajikistan | Rustam Karimzoda\n\n"
        "They agreed:\n\n- to open a road;\n- to build a bridge.\n\n"
        "1. The first decision.\n2. The second decision."
    )


def test_tracked_changes_links_controls_and_signs():
    content = with_body(
        "<w:p><w:r><w:t xml:space='preserve'>The </w:t></w:r>"
        "<w:ins><w:r><w:t>four </w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>three </w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>old </w:t></w:r></w:moveFrom>"
        "<w:hyperlink><w:r><w:t>ministers</w:t></w:r></w:hyperlink>"
        "<w:r><w:tab/><w:t>met</w:t><w:footnoteReference/></w:r>"
        "<w:r><w:instrText> PAGE </w:instrText></w:r>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t> secretly</w:t></w:r>"
        "<w:r><w:t xml:space='preserve"
        "'> in Bish</w:t><w:softHyphen/><w:t>kek for a week</w:t>"
        "<w:noBreakHyphen/><w:t>long talk.</w:t><w:br/><w:t>Then they left.</w:t></w:r></w:p>",
        "<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r>"
        "</w:p></w:sdtContent></w:sdt>",
    )
    assert text(content) == (
        "The four ministers met in Bishkek for a week-long talk.\nThen they left.\n\nIn a control."
    )


def tabbed(*lines: str) -> str:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    return text(saved(document))


def test_tabs_part_columns_only_where_neighbours_have_as_many():
    rows = ("Kyrgyzstan\tGulmira Asanova\tMinister", "\tTajikistan\t\tR. Karimzoda\tMinister")
    assert tabbed("The\tministers:", *rows, "Bishkek,\t4 May") == (
        "The ministers:\n\nKyrgyzstan | Gulmira Asanova | Minister\n"
        "Tajikistan | R. Karimzoda | Minister\n\nBishkek, 4 May"
    )
    assert tabbed("1.\tThey met.", "2.\tThey\nleft\tthen.", "(b)\tThey ate.") == (
        "1. They met.\n\n2. They\nleft then.\n\n(b) They ate."
    )


def test_parts_packed_by_other_methods_are_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name), zipfile.ZIP_LZMA)
    content = bytearray(buffer.getvalue())
    start = content.find(b"_rels/.rels") + len(b"_rels/.rels")
    content[start : start + 60] = b"\xff" * 60
    assert reason(bytes(content)) == "unsupported_format"


def test_paragraphs_whose_end_is_deleted_go_on_in_the_next():
    content = with_body(
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
        "<w:r><w:t xml:space='preserve'>One </w:t></w:r></w:p>",
        "<w:p><w:r><w:t>sentence.</w:t></w:r></w:p>",
    )
    assert text(content) == "One sentence."


def test_text_boxes_are_read_once():
    box = "<w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
    content = with_body(
        f"<w:p {nsdecls('w')} xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
        f" xmlns:wps='urn:wps' xmlns:v='urn:v'><w:r><w:t>Beside it.</w:t></w:r><w:r>"
        f"<mc:AlternateContent><mc:Choice Requires='wps'><wps:txbx>{box}</wps:txbx></mc:Choice>"
        f"<mc:Fallback><v:textbox>{box}</v:textbox></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert text(content) == "Beside it.\n\nIn the box."


def test_cells_with_paragraphs_tables_and_frames():
    document = docx.Document()
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "Kyrgyzstan"
    table.cell(0, 1).text = "Gulmira Asanova"
    table.cell(0, 1).add_paragraph("Azamat Isakov")
    inner = table.cell(1, 0).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "inner left", "inner right"
    frame = document.add_table(1, 1).cell(0, 0)
    frame.text = "First paragraph in a frame."
    frame.add_paragraph("Second paragraph in a frame.")
    assert text(saved(document)) == (
        "Kyrgyzstan | Gulmira Asanova; Azamat Isakov\ninner left | inner right\n\n"
        "First paragraph in a frame.\n\nSecond paragraph in a frame."
    )


def test_numbers_of_levels_are_counted_as_word_does():
    levels = "".join(
        f"<w:lvl w:ilvl='{i}'><w:start w:val='{start}'/><w:numFmt w:val='{kind}'/>"
        f"<w:lvlText w:val='{sign}'/></w:lvl>"
        for i, start, kind, sign in ((0, 3, "upperRoman", "%1."), (1, 1, "lowerLetter", "%2)"),
                                     (2, 1, "decimal", "%1.%3"))
    )  # fmt: skip
    numbering = (
        f"<w:numbering {W}><w:abstractNum w:abstractNumId='7'>{levels}</w:abstractNum>"
        "<w:num w:numId='1'><w:abstractNumId w:val='7'/></w:num>"
        "<w:num w:numId='2'><w:abstractNumId w:val='7'/><w:lvlOverride w:ilvl='0'>"
        "<w:startOverride w:val='1'/></w:lvlOverride></w:num></w:numbering>"
    )

    def item(words, level, number=1):
        return (
            f"<w:p><w:pPr><w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{number}'/></w:numPr>"
            f"</w:pPr><w:r><w:t>{words}</w:t></w:r></w:p>"
        )

    body = with_body(
        item("a", 0), item("b", 1), item("c", 1), item("d", 0), item("e", 1), item("f", 2),
        item("g", 0, 2), item("h", 0, 0),
    )  # fmt: skip
    assert text(repacked(body, numbering=numbering.encode())) == (
        "III. a\na) b\nb) c\nIV. d\na) e\nIV.1 f\n\nI. g\n\nh"
    )


def test_the_title_of_the_properties_counts_only_if_it_is_printed():
    document = docx.Document(io.BytesIO(GOOD))
    document.core_properties.title = "Joint Statement"
    assert read_docx(saved(document), LIMITS).metadata.title == "Joint Statement"
    document.core_properties.title = "Template of a letter"
    assert read_docx(saved(document), LIMITS).metadata.title is None


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
    "stem", ["2006-06-heads-of-state-shanghai", "2016-06-heads-of-state-tashkent"]
)
def test_tables_from_a_word_file_equal_those_from_the_text(stem):
    path = RAW / f"{stem}.txt"
    plain = raw_file(path.read_bytes(), path.name)
    read = read_document(plain, "d", ReadingLexicon.load("en"))
    document = docx.Document()
    for block in read.blocks:
        words = read.text[block.char_start : block.char_end]
        if block.kind == "title":
            document.add_heading(words, 0)
        elif block.kind == "list_item" and words.startswith("- "):
            document.add_paragraph(words[2:], style="List Bullet")
        else:
            document.add_paragraph(words)
    expected, found = rows(plain), rows(raw_file(saved(document), f"{stem}.docx"))
    assert sum((expected & found).values()) >= 0.98 * max(expected.total(), found.total())


# --------------------------------------------------------------------------- broken and hostile


def outcome(content: bytes) -> str | None:
    """The reason of its reject; None if it is read."""
    try:
        read_docx(content, LIMITS)
    except RawFileError as error:
        return error.reason
    return None


def test_truncated_and_flipped():
    chance = random.Random(4)
    for share in (0.01, 0.3, 0.6, 0.9, 0.99):
        assert reason(GOOD[: int(share * len(GOOD))]) == "damaged"
    for _ in range(100):
        content = bytearray(GOOD)
        for _ in range(chance.choice((1, 5, 50))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        assert outcome(bytes(content)) in {
            None, "damaged", "encrypted", "unpacks_too_large", "unsupported_format",
        }  # fmt: skip


def test_broken_xml_raises_nothing_else():
    chance = random.Random(5)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as package:
        parts = {name: package.read(f"word/{name}.xml") for name in ("document", "numbering")}
    for _ in range(60):
        name = chance.choice(sorted(parts))
        part = bytearray(parts[name])
        start = chance.randrange(len(part))
        part[start : start + chance.randrange(1, 30)] = b"1" * chance.randrange(3)
        assert outcome(repacked(GOOD, **{name: bytes(part)})) in {None, "damaged"}


ENTITIES = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha " * 10}">' for i in range(10))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("declared", [ENTITIES, '<!ENTITY a9 SYSTEM "file:///etc/hostname">'])
def test_entities_are_refused(encoding, declared):
    document = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE d [{declared}]>'
        f"<w:document {W}><w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>"
    )
    assert reason(repacked(GOOD, document=document.encode(encoding))) == "damaged"


def test_what_unpacks_to_too_much():
    blanks = b" " * 3_000_000
    assert reason(repacked(GOOD, other=blanks), Limits(archive_bytes=1_000_000)) == (
        "unpacks_too_large"
    )
    document = f"<w:document {W}>".encode() + blanks + b"</w:document>"
    assert reason(repacked(GOOD, document=document), Limits(file_bytes=1_000_000)) == (
        "unpacks_too_large"
    )
    assert reason(GOOD, Limits(archive_members=3)) == "too_many_members"


def test_a_size_that_is_stated_wrongly_is_of_no_use():
    document = f"<w:document {W}>".encode() + b" " * 3_000_000 + b"</w:document>"
    content = repacked(GOOD, document=document)
    size = len(document).to_bytes(4, "little")
    assert content.count(size) == 2
    lying = content.replace(size, (100).to_bytes(4, "little"))
    assert reason(lying, Limits(file_bytes=1_000_000)) in {"damaged", "unpacks_too_large"}


@pytest.mark.parametrize("depth", [30, 100_000])
def test_nested_tables(depth):
    start, end = b"<w:tbl><w:tr><w:tc>", b"</w:tc></w:tr></w:tbl>"
    inner = b"<w:p><w:r><w:t>At the bottom.</w:t></w:r></w:p>"
    document = f"<w:document {W}><w:body>".encode() + start * depth + inner + end * depth
    content = repacked(GOOD, document=document + b"</w:body></w:document>")
    if depth < 100:
        assert text(content) == "At the bottom."
    else:
        assert reason(content) == "damaged"


def test_styles_based_on_each_other():
    styles = f"""<w:styles {W}>
        <w:style w:styleId="A"><w:basedOn w:val="B"/></w:style>
        <w:style w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>"""
    body = with_body("<w:p><w:pPr><w:pStyle w:val='A'/></w:pPr><w:r><w:t>Here.</w:t></w:r></w:p>")
    assert text(repacked(body, styles=styles.encode())) == "Here."
