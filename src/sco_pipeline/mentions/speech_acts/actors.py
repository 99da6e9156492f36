"""Who acts: the subject before a verb, the agent behind "by", and what pronouns stand for."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from sco_pipeline.mentions.speech_acts.cues import ActorWord, Pattern, SpeechActLexicon, Word
from sco_pipeline.mentions.speech_acts.grammar import (
    CONJUNCTIONS,
    DETERMINERS,
    PREPOSITIONS,
    SUBORDINATORS,
    last_word,
)
from sco_pipeline.model import CountryMention, Document, PersonMention
from sco_pipeline.terms import Term

# "the statement [signed at the end of the conference]"
_ISSUED = re.compile(r" [a-z]+ed .*", re.DOTALL)
_OF = re.compile(r" (?:of|from|for) (?:the )?")
_LIST_LINK = re.compile(r",? (?:and )?(?:the )?|,? ?(?:as well as )?(?:the )?|'s ")
# "made of the threat [posed] by", "was signed[,] drawn up by", "is known [to] be used by"
_OTHER_VERB = re.compile(r",| to |ed $")
_ARTICLES = frozenset({"", "the ", "all ", "both "})
# "[regarded] by us with satisfaction"
_AGENT_PRONOUNS = {"us": "we", "them": "they", "him": "he"}
# "by all", "by everyone present", but not "by all ministers"
_EVERYBODY = re.compile(r"^by (?:all|both|everyone|everybody)(?=[.,;]| present|$)")
# "Sergey Lavrov", "The Raksha Mantri", "Tokayev", "Lukashenko and Japarov"
_CAPITALISED = re.compile(
    r"(?:(?<=\band )|(?<![\w-] ))(?:[A-Z][\w.'’-]*(?:,| and)? (?:and )?)*[A-Z][\w'’-]*[a-rt-z]$"
)
_NO_NAMES = (
    DETERMINERS
    | PREPOSITIONS
    | SUBORDINATORS
    | {
        "nobody", "nothing", "none", "neither", "few", "another", "anyone", "everybody", "everyone",
        "something", "much", "more", "there", "here", "today", "tomorrow", "yesterday", "one",
        "either", "also", "then", "now", "later", "earlier", "further", "it", "he", "she", "they",
        "we", "i", "and", "but",
    }
)  # fmt: skip
# "The coordinators", "Heads of departments", "Both negotiators": a plural nobody listed.
_PLURAL = re.compile(
    r"(?:^|, )(?:the |all |both |many |most |several )?(?:[\w-]+ ){0,2}"
    r"[a-z-]{2,}(?:(?:er|or|ist|ee|ian|at|ant|(?<!m)ent)s|men)$"
)
_OPENS_CLAUSE = SUBORDINATORS | {"and", "as", "but", "nor", "or", "while", "yet"}
# "[the president] of the country presided, the press centre of the office informs"
_NEW_SUBJECT = re.compile(r", the (?:(?! and )[^,])*$")
# "[all the other interested] parties", no preposition between
_PLAIN = re.compile(rf"(?:(?!(?:{'|'.join(sorted(PREPOSITIONS))})\b)[\w'.-]+ ){{0,5}}")
_ORDINAL_ENDS = frozenset({"st", "nd", "rd", "th"})
# "the Council of Ministers [(COM)]"
_DEFINED = re.compile(r"\(([A-Z]{2,8})\)")
_ACRONYM_LENGTH = 8
# "The [AUPSC]" of no lexicon and never spelt out
_UNKNOWN_ACRONYM = re.compile(r"\b[Tt]he [A-Z]{3,8}$")
_REACH = 220
_TAIL_REACH = 170


class Actor(NamedTuple):
    """Somebody who acts, as far as the words tell.

    Attributes:
        code: Actor code, or ``media`` for a news agency or press service.
        use: How the word names an actor (lexicons/FORMAT.md), ``name`` for proper names.
        char_start: First character of the words that name it.
        char_end: Character after the last one.
        country: Alpha-3 where it is one country.
        person: Name where it is one named person.
        is_known: False where no lexicon has the words.
    """

    code: str
    use: str
    char_start: int
    char_end: int
    country: str | None = None
    person: str | None = None
    is_known: bool = True

    @property
    def is_plural(self) -> bool:
        """True for what "they" can stand for."""
        return self.use in ("plural", "list", "plural_pronoun")

    def starting(self, at: int) -> Actor:
        """The same actor, named from ``at`` on."""
        return self if at == self.char_start else self._replace(char_start=at)


#: Documents in which "we", outside quotation marks, is whoever publishes them.
_OF_ONE_COUNTRY = frozenset({"advance_notice", "press_release"})
#: Who acts in a passive without agent.
IMPLIED = Actor("participants", "implied", 0, 0)
#: Who holds the next meeting.
NOBODY = Actor("unknown", "unnamed", 0, 0)
#: Acts a document can perform: it stresses, calls for and provides that, but signs nothing.
_ACTS_OF_DOCUMENTS = frozenset(
    {
        "agree", "assess", "call_for", "condemn", "express_concern", "instruct", "reaffirm",
        "support", "welcome",
    }
)  # fmt: skip


def can_do(actor: Actor, pattern: Pattern) -> bool:
    """Whether this kind of actor performs this kind of act."""
    if actor.code == "media":
        return False
    if actor.use == "document":
        return pattern.act in _ACTS_OF_DOCUMENTS and pattern.construction != "be"
    if actor.use == "talks" or pattern.construction == "talks":
        return actor.use == "talks" and pattern.act == "discuss"
    return True


class ActorFinder:
    """Finds subjects and agents in one document, and remembers who acted last."""

    def __init__(
        self,
        document: Document,
        words: Sequence[Term[Word]],
        people: Sequence[PersonMention],
        countries: Sequence[CountryMention],
        organisations: Sequence[Term[str]],
        lexicon: SpeechActLexicon,
    ) -> None:
        self._text = document.text
        self._folded = document.folded
        self._lexicon = lexicon
        self._words = [word for word in words if word.value.actor]
        self._word_starts = [word.char_start for word in self._words]
        self._word_at_end = {word.char_end: word for word in self._words}
        self._people = people
        self._people_starts = [person.char_start for person in people]
        self._countries = countries
        self._country_starts = [country.char_start for country in countries]
        self._organisations = organisations
        self._organisation_starts = [term.char_start for term in organisations]
        self._surnames: dict[str, str] | None = None
        self._acronyms: dict[str, ActorWord] | None = None
        self._is_speech = _is_speech(document)
        self.last: Actor | None = None
        self._last_plural: Actor | None = None
        self._last_single: Actor | None = None
        self._last_person: Actor | None = None

    def remember(self, actor: Actor) -> None:
        """Make ``actor`` what a following pronoun stands for."""
        if actor.code == "media" or actor.use == "first_pronoun":
            return
        self.last = actor
        if actor.code == "person":
            self._last_person = actor
        elif actor.is_plural:
            self._last_plural = actor
        else:
            self._last_single = actor

    def subject(self, low: int, end: int) -> Actor | None:
        """The actor whose name, with all that belongs to it, ends at ``end``.

        Args:
            low: Where the clause starts.
            end: First character of the verb group.
        """
        folded = self._folded
        if folded.startswith("we, ", low) and folded.endswith(", ", low, end):
            # "We, the Heads of State of ..., having met in Astana, declare"
            return self._pronoun(self._lexicon.pronouns["we"], low, low + len("we"))
        low = max(low, end - _REACH)
        while end > low and folded[end - 1] in ' "':
            end -= 1
        if end <= low:
            return None
        word_start = folded.rfind(" ", low, end) + 1 or low
        word = folded[word_start:end].strip("\"'")
        pronoun = self._lexicon.pronouns.get(word)
        if pronoun:
            return self._pronoun(pronoun, word_start, end)
        if word in self._lexicon.days:
            return self.subject(low, word_start - 3 * folded.endswith("on ", low, word_start))
        if word[-1:] == ")":
            # "The ministers of the member states (Russia and Tajikistan)"
            bracket = folded.rfind("(", low, end)
            return self.subject(low, bracket) if bracket > low else None
        if word[-1:] == ",":
            aside = self._lexicon.aside.search(folded, low, end)
            if aside:
                before = aside.start()
                return self.subject(low, before) or self.unlisted_subject(low, before)
        beside = self._word_at_end.get(end)
        if beside and folded[low : beside.char_start] in _ARTICLES:
            # "The ministers": nothing else to look at.
            noun = beside.value.actor
            if noun and noun.use == "plural":
                return Actor(noun.actor, noun.use, low, end)
        fallback: Actor | None = None
        for start, stop, found in self._candidates(low, end):
            gap = folded[stop:end]
            if gap and not (
                len(gap) < _TAIL_REACH
                and (
                    self._lexicon.after_noun.fullmatch(gap)
                    or (_is_document(found) and _ISSUED.fullmatch(gap))
                )
            ):
                continue
            if _NEW_SUBJECT.search(gap):
                continue
            named = self._surname(low, word_start, end) if gap and word[-1:] != "," else None
            if named:
                return named  # "Saying the summit to be held in Qingdao is the first, Xi told"
            actor = self._resolve(start, stop, found, low)
            np_start, preposition = self._phrase_start(actor.char_start, low)
            if preposition and not (not gap and preposition != "of" and self._opens(np_start, low)):
                if preposition == "of" and actor.use == "plural" and not fallback:
                    fallback = self._whole_of(actor, np_start, low)
                continue
            actor = actor.starting(start if preposition else min(np_start, actor.char_start))
            if gap.endswith(",") and actor.use in ("chair", "person"):
                return self._apposition(actor, stop, low, np_start, end)
            return actor
        return self._surname(low, word_start, end) or self._acronym(word_start, end) or fallback

    def unlisted_subject(self, low: int, end: int) -> Actor | None:
        """A subject of no lexicon: a capitalised name, or a plural noun that opens the clause."""
        end = low + len(self._folded[low:end].rstrip())
        if self._folded[end - 1 : end] == ",":
            # "Sergey Lavrov, who chaired the meeting,": the name before the aside.
            comma = self._folded.find(",", low, end - 1)
            return self.unlisted_subject(low, comma) if comma > low else None
        acronym = _UNKNOWN_ACRONYM.search(self._text, low, end)
        if acronym and last_word(self._folded, low, acronym.start()) not in PREPOSITIONS:
            return Actor("organisation", "organisation", acronym.start(), end, is_known=False)
        name = _CAPITALISED.search(self._text, max(low, end - 60), end)
        before = last_word(self._folded, low, name.start()) if name else ""
        if name and before in PREPOSITIONS and name.start() - len(before) - 1 > low:
            return None  # "initiatives of President Tokayev announced in"
        if name and not _is_no_name(name.group()):
            return Actor("person", "name", name.start(), end, is_known=False)
        plural = _PLURAL.search(self._folded[low:end])
        if plural and end - low < 60:
            start = low + plural.start() + (2 if plural.group().startswith(",") else 0)
            return Actor("participants", "plural", start, end, is_known=False)
        return None

    def agent(self, start: int, end: int) -> tuple[Actor | None, bool]:
        """The actor after "by" between two offsets.

        Args:
            start: Where the participle ends.
            end: Where the sentence ends.

        Returns:
            The actor, and whether "by" names something that is no actor we know.
        """
        folded = self._folded
        match = self._lexicon.agent.search(folded, start, min(end, start + 90))
        if match is None or _OTHER_VERB.search(folded, start, match.start()):
            return None, False
        at = match.end()
        if self._lexicon.agent_free.match(folded, at) or not folded[at : at + 1].isalpha():
            return None, False
        by_end = match.start() + len("by ")
        everybody = _EVERYBODY.search(folded[match.start() : at + 12])
        if everybody:
            everybody_end = match.start() + everybody.end()
            return Actor("participants", "plural", by_end, everybody_end), False
        head_end = min(end, at + 60)
        word = folded[at:head_end].partition(" ")[0].rstrip(".,;:")
        if word in _AGENT_PRONOUNS:
            known = self._lexicon.pronouns[_AGENT_PRONOUNS[word]]
            return self._pronoun(known, by_end, at + len(word)), False
        ranked = sorted(self._candidates(at, head_end), key=lambda found: found[0])
        starts = {first for first, _, _ in ranked}
        for first, stop, found in ranked:
            if isinstance(found, str) and stop + 1 in starts:
                continue  # "by other [CSTO] members"
            between = folded[at:first]
            if any(mark in between for mark in (",", ";", " of ", " in ", " for ")):
                break
            actor = self._resolve(first, stop, found, match.start())
            return actor.starting(min(actor.char_start, by_end)), False
        return None, match.start() - start < 25 and not word.endswith("ing")

    def first_mentioned(self, low: int, end: int) -> Actor | None:
        """The first actor of a clause, for a verb whose subject stands before another verb."""
        ranked = sorted(self._candidates(low, end), key=lambda found: found[0])
        for index, (start, stop, found) in enumerate(ranked):
            following = ranked[index + 1] if index + 1 < len(ranked) else None
            if (
                isinstance(found, CountryMention)
                and following
                and isinstance(following[2], CountryMention)
                and _LIST_LINK.fullmatch(self._folded, stop, following[0])
            ):
                continue  # "India, Iran and Pakistan": the last one takes the others along
            actor = self._resolve(start, stop, found, low)
            np_start, preposition = self._phrase_start(actor.char_start, low)
            if not preposition and actor.use != "talks":
                return actor.starting(np_start)
        return None

    def is_noun_phrase_of_actor(self, start: int, end: int) -> bool:
        """True where the words between two offsets name somebody who can act: "all the parties"."""
        ranked = sorted(self._candidates(start, end), key=lambda found: found[0])
        return bool(ranked) and _PLAIN.fullmatch(self._folded, start, ranked[0][0]) is not None

    def experiencer(self, start: int, end: int) -> Actor | None:
        """Whose concern or support: "their [serious concern]", "[concern] of the ministers"."""
        folded = self._folded
        if " their " in folded[start:end] and self._last_plural:
            return self._last_plural
        for first, stop, found in self._candidates(end, min(end + 60, len(folded))):
            if _OF.fullmatch(folded[end:first]) or folded[end:first] in (
                " among the ",
                " by the ",
                " among ",
            ):
                return self._resolve(first, stop, found, end)
        return None

    def opening_actor(self, low: int, end: int) -> Actor | None:
        """The actor at the head of a sentence that holds no act: "The ministers in particular:"."""
        actor = self.first_mentioned(low, min(end, low + 70))
        return actor if actor and actor.char_start - low < 40 else None

    def person_before(self, at: int) -> Actor:
        """Whom "his" before ``at`` stands for."""
        return self._latest_person(at)

    # --- parts ---

    def _candidates(
        self, low: int, end: int
    ) -> list[tuple[int, int, ActorWord | PersonMention | CountryMention | str]]:
        """Everything between two offsets that can name an actor, the last first."""
        found: list[tuple[int, int, ActorWord | PersonMention | CountryMention | str]] = []
        index = bisect_left(self._word_starts, low)
        while index < len(self._words) and self._words[index].char_end <= end:
            word = self._words[index]
            if word.value.actor:
                found.append((word.char_start, word.char_end, word.value.actor))
            index += 1
        index = bisect_left(self._people_starts, low)
        while index < len(self._people) and self._people[index].char_end <= end:
            person = self._people[index]
            found.append((person.char_start, person.char_end, person))
            index += 1
        index = bisect_left(self._country_starts, low)
        while index < len(self._countries) and self._countries[index].char_end <= end:
            country = self._countries[index]
            if country.form != "adjective":
                found.append((country.char_start, country.char_end, country))
            index += 1
        index = bisect_left(self._organisation_starts, low)
        while index < len(self._organisations) and self._organisations[index].char_end <= end:
            organisation = self._organisations[index]
            found.append((organisation.char_start, organisation.char_end, organisation.value))
            index += 1
        if len(found) > 1:
            found.sort(key=lambda item: (-item[1], item[0]))
        return found

    def _resolve(
        self,
        start: int,
        end: int,
        found: ActorWord | PersonMention | CountryMention | str,
        low: int,
    ) -> Actor:
        if isinstance(found, PersonMention):
            return self._person(found, low)
        if isinstance(found, CountryMention):
            return self._country_list(start, end, found, low)
        if isinstance(found, str):
            return Actor("organisation", "organisation", start, end)
        if found.use == "country_noun":
            return self._country_noun(start, end, low)
        if found.use == "person" or (found.use == "chair" and self._heads_organisation(end)):
            return self._office(start, end)
        if found.use == "plural" and self._is_speech and self._folded.endswith("our ", 0, start):
            return Actor("country", "plural", start, end)  # "our experts", in a speech
        if found.use == "country_plural":
            return self._countries_acting(found, start, end, low)
        if found.use == "body" and self._last_single and self._last_single.code == "organisation":
            known = self._folded[self._last_single.char_start : self._last_single.char_end]
            if known.endswith(self._folded[start:end]):
                return self._last_single._replace(char_start=start, char_end=end)
        return Actor(found.actor, found.use, start, end, country=found.country)

    def _person(self, person: PersonMention, low: int) -> Actor:
        start = person.char_start
        office = person.office_span
        if office and office[1] <= start and start - office[1] < 4 and office[0] >= low:
            start = office[0]
        before = self._folded[max(low, start - 5) : start]
        is_one = True
        if before.endswith(("and ", " & ")):
            index = bisect_left(self._people_starts, max(low, start - 90))
            is_one = not (
                index < len(self._people) and self._people[index].char_start < person.char_start
            )
        if not is_one:
            return Actor("person", "list", start, person.char_end)
        return Actor("person", "name", start, person.char_end, person=person.name)

    def _country_list(self, start: int, end: int, country: CountryMention, low: int) -> Actor:
        index = bisect_left(self._country_starts, start)
        names = {country.country}
        while index:
            index -= 1
            previous = self._countries[index]
            if previous.char_start < low or not _LIST_LINK.fullmatch(
                self._folded[previous.char_end : start]
            ):
                break
            names.add(previous.country)
            start = previous.char_start
        one = country.country if len(names) == 1 else None
        return Actor("country", "list" if one is None else "name", start, end, country=one)

    def _country_noun(self, start: int, end: int, low: int) -> Actor:
        """ "the Chinese side", "the delegation of Kazakhstan", "Russia's Foreign Ministry"."""
        folded = self._folded
        index = bisect_left(self._country_starts, end)
        if index < len(self._countries):
            after = self._countries[index]
            if _OF.fullmatch(folded[end : after.char_start]):
                return Actor("country", "name", start, end, country=after.country)
        while index:
            index -= 1
            before = self._countries[index]
            gap = folded[before.char_end : start]
            if before.char_end < low:
                break
            if len(gap) < 30 and not any(mark in gap for mark in (",", " of ", " and ", ". ")):
                return Actor("country", "name", before.char_start, end, country=before.country)
        country = self.last.country if self.last else None
        if country is None and index < len(self._countries) and self._countries:
            country = None if self._is_speech else self._countries[index].country
        return Actor("country", "country_noun", start, end, country=country)

    def _countries_acting(self, word: ActorWord, start: int, end: int, low: int) -> Actor:
        """ "the Kazakh and Chinese sides", "the delegations of India and Pakistan": countries.

        Without named countries: those in the room; governments, the member states.
        """
        folded = self._folded
        index = bisect_left(self._country_starts, start)
        first, names = start, set()
        while index:
            index -= 1
            before = self._countries[index]
            if before.char_start < low or not self._lexicon.parties.fullmatch(
                folded[before.char_end : first]
            ):
                break
            names.add(before.country)
            first = before.char_start
        index = bisect_left(self._country_starts, end)
        if not names and index < len(self._countries):
            after = self._countries[index]
            if after.form != "adjective" and _OF.fullmatch(folded[end : after.char_start]):
                names.add("")
        if names:
            return Actor("country", "list", first, end)
        return Actor(word.actor, "plural", start, end)

    def _office(self, start: int, end: int) -> Actor:
        """ "the Secretary-General", "the Kazakh minister": who acted last of those who hold it.

        If none of them has acted, the one named last.
        """
        office = self._folded[start:end]
        country = self._country_beside(start, end)
        index = bisect_left(self._people_starts, start)
        holders = [
            person.name
            for person in self._people[:index]
            if person.role_as_written
            and office in person.role_as_written.lower()
            and (country is None or person.country in (None, country))
        ]
        name = holders[-1] if holders else None
        if self._last_person and self._last_person.person in holders:
            name = self._last_person.person
        return Actor("person", "person", start, end, person=name)

    def _heads_organisation(self, end: int) -> bool:
        """True for "the Chairperson [of the Commission]", who need not chair the meeting."""
        if not self._folded.startswith(" of the ", end):
            return False
        start = end + len(" of the ")
        nouns = [found for _, _, found in self._candidates(start, start + 60)]
        first = nouns[-1] if nouns else None
        return isinstance(first, ActorWord) and first.use == "organisation"

    def _country_beside(self, start: int, end: int) -> str | None:
        """Whose office it is: "the [Kazakh] minister", "the President [of Kazakhstan]"."""
        index = bisect_left(self._country_starts, start)
        if index and self._countries[index - 1].char_end == start - 1:
            return self._countries[index - 1].country
        if index < len(self._countries):
            after = self._countries[index]
            if _OF.fullmatch(self._folded, end, after.char_start):
                return after.country
        return None

    def _pronoun(self, word: ActorWord, start: int, end: int) -> Actor:
        use = word.use
        if use == "first_pronoun":
            if self._is_speech and word.actor == "participants":
                return Actor("country", use, start, end)
            return Actor(word.actor, use, start, end)
        if use == "plural_pronoun":
            known = self._last_plural or Actor("participants", use, start, end)
        elif use == "person_pronoun":
            known = self._latest_person(start)
        else:
            known = self._last_single or self.last or Actor("participants", "body", start, end)
        return Actor(known.code, known.use, start, end, known.country, known.person)

    def _latest_person(self, at: int) -> Actor:
        index = bisect_left(self._people_starts, at) - 1
        named = self._people[index] if index >= 0 else None
        acted = self._last_person
        if acted and (named is None or acted.char_start > named.char_start or acted.person):
            return acted
        return Actor("person", "person_pronoun", at, at, person=named.name if named else None)

    def _surname(self, low: int, start: int, end: int) -> Actor | None:
        """ "Mr Norov", "Yang, also a member of the Bureau,": part of a name met before."""
        if not self._text[start : start + 1].isupper() and self._folded[end - 1] != ",":
            return None
        if self._surnames is None:
            self._surnames = {}
            for person in self._people:
                for part in person.name.split():
                    if len(part) > 1 and not part.endswith("."):
                        self._surnames.setdefault(part, person.name)
        if self._folded[end - 1] == ",":
            # "Yang, also a member of the Political Bureau,"
            comma = self._folded.find(",", low, end - 1)
            if comma < 0:
                return None
            start, end = max(self._folded.rfind(" ", low, comma) + 1, low), comma
        name = self._text[start:end].removesuffix("'s").removesuffix("’s")
        if name in self._surnames:
            before = max(self._folded.rfind(" ", low, start - 1) + 1, low)
            if self._folded[before : start - 1] in self._lexicon.titles:
                start = before
            return Actor("person", "name", start, end, person=self._surnames[name])
        return None

    def _acronym(self, start: int, end: int) -> Actor | None:
        """ "the SOC", where the document has "the Senior Officials Committee (SOC)"."""
        acronym = self._text[start:end]
        if not 2 <= len(acronym) <= _ACRONYM_LENGTH or not acronym.isupper():
            return None
        if self._acronyms is None:
            self._acronyms = {}
            for match in _DEFINED.finditer(self._text):
                meant = self._spelt_out(match.start(), match[1])
                if meant is not None:
                    self._acronyms.setdefault(match[1], meant)
        meant = self._acronyms.get(acronym)
        start -= len("the ") * self._folded.endswith("the ", 0, start)
        return Actor(meant.actor, meant.use, start, end) if meant else None

    def _spelt_out(self, end: int, acronym: str) -> ActorWord | None:
        """The actor word in the words before ``end`` that begin with the letters of an acronym."""
        words = self._text[max(0, end - 90) : end].split()
        for skipped in (frozenset[str](), PREPOSITIONS | CONJUNCTIONS | DETERMINERS):
            telling = [word for word in words if word.lower() not in skipped][-len(acronym) :]
            if "".join(word[0] for word in telling).upper() != acronym:
                continue
            start = self._text.rindex(telling[0], 0, end)
            nouns = [found for _, _, found in self._candidates(start, end)]
            known = [noun for noun in nouns if isinstance(noun, ActorWord)]
            bodies = [noun for noun in known if noun.use in ("body", "organisation")]
            return next(iter(bodies or known), None)
        return None

    def _phrase_start(self, start: int, low: int) -> tuple[int, str]:
        """Where the noun phrase of an actor begins, and the preposition before it, if any."""
        folded = self._folded
        begin = start
        at = start
        for _ in range(6):
            if at <= low or folded[at - 1] != " ":
                break
            end = at - 1
            word_start = max(folded.rfind(" ", low, end) + 1, low)
            word = folded[word_start:end]
            if word in PREPOSITIONS:
                return begin, word
            if word == "that" and last_word(folded, low, word_start) in PREPOSITIONS:
                return begin, last_word(folded, low, word_start)  # "in that context"
            if word[-1:] in ',;:.)"' or word in _OPENS_CLAUSE:
                break
            if word in DETERMINERS:
                begin = at = word_start
                before = max(folded.rfind(" ", low, word_start - 1) + 1, low)
                previous = folded[before : word_start - 1] if word_start - 1 > low else ""
                if previous in PREPOSITIONS:
                    return begin, previous
                if previous in DETERMINERS and previous not in ("that", "this"):
                    begin = before
                break
            at = word_start
            if not word[:1].isalpha() and word[-2:] not in _ORDINAL_ENDS:
                break
            begin = at
        return begin, ""

    def _apposition(self, office: Actor, stop: int, low: int, np_start: int, end: int) -> Actor:
        """ "Wang Yi, the chairman of the meeting,", "the chair, Wang Yi,": the name says who."""
        if self._folded[np_start - 2 : np_start] == ", ":
            before = np_start - len(", ")
            holder = self.subject(low, before) or self.unlisted_subject(low, before)
            if holder is not None and holder.code == "person":
                return holder
        name = self._text[stop + 2 : end - 1]
        if name.istitle():
            index = bisect_left(self._people_starts, stop)
            is_listed = index < len(self._people) and self._people[index].char_start < end
            person = self._people[index].name if is_listed else None
            return Actor("person", "name", office.char_start, end - 1, None, person, is_listed)
        return office

    def _whole_of(self, actor: Actor, np_start: int, low: int) -> Actor | None:
        """ "the [unlisted plural] of the member states" acts as the member states do."""
        head_end = np_start - len(" of ")
        head = max(self._folded.rfind(" ", low, head_end) + 1, low)
        start, preposition = self._phrase_start(head, low)
        if preposition or head_end - head < 3 or self._folded[head_end - 1] != "s":
            return None
        return actor._replace(char_start=start, is_known=False)

    def _opens(self, np_start: int, low: int) -> bool:
        """True where a preposition opens the clause: "In Moscow ministers agreed"."""
        head = self._folded[low:np_start]
        return head.count(" ") <= 1


def _is_document(found: object) -> bool:
    return isinstance(found, ActorWord) and found.use == "document"


def _is_no_name(name: str) -> bool:
    """ "The", "Remaining": words with a capital because they open the sentence."""
    return " " not in name and (name.lower() in _NO_NAMES or name.endswith("ing"))


def _is_speech(document: Document) -> bool:
    """True where "we" is one country: in a speech, and in what one ministry publishes."""
    folded = document.folded
    if document.document_type in _OF_ONE_COUNTRY:
        return "we, the " not in folded
    first = folded.count(" i ") + folded.count(" my ")
    return first >= 2 and first * 8000 > len(folded) and "we, the " not in folded
