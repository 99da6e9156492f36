"""The words that can carry a speech act, compiled from the lexicons into one index.

A pattern of ``speech_acts.csv`` starts with a verb, in any of its forms, or with the words
that follow a form of "be"; the rest of the pattern is compiled into a regular expression
that is only ever matched at the place where such a word was found. The little language of
patterns is described in lexicons/FORMAT.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sco_pipeline.codes import code_list, reference_rows
from sco_pipeline.errors import LexiconError
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.terms import TermIndex, fold

FUTURE = frozenset({"will", "shall"})
#: Forms of a verb, as bits: a regular past is its participle too.
BASE, THIRD, PAST, PARTICIPLE, GERUND = 1, 2, 4, 8, 16

VERB_CONSTRUCTIONS = frozenset(
    {
        "verb", "active", "attributed", "passive", "present", "noun", "content", "talks", "event",
        "event_object",
    }
)  # fmt: skip
PHRASE_CONSTRUCTIONS = frozenset(
    {"be", "be_actor", "be_content", "be_event", "opinion", "opinion_of", "phrase"}
)
ACTOR_USES = (
    "body", "chair", "country_noun", "country_plural", "document", "first_pronoun", "it_pronoun",
    "media",
    "organisation", "person", "person_pronoun", "plural", "plural_pronoun", "talks",
)  # fmt: skip
WORD_USES = (
    "adjective", "adverb", "after_noun", "agent_adjective", "agent_free", "aside", "attending",
    "bare_that", "becoming", "coming", "day", "echo", "echo_adjective", "echo_definite",
    "echo_noun", "held", "idle", "issue", "link_past", "link_present", "listener", "matrix",
    "meeting", "near_echo", "not_adverb", "not_participle", "occasion", "other_event",
    "own_verb", "particle", "party", "past", "past_time", "people", "person_title",
    "speaker_matrix", "stative", "strong_echo", "venue", "wire_verb",
)  # fmt: skip

# What may stand between a verb and its noun: "expressed [their deep and sincere] gratitude".
_MODIFIERS = (
    r"(?: (?!(?:to|for|of|on|in|with|that|at|over|by|from|as|which|who)(?![\w-]))[\w'\"-]+,?){0,4}?"
)
# A longer way: "regard [any attempts to interfere from outside] as inadmissible".
_GAP = r"(?: [\w'\"()/-]+,?){0,14}?"
#: Words that these two may stand for.
_OPEN_TOKENS = {"~": 4, "...": 14}
#: Words of the adverbs that may stand right behind a verb: "for the first time", twice.
_ADVERB_WORDS = 8
#: The tokens of a pattern of ``speech_acts.csv``.
PATTERN_TOKEN = re.compile(r"\{[^{}]+\}|\[[^\[\]]+\]|~|\.\.\.|[^\s{}\[\]~]+")


class Pattern(NamedTuple):
    """One wording of an act.

    Attributes:
        lemma: The verb, or the words of a phrase.
        act: Act code, or ``none`` for a wording that is no act.
        negated_act: Act where the wording is denied ("do not accept"), else ``act``.
        construction: See lexicons/FORMAT.md.
        after: What must follow the verb in the active, from its last letter; None for nothing.
        after_passive: The same in the passive.
        keys: Words one of which is in every match of ``after``.
        reach: The last of the words after the verb, counted from 1, that can be such a word.
        subject_keys: Words one of which is in every match of ``subject``.
        subject: Noun that must stand in the subject of the passive, or None.
        weight: More exact patterns weigh more.
        group: Group of the verb ("say", "stress"), or "".
    """

    lemma: str
    act: str
    negated_act: str
    construction: str
    after: re.Pattern[str] | None
    after_passive: re.Pattern[str] | None
    subject: re.Pattern[str] | None
    weight: float
    group: str
    keys: frozenset[str]
    reach: int
    subject_keys: frozenset[str]


class VerbForm(NamedTuple):
    """A verb as it is written.

    Attributes:
        lemma: Its base form.
        forms: Which forms it may be (bits).
        patterns: Its patterns, the heaviest first.
        bare: Those of them that ask for nothing after the verb.
        with_key: Word -> what matches where of all keys only this word follows: ``bare``, and the
            patterns that ask for it.
    """

    lemma: str
    forms: int
    patterns: tuple[Pattern, ...]
    bare: tuple[Pattern, ...]
    with_key: Mapping[str, tuple[Pattern, ...]]

    def possible(self, found: Collection[str]) -> Sequence[Pattern]:
        """Patterns that may match where of the keys of all verbs ``found`` follow."""
        if not found:
            return self.bare
        if len(found) == 1:
            (key,) = found
            return self.with_key.get(key, self.bare)
        return [row for row in self.patterns if not row.keys or not row.keys.isdisjoint(found)]


class ActorWord(NamedTuple):
    """A noun or pronoun that can name an actor; ``use`` says how it does.

    ``country`` is set for a capital, which stands for its government: "Beijing backs".
    """

    actor: str
    use: str
    country: str | None = None


class Word(NamedTuple):
    """Everything the lexicons say of one word or phrase.

    Attributes:
        verbs: The verbs it may be a form of.
        phrases: Patterns of phrases that start with it.
        actor: Whom it may name.
        is_future: "will", "shall".
        is_cue: True where it can carry an act.
        is_verb: True where only as a verb.
        keys: Words that patterns of its verbs ask for.
        reach: How many of the words after it the patterns have to see.
        needs_keys: True for a verb of which nothing matches without one of ``keys``.
        needs_object: True for a present that is a noun where nothing follows it: "support".
    """

    verbs: tuple[VerbForm, ...]
    phrases: tuple[Pattern, ...]
    actor: ActorWord | None
    is_future: bool
    is_cue: bool
    is_verb: bool
    keys: frozenset[str]
    reach: int
    needs_keys: bool
    needs_object: bool


class Periods(NamedTuple):
    """Words that limits in time are counted in; ``periods.csv``.

    Attributes:
        numbers: "three" -> 3.
        days: Unit -> days.
        months: Unit -> months.
        parts: Part of a year -> months; other parts and seasons have three.
        over_year: Seasons that run into the next year.
        span: "within three months": groups ``number`` and ``unit``.
        year_end: "by the end of the year".
    """

    numbers: Mapping[str, int]
    days: Mapping[str, int]
    months: Mapping[str, int]
    parts: Mapping[str, int]
    over_year: frozenset[str]
    span: re.Pattern[str]
    year_end: re.Pattern[str]


@dataclass(frozen=True)
class SpeechActLexicon:
    """The word lists of one language, compiled.

    Attributes:
        index: All cues and actor words.
        pronouns: Pronoun -> actor word.
        adjectives: Words that stand before nouns: "mutual [support]" is no verb.
        adverbs: Adverbs that may stand inside a group of verbs, one word each.
        adverb_starts: First words of all adverbs.
        not_adverbs: Words in -ly that are no adverbs.
        after_verb: Adverbs between a verb and its object.
        after_noun: What may follow the head of a subject: "[ministers] in charge of trade".
        after_attribution: What follows ", he said": a full stop, "at the summit", "reporters".
        agent_free: What follows "by" and is no actor: "by consensus".
        before_to: Last words of what makes "to thank" more than an infinitive.
        agent: "by all the participating" before who acts.
        aside: A participle clause between commas: ", held in Doha and chaired by the minister,".
        attending: What follows "is set to" and is no promise: "attend".
        bare_that: Verbs that need no "that": "he said the talks were useful".
        becoming: "was", "became", "formed" before "[one of the] topics".
        coming: "next", "upcoming".
        days: What news put between subject and verb: "the ministers Friday agreed".
        echo: Words that point back to what was just named: "this proposal", "of them".
        held: "be held", "take place": what meetings are planned to do.
        idle: Verbs after "will" that promise nothing.
        issues: Nouns before "considered by the sides": "issue", "question".
        leading: Adverbs and linking verbs: what leads to a verb, beside its auxiliaries.
        links: "feel", "remained" -> tense.
        matrix: What comes before "to thank": "would like", "have the honour".
        meetings: Nouns of meetings.
        near_echo: Words that point back no further than the sentence: "it", "the crisis".
        occasion: Where those end whom somebody thanks: "for", "in connection".
        other_event: Participles of events: "the meeting held in".
        own_verb: Verbs that a date may belong to: "the Treaty signed in Moscow in 2002".
        particles: What may stand between a verb and whom it addresses: "called once again upon".
        parties: Adjectives before "sides": "[Kazakh and] interested".
        past_time: "a year ago", right behind a verb.
        past_verbs: A finite past right behind a subject: "[the council] met".
        people: "the people and Government" of a country.
        periods: Words that limits in time are counted in.
        speaker_matrix: "let me", "allow me to".
        statives: Verbs of mind, which are no part of what was agreed: "and intend".
        strong_echo: Words that add what was just named to something new: "in this matter".
        titles: "Mr", "Dr".
        venues: Subjects of "will be Moscow": "venue of the next".
        wire_verbs: Verbs whose unlisted subject is a news agency: "report".
    """

    index: TermIndex[Word]
    pronouns: Mapping[str, ActorWord]
    adjectives: frozenset[str]
    adverbs: frozenset[str]
    adverb_starts: frozenset[str]
    before_to: frozenset[str]
    not_adverbs: frozenset[str]
    after_verb: re.Pattern[str]
    after_noun: re.Pattern[str]
    after_attribution: re.Pattern[str]
    agent_free: re.Pattern[str]
    agent: re.Pattern[str]
    aside: re.Pattern[str]
    attending: re.Pattern[str]
    bare_that: frozenset[str]
    becoming: re.Pattern[str]
    coming: re.Pattern[str]
    days: frozenset[str]
    echo: re.Pattern[str]
    held: re.Pattern[str]
    idle: re.Pattern[str]
    issues: frozenset[str]
    leading: frozenset[str]
    links: Mapping[str, str]
    matrix: re.Pattern[str]
    meetings: re.Pattern[str]
    near_echo: re.Pattern[str]
    occasion: re.Pattern[str]
    other_event: re.Pattern[str]
    own_verb: re.Pattern[str]
    particles: re.Pattern[str]
    parties: re.Pattern[str]
    past_time: re.Pattern[str]
    past_verbs: re.Pattern[str]
    people: re.Pattern[str]
    periods: Periods
    speaker_matrix: re.Pattern[str]
    statives: frozenset[str]
    strong_echo: re.Pattern[str]
    titles: frozenset[str]
    venues: re.Pattern[str]
    wire_verbs: frozenset[str]

    @staticmethod
    @cache
    def load(language: str) -> SpeechActLexicon:
        """Read and compile the word lists of ``language``.

        Raises:
            LexiconError: A list breaks its rules, or a pattern its syntax.
        """
        actors = _read_capitals(language) | _read_actors(language)
        words = _read_words(language)
        links = dict.fromkeys(words["link_past"], "past")
        links |= dict.fromkeys(words["link_present"], "present")
        adverbs = frozenset(form for form in words["adverb"] if " " not in form)
        aside = rf"(?:{_any(words['aside'])}|who|which"
        return SpeechActLexicon(
            index=_build_index(language, actors),
            pronouns={form: actor for form, actor in actors.items() if "pronoun" in actor.use},
            adjectives=words["adjective"],
            adverbs=adverbs,
            adverb_starts=frozenset(form.split()[0] for form in words["adverb"]),
            before_to=frozenset(
                form.split()[-1] for form in words["matrix"] | words["speaker_matrix"]
            ),
            not_adverbs=words["not_adverb"],
            after_verb=re.compile(rf"(?:,? (?:{_any(words['adverb'])}|[a-z]+ly)\b,?(?= )){{1,2}}"),
            # "[secretaries] of security councils", "[the president], who chairs the meeting,",
            # "[the council] (the SCO)"
            after_noun=re.compile(
                r" (?:of|for|from|in|on|at|to|with|under|between|and|who|which|while"
                rf"|{_any(words['after_noun'])}) .*| ?\([^()]*\)(?:,| .*|, [^;]*,)?|, [^;]*,",
                re.DOTALL,
            ),
            after_attribution=re.compile(
                r"\s*(?:[.,;\"'?!]|$)| (?:at|on|in|here|during|after|to|his|her|as"
                rf"|when|while|following|{_any(words['listener'])})\b"
            ),
            agent_free=re.compile(rf"(?:a |an |the )?(?:{_any(words['agent_free'])})\b"),
            agent=re.compile(
                r"\bby (?:all |both |most |many |several )?(?:of )?(?:the )?"
                rf"(?:(?:{_any(words['agent_adjective'])}) )?"
            ),
            # "The Council, [held in Doha and chaired by the minister,] called for"
            aside=re.compile(
                rf", {aside}|(?!(?:{_any(words['not_participle'])})\b)[a-z-]{{3,}}ed)"
                rf" (?:(?!, {aside}|[a-z]{{3,}}ed) )[^;])*,$"
            ),
            attending=re.compile(rf"(?:{_any(words['attending'])})\b"),
            bare_that=words["bare_that"],
            becoming=re.compile(
                rf"\b(?:is|are|was|were|(?:has|have) been|{_any(words['becoming'])})"
                r" (?:[\w'-]+ ){0,5}$"
            ),
            coming=_whole(words["coming"]),
            days=words["day"],
            echo=_read_echo(words),
            held=re.compile(rf" (?:once more |again )*(?:{_any(words['held'])})\b"),
            idle=re.compile(rf"(?:{_any(words['idle'])})\b"),
            issues=words["issue"],
            leading=adverbs | links.keys(),
            links=links,
            matrix=re.compile(
                rf"\b(?:{_any(words['matrix']).replace(chr(92) + ' ', '(?: [a-z]+ly)? ')})"
                r" (?:[a-z]+ly |also |once again )?$"
            ),
            meetings=_whole(words["meeting"]),
            near_echo=_whole(words["near_echo"]),
            occasion=re.compile(
                rf",? (?:for|on|over|upon|as well as|{_any(words['occasion'])})\b|[.;:,]|$"
            ),
            other_event=re.compile(rf"\b(?:which|who|{_any(words['other_event'])})\b"),
            own_verb=re.compile(rf"\b(?:\w+ed|that|which|who|{_any(words['own_verb'])})\b"),
            particles=re.compile(rf"(?: (?:on|upon|to|{_any(words['particle'])}),?)* "),
            # "the [Kazakh], [Uzbek] and [interested] sides"
            parties=re.compile(rf" ?(?:,|and|, and)? ?(?:(?:{_any(words['party'])}) )?"),
            past_time=re.compile(rf"(?: [\w'-]+){{0,6}}? (?:{_any(words['past_time'])})\b"),
            people=re.compile(rf"(?:the )?(?:[\w-]+ ){{0,3}}(?:{_any(words['people'])})\b"),
            periods=_read_periods(language),
            past_verbs=re.compile(
                rf"(?:[ ,][\w'’()-]+){{0,12}}? (?:[a-z]{{2,}}ed|{_any(words['past'])})\b"
            ),
            speaker_matrix=re.compile(
                rf"\b(?:{_any(words['speaker_matrix'])}) (?:[a-z]+ly |also |once again )?$"
            ),
            statives=words["stative"],
            strong_echo=_whole(words["strong_echo"]),
            titles=words["person_title"],
            venues=_whole(words["venue"]),
            wire_verbs=words["wire_verb"],
        )


class Verb(NamedTuple):
    """A verb of ``speech_verbs.csv``.

    Attributes:
        forms: Written form -> which forms it may be (bits).
        group: Group of the verb, or "".
    """

    forms: Mapping[str, int]
    group: str


def _any(words: Iterable[str]) -> str:
    r"""A pattern of alternatives, the longest first.

    Words share the letters they begin with, so that a search tries few of them at one place.

    >>> _any(["its", "it", "us"])
    'us|i(?:t(?:s|))'
    """
    groups: dict[str, list[str]] = {}
    for word in sorted(set(words), reverse=True):
        groups.setdefault(word[:1], []).append(word)
    return "|".join(
        re.escape(group[0])
        if len(group) == 1
        else f"{re.escape(letter)}(?:{_any(word[1:] for word in group)})"
        for letter, group in groups.items()
    )


def _read_words(language: str) -> dict[str, frozenset[str]]:
    words: dict[str, set[str]] = {use: set() for use in WORD_USES}
    for row in read_lexicon(
        f"{language}/speech_words", ("use", "form", "source"), ("use", "form"), {"use": WORD_USES}
    ):
        words[row["use"]].add(fold(row["form"]))
    return {use: frozenset(forms) for use, forms in words.items()}


def _read_periods(language: str) -> Periods:
    kinds = ("days", "months", "number", "over_year", "part", "year_end")
    words: dict[str, dict[str, int]] = {kind: {} for kind in kinds}
    for row in read_lexicon(
        f"{language}/periods",
        ("form", "kind", "value", "source"),
        ("form", "kind"),
        {"kind": kinds, "value": {str(number) for number in range(1, 13)}},
    ):
        words[row["kind"]][row["form"]] = int(row["value"])
    units = _any((*words["days"], *words["months"]))
    return Periods(
        words["number"],
        words["days"],
        words["months"],
        words["part"],
        frozenset(words["over_year"]),
        # "within [30 days] of the adoption"; without a word border before: three times as fast
        re.compile(
            r"within (?:the (?:next|coming) |a period of )?(?P<number>\d{1,3}|[a-z]+) "
            rf"(?P<unit>{units})s?"
            r"(?=[,.;]|$| (?:of|from|after) (?:the |its )?(?:adoption|date|signing|present))"
        ),
        re.compile(rf"\bby (?:the )?(?:{_any(words['year_end'])})\b"),
    )


def _read_echo(words: Mapping[str, frozenset[str]]) -> re.Pattern[str]:
    nouns, definite = _any(words["echo_noun"]), _any(words["echo_definite"])
    return re.compile(
        # "in these and other areas", "of such crimes", "the respective plans"
        r"\b(?:(?:this|these|those|such|both|similar"
        rf"|the (?:{_any(words['echo_adjective'])}))"
        rf"(?: and other)?(?: [\w-]+){{0,3}}? (?:{nouns})"
        # "this is a landmark decision"
        r"|(?:th[ai]s|these|those) (?:are|can|has|have|is|may|must|should|was|were|will|would)"
        rf"|that (?:{nouns})|{_any(words['echo'])}"
        # "backed the idea", not "the idea of a fund" or "the idea voiced by"
        rf"|the (?:{definite})(?! (?:by|for|from|in|of|on|that|to|[a-z]+ed)\b))\b"
    )


def _whole(words: Collection[str]) -> re.Pattern[str]:
    # The first letters alone turn most positions away at once.
    first = "".join(sorted({re.escape(word[0]) for word in words}))
    return re.compile(rf"\b(?=[{first}])(?:{_any(words)})\b")


def _build_index(language: str, actors: Mapping[str, ActorWord]) -> TermIndex[Word]:
    verbs = read_verbs(language)
    phrases: dict[str, list[Pattern]] = {}
    patterns: dict[str, list[Pattern]] = {}
    for pattern in _read_patterns(language, verbs):
        target = patterns if pattern.construction in VERB_CONSTRUCTIONS else phrases
        target.setdefault(pattern.lemma, []).append(pattern)
    verb_forms: dict[str, list[VerbForm]] = {}
    for lemma, rows in patterns.items():
        for form, bits in verbs[lemma].forms.items():
            if bits == GERUND and not verbs[lemma].group:
                # "making", "developing": an act only with a noun, as in "laying stress on"
                fitting = [row for row in rows if row.after and "noun" in row.after.groupindex]
            else:
                fitting = rows
            if fitting:
                verb_forms.setdefault(form, []).append(_verb_form(lemma, bits, fitting))
    nouns = {form: actor for form, actor in actors.items() if "pronoun" not in actor.use}
    words: list[tuple[str, Word]] = []
    for form in sorted({*verb_forms, *phrases, *nouns, *FUTURE}):
        of_form = tuple(verb_forms.get(form, ()))
        starting = tuple(sorted(phrases.get(form, ()), key=lambda row: -row.weight))
        is_future = form in FUTURE
        is_cue = bool(of_form or starting or is_future)
        is_verb = is_cue and not (starting or is_future)
        keys = frozenset(key for verb in of_form for key in verb.with_key)
        reaches = [row.reach for verb in of_form for row in verb.patterns]
        reach = _ADVERB_WORDS + max(reaches, default=0)
        # A passive matches without a key where the noun is its subject: "views were traded".
        needs_keys = is_verb and not any(
            verb.bare or (verb.forms & PARTICIPLE and any(row.subject for row in verb.patterns))
            for verb in of_form
        )
        needs_object = is_verb and all(
            not verb.forms & (PAST | PARTICIPLE | GERUND)
            and not any(row.group and row.act == "assess" for row in verb.bare)
            for verb in of_form
        )
        word = Word(
            of_form, starting, nouns.get(form), is_future, is_cue, is_verb, keys, reach,
            needs_keys, needs_object,
        )  # fmt: skip
        words.append((form, word))
    return TermIndex(words)


def _read_actors(language: str) -> dict[str, ActorWord]:
    return {
        row["form"]: ActorWord(row["actor"], row["use"])
        for row in read_lexicon(
            f"{language}/actors",
            ("form", "actor", "use", "source"),
            ("form",),
            {"actor": {*code_list("actor_labels"), "media"}, "use": ACTOR_USES},
        )
    }


def _read_capitals(language: str) -> dict[str, ActorWord]:
    seats = {
        row["city"]: str(row["country"]) for row in reference_rows("cities") if row["is_capital"]
    }
    return {
        row["form"]: ActorWord("country", "capital", seats[row["city"]])
        for row in read_lexicon(f"{language}/cities", ("form", "city", "source"), ("form",))
        if row["city"] in seats
    }


def read_verbs(language: str) -> dict[str, Verb]:
    """The verbs that wordings use, by lemma.

    Raises:
        LexiconError: ``speech_verbs.csv`` breaks its rules.
    """
    verbs: dict[str, Verb] = {}
    for row in read_lexicon(
        f"{language}/speech_verbs",
        ("lemma", "past", "participle", "gerund", "group", "source"),
        ("lemma",),
        optional=("past", "participle", "gerund", "group"),
    ):
        forms: dict[str, int] = {}
        for lemma in _spellings(row["lemma"]):
            past = row["past"] or _past(lemma)
            for spellings, bit in (
                (lemma, BASE),
                (_third(lemma), THIRD),
                (past, PAST),
                (row["participle"] or past, PARTICIPLE),
                (row["gerund"] or _gerund(lemma), GERUND),
            ):
                for form in spellings.split("|"):
                    forms[form] = forms.get(form, 0) | bit
        verbs[row["lemma"]] = Verb(forms, row["group"])
    return verbs


def _spellings(lemma: str) -> list[str]:
    """British and American spelling: emphasize, emphasise; favour, favor."""
    if lemma.endswith(("ize", "yze")):
        return [lemma, lemma[:-2] + "se"]
    if lemma.endswith("our"):
        return [lemma, lemma[:-2] + "r"]
    if lemma.endswith("centre"):
        return [lemma, "center"]
    return [lemma]


def _third(lemma: str) -> str:
    if lemma.endswith(("s", "x", "z", "ch", "sh", "go", "do", "to")):
        return f"{lemma}es"
    if lemma.endswith("y") and lemma[-2] not in "aeiou":
        return f"{lemma[:-1]}ies"
    return "has" if lemma == "have" else f"{lemma}s"


def _past(lemma: str) -> str:
    if lemma.endswith("e"):
        return f"{lemma}d"
    if lemma.endswith("y") and lemma[-2] not in "aeiou":
        return f"{lemma[:-1]}ied"
    return f"{lemma}ed"


def _gerund(lemma: str) -> str:
    return f"{lemma[:-1]}ing" if lemma.endswith("e") and lemma[-2] not in "eoy" else f"{lemma}ing"


def _read_patterns(language: str, verbs: Mapping[str, Verb]) -> Iterator[Pattern]:
    groups: dict[str, list[str]] = {}
    for lemma, verb in verbs.items():
        groups.setdefault(verb.group, []).append(lemma)
    for row in read_lexicon(
        f"{language}/speech_acts",
        ("pattern", "construction", "act", "negated_act", "source"),
        ("pattern", "construction"),
        {
            "construction": VERB_CONSTRUCTIONS | PHRASE_CONSTRUCTIONS,
            "act": {*code_list("act_labels"), "none"},
            "negated_act": code_list("act_labels"),
        },
        optional=("negated_act",),
    ):
        tokens = PATTERN_TOKEN.findall(row["pattern"])
        head = tokens.pop(0)
        subject = None
        if head.startswith("{"):
            subject, head = head, tokens.pop(0)
        pattern = _compile(subject, tokens, row)
        is_verb = row["construction"] in VERB_CONSTRUCTIONS
        for first in head.split("|"):
            lemmas = groups.get(first[1:], []) if first.startswith("@") else [first]
            if not lemmas or (is_verb and not verbs.keys() >= set(lemmas)):
                raise LexiconError(
                    f"lexicons/{language}/speech_acts.csv: {first!r} of {row['pattern']!r} is no "
                    f"verb or group in {language}/speech_verbs.csv; add it there"
                )
            for lemma in lemmas:
                yield pattern._replace(
                    lemma=lemma if is_verb else fold(lemma.replace("_", " ")),
                    group=verbs[lemma].group if is_verb else "",
                    weight=pattern.weight - 0.1 * first.startswith("@"),
                )


def _compile(subject: str | None, tokens: Sequence[str], row: Mapping[str, str]) -> Pattern:
    after = after_passive = _regex(tokens)
    noun = _noun_of_passive(tokens) if row["construction"] == "verb" else None
    if noun is not None:
        subject, after_passive = tokens[noun], _regex(tokens[noun + 1 :])
    return Pattern(
        "",
        row["act"],
        row["negated_act"] or row["act"],
        row["construction"],
        re.compile(after) if after else None,
        re.compile(after_passive) if after_passive else None,
        re.compile(rf"\b(?:{_alternatives(subject[1:-1])})\b") if subject else None,
        0.2 * (row["construction"] in ("attributed", "present"))
        + (row["construction"] in ("opinion", "passive") and subject is not None)
        + sum(_weight(token) for token in tokens),
        "",
        *_keys(tokens),
        _first_words(subject) if subject else frozenset(),
    )


def _keys(tokens: Sequence[str]) -> tuple[frozenset[str], int]:
    """First words of the alternatives of the most telling token, and how far they may stand."""
    needed = [token for token in tokens if _weight(token) >= 1]
    nouns = [token for token in tokens if token.startswith("{")]
    if not needed:
        return frozenset(), 0
    key = (nouns or needed)[0]
    before = tokens[: tokens.index(key)]
    return _first_words(key), 1 + sum(_most_words(token) for token in before)


def _most_words(token: str) -> int:
    """How many words a token may stand for."""
    if token in _OPEN_TOKENS:
        return _OPEN_TOKENS[token]
    return max(word.count("_") + 1 for word in token.split("|"))


def _first_words(token: str) -> frozenset[str]:
    return frozenset(fold(word).split("_")[0] for word in token.strip("{}").split("|"))


def _weight(token: str) -> float:
    """How much a token narrows: a noun more than a preposition, a gap less than nothing."""
    if token.startswith("{"):
        return 1.5
    return {"~": 0.0, "...": -0.5}.get(token, 0.0 if token.startswith("[") else 1.0)


def _verb_form(lemma: str, forms: int, patterns: Sequence[Pattern]) -> VerbForm:
    by_weight = tuple(sorted(patterns, key=lambda row: -row.weight))
    with_key = {
        key: tuple(row for row in by_weight if not row.keys or key in row.keys)
        for key in {key for row in patterns for key in row.keys}
    }
    bare = tuple(row for row in by_weight if not row.keys)
    return VerbForm(lemma, forms, by_weight, bare, with_key)


def _regex(tokens: Sequence[str]) -> str:
    after = ""
    for token in tokens:
        if token == "~":
            after += _MODIFIERS
        elif token == "...":
            after += _GAP
        elif token.startswith("["):
            after += rf"(?: (?:{_alternatives(token[1:-1])})(?![\w-]))?"
        else:
            name = "?P<noun>" if token.startswith("{") and "?P<noun>" not in after else "?:"
            after += rf" ({name}{_alternatives(token.strip('{}'))})(?![\w-])"
    return after


def _noun_of_passive(tokens: Sequence[str]) -> int | None:
    """Index of the noun that becomes the subject of the passive: "voiced {alarm}".

    None where a preposition leads to it ("noted with {satisfaction}") or it is far away.
    """
    for index, token in enumerate(tokens):
        if token.startswith("{"):
            return index
        if token != "~" and not token.startswith("["):
            return None
    return None


def _alternatives(token: str) -> str:
    return _any(fold(word.replace("_", " ")) for word in token.split("|"))
