"""Web pages: what they say is read, what stands around it is not, hostile ones end."""

from __future__ import annotations

import base64
import quopri
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import web_pages

from sco_pipeline.characters import clean_characters, decode
from sco_pipeline.errors import RawFileError
from sco_pipeline.extraction import extract_file
from sco_pipeline.formats import page_metadata
from sco_pipeline.formats.html import read_html
from sco_pipeline.formats.mhtml import read_mhtml
from sco_pipeline.formats.page_text import _furniture_names
from sco_pipeline.model import Extraction, Metadata, RawFile, Selectors

RAW = Path(__file__).parents[1] / "raw"
STEMS = (
    "2016-04-secretaries-tashkent-kazakhstan",
    "2022-11-heads-of-government-video",
    "2018-06-heads-of-state-qingdao",
)
PROSE = "<p>The ministers met in Tashkent, agreed to cooperate on trade and signed a protocol.</p>"
SENTENCE = "The ministers met in Tashkent, agreed to cooperate on trade and signed a protocol."


def page(body: str, head: str = "") -> bytes:
    return f"<html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>".encode()


def text_of(body: str, selectors: Selectors | None = None) -> str:
    return read_html(page(body), selectors).text


# --------------------------------------------------------------------------- the same tables


def rows(extraction: Extraction) -> Counter[tuple[object, ...]]:
    text = extraction.document.text
    found: Counter[tuple[object, ...]] = Counter()
    for sentence in extraction.sentences:
        found["sentence", text[sentence.char_start : sentence.char_end]] += 1
    for one in extraction.participants:
        found[one.person.name, one.role, one.person.country, one.capacity, one.participation] += 1
    for meeting in extraction.meetings:
        found[meeting.relation, meeting.body, meeting.starts_on, meeting.city] += 1
    for act in extraction.speech_acts:
        found[act.act, act.actor, act.due_on, text[act.char_start : act.char_end]] += 1
    return found


@pytest.mark.parametrize("stem", STEMS)
def test_pages_give_the_rows_of_the_plain_text(stem: str) -> None:
    content = (RAW / f"{stem}.txt").read_bytes()
    plain = extract_file(RawFile("a.txt", content, "0"), "a")
    expected = rows(plain)
    blocks = web_pages.blocks_of(clean_characters(decode(content)))
    title = plain.document.title or ""
    body = [block for block in blocks if " ".join(block) != title]
    assert len(body) == len(blocks) - 1
    for template in web_pages.TEMPLATES:
        written = template(title, body).encode()
        found = rows(extract_file(RawFile("a.html", written, "0"), "a"))
        equal = sum((expected & found).values()) / sum((expected | found).values())
        assert equal >= 0.98, (template.__name__, expected - found, found - expected)


# --------------------------------------------------------------------------- the text of a page


def test_lists_tables_and_lines_keep_their_order() -> None:
    body = """<h1>Meeting of ministers</h1><p>The ministers met
      in <b>Tash</b>kent.</p><p>Present were:</p>
      <ul><li>A. One, minister;<li><p>B. Two, minister;</p><ul><li>C. Three, deputy</ul></ul>
      <table><caption>Experts</caption><tr><th>State<th>Name
      <tr><td rowspan=2>Kazakhstan<td>D.<br>Four<tr><td>E. Five</table>
      <div>First line<br>second line<br><br>New paragraph</div>
      <dl><dt>Chair<dd>F. Six<dt>Guest:<dd>G. Seven</dl>
      <ol start=3><li>Decides;<li value=7>Agrees.</ol><ol type=a><li>1) is numbered<li>is not</ol>
      <pre>Kept
as it is</pre>"""
    assert (
        text_of(body)
        == """Meeting of ministers

The ministers met in Tashkent.

Present were:

- A. One, minister;
- B. Two, minister;
- C. Three, deputy

Experts

State | Name
Kazakhstan | D. Four
Kazakhstan | E. Five

First line
second line

New paragraph

Chair: F. Six
Guest: G. Seven

3. Decides;
7. Agrees.

1) is numbered
b. is not

Kept
as it is"""
    )


def test_divisions_below_a_colon_are_items_of_one_list() -> None:
    names = "".join(f"<div>{name} One, minister</div>" for name in "ABC")
    expected = "Present:\n\nA One, minister\nB One, minister\nC One, minister\n\n"
    for lead in ("<p>Present:</p>", "<div>Present:</div>"):
        assert text_of(f"{lead}{names}<div>{PROSE[3:-4]}</div>") == expected + SENTENCE
    assert "minister\n\nB" in text_of(f"<p>Present</p>{names}{PROSE}")


def test_tables_that_place_things_are_no_rows() -> None:
    body = f"""<table><tr><td><a href=/>Home</a><br><a href=/n>News</a></td><td><h2>Report</h2>
      {PROSE}<table><tr><td>Russia<td>A. One</table></td></tr></table>"""
    assert text_of(body) == f"Report\n\n{SENTENCE}\n\nRussia | A. One"


def test_what_no_reader_sees_is_left_out() -> None:
    body = f"""{PROSE}<p hidden>a</p><p style="color:red; DISPLAY : none">b</p>
      <div aria-hidden="true">c</div><script>d</script><style>e</style><noscript>f</noscript>
      <template>g</template><textarea>h</textarea><!-- i --><svg><text>j</text></svg>
      <p class="visually-hidden">k</p><select><option>l</select><img alt="m">"""
    assert text_of(body) == SENTENCE


def test_the_names_of_furniture_do_not_hide_the_text() -> None:
    assert text_of(f"<form id=search class=sidebar>{PROSE * 3}</form>").count(SENTENCE) == 3
    assert text_of(f"<nav><a href=/>Home</a></nav><header><h1>Report</h1></header>{PROSE}") == (
        f"Report\n\n{SENTENCE}"
    )
    names, words = _furniture_names()
    assert "share" in words
    assert "site-header" in names


def test_the_headline_stands_first_and_once() -> None:
    head = '<meta property="og:title" content="Ministers meet in Tashkent"><title>x</title>'
    crumbs = "<div class=top><h2>Ministers  meet in Tashkent</h2><div>14.04.2016</div></div>"
    expected = f"Ministers meet in Tashkent\n\n14.04.2016\n\n{SENTENCE}\n\n{SENTENCE}"
    assert read_html(page(f"{crumbs}<div class=text>{PROSE * 2}</div>", head)).text == expected
    assert read_html(page(PROSE, head)).text == f"Ministers meet in Tashkent\n\n{SENTENCE}"


def test_selectors_go_before_any_guess() -> None:
    body = f"""<div class=a>{PROSE * 4}</div><div class=b><h4>Head</h4><p>Short text.</p>
      <p class=x>Not this.</p></div><i id=d>On 14.04.2016</i>"""
    selectors = Selectors((".b", "#d", ".b p"), (".x",), "h4", "#d")
    raw = read_html(page(body), selectors)
    assert raw.text == "Head\n\nShort text.\n\nOn 14.04.2016"
    assert (raw.metadata.title, raw.metadata.published_on) == ("Head", date(2016, 4, 14))
    assert SENTENCE in text_of(body, Selectors((".gone",)))
    wrong = read_html(page(body), Selectors(("p[", ".b")))
    assert [loss.reason for loss in wrong.losses] == ["bad_sidecar"]
    assert "p[" in wrong.losses[0].detail
    assert wrong.text.startswith("Head")


LINKED = "<ul><li><a href=1>A. One, Kazakhstan</a><li><a href=2>B. Two, China</a></ul>"
LINKED_ROWS = """<tr><td><a href=1>Kazakhstan</a><td><a href=2>A. One</a>
  <tr><td><a href=3>China</a><td><a href=4>B. Two</a>"""
DECISION = "The next meeting will be held in Dushanbe in 2017."


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (f"<p>Present were:{LINKED}", "Present were:\n\n- A. One, Kazakhstan\n- B. Two, China\n\n"),
        (f"<table><tr><th>State<th>Name{LINKED_ROWS}</table>",
         "State | Name\nKazakhstan | A. One\nChina | B. Two\n\n"),
        (f"<table>{LINKED_ROWS}</table>", "Kazakhstan | A. One\nChina | B. Two\n\n"),
        (f"<div><a href=1>{DECISION}</a></div>", f"{DECISION}\n\n"),
        (f"<p>Read also:{LINKED}", "Read also:\n\n"),
        ("<p>More:<ul><li><a href=1>Contacts</a><li><a href=2>Home</a></ul>", "More:\n\n"),
        (f"<p>One more item{LINKED}", "One more item\n\n"),
        ("<table><tr><td><a href=1>Home</a><td><a href=2>News</a></table>", ""),
        ("<table><tr><th>Latest<tr><td><a href=1>Leaders meet</a></table>", "Latest\n\n"),
        ("<div><a href=1>All news of the ministry.</a></div>", ""),
    ],
)  # fmt: skip
def test_lines_of_links_that_belong_to_the_text(inner: str, expected: str) -> None:
    first = "<p>Ministers of trade gathered on Friday in the capital, as the press service said."
    body = f"<div>{first}{inner}{PROSE * 4}</div>"
    assert text_of(body).startswith(f"{first[3:]}\n\n{expected}{SENTENCE}")


def test_what_is_to_be_opened_is_read_where_it_is_all_the_prose() -> None:
    menu = "<ul><li><a href=1>Home</a><li><a href=2>Press service</a></ul>" * 40
    for hidden in ("aria-hidden=true", "hidden"):
        body = f"{menu}<h1>Report</h1><div {hidden}>{PROSE * 4}</div><footer>Rights.</footer>"
        assert text_of(body) == "\n\n".join(["Report", *[SENTENCE] * 4])
        assert text_of(f"<p>{DECISION}</p><p {hidden}>{SENTENCE}</p>") == DECISION
        modal = f"<div class=modal {hidden}>{PROSE * 9}</div>"
        assert text_of(f"<p>{DECISION}</p>{modal}") == DECISION


def test_prose_set_off_inside_an_article_is_read() -> None:
    first, last = f"<p>{DECISION} {DECISION}</p>", f"<p>{DECISION}</p>" * 9
    news = f"<p><a href=1>{SENTENCE} {SENTENCE}</a></p>"
    for tag in ("aside", "footer"):
        inset = f"<{tag}><p>{SENTENCE} Thus the minister.</p></{tag}>"
        assert SENTENCE in text_of(f"<article>{first}{inset}{last}</article>")
        assert SENTENCE not in text_of(f"{inset}<article>{first}{last}</article>")
        assert SENTENCE not in text_of(f"<article>{first}<{tag}>{news}</{tag}>{last}</article>")
        named = inset.replace(">", " class=related>", 1)
        assert SENTENCE not in text_of(f"<article>{first}{named}{last}</article>")


def test_memory_that_runs_out_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("trafilatura.bare_extraction", fail)
    with pytest.raises(MemoryError):
        text_of(PROSE)


# --------------------------------------------------------------------------- characters

RUSSIAN = "Министры иностранных дел встретились в Ташкенте и подписали протокол. " * 3
CHINESE = "外交部长在塔什干举行会议并签署了议定书。" * 6


@pytest.mark.parametrize(
    ("text", "encoding", "declared", "charset"),
    [
        (RUSSIAN, "cp1251", '<meta charset="windows-1251">', None),
        (RUSSIAN, "cp1251", "", "windows-1251"),
        (RUSSIAN, "cp1251", '<meta charset="utf-8">', None),
        (RUSSIAN, "cp1251", "<script>var plain = 'x';</script>" * 50, None),
        (
            RUSSIAN,
            "koi8-r",
            "<meta http-equiv=Content-Type content='text/html;charset=koi8-r'>",
            "",
        ),
        (RUSSIAN, "utf-8", '<meta charset="windows-1251">', "iso-8859-1"),
        (RUSSIAN, "utf-16", '<meta charset="utf-8">', None),
        (RUSSIAN, "utf-16-le", "", "nonsense"),
        (CHINESE, "gb18030", '<meta charset="gb2312">', None),
        (CHINESE, "gb18030", "", None),
        (CHINESE, "utf-8-sig", '<meta charset="gbk">', "zip"),
        ("日本語の文書" * 9, "iso2022_jp", '<meta charset="iso-2022-jp">', None),
    ],
)
def test_encodings(text: str, encoding: str, declared: str, charset: str | None) -> None:
    content = f"<html><head>{declared}</head><body><p>{text}</p></body></html>".encode(encoding)
    assert read_html(content, charset=charset).text == text.strip()


# --------------------------------------------------------------------------- metadata


def test_metadata_of_a_page_that_has_all() -> None:
    head = """<link rel="canonical" href="https://example.org/news/1">
      <meta name="date" content="2001-01-01"><meta name="author" content="web master">
      <script type="application/ld+json"><!-- {"@graph": [{"@type": "WebSite", "name": "no"},
      {"@id": "#p", "@type": "Organization", "name": "Ministry of Trade"},
      {"@type": ["NewsArticle"], "headline": "Trade ministers  meet", "publisher": {"@id": "#p"},
       "datePublished": "2016-04-14T23:30:00+05:00"}]} --></script>
      <script type="application/ld+json">{"@type": "NewsArticle", "headline": broken,}</script>"""
    content = b'<html lang="en-GB">' + page(PROSE, head)[6:]
    assert read_html(content).metadata == Metadata(
        "Trade ministers meet", "Ministry of Trade", date(2016, 4, 14), "en-GB",
        "https://example.org/news/1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", Metadata()),
        ("<title>Archive of documents</title>", Metadata()),
        ("<title>SCO | The ministers' report</title>", Metadata("The ministers' report")),
        (
            '<meta property="og:title" content="Report - SCO"><meta property="og:site_name"'
            ' content="SCO"><meta property="og:locale" content="ru_RU">',
            Metadata("Report", "SCO", None, "ru-RU"),
        ),
        ('<meta name=DC.date content="2016-02-30"><meta name=pubdate content="20160414">',
         Metadata(published_on=date(2016, 4, 14))),
        ('<meta property="article:published_time" content="1970-01-01T00:00:00Z">', Metadata()),
        ('<link rel=canonical href="file:///etc/passwd"><meta property="og:url" content="/x">',
         Metadata()),
        ("<time datetime=2016-04-14>x</time><time datetime=2016-04-15>y</time>", Metadata()),
        ('<meta name=dc.language content="en-a-bbb">', Metadata(language="en-a-bbb")),
        ("<time datetime=2016-04-14>x</time>", Metadata(published_on=date(2016, 4, 14))),
    ],
)  # fmt: skip
def test_metadata_of_pages_that_have_little(head: str, expected: Metadata) -> None:
    assert read_html(page(f"<h3>The ministers' report</h3>{PROSE}", head)).metadata == expected


# --------------------------------------------------------------------------- saved pages

MHTML = """From: <Saved by Blink>
Snapshot-Content-Location: https://example.org/news/1
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; start="<root@x>"; boundary="--B--"

----B--
Content-Type: text/css

p {{ color: red }}
----B--
Content-Type: text/html; charset=utf-8
Content-ID: <frame@x>

<html><body><p>An advertisement in a frame.</p></body></html>
----B--
Content-Type: text/html; charset=windows-1251
Content-ID: <root@x>
Content-Transfer-Encoding: {encoding}

{body}
----B----
"""


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_saved_pages(encoding: str) -> None:
    html = f"<html><body><p>{RUSSIAN}</p></body></html>".encode("cp1251")
    write = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}
    body = write.get(encoding, bytes)(html).decode("latin-1")
    raw = read_mhtml(MHTML.format(encoding=encoding, body=body).encode("latin-1"))
    assert raw.text == RUSSIAN.strip()
    assert raw.metadata.source_url == "https://example.org/news/1"
    assert not raw.losses


def test_saved_pages_without_a_page() -> None:
    with pytest.raises(RawFileError, match="no page"):
        read_mhtml(b"Content-Type: multipart/related; boundary=x\n\n--x\n\ntext\n--x--\n")
    with pytest.raises(RawFileError):
        read_mhtml(b"Content-Type: multipart/related" + b";" * 1_000_000 + b"\n\n--x\n")


# --------------------------------------------------------------------------- hostile pages

LOL = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
HOSTILE = {
    "deep": "<div>" * 10_000 + PROSE + "</div>" * 10_000,
    "never closed": "<p><font size=2><b>text" * 10_000 + PROSE,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(300_000)) + ">" + PROSE,
    "value": f"<img src='data:{'x' * 12_000_000}'>{PROSE}",
    "laughs": f'<!DOCTYPE html [<!ENTITY a0 "ha">{LOL}]><p>&a12;</p>{PROSE}',
    "entities": "&amp;&#x41;&bogus;&#xD800;" * 100_000 + PROSE,
    "nulls": "\0<p>\0" + PROSE.replace(" m", " \0m"),
    "comments": PROSE + "<!-- " * 100_000,
    "scripts": PROSE + "<script>" * 100_000,
    "quotes": PROSE + "<p a=\"<p b='" * 90_000,
    "no tags": PROSE + "<" * 90_000 + "<a" * 90_000,
    "description": f'<script type="application/ld+json">{"[" * 100_000}</script>{PROSE}',
    "spans": "<table><tr>" + "<td rowspan=999>x" * 2_000 + "<tr><td>y" * 300 + "</table>" + PROSE,
}


def test_headlines_inside_headlines_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    monkeypatch.setattr(page_metadata, "text_of", lambda h1: read.append(len(h1)) or "")
    read_html(("<h1>text" * 100 + PROSE).encode())
    assert len(read) == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_keep_their_text(name: str) -> None:
    raw = read_html(HOSTILE[name].encode())
    assert SENTENCE in raw.text
    assert len(raw.text) < 5_000_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<html><body><script>load()</script><img src=a.gif></body></html>", "empty"),
        (b"<ul>" + b"<li>a" * 1_000_000, "too_large"),
    ],
)
def test_pages_that_cannot_be_used(content: bytes, reason: str) -> None:
    with pytest.raises(RawFileError) as error:
        read_html(content)
    assert (error.value.stage, error.value.reason) == ("read", reason)


def test_what_is_too_deep_or_too_long_is_reported() -> None:
    raw = read_html(PROSE.encode() + b"<x-y>a" * 5_000 + PROSE.encode())
    assert [loss.reason for loss in raw.losses] == ["too_large"]
    assert raw.text.startswith(SENTENCE)
