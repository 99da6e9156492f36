"""Every form in which a raw document may arrive: encodings, web pages, PDF, Word, mail, archives.

The pages have what such pages have around a text: menus, share buttons, related news, a photo with
its caption, comments, a cookie banner. Bytes depend on nothing but the raw file.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import quopri
import re
import tarfile
import textwrap
import zipfile
from base64 import encodebytes
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from html import escape
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

import yaml

from sco_pipeline.characters import clean_characters, decode
from sco_pipeline.layout import LaidOutBlock, find_blocks
from sco_pipeline.model import RawFile, Sidecar
from sco_pipeline.reading_lexicon import ReadingLexicon

#: Files of one form, the document's own first; a sidecar or nothing follows.
Files = list[tuple[str, bytes]]

_SITE = "https://press.example.org"
#: A picture of one point.
_GIF = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")  # fmt: skip  # noqa: E501
_MENU = ("Home", "News", "About us", "Press service", "Documents", "Contacts")
_RELATED = (
    "Foreign Minister of Kyrgyzstan receives the Ambassador of Japan",
    "President of Kazakhstan visits a new railway station",
    "Trade between China and Pakistan grows for the third year",
)
_COMMENT = "I welcome this. President of Turkmenistan should have signed it as well!"
_COOKIES = "We use cookies to make this site better. You agree to their use if you read on."
_CAPTION = "Photo: the Prime Minister of Armenia in the press centre"
_FIELD = re.compile(r"\[[\w ]+\]")


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines that belong together.

    ``kind``: title, heading, paragraph, furniture, field, or of list items: bullet, number, line.
    """

    kind: str
    lines: tuple[str, ...]
    marks: tuple[str, ...]

    @property
    def written(self) -> list[str]:
        """The lines with their marks."""
        return [mark + line for mark, line in zip(self.marks, self.lines, strict=True)]


@dataclass(frozen=True, slots=True)
class _Text:
    """A raw document taken apart; what its page or mail says of itself is what the sidecar says."""

    raw: RawFile
    stem: str
    parts: tuple[_Part, ...]

    @property
    def known(self) -> Sidecar:
        return self.raw.sidecar


# --------------------------------------------------------------------------- taking apart


@cache
def _take_apart(raw: RawFile) -> _Text:
    lexicon = ReadingLexicon.load("en")
    blocks = find_blocks(clean_characters(decode(raw.content)), raw.sidecar.title, lexicon)
    parts = [
        _Part(kind, *_lines(kind, list(group)))
        for (kind, _), group in groupby(zip(blocks, _runs(blocks), strict=True), lambda b: b[1])
    ]
    return _Text(raw, PurePosixPath(raw.path).stem, tuple(parts))


def _runs(blocks: list[LaidOutBlock]) -> Iterator[tuple[str, int]]:
    """Kind of each block, and a number that blocks of one list share."""
    run, previous, number = 0, "", 0
    for block in blocks:
        kind: str = block.kind
        if _FIELD.match(block.text):
            kind = "field"
        elif kind == "list_item":
            marker = block.marker
            kind = {"bullet": "bullet", "number": "number"}.get(marker, "line")
        follows = kind == previous and kind in ("bullet", "number", "line", "field")
        if kind == "number":
            value = int("".join(filter(str.isdigit, block.text[: block.skip])))
            follows = follows and value == number + 1
            number = value
        run += not follows
        previous = kind
        yield kind, run


def _lines(
    kind: str, group: list[tuple[LaidOutBlock, Any]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    cut = kind in ("bullet", "number")
    lines = tuple(block.text[block.skip if cut else 0 :] for block, _ in group)
    return lines, tuple(block.text[: block.skip if cut else 0] for block, _ in group)


def _plain(text: _Text) -> str:
    """The blocks as a careful person would save them, wrapped as mail is."""
    written = []
    for part in text.parts:
        lines = part.written
        if part.kind == "line":
            written.append("\n".join(lines))
        else:
            written.append(
                "\n".join(
                    textwrap.fill(x, 72, break_long_words=False, break_on_hyphens=False)
                    for x in lines
                )
            )
    return "\n\n".join(written) + "\n"


def _sidecar(text: _Text) -> tuple[str, bytes]:
    return f"{text.stem}.yml", _yaml(_known(text))


def _known(text: _Text) -> dict[str, Any]:
    """What the sidecar of the raw file says."""
    keys = ("source_url", "publisher", "title", "published_on", "language", "licence")
    return {key: value for key in keys if (value := getattr(text.known, key)) is not None}


def _yaml(values: Mapping[str, Any]) -> bytes:
    return yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False).encode()


# --------------------------------------------------------------------------- plain text


def _encoded(encoding: str) -> Callable[[RawFile], Files]:
    def make(raw: RawFile) -> Files:
        text = _take_apart(raw)
        content = decode(raw.content).encode(encoding)
        if encoding in ("utf-16-le", "utf-16-be"):
            content = "\ufeff".encode(encoding) + content
        return [(f"{text.stem}.txt", content), _sidecar(text)]

    return make


def _markdown(raw: RawFile) -> Files:
    text = _take_apart(raw)
    written = []
    for part in text.parts:
        lines = list(part.lines)
        if part.kind == "title":
            lines = [f"# {line}" for line in lines]
        elif part.kind == "heading" and len(lines[0].split()) > 1:
            lines = [f"## {line}" for line in lines]
        elif part.kind == "bullet":
            lines = [f"* {line}" for line in lines]
        else:
            lines = part.written
        written.append("\n".join(lines))
    return [(f"{text.stem}.md", ("\n\n".join(written) + "\n").encode()), _sidecar(text)]


# --------------------------------------------------------------------------- web pages


def _metadata_head(text: _Text) -> str:
    """JSON-LD and OpenGraph, as content management systems write them."""
    known = text.known
    tags = []
    article: dict[str, Any] = {"@context": "https://schema.org", "@type": "NewsArticle"}
    if known.title:
        title = escape(known.title)
        article["headline"] = known.title
        site = f" - {escape(known.publisher)}" if known.publisher else ""
        tags += [f"<title>{title}{site}</title>", f'<meta property="og:title" content="{title}">']
    if known.publisher:
        article["publisher"] = {"@type": "Organization", "name": known.publisher}
        tags.append(f'<meta property="og:site_name" content="{escape(known.publisher)}">')
    if known.published_on:
        article["datePublished"] = f"{known.published_on}T09:00:00+00:00"
    if known.source_url:
        tags.append(f'<link rel="canonical" href="{escape(known.source_url)}">')
    ld = json.dumps(article, ensure_ascii=False).replace("</", "<\\/")
    tags.append('<meta property="og:type" content="article">')
    tags.append(f'<script type="application/ld+json">{ld}</script>')
    return "\n".join(tags)


def _meta_head(text: _Text) -> str:
    """Plain meta elements, as in the pages of a ministry."""
    known = text.known
    tags = []
    if known.title:
        tags.append(f"<title>{escape(known.title)}</title>")
        tags.append(f'<meta name="DC.title" content="{escape(known.title)}">')
    if known.publisher:
        tags.append(f'<meta name="DC.publisher" content="{escape(known.publisher)}">')
        tags.append(f'<meta property="og:site_name" content="{escape(known.publisher)}">')
    if known.published_on:
        tags.append(f'<meta name="DC.date" content="{known.published_on}">')
        tags.append(f'<meta property="article:published_time" content="{known.published_on}">')
    if known.source_url:
        tags.append(f'<link rel="canonical" href="{escape(known.source_url)}">')
    tags.append('<meta name="keywords" content="news, press service">')
    return "\n".join(tags)


def _p(line: str) -> str:
    return textwrap.fill(
        escape(line, quote=False), 110, break_long_words=False, break_on_hyphens=False
    )


def _links(titles: tuple[str, ...]) -> str:
    return "\n".join(
        f'<li><a href="{_SITE}/{number}">{title}</a></li>' for number, title in enumerate(titles)
    )


def _furniture_class(line: str) -> str:
    """What kind of furniture a line is on its page."""
    if re.match(r"(?:By|Author|Автор)\b", line):
        return "author"
    if re.search(r"\bphoto\b", line, re.IGNORECASE):
        return "caption"
    if re.search(r"\b(?:19|20)\d\d\b", line):
        return "date"
    return "share"


def _html_article(text: _Text) -> str:
    """A page of today: semantic elements, the article in <article>."""
    body = []
    for part in text.parts:
        first = part.lines[0]
        if part.kind == "title":
            body.append(f'<h1 class="article__title">{_p(first)}</h1>')
        elif part.kind == "heading":
            body.append(f"<h2>{_p(first)}</h2>")
        elif part.kind == "paragraph":
            body.append(f"<p>{_p(first)}</p>")
        elif part.kind in ("line", "field"):
            body.append("<p>" + "<br>\n".join(map(_p, part.lines)) + "</p>")
        elif part.kind == "bullet":
            items = "\n".join(f"<li>{_p(line)}</li>" for line in part.lines)
            body.append(f"<ul>\n{items}\n</ul>")
        elif part.kind == "number":
            start = "".join(filter(str.isdigit, part.marks[0]))
            items = "\n".join(f"<li><p>{_p(line)}</p></li>" for line in part.lines)
            body.append(f'<ol start="{start}">\n{items}\n</ol>')
        else:
            body.append(
                {
                    "author": f'<span class="author" rel="author">{_p(first)}</span>',
                    "caption": f'<figure><img src="/p.jpg" alt=""><figcaption>{_p(first)}'
                    "</figcaption></figure>",
                    "date": f'<div class="article__meta"><time>{_p(first)}</time></div>',
                    "share": f'<div class="article__share">{_p(first)}</div>',
                }[_furniture_class(first)]
            )
    menu = "\n".join(f'<li><a href="/{name.lower()}">{name}</a></li>' for name in _MENU)
    new_line = "\n"
    return f"""<!DOCTYPE html>
<html lang="{text.known.language or "en"}" prefix="og: https://ogp.me/ns#">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{_metadata_head(text)}
<style>.article__title {{ font-size: 2rem }}</style>
<script>window.dataLayer = window.dataLayer || []; dataLayer.push({{"page": "<p>no text</p>"}});</script>
</head>
<body class="page">
<div id="cookie-banner" role="dialog" aria-label="Cookies"><p>{_COOKIES}</p><button>Accept</button></div>
<header class="site-header"><a href="/"><img src="/logo.svg" alt="Logo"></a>
<nav class="main-menu" aria-label="Main"><ul>
{menu}
</ul></nav>
<form role="search"><input type="search" placeholder="Search"><button>Search</button></form>
</header>
<main>
<nav class="breadcrumbs" aria-label="breadcrumb"><ol><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ol></nav>
<article class="article" itemscope itemtype="https://schema.org/NewsArticle">
{new_line.join(body)}
<figure class="article__photo"><img src="/img/1.jpg" alt="photo" width="800" height="450"><figcaption>{_CAPTION}</figcaption></figure>
<div class="share-buttons"><span>Share:</span> <a href="#">Facebook</a> <a href="#">Telegram</a> <a href="#">X</a></div>
</article>
<aside class="related"><h3>Read also</h3><ul>
{_links(_RELATED)}
</ul></aside>
<section id="comments" class="comments"><h3>Comments (1)</h3><div class="comment"><b>Reader 7</b><p>{_COMMENT}</p></div></section>
</main>
<footer class="site-footer"><p>© 2024 Press service. All rights reserved.</p>
<ul><li><a href="/privacy">Privacy policy</a></li><li><a href="/sitemap">Site map</a></li></ul></footer>
<script src="/app.js"></script>
</body>
</html>
"""  # noqa: E501


def _html_ministry(text: _Text) -> str:
    """A soup of div and span; headings are bold paragraphs, lists are lines with signs."""
    body = []
    for part in text.parts:
        lines = part.written
        if part.kind == "title":
            body.append(f'<div class="news-title"><span>{_p(lines[0])}</span></div>')
        elif part.kind == "heading":
            body.append(
                f'<p style="text-align:center"><strong><span>{_p(lines[0])}</span></strong></p>'
            )
        elif part.kind == "furniture":
            kind = _furniture_class(lines[0])
            body.append(f'<div class="news-{kind}">{_p(lines[0])}</div>')
        else:
            body += [
                f'<p style="text-align:justify"><span lang="EN-US">{_p(line)}</span></p>'
                if part.kind == "paragraph"
                else f"<div>{_p(line)}</div>"
                for line in lines
            ]
    menu = "\n".join(f'<div class="menu-item"><a href="#">{name}</a></div>' for name in _MENU)
    related = "\n".join(
        f'<div class="last-item"><span class="dt">01.02.2024</span> <a href="#">{title}</a></div>'
        for title in _RELATED
    )
    new_line = "\n"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
{_meta_head(text)}
<link rel="stylesheet" href="/css/main.css">
</head>
<body>
<div id="wrapper">
<div id="top"><div class="lang"><a href="/ru">Русский</a> <a href="/en">English</a></div>
<div class="site-name">Official website</div>
<div class="menu">
{menu}
</div></div>
<div class="bread"><a href="/">Home</a> &gt; <a href="/news">News</a></div>
<div id="left-col"><div class="block-title">Latest news</div>
{related}
</div>
<div id="content"><div class="news-detail">
{new_line.join(body)}
</div>
<div class="social"><a href="#">Facebook</a> <a href="#">Twitter</a> <a href="#" onclick="window.print()">Print version</a></div>
</div>
<div id="footer"><div>&copy; Press service, 2024</div><div>Tel.: +000 00 00 00</div></div>
</div>
</body>
</html>
"""  # noqa: E501


def _html_table(text: _Text) -> str:
    """A page of 2002: tables for layout, <br><br> between paragraphs, no metadata."""
    body = []
    for part in text.parts:
        lines = part.written
        written = "<BR>\n".join(map(_p, lines))
        if part.kind == "title":
            written = f'<FONT SIZE="4"><B>{written}</B></FONT>'
        elif part.kind == "heading":
            written = f"<B>{written}</B>"
        elif part.kind == "furniture":
            written = f'<FONT SIZE="1">{written}</FONT>'
        body.append(written)
    menu = "<BR>\n".join(f'<A HREF="{name[:3]}.htm">{name}</A>' for name in _MENU)
    related = "<BR>\n".join(f'<A HREF="old.htm">{title}</A>' for title in _RELATED)
    joined = "<BR><BR>\n".join(body)
    title = f"<TITLE>{escape(text.known.title)}</TITLE>" if text.known.title else ""
    return f"""<HTML>
<HEAD>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=utf-8">
{title}
</HEAD>
<BODY BGCOLOR="#FFFFFF">
<TABLE WIDTH="100%" BORDER="0"><TR><TD COLSPAN="3"><IMG SRC="head.gif" ALT="Official site"></TD></TR>
<TR VALIGN="top">
<TD WIDTH="150">{menu}</TD>
<TD>
{joined}
</TD>
<TD WIDTH="150"><B>Related news</B><BR>
{related}</TD>
</TR>
<TR><TD COLSPAN="3" ALIGN="center"><FONT SIZE="1">Copyright 2002 Press service. All rights reserved.</FONT></TD></TR>
</TABLE>
</BODY>
</HTML>
"""  # noqa: E501


def _article(raw: RawFile) -> Files:
    text = _take_apart(raw)
    return [(f"{text.stem}.html", _html_article(text).encode())]


def _ministry(raw: RawFile) -> Files:
    text = _take_apart(raw)
    return [(f"{text.stem}.html", _html_ministry(text).encode())]


def _table(raw: RawFile) -> Files:
    text = _take_apart(raw)
    return [(f"{text.stem}.htm", _html_table(text).encode()), _sidecar(text)]


def _page_in(encoding: str) -> Callable[[RawFile], Files]:
    """A page that says its encoding in a meta element; what this lacks is a reference."""

    def make(raw: RawFile) -> Files:
        text = _take_apart(raw)
        page = _html_article(text).replace('charset="utf-8"', f'charset="{encoding}"')
        return [(f"{text.stem}.html", page.encode(encoding, "xmlcharrefreplace"))]

    return make


def _mhtml(raw: RawFile) -> Files:
    """As Chrome saves a page: every part quoted-printable or base64, all with their address."""
    text = _take_apart(raw)
    known = text.known
    url = known.source_url or f"file:///C:/saved/{text.stem}.html"
    boundary = "----MultipartBoundary--forms0000000000000000000000000000000000----"
    subject = (known.title or "").encode()
    quoted = quopri.encodestring(subject, header=True).replace(b"=\n", b"").decode()
    page = quopri.encodestring(_html_article(text).encode()).replace(b"\n", b"\r\n").decode()
    css = quopri.encodestring(b'@charset "utf-8";\n.page { color: #000 }\n').decode()
    picture = encodebytes(_GIF).decode()
    parts = [
        ("text/html", "Content-ID: <frame-1@mhtml.blink>\n", "quoted-printable", url, page),
        ("text/css", "", "quoted-printable", f"{_SITE}/css/main.css", css),
        ("image/gif", "", "base64", f"{_SITE}/p.gif", picture),
    ]
    written = "".join(
        f"--{boundary}\nContent-Type: {kind}\n{more}Content-Transfer-Encoding: {coding}\n"
        f"Content-Location: {where}\n\n{content}\n"
        for kind, more, coding, where, content in parts
    )
    content = (
        f"From: <Saved by Blink>\nSnapshot-Content-Location: {url}\n"
        f"Subject: =?utf-8?Q?{quoted}?=\nDate: Fri, 1 Mar 2024 10:00:00 -0000\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/related;\n\ttype="text/html";\n\tboundary="{boundary}"\n\n\n'
        f"{written}--{boundary}--\n"
    )
    content = content.replace("\r\n", "\n").replace("\n", "\r\n")
    return [(f"{text.stem}.mhtml", content.encode())]


# --------------------------------------------------------------------------- PDF


@cache
def _pdf_fonts() -> tuple[str, str, frozenset[int]]:
    """Two fonts that reportlab brings, and the characters of the first.

    The second, with Cyrillic and Chinese, is not embedded: a reader has its mapping.
    """
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    latin = TTFont("Vera", "Vera.ttf")
    pdfmetrics.registerFont(latin)
    pdfmetrics.registerFont(TTFont("VeraBd", "VeraBd.ttf"))
    pdfmetrics.registerFontFamily("Vera", normal="Vera", bold="VeraBd")
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "Vera", "STSong-Light", frozenset(latin.face.charToGlyph)


def _marked_up(line: str) -> str:
    """Markup of reportlab, with the second font where the first has no sign.

    What neither has is left out.
    """
    _, other, latin = _pdf_fonts()
    pieces = []
    for known, group in groupby(line, lambda sign: ord(sign) in latin):
        run = "".join(group)
        if known:
            pieces.append(escape(run, quote=False))
        else:
            run = run.encode("gb2312", "ignore").decode("gb2312")
            pieces.append(f'<font name="{other}">{run}</font>' if run else "")
    return "".join(pieces)


def _pdf_of(text: _Text, *, columns: int, size: float) -> bytes:
    from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph
    from reportlab.platypus.flowables import Flowable

    font, *_ = _pdf_fonts()
    body = ParagraphStyle(
        "body", fontName=font, fontSize=size, leading=size * 1.3, alignment=TA_JUSTIFY,
        spaceAfter=size * 0.8,
    )  # fmt: skip
    title = ParagraphStyle(
        "title", body, fontName="VeraBd", fontSize=size * 1.3, leading=size * 1.7,
        alignment=TA_CENTER, spaceAfter=size * 1.5,
    )  # fmt: skip
    heading = ParagraphStyle(
        "heading", body, fontName="VeraBd", alignment=TA_CENTER, spaceBefore=size * 0.8
    )
    small = ParagraphStyle("small", body, fontSize=size * 0.8, alignment=0)
    item = ParagraphStyle("item", body, leftIndent=18, bulletIndent=6, spaceAfter=2)
    line_style = ParagraphStyle("line", body, alignment=0, spaceAfter=2)
    story: list[Flowable] = []
    for part in text.parts:
        styles = {"title": title, "heading": heading, "furniture": small}
        for mark, line in zip(part.marks, part.lines, strict=True):
            if part.kind == "bullet":
                story.append(Paragraph(_marked_up(line), item, bulletText="•"))
            elif part.kind in ("line", "field"):
                story.append(Paragraph(_marked_up(line), line_style))
            else:
                style = styles.get(part.kind, body)
                story.append(Paragraph(_marked_up(mark + line), style))
    buffer = io.BytesIO()
    width, height = A4
    margin, gap = 64, 18
    share = (width - 2 * margin - gap * (columns - 1)) / columns
    frames = [
        Frame(margin + number * (share + gap), margin, share, height - 2 * margin, 0, 0, 0, 0)
        for number in range(columns)
    ]
    head = text.known.publisher or "Press service"

    def decorate(canvas: Any, _: Any) -> None:
        canvas.saveState()
        canvas.setFont(font, 8)
        canvas.drawString(margin, height - 40, f"{head} | Press release")
        canvas.drawCentredString(width / 2, 36, f"{canvas.getPageNumber()}")
        canvas.restoreState()

    BaseDocTemplate(
        buffer, pagesize=A4, pageTemplates=[PageTemplate("page", frames, onPage=decorate)],
        title=text.known.title or "", author=text.known.publisher or "", invariant=1,
    ).build(story)  # fmt: skip
    return buffer.getvalue()


def _pdf(raw: RawFile) -> Files:
    text = _take_apart(raw)
    return [(f"{text.stem}.pdf", _pdf_of(text, columns=1, size=11)), _sidecar(text)]


def _pdf_columns(raw: RawFile) -> Files:
    text = _take_apart(raw)
    return [(f"{text.stem}.pdf", _pdf_of(text, columns=2, size=9)), _sidecar(text)]


# --------------------------------------------------------------------------- Word


def _docx_of(text: _Text, *, lists: bool) -> bytes:
    """``lists``: bullets and numbers are Word's own, not characters of the text."""
    from docx import Document as WordDocument

    word = WordDocument()
    section = word.sections[0]
    section.header.paragraphs[0].text = text.known.publisher or "Press service"
    section.footer.paragraphs[0].text = "For immediate release"
    word.core_properties.title = text.known.title or ""
    word.core_properties.author = text.known.publisher or ""
    for part in text.parts:
        numbered = part.kind == "number" and part.marks[0].strip(" .)(") == "1"
        for mark, line in zip(part.marks, part.lines, strict=True):
            if part.kind == "title":
                word.add_paragraph(line, style="Title")
            elif part.kind == "heading":
                word.add_paragraph(line, style="Heading 1" if lists else "Normal")
            elif lists and part.kind == "bullet":
                word.add_paragraph(line, style="List Bullet")
            elif lists and numbered:
                word.add_paragraph(line, style="List Number")
            elif part.kind in ("line", "field"):
                continue
            else:
                paragraph = word.add_paragraph()
                half = len(line) // 2
                # Word cuts a paragraph into runs wherever it was edited.
                paragraph.add_run(mark + line[:half])
                paragraph.add_run(line[half:]).italic = True
        if part.kind in ("line", "field"):
            paragraph = word.add_paragraph()
            for number, line in enumerate(part.lines):
                run = paragraph.add_run(line)
                if number < len(part.lines) - 1:
                    run.add_break()
    buffer = io.BytesIO()
    word.save(buffer)
    with zipfile.ZipFile(buffer) as packed:
        members = [(name, packed.read(name)) for name in packed.namelist()]
    return _zip_of(members)


def _docx(raw: RawFile) -> Files:
    text = _take_apart(raw)
    return [(f"{text.stem}.docx", _docx_of(text, lists=False)), _sidecar(text)]


def _docx_lists(raw: RawFile) -> Files:
    text = _take_apart(raw)
    return [(f"{text.stem}.docx", _docx_of(text, lists=True)), _sidecar(text)]


# --------------------------------------------------------------------------- mail


def _mail(text: _Text) -> EmailMessage:
    known = text.known
    mail = EmailMessage(policy.SMTP)
    mail["From"] = (
        f'"{known.publisher}" <press@example.org>' if known.publisher else "press@example.org"
    )
    mail["To"] = "newsroom@example.com"
    mail["Subject"] = known.title or "Press release"
    if known.published_on:
        mail["Date"] = format_datetime(_noon(known.published_on))
    mail["Message-ID"] = f"<{text.stem}@example.org>"
    return mail


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _mail_bytes(mail: EmailMessage) -> bytes:
    """The mail with boundaries that do not change from run to run."""
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_forms_{number}")
    return mail.as_bytes()


def _eml(raw: RawFile) -> Files:
    """A press release by mail, as text and as a page."""
    text = _take_apart(raw)
    mail = _mail(text)
    mail.set_content(_plain(text), cte="quoted-printable")
    body = "\n".join(f"<p>{'<br>'.join(map(_p, part.written))}</p>" for part in text.parts)
    page = f"<html><body>{body}</body></html>"
    mail.add_alternative(page, subtype="html", cte="base64")
    return [(f"{text.stem}.eml", _mail_bytes(mail)), _sidecar(text)]


def _eml_html(raw: RawFile) -> Files:
    """A mail with nothing but a page."""
    text = _take_apart(raw)
    mail = _mail(text)
    mail.set_content(_html_ministry(text), subtype="html", cte="quoted-printable")
    return [(f"{text.stem}.eml", _mail_bytes(mail)), _sidecar(text)]


def _eml_attachment(ending: str) -> Callable[[RawFile], Files]:
    """A mail whose document is attached to it."""

    def make(raw: RawFile) -> Files:
        text = _take_apart(raw)
        mail = _mail(text)
        mail.set_content("Dear colleagues,\n\nplease find the text attached.\n\nPress service\n")
        if ending == "pdf":
            content, subtype = _pdf_of(text, columns=1, size=11), "pdf"
        else:
            content = _docx_of(text, lists=True)
            subtype = "vnd.openxmlformats-officedocument.wordprocessingml.document"
        mail.add_attachment(
            content, maintype="application", subtype=subtype, filename=f"{text.stem}.{ending}"
        )
        return [(f"{text.stem}.eml", _mail_bytes(mail)), _sidecar(text)]

    return make


# --------------------------------------------------------------------------- archives and corpora


def _zip_of(members: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, 8)
    return buffer.getvalue()


def _tar_of(members: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as packed:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def _in_folder(files: Files) -> list[tuple[str, bytes]]:
    return [("press/", b""), *((f"press/{name}", content) for name, content in files)]


def _zip(raw: RawFile) -> Files:
    """The text and its sidecar in a folder of a ZIP file."""
    text = _take_apart(raw)
    members = _in_folder([(f"{text.stem}.txt", raw.content), _sidecar(text)])
    return [(f"{text.stem}.zip", _zip_of(members))]


def _zip_page(raw: RawFile) -> Files:
    text = _take_apart(raw)
    return [(f"{text.stem}.zip", _zip_of(_in_folder(_article(raw))))]


def _tar_gz(raw: RawFile) -> Files:
    text = _take_apart(raw)
    files = [(f"press/{text.stem}.txt", raw.content), (f"press/{text.stem}.yml", _sidecar(text)[1])]
    return [(f"{text.stem}.tar.gz", _tar_of(files))]


_COLUMNS = {
    "text": "body", "name": "id", "title": "headline", "publisher": "source",
    "published_on": "date", "language": "lang", "source_url": "url",
}  # fmt: skip


def _row(text: _Text) -> dict[str, str]:
    known = _known(text)
    values = {
        "text": decode(text.raw.content),
        "name": text.stem,
        **{key: str(known.get(key) or "") for key in _COLUMNS if key not in ("text", "name")},
    }
    return {column: values[key] for key, column in _COLUMNS.items()} | {"ignored": "x"}


def _jsonl(raw: RawFile) -> Files:
    text = _take_apart(raw)
    row = {key: value or None for key, value in _row(text).items()}
    content = json.dumps(row, ensure_ascii=False).encode() + b"\n"
    return [(f"{text.stem}.jsonl", content), (f"{text.stem}.yml", _yaml({"corpus": _COLUMNS}))]


def _csv(raw: RawFile) -> Files:
    text = _take_apart(raw)
    row = _row(text)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(row))
    writer.writeheader()
    writer.writerow(row)
    content = buffer.getvalue().encode()
    return [(f"{text.stem}.csv", content), (f"{text.stem}.yml", _yaml({"corpus": _COLUMNS}))]


#: Form -> what it makes of a raw file of plain text.
FORMS: Mapping[str, Callable[[RawFile], Files]] = {
    "txt_utf_8": _encoded("utf-8"),
    "txt_utf_8_bom": _encoded("utf-8-sig"),
    "txt_utf_16_le": _encoded("utf-16-le"),
    "txt_utf_16_be": _encoded("utf-16-be"),
    "md": _markdown,
    "html_article": _article,
    "html_ministry": _ministry,
    "html_table": _table,
    "mhtml": _mhtml,
    "pdf": _pdf,
    "pdf_columns": _pdf_columns,
    "docx": _docx,
    "docx_lists": _docx_lists,
    "eml": _eml,
    "eml_html": _eml_html,
    "eml_pdf": _eml_attachment("pdf"),
    "eml_docx": _eml_attachment("docx"),
    "zip": _zip,
    "zip_html": _zip_page,
    "tar_gz": _tar_gz,
    "jsonl": _jsonl,
    "csv": _csv,
}
#: Forms of texts in one language only, by language.
FORMS_BY_LANGUAGE: Mapping[str, Mapping[str, Callable[[RawFile], Files]]] = {
    "ru": {"txt_windows_1251": _encoded("cp1251"), "html_windows_1251": _page_in("windows-1251")},
    "zh": {"txt_gb18030": _encoded("gb18030"), "html_gb18030": _page_in("gb18030")},
}
