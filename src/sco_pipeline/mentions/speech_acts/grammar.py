"""The grammar around a verb: its auxiliaries, its tense, the clause it stands in.

Everything is read backwards from the verb over ``Document.folded``, word by word, and only
as far as needed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sco_pipeline.mentions.speech_acts.cues import SpeechActLexicon

_BE = {
    "is": "present", "are": "present", "am": "present", "was": "past", "were": "past", "be": "",
    "been": "", "being": "",
}  # fmt: skip
_HAVE = {"has": "perfect", "have": "perfect", "had": "past", "having": "participle"}
_DO = {"do": "present", "does": "present", "did": "past", "don't": "present", "didn't": "past"}
_FUTURE = frozenset({"will", "shall", "would"})
_MODAL = frozenset(
    {"should", "must", "can", "could", "may", "might", "cannot", "ought", "need", "can't"}
)
_NOT = frozenset({"not", "never", "cannot", "don't", "didn't", "doesn't", "nor", "neither"})
#: What may stand before "to" and leave the verb finite: "is due to", "would like also to".
_LEADING_TO = frozenset({"again", "also", "due", "going"})
_AUXILIARIES = _MODAL | _BE.keys() | _HAVE.keys() | _DO.keys()
_IN_GROUP = _AUXILIARIES | _FUTURE | _NOT | {"to", "me", "us"}

#: Words before a noun phrase that make it part of something else: "of the sides".
PREPOSITIONS = frozenset(
    {
        "of", "in", "on", "at", "by", "for", "with", "from", "to", "under", "between", "among",
        "against", "about", "into", "over", "through", "within", "during", "after", "before",
        "since", "towards", "toward", "via", "per", "than", "including", "upon", "amid", "without",
        "behind", "concerning", "regarding", "across", "around", "near", "unlike", "like",
        "versus", "until", "till",
    }
)  # fmt: skip
#: Words that open a clause whose verb is no statement of its own.
SUBORDINATORS = frozenset(
    {
        "which", "who", "whom", "whose", "that", "when", "where", "what", "whether", "how", "if",
        "because", "unless", "until", "after", "before", "since", "once", "although", "though",
        "so", "why", "than", "whatever", "whoever", "wherever", "wherein", "lest",
    }
)  # fmt: skip
DETERMINERS = frozenset(
    {
        "the", "a", "an", "these", "those", "this", "that", "all", "both", "our", "their", "its",
        "his", "her", "my", "your", "some", "many", "several", "most", "other", "each", "every",
        "any", "no", "various", "certain", "numerous",
    }
)  # fmt: skip
#: Words after which no verb that carries an act stands: "the support", "in support", "which
#: support", "of mutual concern", "must support".
NO_VERB_AFTER = (PREPOSITIONS | DETERMINERS | (_MODAL - _NOT) | {"which"}) - {
    "to", "all", "both", "each", "that", "those", "these", "most", "many", "several", "some",
    "since",
}  # fmt: skip
CONJUNCTIONS = frozenset({"and", "but", "or", "yet", "then"})
# "drawn up by the ministers"
BY_AGENT = re.compile(r"(?: \w+ly)? by\b")
# "their support for", "the sides' concern.": a noun, not a verb
NO_OBJECT = re.compile(r"[,.;:)]| (?:of|for|from|by|and|or|is|are|was|were|has|have|will)\b|$")
# "the state of affairs in Afghanistan, from where ..., caused": a closed relative clause.
# "documents that the leaders signed": an open one; "to that end the leaders": none.
_OPEN_RELATIVE = re.compile(
    r"\b(?:which|who|whom|whose|(?<!\b(?:to|in|on|of|at) )that|when|where|what|whether|how|if"
    r"|because|unless|until|after|before|since|once|although|though|than)(?: [\w'-]+){0,6}$"
)
# "[states] which have not yet done so [were encouraged]": it has its own verb
_CLOSED_RELATIVE = re.compile(
    r"\b(?:which|who|that) (?:is|are|was|were|has|have|had)(?: [\w'-]+){1,6}(?<! and)(?<! or)$"
)
# "..., and the sides agreed"; "; it was decided"; "..., while the ministers noted"
_BOUNDARY = re.compile(r"; |, (?:and|while|whereas|but|yet|as well as) (?:also )?| - ")
# "following the Charter, and [honouring] the principles, the states will"
_GERUND = re.compile(r"[a-z]+ing ")
_LOOSE_BOUNDARY = re.compile(r", | and ")
_CONTENT_WORDS = frozenset({"that", "how", "what", "whether", "why", "where", "when"})


class VerbGroup:
    """The auxiliaries and adverbs that lead to a verb.

    Most verbs have none, so what is not set stays with the class: a tenth of the time.

    Attributes:
        char_start: First character of the group (of the verb, if it stands alone).
        tense: ``past``, ``present``, ``perfect``, ``future``, ``participle``, or "" for a
            bare verb, whose own form tells.
        is_bare: No auxiliary leads to the verb.
        is_infinitive: "to" leads to the verb and nothing finite to "to".
        is_speaker: "let me", "allow us to": the speaker acts.
    """

    tense = ""
    be = have = do = will = modal = link = False
    negated = progressive = False
    is_bare = True
    is_conditional = is_infinitive = is_matrix = is_speaker = False

    def __init__(self, char_start: int) -> None:
        self.char_start = char_start


def read_verb_group(
    folded: str, low: int, verb_start: int, word: str, lexicon: SpeechActLexicon
) -> VerbGroup:
    """Read the verb group that ends before a verb, not reaching below ``low``.

    "the sides have also been informed" gives ``have also been`` for the verb "informed".

    Args:
        folded: The document, folded.
        low: Where the sentence starts.
        verb_start: First character of the verb.
        word: The word before it.
        lexicon: Word lists.
    """
    group = VerbGroup(verb_start)
    if word in _IN_GROUP or word in lexicon.leading or word[-2:] == "ly":
        _read_auxiliaries(group, folded, low, word, lexicon)
        group.is_bare = not (group.be or group.have or group.do or group.will or group.modal)
    return group  # nine of ten verbs stand alone


def _read_auxiliaries(
    group: VerbGroup, folded: str, low: int, word: str, lexicon: SpeechActLexicon
) -> None:
    """Fill ``group``, word by word before its verb; ``word`` is the first."""
    at = group.char_start
    is_finite = False
    while at > low and folded[at - 1] == " ":
        begin = at - 1 - len(word)
        if is_finite and word in _AUXILIARIES:
            break  # "the need [was] stressed"
        if word in _BE:
            group.be = True
            group.tense = _BE[word] or group.tense
            is_finite = bool(_BE[word])
            group.progressive |= word == "being"
        elif word in _HAVE:
            group.have = True
            group.tense = _HAVE[word]
        elif word in _FUTURE:
            group.will = True
            group.tense = "future"
            group.is_conditional = word == "would"
        elif word in _DO:
            group.do = True
            group.tense = _DO[word]
            group.negated |= word in _NOT
        elif word in _MODAL:
            group.modal = True
            group.negated |= word in _NOT
        elif word in _NOT:
            group.negated = True
        elif word == "to":
            begin = _read_infinitive(folded, low, begin, group, lexicon)
            if begin < 0:
                return
        elif word in lexicon.links:  # "remain convinced", "feel certain"
            group.link = True
            group.tense = group.tense or lexicon.links[word]
        elif word in ("me", "us") and folded.startswith(("let ", "may "), max(begin - 4, low)):
            group.is_speaker = True
            group.char_start = begin - 4
            return
        elif word not in lexicon.adverbs and (
            word[-2:] != "ly" or len(word) < 5 or word in lexicon.not_adverbs
        ):
            break
        at = group.char_start = begin
        word = last_word(folded, low, at)


def _read_infinitive(
    folded: str, low: int, to_start: int, group: VerbGroup, lexicon: SpeechActLexicon
) -> int:
    """Read what leads to "to [verb]".

    Returns:
        Where to read on: "is to" is a future, "would like to" leaves the verb as it is; -1
        where the group ends.
    """
    before = last_word(folded, low, to_start)
    start = to_start - 1 - len(before)
    if before in ("due", "going"):
        before = last_word(folded, low, start)
        start -= 1 + len(before)
    if before in _BE:
        group.will = True
        group.tense = "future"
        return start
    head = folded[max(low, to_start - 40) : to_start + 3]
    speaker = lexicon.speaker_matrix.search(head)
    if speaker:
        group.is_speaker = True
        group.char_start = to_start + 3 - len(speaker.group())
        return -1
    matrix = lexicon.matrix.search(head[:-3])
    if matrix:
        group.is_matrix = True
        group.tense = group.tense or "present"
        return to_start - len(matrix.group())
    group.is_infinitive = True
    return -1


def leads_to_infinitive(folded: str, low: int, to_start: int, lexicon: SpeechActLexicon) -> bool:
    """True where nothing before "to" at ``to_start`` makes its verb more than an infinitive.

    Sure, not complete: ``read_verb_group`` knows the rest.
    """
    before = last_word(folded, low, to_start)
    return not (
        before in lexicon.before_to or before in _BE or before in _LEADING_TO or before[-2:] == "ly"
    )


def last_word(folded: str, low: int, end: int) -> str:
    """The word before ``end``, blanks left out, punctuation kept; "" if there is none."""
    while end > low and folded[end - 1] == " ":
        end -= 1
    return folded[folded.rfind(" ", low, end) + 1 or low : end]


def in_open_relative(text: str, low: int, at: int) -> bool:
    """True where the words before ``at`` open a relative or other dependent clause.

    "the Programme which was" does, "the Programme, which was signed in Astana, was" no more.
    Reads the text as written: "the WHO" is no pronoun.
    """
    head = text[max(low, at - 90) : at].rstrip()
    return (
        not head.endswith(",")
        and _OPEN_RELATIVE.search(head) is not None
        and _CLOSED_RELATIVE.search(head) is None
    )


def clause_start(folded: str, low: int, at: int, *, loose: bool = False) -> int:
    """Where the clause that holds ``at`` starts: after the last ", and", ";" from ``low`` on.

    Args:
        folded: The document, folded.
        low: Where to begin looking.
        at: Where to stop.
        loose: Also accept a comma or "and" alone.
    """
    start = low
    for match in _BOUNDARY.finditer(folded, low, at):
        if not _GERUND.match(folded, match.end()):
            start = match.end()
    if start == low and loose:
        for match in _LOOSE_BOUNDARY.finditer(folded, low, at):
            start = match.end()
    return start


def opens_content_clause(following: Sequence[str]) -> bool:
    """True for "[noted] that ...", "[told his colleagues] how ..."."""
    return not _CONTENT_WORDS.isdisjoint(following[:5])


def opens_infinitive(following: Sequence[str]) -> bool:
    """True for "[agreed] to develop ...", "[asked the parties] to support"."""
    if "to" not in following[:3]:
        return False
    at = following.index("to") + 1
    return at == len(following) or following[at] not in DETERMINERS
