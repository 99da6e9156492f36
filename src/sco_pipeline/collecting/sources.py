"""``raw/sources.yaml`` -> Source: where documents are collected from, checked entry by entry."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import yaml

from sco_pipeline.collecting.addresses import read_address
from sco_pipeline.errors import FetchError, SidecarError, SourceError, UsageError
from sco_pipeline.model import Selectors
from sco_pipeline.sidecars import LANGUAGE_TAG, selectors_of

Kind = Literal["feed", "sitemap", "index", "list"]
#: In the address of an index: where the number of the page stands.
PAGE = "{page}"

_KINDS: tuple[str, ...] = get_args(Kind)
_MAX_BYTES = 2_000_000
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_NAME = 60
_NO_NAME = "without a name"
#: Whole numbers: name -> least and largest value.
_NUMBERS = {
    "first_page": (0, 1_000),
    "page_step": (1, 1_000),
    "pages": (1, 1_000),
    "max_documents": (1, 100_000),
    "recheck_days": (0, 10_000),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One entry: a place that lists documents, and what all of these have in common.

    Attributes:
        name: Lower-case letters, digits and hyphens; names the folder under raw/collected/.
        kind: What ``urls`` are: feeds, sitemaps, index pages, or the documents themselves.
        urls: Addresses; that of an index may have ``{page}`` where the page's number stands.
        links: Found in the address of every document. Without it, documents are all that is
            listed on the host of the listing itself.
        exclude: Found in no document's address.
        items: CSS selector of what holds the links on an index; without it, all links count.
        attachments: Found in the address of files that a document's page leads to, and that are
            collected with it.
        publisher, language, licence: Of its documents; for their sidecars.
        selectors: Where the text stands on its pages; for their sidecars.
        note: How the entry is known; for people.
        enabled: Collected without being named.
        recheck_days: Longest time until a document is looked at again; 0 for never.
        max_documents: Requests for documents in one run; the rest waits for the next.
        first_page, page_step, pages: Number of the first page of an index, what is added for each
            further one, and how many are read at most.
    """

    name: str
    kind: Kind
    urls: tuple[str, ...]
    links: re.Pattern[str] | None = None
    exclude: re.Pattern[str] | None = None
    items: str | None = None
    attachments: re.Pattern[str] | None = None
    publisher: str | None = None
    language: str | None = None
    licence: str | None = None
    selectors: Selectors | None = None
    note: str | None = None
    enabled: bool = True
    recheck_days: int = 32
    max_documents: int = 200
    first_page: int = 1
    page_step: int = 1
    pages: int = 1


class _Place(NamedTuple):
    """A value of an entry, and all that a message about it has to say."""

    file: Path
    line: int
    source: str
    key: str
    value: Any

    def error(self, must: str) -> SourceError:
        return SourceError(
            f"{self.file} line {self.line}: source {self.source}: {self.key} is {self.value!r}, "
            f"must be {must}"
        )


def read_sources(path: Path) -> tuple[Source, ...]:
    """Read all entries, those that are not enabled included.

    Args:
        path: YAML: a list of mappings with the fields of ``Source``; ``url`` may stand for
            ``urls`` with one address. docs/sources.md explains them.

    Raises:
        SourceError: Names file, line, source, key and value, and says what it must be.
    """
    sources: list[Source] = []
    for node in _entries(path):
        source = _source(path, node)
        if any(source.name == other.name for other in sources):
            line = node.start_mark.line + 1
            raise SourceError(
                f"{path} line {line}: a second source named {source.name}; give it another name"
            )
        sources.append(source)
    return tuple(sources)


def choose(sources: Sequence[Source], only: Collection[str] = ()) -> tuple[Source, ...]:
    """The sources to collect from: those named, or all that are enabled.

    Raises:
        UsageError: A name is none of theirs, or nothing is enabled.
    """
    names = {source.name for source in sources}
    for name in only:
        if name not in names:
            near = get_close_matches(name, sorted(names), n=1, cutoff=0)
            hint = f"; the nearest is {near[0]}" if near else ""
            raise UsageError(f"there is no source {name}{hint}")
    chosen = tuple(s for s in sources if (s.name in only if only else s.enabled))
    if not chosen:
        raise UsageError("no source is enabled; name one with --only, or enable it")
    return chosen


def _entries(path: Path) -> list[yaml.MappingNode]:
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror}); name the list of sources with --sources"
        ) from error
    if len(content) > _MAX_BYTES:
        raise SourceError(f"{path}: more than {_MAX_BYTES} bytes; split it and use --sources")
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SourceError(f"{path}: no valid YAML: {' '.join(str(error).split())}") from error
    if root is None or (isinstance(root, yaml.SequenceNode) and not root.value):
        raise SourceError(f"{path}: lists no source; docs/sources.md shows how one is written")
    if not isinstance(root, yaml.SequenceNode):
        raise SourceError(f"{path}: must be a list; begin each source with '- name: ...'")
    for node in root.value:
        if not isinstance(node, yaml.MappingNode):
            line = node.start_mark.line + 1
            raise SourceError(f"{path} line {line}: must be 'key: value' lines of a source")
    return list(root.value)


def _source(path: Path, node: yaml.MappingNode) -> Source:
    places = {place.key: place for place in _places(path, node)}
    for key in ("name", "kind"):
        if key not in places or places[key].value is None:
            raise _missing(path, node, places, key)
    values: dict[str, Any] = {}
    for key, place in places.items():
        if place.value is None:
            continue
        if key in _NUMBERS:
            values[key] = _number(place, *_NUMBERS[key])
        elif key == "enabled":
            if not isinstance(place.value, bool):
                raise place.error("true or false")
            values[key] = place.value
        elif key in ("url", "urls"):
            values["urls"] = values.get("urls", ()) + _addresses(place)
        elif key in ("links", "exclude", "attachments"):
            values[key] = _pattern(place)
        elif key == "selectors":
            values[key] = _selectors(place)
        elif key == "items":
            values[key] = _text(place)
            _check_selector(place)
        else:
            values[key] = _text(place)
    if not values.get("urls"):
        raise _missing(path, node, places, "url")
    source = Source(**values)
    _check(source, places)
    return source


def _places(path: Path, node: yaml.MappingNode) -> Iterator[_Place]:
    """The values of an entry, each with its line."""
    loader = yaml.SafeLoader("")
    known = {field.name for field in fields(Source)} | {"url"}
    found: list[tuple[int, str, Any]] = []
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        try:
            key = loader.construct_object(key_node, deep=True)
            value = loader.construct_object(value_node, deep=True)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            detail = " ".join(str(error).split())
            raise SourceError(f"{path} line {line}: no valid YAML: {detail}") from error
        found.append((line, str(key), value))
    name = next((str(value) for _, key, value in found if key == "name" and value), _NO_NAME)
    for line, key, value in found:
        if key not in known:
            near = get_close_matches(key, sorted(known), n=1, cutoff=0)[0]
            raise SourceError(
                f"{path} line {line}: source {name}: there is no key {key}; the nearest is {near}"
            )
        if [other for _, other, _ in found].count(key) > 1:
            raise SourceError(f"{path} line {line}: source {name}: {key} stands twice; keep one")
        yield _Place(path, line, name, key, value)


def _missing(
    path: Path, node: yaml.MappingNode, places: Mapping[str, _Place], key: str
) -> SourceError:
    line = node.start_mark.line + 1
    name = (places["name"].value if "name" in places else None) or _NO_NAME
    return SourceError(f"{path} line {line}: source {name}: {key} is missing; add it")


def _check(source: Source, places: Mapping[str, _Place]) -> None:
    """Hold single values against each other, and against what is allowed."""
    if not _NAME.fullmatch(source.name) or len(source.name) > _LONGEST_NAME:
        raise places["name"].error(
            f"lower-case letters, digits and hyphens, {_LONGEST_NAME} at most, such as mfa-kaz-en"
        )
    if source.kind not in _KINDS:
        raise places["kind"].error(f"one of {', '.join(_KINDS)}")
    if source.language and not LANGUAGE_TAG.fullmatch(source.language):
        raise places["language"].error("a BCP 47 tag such as en or zh-Hans")
    if source.items and source.kind != "index":
        raise places["items"].error("left out; only an index has it")
    if source.kind == "list" and source.links:
        for url in source.urls:
            if not source.links.search(read_address(url).url):
                raise places["links"].error(f"found in {url}, or left out")
    paged = [url for url in source.urls if PAGE in url]
    if paged and source.kind != "index":
        raise (places.get("url") or places["urls"]).error(f"without {PAGE}; only an index has it")
    if source.pages > 1 and not paged:
        raise places["pages"].error(f"1, or an address must have {PAGE} where the number stands")


def _text(place: _Place) -> str:
    if not isinstance(place.value, str) or not place.value.strip():
        raise place.error("text; put it in quotes")
    return " ".join(place.value.split())


def _number(place: _Place, low: int, high: int) -> int:
    value = place.value
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise place.error(f"a whole number from {low} to {high}")
    return value


def _addresses(place: _Place) -> tuple[str, ...]:
    values = place.value if isinstance(place.value, list) else [place.value]
    for value in values:
        problem = "" if isinstance(value, str) else "no text"
        try:
            read_address(str(value))
        except FetchError as error:
            problem = error.detail
        if problem:
            must = f"an address such as https://www.example.org/ ({problem})"
            raise place._replace(value=value).error(must)
    return tuple(dict.fromkeys(values))


def _pattern(place: _Place) -> re.Pattern[str]:
    try:
        return re.compile(_text(place))
    except re.error as error:
        raise place.error(f"a regular expression ({error})") from error


def _selectors(place: _Place) -> Selectors:
    try:
        selectors = selectors_of(place.value, place.key)
    except SidecarError as error:
        raise SourceError(
            f"{place.file} line {place.line}: source {place.source}: {error}"
        ) from error
    for name in ("content", "remove", "title", "published_on"):
        value = getattr(selectors, name)
        for selector in (value,) if isinstance(value, str) else value or ():
            _check_selector(place._replace(key=f"selectors.{name}", value=selector))
    return selectors


def _check_selector(place: _Place) -> None:
    from cssselect import HTMLTranslator, SelectorError

    try:
        HTMLTranslator().css_to_xpath(place.value)
    except SelectorError as error:
        raise place.error(f"a CSS selector ({error})") from error
