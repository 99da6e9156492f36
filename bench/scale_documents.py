"""Synthetic communiqués for measurements of scale, in our own words.

    python bench/scale_documents.py FOLDER COUNT [START]

A grammar (``scale_grammar.csv``) is filled with the topics, instruments, cities and states of the
package's own lexicons. One to five documents speak of one meeting: report or communiqué, releases
of the states that took part, an advance notice, a speech. Every document follows from the seed
and its number alone, so that a corpus can be continued: numbers 0 to 999, then 1,000 to 1,009.
"""

from __future__ import annotations

import csv
import itertools
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from sco_pipeline.lexicon import LEXICONS

HERE = Path(__file__).parent
FIRST_DAY = date(2001, 6, 15)
DAYS = (date(2026, 10, 31) - FIRST_DAY).days
#: Documents of ten meetings after one another, in this order.
DOCUMENTS_OF_MEETINGS = (3, 2, 4, 3, 1, 4, 2, 5, 3, 3)
BLOCK = sum(DOCUMENTS_OF_MEETINGS)
#: A corpus grows by offices: so many meetings are held by the same bodies before others follow.
MEETINGS_OF_A_GENERATION = 800
BODIES_OF_A_GENERATION = 2
ORGANISATIONS = ("SCO", "CIS", "CICA", "ECO", "CSTO", "OTS", "EAEU", "BRICS")
KINDS = ("report", "release", "notice", "communique", "speech")
MOST_STATES = 11
#: Instruments of an organisation that each generation adds to those that can be cited.
PLANS_OF_A_GENERATION = 200
#: Generation and first slot of the meetings of the heads of state.
SUMMITS = (1, 0)
SPELLINGS = 4
FILES_PER_FOLDER = 1000
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Person:
    """One holder of an office, under the spellings documents use."""

    spellings: tuple[tuple[str, str], ...]  # name in full, surname


@dataclass(frozen=True, slots=True)
class Meeting:
    """What all documents on one meeting agree about."""

    organisation: str
    series: str
    title: str
    plural: str
    first_day: date
    days: int
    host: str
    city: str
    states: tuple[str, ...]


def write_documents(folder: Path, count: int, seed: int = 1, start: int = 0) -> None:
    """Write documents ``start`` to ``start + count - 1`` under ``folder``, most with a sidecar.

    Args:
        folder: Made if missing; gets one folder for each thousand documents.
        count: Number of documents, about 5 kB each.
        seed: Another one gives other documents.
        start: Number of the first document; numbers before it stay as they are.
    """
    world = _World(seed)
    for i in range(start, start + count):
        shard = folder / f"{i // FILES_PER_FOLDER:04d}"
        if i == start or i % FILES_PER_FOLDER == 0:
            shard.mkdir(parents=True, exist_ok=True)
        name, text, sidecar = world.document(i)
        (shard / f"{name}.txt").write_text(text, encoding="utf-8")
        if sidecar:
            (shard / f"{name}.yml").write_text(sidecar, encoding="utf-8")


class _World:
    """Meetings, persons and sentences, each a function of the seed and a number."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.grammar = {
            symbol: [_SLOT.split(row["expansion"]) for row in rows]
            for symbol, rows in _groups(_own("grammar"), "symbol").items()
        }
        self.bodies = _bodies()
        self.cultures = _own("names")
        self.respellings = [(row["written"], row["respelt"]) for row in _own("respellings")]
        self.topics = [
            row["form"]
            for row in _lexicon("en/topics")
            if row["topic"]
            and not (row["needs"] or row["unless"])
            and re.fullmatch(r"[a-z ]+(?<!al|ic)", row["form"])
        ]
        self.instruments = [
            row["form"]
            for row in _lexicon("en/instruments")
            if row["form"].isprintable() and not set(row["form"]) & set("[]{}|~")
        ]
        self.countries = {row["code"]: row["label"] for row in _lexicon("reference/countries")}
        self.organisations = {
            row["code"]: row["label"] for row in _lexicon("reference/organisations")
        }
        self.cities = {
            country: [row["city"] for row in sorted(rows, key=lambda row: row["is_capital"])]
            for country, rows in _groups(_lexicon("reference/cities"), "country").items()
        }
        self.memberships = _groups(
            [
                row
                for row in _lexicon("reference/memberships")
                if row["capacity"] == "member_state" and row["country"] in self.cities
            ],
            "organisation",
        )
        self.members_of_any = sorted(
            {row["country"] for name in ORGANISATIONS for row in self.memberships[name]}
        )
        self.meeting = cache(self._meeting)
        self.holders = cache(self._holders)
        self.plan = cache(self._plan)

    def random(self, *key: object) -> random.Random:
        return random.Random("/".join(map(str, (self.seed, *key))))

    def expand(
        self,
        symbol: str,
        rng: random.Random,
        values: Mapping[str, str],
        choosers: Mapping[str, Callable[[], str]],
    ) -> str:
        """Expand a symbol of the grammar, of the meeting, or of a word list."""
        if symbol in values:
            return values[symbol]
        if symbol in choosers:
            return choosers[symbol]()
        if symbol not in self.grammar:
            return _capital(self.expand(symbol.lower(), rng, values, choosers))
        parts = rng.choice(self.grammar[symbol])
        return "".join(
            self.expand(part, rng, values, choosers) if i % 2 else part
            for i, part in enumerate(parts)
        )

    def _plan(self, organisation: str, number: int) -> str:
        """Name of an instrument of an organisation."""
        rng = self.random("plan", organisation, number)
        day = FIRST_DAY + timedelta(rng.randrange(DAYS))
        values = {
            "org": organisation,
            "years": f"{day.year + 1}-{day.year + rng.choice((3, 5, 10))}",
            "past_date": _days(day, 1),
            "title_topic": rng.choice(self.topics).title(),
        }
        return self.expand("plan", rng, values, {})

    def summit(self, organisation: str, day: date) -> Meeting:
        """The next meeting of the heads of state after a day."""
        generation, slot = SUMMITS
        slot += ORGANISATIONS.index(organisation)
        turns = (self.meeting(generation, slot, turn) for turn in itertools.count())
        return next(meeting for meeting in turns if meeting.first_day > day)

    def _meeting(self, generation: int, slot: int, turn: int) -> Meeting:
        """The ``turn``-th meeting of a series of a generation."""
        rng = self.random("meeting", generation, slot, turn)
        organisation = ORGANISATIONS[slot % len(ORGANISATIONS)]
        body = generation * BODIES_OF_A_GENERATION + slot // len(ORGANISATIONS)
        series, title, plural = self.bodies[body % len(self.bodies)]
        turns = MEETINGS_OF_A_GENERATION / (BODIES_OF_A_GENERATION * len(ORGANISATIONS))
        day = FIRST_DAY + timedelta(int((turn + rng.random() * 0.7) * DAYS / turns))
        rows = self.memberships[organisation]
        states = [
            row["country"]
            for row in rows
            if row["valid_from"] <= day.isoformat() <= (row["valid_to"] or "9999")
        ] or [row["country"] for row in rows]
        host = states[turn % len(states)]
        others = [state for state in states if state != host][: MOST_STATES + 3]
        chosen = rng.sample(others, min(MOST_STATES, len(others)) - (rng.random() < 0.3))
        cities = self.cities[host]
        return Meeting(
            organisation,
            f"{_ordinal(turn + 1)} {series}" if series.startswith("m") else series,
            title,
            plural,
            day,
            rng.choice((1, 1, 2)),
            host,
            cities[-1] if rng.random() < 0.6 else rng.choice(cities),
            (host, *sorted(chosen)),
        )

    def _holders(self, country: str, title: str) -> list[tuple[date, Person]]:
        """Who held an office from which day on."""
        rng = self.random("office", country, title)
        day = FIRST_DAY - timedelta(rng.randrange(2000))
        holders = []
        while day < FIRST_DAY + timedelta(DAYS + 1000):
            holders.append((day, self._person(rng, country)))
            day += timedelta(rng.randrange(900, 3600))
        return holders

    def person(self, country: str, title: str, day: date) -> Person:
        return next(p for since, p in reversed(self.holders(country, title)) if since <= day)

    def _person(self, rng: random.Random, country: str) -> Person:
        culture = next(
            (row for row in self.cultures if country in row["countries"].split()), self.cultures[-1]
        )
        given = rng.choice(culture["given"].split())
        family = rng.choice(culture["stems"].split()) + rng.choice(culture["endings"].split())
        if culture["culture"] == "chinese":
            family, given = given, family
            return Person(((f"{family} {given}", family),) * SPELLINGS)
        respelt = family
        for written, other in rng.sample(self.respellings, len(self.respellings) // 2):
            respelt = respelt.replace(written, other, 1)
        second = rng.choice("ABDFGIKMNRST")
        return Person(
            (
                (f"{given} {family}", family),
                (f"{given} {respelt}", respelt),
                (f"{given[0]}. {family}", family),
                (f"{given[0]}. {second}. {respelt}", respelt),
            )
        )

    def document(self, number: int) -> tuple[str, str, str]:
        """Name, text and sidecar (empty for one in ten) of one document."""
        block, place = divmod(number, BLOCK)
        order = 0
        while place >= DOCUMENTS_OF_MEETINGS[order]:
            place -= DOCUMENTS_OF_MEETINGS[order]
            order += 1
        generation, turn = divmod(
            block * len(DOCUMENTS_OF_MEETINGS) + order, MEETINGS_OF_A_GENERATION
        )
        # 147 has no factor in common with 800: every meeting once, early and late ones mixed.
        slots = BODIES_OF_A_GENERATION * len(ORGANISATIONS)
        turn, slot = divmod(turn * 147 % MEETINGS_OF_A_GENERATION, slots)
        return _Writer(self, number, generation, slot, turn, place).write()


class _Writer:
    """One document being written."""

    def __init__(
        self, world: _World, number: int, generation: int, slot: int, turn: int, place: int
    ) -> None:
        self.world = world
        self.number = number
        self.generation = generation
        self.meeting = meeting = world.meeting(generation, slot, turn)
        last = world.meeting(generation, slot, max(turn - 1, 0))
        following = world.meeting(generation, slot, turn + 1)
        summit = world.summit(meeting.organisation, meeting.first_day)
        self.rng = rng = world.random("document", number)
        self.kind = KINDS[3] if place == 0 and rng.random() < 0.3 else KINDS[place % len(KINDS)]
        self.spelling = rng.randrange(SPELLINGS)
        state = meeting.states[(place + number) % len(meeting.states)]
        leader = self.person(state, meeting.title)
        day = meeting.first_day
        organisation = meeting.organisation
        host = world.countries[meeting.host]
        self.states = [world.countries[code] for code in meeting.states]
        self.published = day + timedelta(
            -rng.randrange(2, 12) if self.kind == "notice" else meeting.days + rng.randrange(4)
        )
        self.values = {
            "org": organisation,
            "org_long": "the " + world.organisations[organisation],
            "series": meeting.series,
            "plural": meeting.plural,
            "host": host,
            "place": meeting.city,
            "date": _days(day, meeting.days),
            "next_city": following.city,
            "next_date": _days(following.first_day, following.days),
            "next_month": f"{following.first_day:%B %Y}",
            "summit_series": summit.series,
            "summit_city": summit.city,
            "summit_date": _days(summit.first_day, summit.days),
            "summit_month": f"{summit.first_day:%B %Y}",
            "last_series": last.series,
            "last_city": last.city,
            "last_date": _days(last.first_day, last.days),
            "leader": f"{meeting.title} of {world.countries[state]} {self.name(leader)}",
            "leader_country": world.countries[state],
            "surname": leader.spellings[self.spelling][1],
            "head_of_host": f"President of {host} "
            + self.name(self.person(meeting.host, "President")),
            "chairman": f"{meeting.title} of {host} "
            + self.name(self.person(meeting.host, meeting.title)),
            "secretary": f"{organisation} Secretary-General "
            + self.name(self.person(organisation, "Secretary-General")),
            "official": f"Deputy Secretary-General of the {organisation} "
            + self.name(self.person(organisation, "Deputy Secretary-General")),
        }
        self.choosers: dict[str, Callable[[], str]] = {
            "topic": lambda: rng.choice(world.topics),
            "plan": self.plan,
            "instrument": lambda: "the " + rng.choice(world.instruments),
            "city": lambda: rng.choice(world.cities[rng.choice(world.members_of_any)]),
            "country": lambda: world.countries[rng.choice(world.members_of_any)],
            "member": lambda: rng.choice(self.states),
            "deadline": lambda: f"{day + timedelta(rng.randrange(60, 700)):%B %Y}",
            "past_date": lambda: _days(day - timedelta(rng.randrange(30, 3000)), 1),
            "years": lambda: f"{day.year + 1}-{day.year + rng.choice((3, 5, 10))}",
        }

    def person(self, country: str, title: str) -> Person:
        return self.world.person(country, title, self.meeting.first_day)

    def name(self, person: Person) -> str:
        return person.spellings[self.spelling][0]

    def fill(self, symbol: str) -> str:
        return self.world.expand(symbol, self.rng, self.values, self.choosers)

    def plan(self) -> str:
        """An instrument of the organisation; old ones are cited more often than new ones."""
        known = (self.generation + 1) * PLANS_OF_A_GENERATION
        number = int(known * self.rng.random() ** 2)
        return "the " + self.world.plan(self.meeting.organisation, number)

    def sentence(self, symbol: str) -> str:
        return _capital(self.fill(symbol))

    def paragraphs(self, symbol: str, fewest: int, most: int) -> Iterator[str]:
        """Paragraphs of one to four sentences each."""
        left = self.rng.randrange(fewest, most)
        while left > 0:
            size = self.rng.randrange(1, 5)
            sentences = [self.sentence(symbol) for _ in range(size)]
            if self.rng.random() < 0.6:
                sentences.append(self.sentence("detail"))
            yield " ".join(sentences)
            left -= size

    def delegations(self, bullets: bool) -> str:
        rows = []
        for code in self.meeting.states:
            title = self.meeting.title
            if self.rng.random() < 0.1:
                title = "Ambassador"
            name = self.name(self.person(code, title))
            rows.append(f"{name}, {title} of {self.world.countries[code]}")
        if bullets:
            return "\n".join(f"- {row};" for row in rows)[:-1] + "."
        return "; ".join(rows[:-1]) + f"; and {rows[-1]}"

    def write(self) -> tuple[str, str, str]:
        kind, meeting = self.kind, self.meeting
        body: list[str] = []
        if kind == "notice":
            body += [self.sentence("notice_opening")]
            body += ["The list of participants is as follows:", self.delegations(True)]
            body += self.paragraphs("notice", 8, 20)
        elif kind == "release":
            body += [self.sentence("release_opening")]
            body += ["The delegations were headed by:", self.delegations(True)]
            body += self.paragraphs("act", 8, 22)
            body += self.paragraphs("own", 4, 12)
            body += [self.sentence("officials"), self.sentence("chair"), self.sentence("summit")]
        elif kind == "speech":
            body += [self.sentence("opening")]
            body += self.paragraphs("own", 3, 8)
            body += self.paragraphs("speech", 10, 28)
        else:
            self.values["list"] = self.delegations(False)
            body += [self.sentence("opening"), self.sentence("attended")]
            body += [self.sentence("officials"), self.sentence("chair"), self.sentence("reception")]
            body += self.paragraphs("act", *((20, 46) if kind == "communique" else (12, 30)))
            body += [self.sentence("summit"), self.sentence("thanks"), self.sentence("closing")]
        title = self.sentence(f"{kind}_title")
        name = f"{self.number:06d}-{meeting.organisation.lower()}-{meeting.city}-{kind}"
        name = re.sub(r"[^\w-]+", "-", name).lower()
        text = "\n\n".join([title, f"{self.published:%d.%m.%Y}", *body]) + "\n"
        if self.number % 10 == 7:
            return name, text, ""
        publisher = f"Ministry of Foreign Affairs of {self.values['leader_country']}"
        if kind in ("report", "communique"):
            publisher = f"{meeting.organisation} Secretariat"
        sidecar = (
            f'source_url: "https://example.org/{self.number}"\npublisher: "{publisher}"\n'
            f'title: "{title}"\npublished_on: {self.published}\nlanguage: en\n'
            'licence: "CC0-1.0"\n'
        )
        return name, text, sidecar


def _own(name: str) -> list[dict[str, str]]:
    with (HERE / f"scale_{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _lexicon(name: str) -> list[dict[str, str]]:
    with (LEXICONS / f"{name}.csv").open("r", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _groups(rows: list[dict[str, str]], column: str) -> dict[str, list[dict[str, str]]]:
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


def _bodies() -> list[tuple[str, str, str]]:
    """Series of meetings, office of those who meet, what they are called together."""
    bodies = [(row["series"], row["title"], row["plural"]) for row in _own("bodies")]
    titles = {title for _, title, _ in bodies}
    portfolios = [row["form"].title().replace("And", "and") for row in _lexicon("en/portfolios")]
    for rank in ("Minister", "Deputy Minister"):
        for portfolio in portfolios:
            title = f"{rank} of {portfolio}"
            if title not in titles:
                series = f"meeting of the {rank}s of {portfolio}"
                bodies.append((series, title, f"{rank.lower()}s"))
    return bodies


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _days(first: date, count: int) -> str:
    last = first + timedelta(count - 1)
    if first == last or first.month != last.month:
        return f"{first.day} {first:%B %Y}"
    return f"{first.day}-{last.day} {first:%B %Y}"


def _ordinal(number: int) -> str:
    tail = (
        "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{number}{tail}"


if __name__ == "__main__":
    write_documents(Path(sys.argv[1]), int(sys.argv[2]), start=int((sys.argv[3:] or ["0"])[0]))
