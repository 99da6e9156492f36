"""The same tables from every form of a document as from its plain text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zlib import crc32

import pytest

from sco_pipeline.document import read_document
from sco_pipeline.errors import RawFileError
from sco_pipeline.extraction import extract_file
from sco_pipeline.model import Document, RawFile, Sidecar
from sco_pipeline.raw_files import read_raw_files
from sco_pipeline.reading_lexicon import ReadingLexicon
from tests.form_rows import Rows, document_in, equal_share, rows_of
from tests.forms import FORMS, FORMS_BY_LANGUAGE

ROOT = Path(__file__).resolve().parents[1]
GOLD = ROOT.parent / "shared" / "gold"
RAWS = [raw for raw in read_raw_files(ROOT / "raw") if isinstance(raw, RawFile)]
#: Each form is tried on one document in so many, not always the same; bench/formats.py takes all.
STEP = 4
WANTED = 0.98
CODECS = {"ru": "windows-1251", "zh": "gb18030"}


@cache
def plain_rows(raw: RawFile) -> Rows:
    return rows_of(extract_file(raw, "d"))


@pytest.mark.parametrize("form", FORMS)
def test_form_gives_the_rows_of_the_plain_text(form: str) -> None:
    assert RAWS
    shares = {}
    for raw in RAWS[crc32(form.encode()) % STEP :: STEP]:
        try:
            got = rows_of(extract_file(document_in(FORMS[form](raw)), "d"))
        except RawFileError as error:
            pytest.fail(f"{raw.path}: {error.reason}: {error}")
        shares[raw.path] = equal_share(plain_rows(raw), got)
    equal, total = map(sum, zip(*shares.values(), strict=True))
    worst = sorted(shares, key=lambda path: shares[path][0] / shares[path][1])[:5]
    assert equal >= WANTED * total, [(path, shares[path]) for path in worst]


def synthetic(language: str) -> Iterator[RawFile]:
    """Texts in our own words in a language that the raw documents are not in.

    Signs that the language's old encoding lacks are left out.
    """
    for path in sorted((GOLD / language).glob("*.txt")):
        known = json.loads(path.with_suffix(".json").read_bytes())
        if known["synthetic"]:
            sidecar = Sidecar(known["source_url"], language=language)
            codec = CODECS[language]
            text = path.read_text("utf-8").encode(codec, "ignore").decode(codec)
            yield RawFile(path.name, text.encode(), "", sidecar)


@pytest.mark.parametrize(
    ("language", "form"),
    [(language, form) for language, forms in FORMS_BY_LANGUAGE.items() for form in forms],
)
def test_encoding_of_another_language(language: str, form: str) -> None:
    """These are not extracted from yet: their blocks are compared."""
    if not GOLD.is_dir():
        pytest.skip("the annotated texts are not beside this folder")
    raws = list(synthetic(language))
    assert raws
    for raw in raws:
        got = _document(document_in(FORMS_BY_LANGUAGE[language][form](raw)))
        assert _content(got) == _content(_document(raw))


def _document(raw: RawFile) -> Document:
    return read_document(raw, "d", ReadingLexicon.load("en"))


def _content(document: Document) -> list[tuple[str, str]]:
    return [
        (block.kind, document.text[block.char_start : block.char_end])
        for block in document.blocks
        if block.kind != "furniture"
    ]
