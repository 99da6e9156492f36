"""Pages in the manner of ministries, agencies and archives around the blocks of a text."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

_ITEM = re.compile(r"[-•] ")
MENU = ("Home", "About the Ministry", "Foreign policy", "Press service", "Documents", "Contacts")
RELATED = (
    "Minister receives ambassador of a neighbouring state",
    "Foreign ministers of the region gather for consultations on Friday",
    "Photo exhibition opens in the capital",
)


def blocks_of(text: str) -> list[list[str]]:
    """Blocks of a plain text, as the lines of each."""
    parts = re.split(r"\n[ \t]*\n", text.strip("\n"))
    return [[line.strip() for line in part.split("\n") if line.strip()] for part in parts]


def _menu(tag: str = "ul") -> str:
    links = (f'<a href="/{n}">{name}</a>' for n, name in enumerate(MENU))
    if tag == "ul":
        return "<ul>" + "".join(f"<li>{link}</li>" for link in links) + "</ul>"
    return "<br>\n".join(links)


def _paragraphs(blocks: list[list[str]], tag: str) -> str:
    written = []
    for lines in blocks:
        items = [bool(_ITEM.match(line)) for line in lines]
        if all(items) and len(lines) > 1:
            inner = "".join(f"<li>{html.escape(_ITEM.sub('', line, count=1))}\n" for line in lines)
            written.append(f"<ul>\n{inner}</ul>")
        elif len(lines) > 1 and all(" | " in line for line in lines):
            rows = (
                "".join(f"<td><p>{html.escape(cell)}</p></td>" for cell in line.split(" | "))
                for line in lines
            )
            written.append("<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")
        else:
            inner = "<br>\n".join(map(html.escape, lines))
            written.append(f"<{tag}>{inner}</{tag}>")
    return "\n".join(written)


def ministry(title: str, blocks: list[list[str]]) -> str:
    related = "".join(f'<li><a href="/n/{n}">{name}</a></li>' for n, name in enumerate(RELATED))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)} | Ministry</title>
<meta property="og:title" content="{html.escape(title)}">
<meta property="og:site_name" content="Ministry"><script>if (a < b) {{ menu("<p>x") }}</script>
</head><body class="page"><div class="top-line"><div class="lang-switcher"><a href="/ru">Русский</a>
<a href="/en">English</a></div></div><nav>{_menu()}</nav>
<div class="wrapper"><div class="breadcrumbs"><a href="/">Home</a> / <a href="/p">Press</a></div>
<div class="row"><div class="col-8"><h1>{html.escape(title)}</h1>
<div class="news-text">{_paragraphs(blocks, "p")}</div>
<div class="social-share"><a href="#">Facebook</a> <a href="#">Telegram</a> <span>Print</span></div>
<div class="related-news"><h3>Read also</h3><ul>{related}</ul></div></div>
<div class="col-4 sidebar"><h4>Latest news</h4><ul>{related}</ul></div></div></div>
<footer><p>© Ministry. All rights reserved.</p><p>Tel. +7 000 000 00 00</p>{_menu()}</footer>
<div id="cookie-banner">We use cookies to make this site better. <button>Accept</button></div>
</body></html>"""


def old_tables(title: str, blocks: list[list[str]]) -> str:
    body = "<br><br>\n".join("<br>\n".join(map(html.escape, lines)) for lines in blocks)
    return f"""<HTML><HEAD><TITLE>{html.escape(title)}</TITLE></HEAD>
<BODY bgcolor=#ffffff><TABLE width=760 border=0 cellpadding=0><TR><TD colspan=2><IMG src=logo.gif>
</TD></TR><TR><TD width=160 valign=top>{_menu("br")}</TD><TD valign=top>
<FONT face=Arial size=4><B>{html.escape(title)}</B></FONT><BR><BR>
<FONT face=Arial size=2>{body}</FONT></TD></TR>
<TR><TD colspan=2 align=center><A href=/>Home</A> | <A href=/m>Site map</A> |
<A href=/c>Contacts</A>
</TD></TR></TABLE></BODY></HTML>"""


def agency(title: str, blocks: list[list[str]]) -> str:
    middle = max(1, len(blocks) // 2)
    return f"""<!doctype html><html lang=en><head><meta charset=utf-8>
<title>{html.escape(title)} - Agency</title>
<script type="application/ld+json">{{"@context": "https://schema.org", "@type": "NewsArticle",
"headline": {json.dumps(title)},
"publisher": {{"@type": "Organization", "name": "Agency"}}}}</script>
</head><body><header class="site-header"><a href="/">Agency</a><form><input name=q></form>
{_menu()}</header><main><article><header><h1>{html.escape(title)}</h1></header>
<figure><img data-src="a.jpg" alt="The ministers"><figcaption>Participants before the meeting.
Photo: press service of the Minister</figcaption></figure>
<div class="article-body">{_paragraphs(blocks[:middle], "p")}
<aside class="inset"><b>Read also</b><a href="/1">{RELATED[0]}</a></aside>
{_paragraphs(blocks[middle:], "p")}</div><div class="tags"><a href="/t1">Diplomacy</a>
<a href="/t2">Asia</a></div></article><section class="comments"><h3>Comments</h3><p>Anonymous: the
minister of nothing agreed with the president of something to support trade.</p></section></main>
<div style="display:none"><p>The hidden ministers signed a hidden protocol.</p></div>
<footer>© Agency 2024. Reproduction only with a link to the source.</footer></body></html>"""


def div_soup(title: str, blocks: list[list[str]]) -> str:
    return f"""<html xmlns="http://www.w3.org/1999/xhtml"><head>
<title>{html.escape(title)}</title></head><body>
<form id="aspnetForm" method="post" action="./Default.aspx"><input type="hidden" value="x">
<div id="menuBar">{_menu("br")}</div>
<div id="ctl00_Main"><div><div><h2>{html.escape(title)}</h2></div>
<div id="ctl00_Text">{_paragraphs(blocks, "div")}</div></div></div>
<div id="bottomMenu">{_menu()}</div></form></body></html>"""


def archive(title: str, blocks: list[list[str]]) -> str:
    body = "\n".join("<p>" + "<br>".join(map(html.escape, lines)) for lines in blocks)
    return f"""<html><head><title>Archive of documents</title></head><body><center>
<a href="../index.html">[Index]</a> <a href="../list.html">[List]</a></center><hr>
<h3>{html.escape(title)}</h3>{body}<hr><a href="../index.html">Back</a></body></html>"""


def preformatted(title: str, blocks: list[list[str]]) -> str:
    body = "\n\n".join("\n".join(map(html.escape, lines)) for lines in blocks)
    return f"""<html><head><title>{html.escape(title)}</title></head><body><pre>
{html.escape(title)}

{body}
</pre></body></html>"""


TEMPLATES: tuple[Callable[[str, list[list[str]]], str], ...] = (
    ministry,
    old_tables,
    agency,
    div_soup,
    archive,
    preformatted,
)
