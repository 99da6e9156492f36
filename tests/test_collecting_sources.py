"""sources.yaml: every mistake is named with its line, and what ships is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sco_pipeline.collecting.sources import Source, choose, read_sources
from sco_pipeline.errors import SourceError, UsageError
from sco_pipeline.model import Selectors

ROOT = Path(__file__).parents[1]

#: Documents whose addresses are cited somewhere, by the shipped source that must know them.
CITED = {
    "sco-documents-en": "http://eng.sectsco.org/20180522/431989.html",
    "sco-news-en": "http://eng.sectsco.org/news/20200916/677622.html",
    "sco-news-ru": "https://rus.sectsco.org/20220801/VYSTUPLENIE--na-brifinge-po-itogam-907522.html",
    "sco-news-zh": "https://chn.sectsco.org/20151209/26996.html",
    "sco-russia-2015": "http://en.sco-russia2015.ru/about_sco/20140905/1013179603.html",
    "president-rus-sco-en": "http://en.special.kremlin.ru/catalog/keywords/18/events/62146",
    "president-rus-en": "http://en.kremlin.ru/events/president/news/34018",
    "president-rus-transcripts-en": "http://en.kremlin.ru/events/president/transcripts/23789",
    "government-rus-en": "http://government.ru/en/news/59723/",
    "mfa-rus-en": "https://mid.ru/en/foreign_policy/news/2049686/",
    "security-council-rus": "http://www.scrf.gov.ru/news/allnews/3000/",
    "mfa-chn-en": "https://www.mfa.gov.cn/eng/xw/zyxw/202609/t20260925_12031181.html",
    "mfa-chn-briefings-en": "https://www.mfa.gov.cn/eng/xw/fyrbt/lxjzh/202608/t20260828_12012299.html",
    "president-kaz-en": "https://www.akorda.kz/en/address-to-the-people-of-kazakhstan-801221",
    "government-kaz-en": "https://primeminister.kz/en/news/localisation-in-machine-building-29889",
    "mfa-kaz-en": "https://www.gov.kz/memleket/entities/mfa/press/news/details/1273258?lang=en",
    "mfa-tjk-en": "https://mfa.tj/en/main/view/180/bilateral-relations-of-tajikistan-with-germany",
    "khovar-tjk-en": "https://eng.khovar.tj/2018/05/tajikistan-to-attend-sco-secretaries-meeting-in-china",
    "president-uzb-en": "https://president.uz/en/lists/view/9529",
    "mfa-ind-documents-en": "https://meacms.mea.gov.in/bilateral-documents.htm?dtl/35848/Joint_Communiqu",
    "mfa-pak-en": "https://mofa.gov.pk/press-releases/indian-charge-daffaires-summoned",
    "mfa-irn-en": "https://en.mfa.ir/portal/newsview/778376/Statement-of-the-Foreign-Ministry",
    "president-blr-en": "https://president.gov.by/en/events/state-of-the-nation-address-on-22-april-8550",
    "mfa-blr-en": "https://mfa.gov.by/en/press/statements/dad9272a52869cef.html",
    "worldjpn-sco-index": "https://worldjpn.net/documents/texts/SCO/20140912.D1E.html",
    "cis-executive-committee-ru": "https://e-cis.info/news/564/134334/",
    "eurasian-commission-en": "http://www.eurasiancommission.org/en/nae/news/Pages/04-12-2020-7.aspx",
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> dict[str, Source]:
    return {source.name: source for source in read_sources(ROOT / "raw/sources.yaml")}


def test_shipped_sources_say_how_they_are_known_and_fit_cited_documents(shipped):
    assert all(source.note and source.publisher and source.language for source in shipped.values())
    assert all(
        source.links or source.kind == "list" for source in shipped.values() if source.enabled
    )
    for name, url in CITED.items():
        links = shipped[name].links
        assert links is not None
        assert links.search(url), name
        assert not links.search("http://127.0.0.1/"), name


def test_shipped_sources_cover_the_member_states_and_the_organisation(shipped):
    names = " ".join(shipped)
    states = ("rus", "chn", "kaz", "kgz", "tjk", "uzb", "ind", "pak", "irn", "blr")
    assert all(f"mfa-{state}-" in names for state in states)
    assert {"sco-documents-en", "sco-news-en", "rats-news-en", "worldjpn-sco"} <= shipped.keys()


ALL_KEYS = r"""
- name: everything
  kind: index
  url: https://example.org/news?p={page}
  links: /news/\d+
  exclude: print
  items: ul.news
  attachments: \.pdf$
  publisher: A   Ministry
  language: zh-Hans
  licence: CC BY 4.0
  selectors: {content: [article, .text], remove: .share, title: h1}
  note: seen
  enabled: false
  recheck_days: 0
  max_documents: 7
  first_page: 0
  page_step: 10
  pages: 3
- name: little
  kind: list
  urls: [https://example.org/a, https://example.org/b, https://example.org/a]
"""


def test_all_keys_are_read(tmp_path):
    path = tmp_path / "sources.yaml"
    path.write_text(ALL_KEYS, encoding="utf-8")
    everything, little = read_sources(path)
    assert everything == Source(
        "everything", "index", ("https://example.org/news?p={page}",), re.compile(r"/news/\d+"),
        re.compile("print"), "ul.news", re.compile(r"\.pdf$"), "A Ministry", "zh-Hans", "CC BY 4.0",
        Selectors(("article", ".text"), (".share",), "h1"), "seen", False, 0, 7, 0, 10, 3,
    )  # fmt: skip
    assert little.urls == ("https://example.org/a", "https://example.org/b")
    assert choose((everything, little)) == (little,)
    assert choose((everything, little), ["everything"]) == (everything,)
    with pytest.raises(UsageError, match="there is no source evrything; the nearest is everything"):
        choose((everything, little), ["evrything"])
    with pytest.raises(UsageError, match="no source is enabled"):
        choose((everything,))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("urll: https://example.org/x", "line 5: source a: there is no key urll; the nearest is u"),
        ("links: '[0-9'", r"line 5: source a: links is '\[0-9', must be a regular expression"),
        ("items: 'a[href'", "line 5: source a: items is .* must be a CSS selector"),
        ("selectors: {title: '>'}", "line 5: source a: selectors.title is '>', must be a CSS"),
        ("selectors: {titel: h1}", "line 5: source a: .*titel"),
        ("selectors: h1", "line 5: source a: "),
        ("urls: [ftp://example.org/]", "source a: urls is 'ftp://example.org/', must be an"),
        ("urls: [https:///path]", "must be an address such as"),
        ("urls: [7]", "urls is 7, must be an address"),
        ("pages: 2", "line 5: source a: pages is 2, must be 1, or an address must have {page}"),
        ("max_documents: 0", "max_documents is 0, must be a whole number from 1"),
        ("recheck_days: yes", "recheck_days is True, must be a whole number"),
        ("enabled: maybe", "enabled is 'maybe', must be true or false"),
        ("publisher: 7", "publisher is 7, must be text; put it in quotes"),
        ("language: english please", "language is 'english please', must be a BCP 47 tag"),
        ("note: x\n  note: y", "line 5: source a: note stands twice"),
        ("note: {[}]: 1", "no valid YAML"),
        ("note: !!python/object/apply:os.system [true]", "no valid YAML"),
        ("note: 2026-02-30", "no valid YAML"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_line(line, message, tmp_path):
    path = tmp_path / "sources.yaml"
    path.write_text(f"# list\n- name: a\n  kind: index\n  url: https://example.org/\n  {line}\n")
    with pytest.raises(SourceError, match=f"sources.yaml.*{message}"):
        read_sources(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: a", "must be a list; begin each source with '- name: ...'"),
        ("- a\n", "line 1: must be 'key: value' lines"),
        ("- name: a\n  kind: feed\n", "line 1: source a: url is missing; add it"),
        ("- kind: feed\n  url: https://a.org\n", "source without a name: name is missing"),
        ("- name: a\n  url: https://a.org\n", "source a: kind is missing"),
        ("- name: a\n  kind: rss\n  url: https://a.org\n", "must be one of feed, sitemap, index"),
        ("- name: ../a\n  kind: feed\n  url: https://a.org\n", "name is '../a', must be low"),
        ("- name: a\n  kind: feed\n  url: https://a.org/{page}\n", "3: .* only an index has"),
        ("- name: a\n  kind: feed\n  url: https://a.org/\n" * 2, "line 4: a second source named a"),
        ("- name: &x [*x]\n  kind: feed\n", "sources.yaml"),
        ("- [" * 5000, "no valid YAML"),
        ("- name:\n  kind: feed\n  url: https://a.org/\n", "line 1: .*without a name: name is mis"),
        ("- name: a\n  kind:\n  url: https://a.org/\n", "line 1: source a: kind is missing"),
        ("- {name: a, kind: list, url: https://a.org/b, links: /c}", "links .* found in .*a.org/b"),
        ("# nothing yet\n", "lists no source"),
        ("[]\n", "lists no source"),
    ],
)  # fmt: skip
def test_wrong_lists_are_refused(text, message, tmp_path):
    path = tmp_path / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        read_sources(path)


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(SourceError, match="cannot be read .* name the list of sources with --sour"):
        read_sources(tmp_path / "none.yaml")
