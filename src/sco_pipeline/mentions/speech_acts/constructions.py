"""How an act is worded: each method knows one construction and makes a draft of a cue, or None."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from itertools import product

from sco_pipeline.mentions.speech_acts.actors import Actor, ActorFinder
from sco_pipeline.mentions.speech_acts.cues import (
    BASE,
    GERUND,
    PARTICIPLE,
    PAST,
    THIRD,
    Pattern,
    SpeechActLexicon,
    VerbForm,
    Word,
)
from sco_pipeline.mentions.speech_acts.drafts import Cue, Draft
from sco_pipeline.mentions.speech_acts.grammar import (
    DETERMINERS,
    NOUN_MARKERS,
    SUBORDINATORS,
    VerbGroup,
    clause_start,
    in_open_relative,
    last_word,
    leads_to_infinitive,
    opens_content_clause,
    opens_infinitive,
    read_verb_group,
)
from sco_pipeline.model import DateMention, Document
from sco_pipeline.terms import Term

#: Acts a document can perform: it stresses, calls for and provides that, but signs nothing.
_ACTS_OF_DOCUMENTS = frozenset(
    {
        "agree", "assess", "call_for", "condemn", "express_concern", "instruct", "reaffirm",
        "support", "welcome",
    }
)  # fmt: skip
#: Groups of verbs that, after "agreed to ... and", may as well belong to what was agreed.
_SOFT_GROUPS = frozenset({"", "support", "discuss", "decide", "think", "deem", "adopt", "say"})
#: Groups whose verbs report speech: ", he said", "as the minister noted".
_SAYING = frozenset({"say", "stress", "think", "reaffirm"})
#: Groups whose verbs only people are the subject of, listed or not.
_TELLING = frozenset(
    {
        "say",
        "stress",
        "think",
        "decide",
        "urge",
        "discuss",
        "welcome",
        "condemn",
        "thank",
        "express",
    }
)
#: Who can stand behind a verb of saying: ", said the minister".
_SPEAKERS = frozenset({"chair", "country", "media", "organisation", "person"})
_ACTIVE = frozenset({"verb", "active", "noun", "content", "talks"})
_FUTURE = _ACTIVE | {"event", "event_object"}
#: Of a verb without auxiliary: past, base form, third person -> constructions.
_BARE = {
    (past, base, third): _ACTIVE
    | ({"attributed"} if past else set())
    | ({"present"} if base or third else set())
    | ({"event"} if third else set())
    for past, base, third in product((False, True), repeat=3)
}
_CONJUNCTIONS = frozenset({"and", "but", "or", "yet", "then"})
_PASSIVE_RULES = frozenset({"passive", "coordinated_passive"})
#: Words after a verb among which those of its patterns stand.
_REACH = 24
#: Characters after a verb within which a bare year dates the verb itself.
_NEAR = 60
#: Days between a date and the document from which on the date is history.
_RECALLED = 100
#: Characters a noun may stand before the verb and still belong to the words of the act.
_BESIDE = 40

_IMPLIED = Actor("participants", "implied", 0, 0)
_NOBODY = Actor("unknown", "unnamed", 0, 0)

_BLANKS = str.maketrans(',.;:()"', "       ")
# "Also reviewed was", "Cleared for the presidents' consideration were"
_INVERTED = re.compile(r"(?: [\w'-]+){0,9}? (?:was|were|is|are|has been|have been)\b")
# "drawn up by the ministers"
_BY = re.compile(r"(?: \w+ly)? by\b")
# "the Programme, signed in Beijing", "the report, approved last year"
_PARTICIPIAL = re.compile(
    r"(?: \w+ly)? (?:by|in|on|at|during|between|last|earlier|this year)\b|[,.;:)]|$"
)
# "their support for", "the sides' concern.": a noun, not a verb
_NOT_AN_OBJECT = re.compile(r"[,.;:)]| (?:of|for|from|by|and|or|is|are|was|were|has|have|will)\b|$")
_NEXT_VERB = re.compile(r"(?: (?:not|also|further|together|always|soon|[a-z]+ly))* ([a-z][\w-]*)")
_PASSIVE_NEXT = re.compile(r" [a-z]+(?:ed|own|eld)\b")
# "in their common opinion", "it was the general view that"
_IN_OPINION = re.compile(r"\b(?:in|according to|by|to|is|was|were) (?:the |their |our |a )?$")
# "five proposals: first, [to share] responsibility"
_LISTED_INFINITIVE = re.compile(r"[,:;] to [a-z]+")
# "The [53rd AMM] will be convened"
_NUMBERED = re.compile(r"\b\d{1,3}(?:st|nd|rd|th) [A-Z]{2,6}\b")
# "in his words"
_IN_OWN = re.compile(r"^(?:in|according to) (?:(?P<one>his|her)|their|our) $")
_IN = re.compile(r"(?:in|according to|by|to) $")
# "[it] was one of the main [topics of discussion]"
_BE_BEFORE = re.compile(
    r"\b(?:is|are|was|were|(?:has|have) been|became|remained|formed|constituted|made)"
    r" (?:[\w'-]+ ){0,5}$"
)
# "[they] are against": a form of "be" inside the cue itself
_STARTS_WITH_BE = re.compile(r"(?:am|is|are|was|were) ")
# "the Declaration, in which [the leaders welcomed]", ", which [they signed]"
_RELATIVE_TO_AN_ACT = re.compile(
    r"(?:,|,? (?:in|at|during)|, (?:under|by|through|with|for|of)) which$"
)
# "It was noted", "as was noted", "and it was": no subject that means anything
_DUMMY = re.compile(r"(?:^|\b(?:and|also|but|while|,) )(?:it|as|as it)$|(?:^| )it$|, as$")
_DEPENDENT_IT = re.compile(r"\b(?:which|that|because|if|when|where) it$")
# "postponed to 9 November", "moved to May"
_DATE = re.compile(r" (?:\d|[A-Z])")
# "No agreement was reached"
_NOTHING = re.compile(r"(?:[Nn]o|[Nn]othing|[Nn]one|[Nn]either)\b")
# "was taken in Astana a year ago"
_AGO = re.compile(r"(?: [\w'-]+){0,6}? (?:ago|last (?:year|month|week))\b")
_DATED = re.compile(r"\b(?:in|during|on|for) (?:the )?$")


class Constructions:
    """Recognises the acts of one document, cue by cue; the reader moves it along the sentences."""

    def __init__(
        self,
        document: Document,
        finder: ActorFinder,
        dates: Sequence[DateMention],
        lexicon: SpeechActLexicon,
    ) -> None:
        self._text = document.text
        self._folded = document.folded
        self._finder = finder
        self._lexicon = lexicon
        self._dates = dates
        self._date_starts = [when.char_start for when in dates]
        self._reference = _reference_date(document, dates)
        self._reported = -1
        self.drafts: list[Draft] = []
        self.last_no_act = -1
        self._start = self._low = self._high = 0
        self._semicolon = -1
        self._words: list[str] = []  # of the sentence, split where a cue asks for them
        self._is_item = False
        self._lead_actor: Actor | None = None
        self._hits: Sequence[Term[Word]] = ()
        # Of the cue being read: the words after it, and where adverbs right behind it end.
        self._following: list[str] = []
        self._adverbs_end = -1

    def open_sentence(
        self,
        start: int,
        end: int,
        hits: Sequence[Term[Word]],
        *,
        is_item: bool,
        lead_actor: Actor | None,
    ) -> None:
        """Begin a sentence; ``lead_actor`` is who the words before a list say acts in it."""
        self.drafts = []
        self._start = self._low = start
        self._high = end
        self._semicolon = self._folded.find(";", start, end)
        self._words = []
        self._hits = hits
        self._is_item = is_item
        self._lead_actor = lead_actor

    def read(self, hit: Term[Word]) -> Draft | None:
        """The act that a cue carries, if it carries one; it is added to ``drafts``."""
        start, end, word = hit
        folded, low = self._folded, self._low
        while 0 <= self._semicolon < start:
            low = self._low = self._semicolon + 1 + folded.startswith(" ", self._semicolon + 1)
            self._semicolon = folded.find(";", low, self._high)
        if start > low and self._text[start].isupper() and self._is_name(start):
            return None
        before = last_word(folded, low, start)
        if word.is_verb and (
            before in NOUN_MARKERS
            or (before == "to" and leads_to_infinitive(folded, low, start - 3, self._lexicon))
        ):
            return None
        self._adverbs_end = -1
        if not self._words:
            plain = folded[self._start : self._high].replace(",", "").replace(".", "")
            self._words = plain.split(" ")
        after = folded.count(" ", self._start, end) + 1
        self._following = self._words[after : after + _REACH]
        if word.is_verb:
            for verb in word.verbs:
                if not verb.needs_keys or not verb.keys.isdisjoint(self._following):
                    break
            else:
                return None
        group = read_verb_group(folded, low, start, before, self._lexicon)
        draft = self._future(hit, group) if word.is_future else self._read(hit, group)
        if draft is not None:
            self.drafts.append(draft)
        return draft

    def _read(self, hit: Term[Word], group: VerbGroup) -> Draft | None:
        if (
            group.is_infinitive
            or group.tense == "participle"
            or (group.modal and not group.negated)
        ):
            return None
        for pattern in hit.value.phrases:
            draft = self._phrase(hit, pattern, group)
            if draft:
                return draft
        for verb in hit.value.verbs:
            draft = self._verb(hit, verb, group)
            if draft:
                return draft
        return None

    def _verb(self, hit: Term[Word], verb: VerbForm, group: VerbGroup) -> Draft | None:
        forms = verb.forms
        if group.be and forms & PARTICIPLE:
            return self._passive(hit, verb, group)
        if group.be:
            fits = forms & GERUND
        elif group.have:
            fits = forms & PARTICIPLE
        elif group.will or group.do or group.modal or group.is_matrix or group.is_speaker:
            fits = forms & BASE
        else:
            fits = forms & (BASE | THIRD | PAST | GERUND)
            if not fits and self.drafts and forms & PARTICIPLE:
                # "was heard and taken note of": the participle is no past
                return self._coordinated_passive(hit.char_start, hit.char_end, verb, group)
        return self._active(hit, verb, group) if fits else None

    # --- matching patterns ---

    def _match(
        self, hit: Term[Word], verb: VerbForm, constructions: frozenset[str]
    ) -> tuple[Pattern, int] | None:
        """The best pattern of an active verb, and where its words end."""
        at, following = hit.char_end, self._following
        patterns = verb.bare if verb.keys.isdisjoint(following) else verb.patterns
        best: tuple[float, int] | None = None
        found: tuple[Pattern, int] | None = None
        for pattern in patterns:
            if pattern.construction not in constructions:
                continue
            if best and pattern.weight < -best[0]:
                break
            if pattern.keys and pattern.keys.isdisjoint(following):
                continue
            end = noun = at
            if pattern.after:
                match = self._match_after(pattern.after, at)
                if match is None:
                    continue
                end = match.end()
                if match.re.groupindex:
                    noun = match.start("noun")
            # Of two as exact, the noun nearest the verb: "expressed readiness to support".
            if best is None or (-pattern.weight, noun) < best:
                best, found = (-pattern.weight, noun), (pattern, end)
        return found

    def _match_after(self, after: re.Pattern[str], at: int) -> re.Match[str] | None:
        """Match right behind a verb, or behind an adverb that follows it."""
        match = after.match(self._folded, at, self._high)
        if match is None:
            if self._adverbs_end < 0:
                self._adverbs_end = at
                word = self._following[0] if self._following else ""
                if word[-2:] == "ly" or word in self._lexicon.adverb_starts:
                    adverbs = self._lexicon.after_verb.match(self._folded, at, self._high)
                    if adverbs:
                        self._adverbs_end = adverbs.end()
            if self._adverbs_end > at:
                match = after.match(self._folded, self._adverbs_end, self._high)
        return match

    def _match_passive(
        self, at: int, verb: VerbForm, start: int, end: int, constructions: Sequence[str]
    ) -> tuple[Pattern, int, int] | None:
        """The best pattern of a passive that ends ``at``, its subject between two offsets.

        Returns:
            Pattern, where its words end, and where its noun starts in the subject (-1: none).
        """
        subject_words = set(self._folded[start:end].replace(",", " ").split())
        for pattern in verb.patterns:
            if pattern.construction not in constructions:
                continue
            noun, after, keys = -1, pattern.after_passive, pattern.keys
            if pattern.subject:
                subject = None
                if not pattern.subject_keys.isdisjoint(subject_words):
                    subject = pattern.subject.search(self._folded, start, end)
                if subject:
                    noun, keys = subject.start(), frozenset()
                elif pattern.construction == "verb":
                    after = pattern.after  # "the exercise was given high marks"
                else:
                    continue
            if keys and keys.isdisjoint(self._following):
                continue
            reach = at
            if after:
                match = self._match_after(after, reach)
                if match is None:
                    continue
                reach = match.end()
            return pattern, reach, noun
        return None

    # --- the active ---

    def _active(self, hit: Term[Word], verb: VerbForm, group: VerbGroup) -> Draft | None:
        match = self._match(hit, verb, _constructions(verb.forms, group))
        if match is None:
            if group.will:
                return self._promise(hit.char_start, hit.char_end, group)
            return None
        pattern, reach = match
        if pattern.act == "none":
            self.last_no_act = hit.char_start
            return None
        if group.modal and pattern.act == pattern.negated_act:
            return None
        tense = group.tense or ("past" if verb.forms & PAST else "present")
        cue = Cue(hit.char_start, hit.char_end, verb, group, pattern, reach, tense)
        if pattern.construction == "event":
            return self._event(cue)
        if pattern.construction in ("noun", "content"):
            return self._content(cue, group.char_start)
        if verb.forms & GERUND and not group.be:
            return self._participle(cue)
        if (
            group.is_bare
            and verb.forms & THIRD
            and hit.value.actor
            and group.char_start == self._low
        ):
            return None  # "Delegates also spoke": the noun, not "delegates powers"
        return self._acting(cue)

    def _acting(self, cue: Cue) -> Draft | None:
        """An active verb, or a state of mind: it needs a subject that can act."""
        end = cue.group.char_start
        if cue.group.is_speaker:
            return self._draft(cue, Actor("unknown", "first_pronoun", end, end), end, "speaker")
        word = last_word(self._folded, self._low, end - 1)
        if not word:
            return self._opening(cue)
        previous = self._previous
        if word in _CONJUNCTIONS or (word[-1] == "," and previous):
            if word[-1] == ",":
                actor = self._finder.subject(previous.verb_end if previous else self._low, end)
                if actor and actor.char_start > self._low and self._is_main(actor, cue.tense):
                    return self._with_subject(cue, actor)
            return self._coordinated(cue)
        if word == "who":
            return self._relative(cue)
        if (
            word[-1] in ',"'
            and cue.is_bare
            and cue.pattern.group == "say"
            and cue.reach == cue.char_end
            and not opens_content_clause(self._following)
        ):
            speaker = self._finder.first_mentioned(cue.reach + 1, min(self._high, cue.reach + 120))
            if speaker and speaker.char_start - cue.reach < 3 and speaker.code in _SPEAKERS:
                return self._attribution(cue, speaker)
        if cue.is_bare and word in self._lexicon.issues:
            return self._issue(cue)
        actor = self._finder.subject(previous.verb_end if previous else self._low, end)
        if actor is None:
            actor = self._unlisted(cue)
        if actor is None:
            if cue.pattern.group == "say":
                self._reported = cue.char_end
            return None
        return self._with_subject(cue, actor) if self._agrees(cue, actor) else None

    def _unlisted(self, cue: Cue) -> Actor | None:
        """A subject of no lexicon, where the verb leaves no doubt that somebody speaks."""
        if not (cue.is_bare and cue.verb and cue.verb.forms & PAST):
            return None
        if cue.pattern.lemma in self._lexicon.wire_verbs:
            return None  # "Trend reported": news agencies are without number
        actor = self._finder.unlisted_subject(self._low, cue.group.char_start)
        if actor and actor.code == "participants" and cue.pattern.group not in _TELLING:
            return None
        return actor

    def _with_subject(self, cue: Cue, actor: Actor) -> Draft | None:
        low = self._low
        if not _can_do(actor, cue.pattern):
            if actor.code == "media":
                self._reported = cue.char_end
            return None
        if actor.use == "capital" and cue.pattern.act == "schedule":
            actor = Actor("unknown", "unnamed", actor.char_start, actor.char_end)
        if actor.use == "first_pronoun" and self._in_quotes(cue.char_start):
            return None
        before = self._folded[low : actor.char_start].rstrip()
        if before and self._is_attribution(cue, before[-1]):
            return self._attribution(cue, actor)
        if cue.pattern.construction == "attributed":
            return None
        if not before:
            return self._draft(cue, actor, low, "active", explicit=True)
        if not self._is_main(actor, cue.tense) or self._is_recalled(low, actor.char_start):
            return None
        draft = self._draft(
            cue, actor, actor.char_start if self._previous else low, "active", explicit=True
        )
        if before.endswith("as") and last_word(before, 0, len(before)) == "as":
            if not self._lexicon.after_attribution.match(self._folded, cue.char_end, self._high):
                return None
            draft.is_attribution = True
        return draft

    def _is_main(self, actor: Actor, tense: str) -> bool:
        """True where the clause that ``actor`` opens is no part of another act or noun."""
        low, previous = self._low, self._previous
        before = self._folded[low : actor.char_start].rstrip()
        word = last_word(before, 0, len(before))
        if word == "that" and low + len(before) - self._reported <= len(" that"):
            return True  # "Xinhua reported that the sides agreed"
        if word in SUBORDINATORS:
            return (
                actor.code in ("participants", "person", "member_states")
                and (tense != "present" or (previous is not None and previous.act == "adopt"))
                and _RELATIVE_TO_AN_ACT.search(before) is not None
            )
        if previous is None:
            # "The measures the parties agreed" is one noun, "In Moscow the parties" is not.
            opening = before.partition(" ")[0]
            return (
                not before or word[-1] == "," or word in _CONJUNCTIONS or opening not in DETERMINERS
            )
        boundary = clause_start(self._folded, previous.verb_end, actor.char_start)
        if boundary > previous.verb_end:
            return not in_open_relative(self._text, boundary, actor.char_start)
        if word in _CONJUNCTIONS:
            return not previous.is_clausal or previous.tense == tense
        return before.endswith(",") and not previous.is_clausal and not previous.is_infinitive

    def _agrees(self, cue: Cue, actor: Actor) -> bool:
        """Number of verb and subject; and the word is a verb, not a noun or a participle."""
        verb, pattern = cue.verb, cue.pattern
        if verb is None or not cue.is_bare:
            return True
        if verb.forms & (PAST | GERUND):
            # "the concept put forward by the minister": a participle
            return not _BY.match(self._folded, cue.reach, self._high)
        if verb.forms & BASE and not (actor.is_plural or actor.use == "first_pronoun"):
            return False
        if verb.forms & THIRD:
            if actor.use in ("plural", "plural_pronoun"):
                return False
            if actor.use == "body" and pattern.act == "adopt":
                return False  # "The Council approves the budget": what it does every year
        if pattern.after is None and (pattern.act != "assess" or not pattern.group):
            return not _NOT_AN_OBJECT.match(self._folded, cue.char_end, self._high)
        return True

    def _is_attribution(self, cue: Cue, mark: str) -> bool:
        """True for ", he said." and ", the minister added, "."""
        return (
            mark in ",\"'?!"
            and (cue.pattern.group in _SAYING or cue.pattern.construction == "attributed")
            and cue.pattern.act in ("assess", "reaffirm")
            and self._lexicon.after_attribution.match(self._folded, cue.char_end, self._high)
            is not None
            and not opens_content_clause(self._following)
        )

    def _attribution(self, cue: Cue, actor: Actor) -> Draft | None:
        """ "..., he said.": the content stands before, or on both sides."""
        if actor.code in ("media", "organisation"):
            return None
        if actor.code == "country" and cue.pattern.lemma in self._lexicon.wire_verbs:
            return None  # "the Foreign Ministry informs."
        previous = self._previous
        if (
            previous
            and previous.actor == _IMPLIED
            and self._folded[actor.char_start - 2 : actor.char_start] == '" '
        ):
            # "This is a cause of concern," he said.: what he says, not what everybody does
            self.drafts.remove(previous)
            previous = self._previous
        if previous:
            if previous.act == "schedule" and previous.actor.code == "unknown":
                previous.actor = actor
                self._finder.remember(actor)
            return None
        draft = self._draft(cue, actor, self._low, "attribution", explicit=True)
        draft.has_left_content = draft.is_attribution = True
        return draft

    def _coordinated(self, cue: Cue) -> Draft | None:
        """ "... and agreed on": the subject is that of the verb before."""
        previous = self.drafts[-1] if self.drafts else None
        if previous is None:
            return self._after_other_verb(cue)
        if not _can_do(previous.actor, cue.pattern):
            return None
        verb, group = cue.verb, cue.group
        if verb is not None and cue.is_bare:
            # "to share responsibility and set up": no past but an infinitive
            is_either = verb.forms & PAST and verb.forms & BASE
            if is_either and _LISTED_INFINITIVE.search(
                self._folded, previous.verb_end, cue.char_start
            ):
                return None
            if verb.forms & PAST and self._is_participial(cue):
                return self._coordinated_passive(cue.char_start, cue.char_end, verb, group)
            if verb.forms & PAST:
                if previous.has_left_content and not (
                    previous.is_attribution or previous.is_explicit
                ):
                    return self._coordinated_passive(cue.char_start, cue.char_end, verb, group)
                if previous.tense == "present" and not previous.has_left_content:
                    return None
            else:
                if cue.pattern.after is None and _NOT_AN_OBJECT.match(
                    self._folded, cue.char_end, self._high
                ):
                    return None
                is_future = previous.tense == "future" and not previous.is_infinitive
                if not (
                    is_future or previous.tense in ("present", "") or previous.rule == "speaker"
                ):
                    return None
                if (
                    previous.is_infinitive
                    and cue.pattern.group in _SOFT_GROUPS
                    and cue.pattern.lemma not in self._lexicon.statives
                ):
                    return None
        elif previous.is_clausal and not _parallel(previous.tense, cue.tense):
            return None
        if previous.has_left_content and not previous.is_explicit and not group.is_bare:
            return None
        return self._draft(cue, previous.actor, group.char_start, "coordinated")

    def _after_other_verb(self, cue: Cue) -> Draft | None:
        """ "The session opened with a minute of silence and discussed": the first is no act."""
        if cue.tense not in ("past", "perfect") or not cue.pattern.group:
            return None
        end = cue.group.char_start
        actor = self._finder.first_mentioned(self._low, end)
        if actor is None or actor.use in ("document", "talks") or not _can_do(actor, cue.pattern):
            return None
        if in_open_relative(self._text, self._low, actor.char_start):
            return None
        if not self._lexicon.past_verbs.match(self._folded, actor.char_end, end):
            return None
        return self._draft(cue, actor, self._low, "coordinated")

    def _is_participial(self, cue: Cue) -> bool:
        """ "the Programme, signed in Beijing", "drawn up and approved by the ministers"."""
        if cue.pattern.after is not None:
            return False
        if self._folded[cue.char_start - 2] != ",":
            return _BY.match(self._folded, cue.char_end, self._high) is not None
        adverbs = self._lexicon.after_verb.match(self._folded, cue.char_end, self._high)
        at = adverbs.end() if adverbs else cue.char_end  # "noted in particular the"
        return _PARTICIPIAL.match(self._folded, at, self._high) is not None

    def _participle(self, cue: Cue) -> Draft | None:
        """ "..., calling for": goes on with the subject of the main verb."""
        if cue.pattern.act in ("discuss", "adopt", "schedule"):
            return None
        if not self.drafts:
            return self._participle_before_verb(cue)
        previous = self.drafts[-1]
        head = self._folded[previous.verb_end : cue.group.char_start].rstrip()
        word = last_word(head, 0, len(head))
        follows = head.endswith(",") or (word in ("while", "thus", "thereby") and "," in head)
        follows |= word == "and" and previous.rule == "participle"
        if not follows or previous.rule in ("passive", "event") or previous.is_attribution:
            return None
        if cue.pattern.after is None and _NOT_AN_OBJECT.match(
            self._folded, cue.char_end, self._high
        ):
            return None
        if not _can_do(previous.actor, cue.pattern):
            return None
        draft = self._draft(cue, previous.actor, cue.group.char_start, "participle")
        draft.tense = previous.tense
        return draft

    def _participle_before_verb(self, cue: Cue) -> Draft | None:
        """ "The sides, while noting the threat, agreed": the subject stands before."""
        start = cue.group.char_start
        if last_word(self._folded, self._low, start - 1) != "while":
            return None
        end = start - len("while ")
        if self._folded[end - 2 : end] == ", ":
            end -= len(", ")
        actor = self._finder.subject(self._low, end)
        if actor is None or not _can_do(actor, cue.pattern) or not self._is_main(actor, ""):
            return None
        draft = self._draft(cue, actor, self._low, "participle", explicit=True)
        draft.tense = ""
        return draft

    def _relative(self, cue: Cue) -> Draft | None:
        """ "the President, who stressed that ...": only persons, only what they say."""
        if cue.pattern.group not in _SAYING:
            return None
        if not opens_content_clause(self._following):
            return None
        end = cue.group.char_start - len("who ")
        if not self._folded[self._low : end].rstrip().endswith(","):
            return None
        actor = self._finder.subject(self._low, self._folded.rfind(",", self._low, end))
        if actor is None or actor.code != "person":
            return None
        return self._draft(cue, actor, end, "relative", explicit=True)

    def _opening(self, cue: Cue) -> Draft | None:
        """A verb that opens a sentence or bullet: "- signed ...;", "2. Calls upon ..."."""
        verb, start = cue.verb, cue.group.char_start
        if verb is None:
            return None
        if self._low != self._start:
            if self.drafts and cue.tense == self.drafts[-1].tense:
                return self._draft(cue, self.drafts[-1].actor, start, "coordinated")
            return None
        if verb.forms & PARTICIPLE and _INVERTED.match(
            self._folded, cue.char_end, min(self._high, cue.char_end + 90)
        ):
            return self._inverted_passive(cue)
        if self._lead_actor is None or not _can_do(self._lead_actor, cue.pattern):
            return None
        opens_paragraph = verb.forms & THIRD and cue.group.is_bare
        if not opens_paragraph and not (self._is_item and verb.forms & (PAST | BASE)):
            return None
        return self._draft(cue, self._lead_actor, start, "opening")

    # --- the passive ---

    def _passive(self, hit: Term[Word], verb: VerbForm, group: VerbGroup) -> Draft | None:
        folded, end, previous = self._folded, group.char_start, self._previous
        start = self._clause_start(end)
        region_start = max(start, end - 240)
        region = folded[region_start:end].rstrip()
        match = self._match_passive(
            hit.char_end, verb, region_start, end,
            ("event", "verb", "passive") if group.will else ("verb", "passive", "noun", "event"),
        )  # fmt: skip
        if match is None or match[0].act == "none":
            return None
        pattern, reach, noun = match
        if group.modal and pattern.act == pattern.negated_act:
            return None
        cue = Cue(hit.char_start, hit.char_end, verb, group, pattern, reach, group.tense or "past")
        if pattern.construction == "event":
            return self._event(cue)
        if not region or (region == "this" and pattern.group == "say"):
            return None  # "This was stated by the minister": of what was said before
        if region.endswith("it") and pattern.lemma in self._lexicon.wire_verbs:
            return None  # "Earlier it was reported that"
        if group.will and pattern.act not in ("discuss", "agree"):
            return None
        if previous is not None:
            hard = clause_start(folded, previous.verb_end, end)
            if previous.is_clausal and hard == previous.verb_end and not previous.has_left_content:
                return None
            if start == previous.verb_end and not previous.is_attribution:
                return None
        is_dummy = _DUMMY.search(region) is not None
        if _DEPENDENT_IT.search(region) if is_dummy else in_open_relative(self._text, start, end):
            return None
        agent, is_foreign = self._finder.agent(hit.char_end, self._high)
        if is_foreign or (agent and not _can_do(agent, pattern)):
            return None
        if group.progressive or (group.tense == "present" and not (is_dummy or noun >= 0 or agent)):
            return None
        if (
            self._is_recalled(hit.char_end, min(self._high, hit.char_end + 160))
            or self._is_recalled(start, end)
            or _AGO.match(folded, hit.char_end, self._high)
        ):
            return None
        draft = self._draft(cue, agent or _IMPLIED, start, "passive", explicit=agent is not None)
        if noun >= 0 and end - noun < _BESIDE:
            draft.verb_start = noun
        draft.negated |= _NOTHING.match(self._text, start) is not None
        draft.has_left_content = True
        draft.is_attribution = is_dummy and (region.endswith("as") or region.startswith("as it"))
        draft.is_clausal &= is_dummy and not draft.is_attribution
        return draft

    def _coordinated_passive(
        self, start: int, end: int, verb: VerbForm | None, group: VerbGroup
    ) -> Draft | None:
        """ "was heard and approved": one subject, two passives."""
        previous = self.drafts[-1]
        if verb is None or previous.rule not in _PASSIVE_RULES or not verb.forms & PARTICIPLE:
            return None
        before = last_word(self._folded, self._low, group.char_start - 1)
        if before != "and" and before[-1:] != ",":
            return None
        match = self._match_passive(
            end, verb, previous.lead, previous.verb_start, ("verb", "passive")
        )
        if match is None or match[0].act == "none":
            return None
        cue = Cue(start, end, verb, group, match[0], match[1], previous.tense)
        draft = self._draft(cue, previous.actor, group.char_start, "coordinated_passive")
        draft.has_left_content = True
        return draft

    def _inverted_passive(self, cue: Cue) -> Draft | None:
        """ "Also reviewed was the preparation for ..."."""
        if cue.pattern.construction == "active":
            return None
        agent, is_foreign = self._finder.agent(cue.char_end, self._high)
        if is_foreign:
            return None
        return self._draft(cue, agent or _IMPLIED, self._low, "inverted_passive")

    def _issue(self, cue: Cue) -> Draft | None:
        """ "one more question considered by the sides", "another issue discussed was"."""
        agent, _ = self._finder.agent(cue.char_end, self._high)
        is_said = agent or _INVERTED.match(self._folded, cue.char_end, self._high)
        if cue.pattern.act not in ("adopt", "discuss") or self.drafts or not is_said:
            return None
        draft = self._draft(cue, agent or _IMPLIED, self._low, "issue")
        draft.has_left_content = True
        return draft

    # --- other constructions ---

    def _phrase(self, hit: Term[Word], pattern: Pattern, group: VerbGroup) -> Draft | None:
        """Words that are no verb: "are of the opinion", "there was a discussion of"."""
        folded, low = self._folded, self._low
        reach, construction = hit.char_end, pattern.construction
        if construction in ("opinion", "opinion_of"):
            return self._opinion(hit, pattern, group)
        end = group.char_start
        if construction == "be_content":
            be = _BE_BEFORE.search(folded, low, hit.char_start)
            if be is None:
                return None
            end = be.start()
        elif construction != "phrase":
            if not (group.be or group.link or _STARTS_WITH_BE.match(folded, hit.char_start)):
                return None
            if group.will and construction != "be_event":
                return None
        if pattern.after:
            match = self._match_after(pattern.after, reach)
            if match is None:
                return None
            reach = match.end()
        tense = group.tense or "present"
        cue = Cue(hit.char_start, hit.char_end, None, group, pattern, reach, tense)
        if construction == "phrase":
            if last_word(folded, low, hit.char_start - 1) in SUBORDINATORS:
                return None
            return self._draft(cue, _IMPLIED, hit.char_start, "phrase")
        if construction == "be_event":
            return self._event(cue)
        if construction == "be_content":
            return self._content(cue, end)
        if last_word(folded, low, group.char_start - 1) == "it":
            return None  # "It was agreed": the passive of a verb
        draft = self._acting(cue)
        if draft:
            self._begin_with_auxiliary(draft, group)
        return draft

    def _opinion(self, hit: Term[Word], pattern: Pattern, group: VerbGroup) -> Draft | None:
        """ "in their common opinion", "in the opinion of the ministers", "in his words"."""
        head = self._folded[self._low : hit.char_start]
        noun = None
        if pattern.subject:  # "it is [necessary], in our view, to"
            noun = pattern.subject.search(head)
            if noun is None:
                return None
        actor = self._who_holds(hit, pattern, head)
        if actor is None or (actor.char_end and actor.char_start - hit.char_end > 1):
            return None
        cue = Cue(hit.char_start, hit.char_end, None, group, pattern, hit.char_end, "present")
        draft = self._draft(cue, actor, self._low, "opinion")
        if noun:
            draft.verb_start = self._low + noun.start()
        return draft

    def _who_holds(self, hit: Term[Word], pattern: Pattern, head: str) -> Actor | None:
        """Whose opinion it is; None where the words before it make it no opinion."""
        if pattern.construction == "opinion_of":
            if head and not _IN.search(head):
                return None
            actor = self._finder.first_mentioned(hit.char_end, min(self._high, hit.char_end + 120))
            # "According to the ministry, 30 guests are expected": news, no opinion
            return actor if head or (actor and actor.code == "person") else None
        own = _IN_OWN.search(head)
        if own:
            return self._finder.person_before(hit.char_start - 1) if own["one"] else _IMPLIED
        is_clear = pattern.subject or " " in pattern.lemma  # not "unanimous in their view"
        return _IMPLIED if is_clear and _IN_OPINION.search(head) else None

    def _content(self, cue: Cue, end: int) -> Draft | None:
        """ "caused their serious concern", "an exchange of views took place": the subject is
        what the act is about, or the act itself as a noun; it ends at ``end``.
        """
        previous, pattern = self._previous, cue.pattern
        start = self._clause_start(end)
        if not self._folded[start:end].strip() or in_open_relative(self._text, start, end):
            return None
        if previous is not None and previous.is_clausal and start == previous.verb_end:
            return None
        actor: Actor | None = None
        noun = None
        if pattern.construction == "noun":
            noun = pattern.subject and pattern.subject.search(
                self._folded, max(start, end - 160), end
            )
            if noun is None:
                return None
        else:
            actor = self._finder.experiencer(cue.char_end, cue.reach)
        draft = self._draft(cue, actor or _IMPLIED, start, pattern.construction)
        draft.has_left_content = True
        if noun and end - noun.start() < _BESIDE:
            draft.verb_start = noun.start()
        return draft

    def _event(self, cue: Cue) -> Draft | None:
        """ "The next meeting will be held in ...", "is scheduled for"."""
        folded, end, previous = self._folded, cue.group.char_start, self._previous
        lexicon = self._lexicon
        is_state = cue.pattern.construction == "be_event"
        leads_to_verb = is_state and folded[cue.reach - 2 : cue.reach] == "to"
        if leads_to_verb and not (
            lexicon.held.match(folded, cue.reach, self._high)
            or _DATE.match(self._text, cue.reach, self._high)
        ):
            return None
        start = clause_start(folded, previous.verb_end, end) if previous else self._low
        clause = start
        if previous is not None and folded.startswith(" that ", start):
            clause += len(" that")  # "announced [that the next meeting] will be held"
        if in_open_relative(self._text, clause, end):
            return None
        if not (cue.group.will or is_state or lexicon.coming.search(folded, start, end)):
            return None
        if not (
            lexicon.meetings.search(folded, start, end) or _NUMBERED.search(self._text, start, end)
        ) and not (
            lexicon.meetings.search(folded, cue.reach, min(self._high, cue.reach + 60))
            if is_state
            else clause == start and self._finder.subject(start, end)
        ):
            return None
        actor = _NOBODY
        if previous is not None and start == previous.verb_end:
            # "The PM announced that the next meeting will be held": one act, his.
            if previous.act != "assess" or previous.rule == "opinion":
                return None
            self.drafts.remove(previous)
            start = previous.lead
            if previous.actor.code in ("person", "country", "chair"):
                actor = previous.actor
        draft = self._draft(cue, actor, start, "event")
        self._begin_with_auxiliary(draft, cue.group)
        draft.tense = "future"
        draft.has_left_content = True
        return draft

    def _future(self, hit: Term[Word], group: VerbGroup) -> Draft | None:
        """ "will" before a verb that is no cue: a promise, if the subject can make one."""
        following = _NEXT_VERB.match(self._folded, hit.char_end, self._high)
        if following is None:
            return None
        at = following.start(1)
        if any(other.char_start == at and other.value.verbs for other in self._hits):
            return None
        before = last_word(self._folded, self._low, at)
        group = read_verb_group(self._folded, self._low, at, before, self._lexicon)
        return self._promise(at, following.end(1), group)

    def _promise(self, verb_start: int, verb_end: int, group: VerbGroup) -> Draft | None:
        """ "The member states will continue cooperation in ..."."""
        folded, previous, end = self._folded, self._previous, group.char_start
        if group.is_infinitive or group.modal or group.is_conditional:
            return None
        if self._lexicon.idle.match(folded, verb_start):
            return self._venue(verb_start, verb_end, group)
        if previous and last_word(folded, self._low, end - 1) in _CONJUNCTIONS:
            actor, start = previous.actor, end
        else:
            found = self._finder.subject(previous.verb_end if previous else self._low, end)
            if found is None or not self._is_main(found, "future"):
                return None
            actor, start = found, found.char_start if previous else self._low
        if actor.code not in ("participants", "member_states", "organisation"):
            return None
        if actor.use in ("document", "talks"):
            return None
        if actor.use == "first_pronoun" and self._in_quotes(verb_start):
            return None
        return Draft(
            start, end, verb_end, folded[verb_start:verb_end],
            "agree", group.negated, actor, "future", "promise", self._low, is_explicit=True,
            is_infinitive=True,
        )  # fmt: skip

    def _venue(self, verb_start: int, verb_end: int, group: VerbGroup) -> Draft | None:
        """ "The venue of the next meeting will be Moscow"."""
        folded, end = self._folded, group.char_start
        if (
            self.drafts
            or folded[verb_start:verb_end] != "be"
            or _PASSIVE_NEXT.match(folded, verb_end)
        ):
            return None
        if not (
            self._lexicon.venues.search(folded, self._low, end)
            or self._lexicon.venues.search(folded, verb_end, min(self._high, verb_end + _NEAR))
        ):
            return None
        return Draft(
            self._low, end, verb_end, "be", "schedule", False, _NOBODY, "future", "event",
            self._low, has_left_content=True,
        )  # fmt: skip

    # --- what they share ---

    @property
    def _previous(self) -> Draft | None:
        """The act before in the same part of the sentence."""
        draft = self.drafts[-1] if self.drafts else None
        return draft if draft and draft.segment == self._low else None

    def _draft(
        self, cue: Cue, actor: Actor, lead: int, rule: str, *, explicit: bool = False
    ) -> Draft:
        pattern, group = cue.pattern, cue.group
        act = pattern.negated_act if group.negated else pattern.act
        if act == "support" and group.will:
            act = "agree"
        return Draft(
            lead, cue.char_start, cue.reach, pattern.lemma, act, group.negated, actor, cue.tense,
            rule, self._low, is_explicit=explicit,
            is_clausal=pattern.lemma in self._lexicon.bare_that
            or opens_content_clause(self._following),
            is_infinitive=opens_infinitive(self._following),
        )  # fmt: skip

    def _begin_with_auxiliary(self, draft: Draft, group: VerbGroup) -> None:
        """ "[are] of the opinion", "[will be] held": where the words of the act begin."""
        if draft.verb_start - group.char_start < _BESIDE:
            draft.verb_start = group.char_start

    def _clause_start(self, end: int) -> int:
        previous = self._previous
        if previous is None:
            return self._low
        return clause_start(self._folded, previous.verb_end, end, loose=True)

    def _is_name(self, at: int) -> bool:
        """True for a word with one capital inside a sentence: "Observer States"."""
        text = self._text
        return (
            text[at].isupper()
            and text[at + 1 : at + 2].islower()
            and text[at - 1] not in "\"'“”«‘’"
        )

    def _in_quotes(self, at: int) -> bool:
        return self._folded.count('"', self._start, at) % 2 == 1

    def _is_recalled(self, start: int, end: int) -> bool:
        """True where a date between two offsets lies long before the document's own."""
        if self._reference is None:
            return False
        index = bisect_left(self._date_starts, start)
        while index < len(self._dates) and self._dates[index].char_start < end:
            when = self._dates[index]
            if when.precision != "day" and when.char_start - start > _NEAR:
                return False
            if (self._reference - (when.ends_on or when.starts_on)).days > _RECALLED:
                if when.precision == "year" and self._reference.year == when.starts_on.year:
                    return False
                head = self._folded[max(0, when.char_start - 12) : when.char_start]
                return _DATED.search(head) is not None
            index += 1
        return False


def _constructions(forms: int, group: VerbGroup) -> frozenset[str]:
    """The constructions in which an active verb can stand."""
    if group.will:
        return _FUTURE
    if not group.is_bare:
        return _ACTIVE
    return _BARE[bool(forms & PAST), bool(forms & BASE), bool(forms & THIRD)]


def _can_do(actor: Actor, pattern: Pattern) -> bool:
    """Whether this kind of actor performs this kind of act."""
    if actor.code == "media":
        return False
    if actor.use == "document":
        return pattern.act in _ACTS_OF_DOCUMENTS and pattern.construction != "be"
    if actor.use == "talks" or pattern.construction == "talks":
        return actor.use == "talks" and pattern.act == "discuss"
    return True


def _parallel(one: str, other: str) -> bool:
    past = ("past", "perfect")
    return one == other or (one in past and other in past)


def _reference_date(document: Document, dates: Sequence[DateMention]) -> date | None:
    """The day the document speaks from: its publication, or the first day it names.

    A first day long before the latest date is history, not the day of the meeting.
    """
    if document.published_on:
        return document.published_on
    first = next((when.starts_on for when in dates if when.precision == "day"), None)
    latest = max((when.starts_on for when in dates), default=None)
    return latest if first and latest and (latest - first).days > 800 else first
