"""Mails (RFC 5322) -> what their sender wrote, or forwarded; and the documents attached."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from email.utils import parsedate
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from sco_pipeline.errors import RawFileError
from sco_pipeline.formats.members import Member, MemberNames, safe_name, shown
from sco_pipeline.formats.mime import Part, decode_charset, read_mime
from sco_pipeline.lexicon import read_lexicon
from sco_pipeline.limits import Limits
from sco_pipeline.model import Loss, Metadata, RawText, Selectors

_MEDIA_TYPE = "message/rfc822"
#: The whole text of a mail is meant, but not what it quotes.
_MAIL_SELECTORS = Selectors(content=("body",), remove=('blockquote[type="cite"]',))
#: A text of less than this share of the words of its HTML twin only points to it.
_STUB = 0.5
#: A note is shorter than this, in characters, and than half of what it forwards.
_NOTE = 400
_MAX_FORWARDS = 5
#: Lines below "-- " that can be a signature.
_SIGNATURE = 15
_ATTRIBUTION = 3
#: Lines among which the fields of a forwarded mail stand.
_FIELDS = 8
#: Parts that are no documents.
_NO_DOCUMENTS = frozenset(
    {
        "application/pgp-encrypted",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "message/delivery-status",
        "text/calendar",
        "text/vcard",
        "text/x-vcard",
    }
)
_NO_DOCUMENT_KINDS = ("audio/", "image/", "video/")
_ENDINGS = {"text/html": ".html", "text/plain": ".txt", _MEDIA_TYPE: ".eml"}

# What files of mails make of a line that begins with "From "
# "From name@host Mon Jan 1 10:00:00 2020", which opens each mail of a mailbox
_MAILBOX_LINE = re.compile(rb"\n\r?\nFrom [^\n]{1,200}\d{4}\r?\n[!-9;-~]{1,76}:")
_ESCAPED = re.compile(r"^>(>*From )", re.MULTILINE)
_UNQUOTED = re.compile(r"^>[ ]?")
_SIGNATURE_MARK = "--"
# Mailing lists put it above their address; elsewhere it is a rule.
_RULE = re.compile(r"_{20,}")
_CONTACT = re.compile(r"[^\s@]@[\w-]+\.\w|\+\d[\d ()-]{7}|\(\d{2,5}\) ?\d[\d -]{4}")
# "-----Original Message-----", "---------- Forwarded message ---------"
_FORWARD_MARK = re.compile(r"-{3,}[ \t]?[^\s-][^-\n]{0,60}-{3,}")
_COLON = r"[ \u00a0]?(?::\*?(?:[ \t]|$)|：)"
_FIELD = re.compile(rf"\*?[^\W\d_][^:：\n]{{0,30}}{_COLON}")
_BLANK_LINES = re.compile(r"\n{3,}")


class _Words(NamedTuple):
    """Patterns of the words that mail programs write, in many languages.

    ``sender`` and ``subject`` are fields above a forwarded mail; ``reply`` and ``prefix`` open
    the subject of an answer, and of what was answered or forwarded.
    """

    sender: re.Pattern[str]
    subject: re.Pattern[str]
    reply: re.Pattern[str]
    prefix: re.Pattern[str]


@cache
def _words() -> _Words:
    kinds = ("forward", "from", "reply", "subject")
    rows = read_lexicon(
        "reference/mail_words",
        columns=("kind", "word", "source"),
        key=("kind", "word"),
        codes={"kind": kinds},
    )
    forward, sender, reply, subject = (
        "|".join(re.escape(row["word"]) for row in rows if row["kind"] == kind) for kind in kinds
    )
    mark = r"(?:\[\d{1,3}\])?[ \t]*[:：][ \t]*"
    return _Words(
        re.compile(rf"\*?(?:{sender}){_COLON}"),
        re.compile(rf"\*?(?:{subject}){_COLON}"),
        re.compile(rf"(?:{reply}){mark}", re.IGNORECASE),
        re.compile(rf"(?:(?:{reply}|{forward}){mark})+", re.IGNORECASE),
    )


def read_mail(content: bytes, selectors: Selectors | None) -> RawText:
    """Read the text of a mail, less quoted mails, signatures and attachments.

    Of a mail that only forwards another one, that one is read. The sender is often a person:
    only the header ``Organization`` names a publisher.

    Args:
        content: The mail.
        selectors: Where the text stands in HTML; None for all of it.

    Raises:
        RawFileError: It is no mail, or has no text of its own.
    """
    mail, losses = _first_mail(content)
    if not mail.headers.keys():
        detail = "no header of a mail at its start; save it anew"
        raise RawFileError("read", "damaged", detail)
    messages, text = _read_message(mail, selectors, losses)
    if not text:
        if losses:
            raise RawFileError("read", *losses[0])
        attached = any(True for _ in _attached(mail, messages))
        detail = "only attachments, read by themselves" if attached else "a mail without a text"
        raise RawFileError("read", "empty", detail)
    return RawText(text, _MEDIA_TYPE, _metadata(messages[-1]), tuple(losses))


def mail_attachments(content: bytes, limits: Limits) -> Iterator[Member | Loss]:
    """Yield the documents attached to a mail; mails attached are among them.

    Pictures, sound, signatures and calendar entries are passed over. Whether the rest can be
    read is told by whoever reads it.
    """
    mail, losses = _first_mail(content)  # which read_mail reports
    messages, _ = _read_message(mail, None, losses)
    names = MemberNames()
    for number, part in enumerate(_attached(mail, messages), 1):
        fallback = f"attachment-{number}{_ENDINGS.get(part.media_type, '')}"
        name = names.unique(safe_name(part.file_name or "", fallback))
        if len(part.content) > limits.file_bytes:
            detail = f"{shown(name)} has more than {limits.file_bytes} bytes; split the file"
            yield Loss("too_large", detail)
        else:
            yield Member(name, part.content)


def _first_mail(content: bytes) -> tuple[Part, list[Loss]]:
    """The mail, or the first one of a mailbox."""
    following = _MAILBOX_LINE.search(content) if content.startswith(b"From ") else None
    if following is None:
        return read_mime(content)
    mail, losses = read_mime(content[: following.start()])
    detail = "a mailbox, of which only the first mail is read; save them one by one"
    return mail, [*losses, Loss("unsupported_format", detail)]


def _metadata(mail: Part) -> Metadata:
    address = mail.header("archived-at").strip("<> ")
    return Metadata(
        title=_without_prefix(mail.header("subject")) or None,
        publisher=mail.header("organization") or None,
        published_on=_day(mail.header("date")),
        source_url=address if address.startswith(("https://", "http://")) else None,
    )


def _without_prefix(subject: str) -> str:
    found = _words().prefix.match(subject)
    return subject[found.end() :] if found else subject


def _day(written: str) -> date | None:
    """The day of the header ``Date``, as the sender's clock had it."""
    try:
        parsed = parsedate(written)
        return date(*parsed[:3]) if parsed else None
    except (IndexError, OverflowError, TypeError, ValueError):
        return None


# Parts


def _read_message(
    mail: Part, selectors: Selectors | None, losses: list[Loss], left: int = _MAX_FORWARDS
) -> tuple[list[Part], str]:
    """Find the text of a mail, or of the one that it forwards; what is missing joins ``losses``.

    Returns:
        The mails gone through, the last of which has the text; and the text.
    """
    is_reply = _words().reply.match(mail.header("subject")) is not None
    own = own_text(_body(mail, selectors, losses), is_reply)
    forwarded = [part.parts[0] for part in _leaves(mail) if part.parts]
    if left and len(forwarded) == 1 and _is_note(own, is_reply):
        messages, text = _read_message(forwarded[0], selectors, losses, left - 1)
        if len(text) > 2 * len(own):
            return [mail, *messages], text
    return [mail], own


def _is_note(text: str, is_reply: bool) -> bool:
    return not text or (not is_reply and len(text) <= _NOTE)


def _leaves(part: Part) -> Iterator[Part]:
    """Parts that are not divided further; a mail inside is one."""
    if part.is_divided:
        for inner in part.parts:
            yield from _leaves(inner)
    else:
        yield part


def _attached(mail: Part, messages: Sequence[Part]) -> Iterator[Part]:
    """Parts that can be documents, those of the mails gone through too."""
    for part in _leaves(mail):
        if part.parts and any(part.parts[0] is message for message in messages):
            yield from _attached(part.parts[0], messages)
        elif (
            part.content.strip()
            and not _is_text(part)
            and part.media_type not in _NO_DOCUMENTS
            and not part.media_type.startswith(_NO_DOCUMENT_KINDS)
        ):
            yield part


def _is_text(part: Part) -> bool:
    """Whether a part belongs to what the mail itself says."""
    return (
        part.media_type in ("text/plain", "text/html")
        and not part.is_attachment
        and not part.file_name
    )


def _body(part: Part, selectors: Selectors | None, losses: list[Loss]) -> str:
    if part.media_type == "multipart/alternative":
        plain = [inner for inner in part.parts if inner.media_type == "text/plain"]
        rich = [inner for inner in part.parts if inner.media_type != "text/plain"]
        text = _first(plain, selectors, losses)
        twin = _first(rich[::-1], selectors, losses)
        return twin if len(text.split()) < _STUB * len(twin.split()) else text
    if part.is_divided:
        # The others are what the first refers to, or sign it.
        is_led = part.media_type in ("multipart/related", "multipart/signed")
        parts = part.parts[:1] if is_led else part.parts
        texts = [_body(inner, selectors, losses) for inner in parts]
        return "\n\n".join(filter(None, texts))
    if not _is_text(part):
        return ""
    try:
        if part.media_type == "text/html":
            from sco_pipeline.formats.html import read_html

            page = read_html(part.content, selectors or _MAIL_SELECTORS, part.charset)
            losses.extend(page.losses)
            return page.text
        text = decode_charset(part.content, part.charset).replace("\r\n", "\n")
    except RawFileError as error:
        if error.reason != "empty":
            losses.append(Loss(error.reason, f"a part of the text: {error.detail}"))
        return ""  # another part may have a text
    if part.parameter("format") == "flowed":
        return unflow(text, part.parameter("delsp") == "yes")
    return _ESCAPED.sub(r"\1", text.strip("\n"))


def _first(parts: Sequence[Part], selectors: Selectors | None, losses: list[Loss]) -> str:
    """The first text there is."""
    return next(filter(None, (_body(part, selectors, losses) for part in parts)), "")


# Text


def unflow(text: str, delete_space: bool = False) -> str:
    r"""Join the lines that a mail program broke (RFC 3676).

    >>> unflow("The ministers met \nin Tashkent.\n> They \n> agreed.")
    'The ministers met in Tashkent.\n> They agreed.'
    """
    joined: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        is_flowed = content.endswith(" ") and content != "-- "
        if depth == open_depth and content != "-- ":
            joined[-1] += content
        else:
            joined.append("> " * depth + content)
        if is_flowed and delete_space:
            joined[-1] = joined[-1][:-1]
        open_depth = depth if is_flowed else -1
    return "\n".join(joined).strip("\n")


def own_text(text: str, is_reply: bool, left: int = _MAX_FORWARDS) -> str:
    """What the sender wrote; where that is nothing or a note, what it forwards or quotes.

    Args:
        text: A mail's text.
        is_reply: What it forwards is what it answers.
        left: Mails inside mails that are still looked into.
    """
    lines = [line.rstrip() for line in text.split("\n")]
    start, end = _forwarded(lines)
    own = _without_signature(_without_quotes(lines[:start]))
    if left and start < len(lines) and _is_note(own, is_reply):
        inner = own_text("\n".join(lines[end:]), False, left - 1)
        if len(inner) > 2 * len(own):
            return inner
    if own or not left or not any(line.startswith(">") for line in lines):
        return own
    return own_text("\n".join(_UNQUOTED.sub("", line) for line in lines), is_reply, left - 1)


def _forwarded(lines: Sequence[str]) -> tuple[int, int]:
    """Lines at which a forwarded mail begins, and at which its text does; none: the end."""
    words = _words()
    for start, line in enumerate(lines):
        if _FORWARD_MARK.fullmatch(line):
            head = start + 1 + (lines[start + 1 : start + 2] == [""])
            found = [bool(_FIELD.match(line)) for line in lines[head : head + 2]]
        elif words.sender.match(line):
            head = start
            found = [any(map(words.subject.match, lines[head : head + _FIELDS]))]
        else:
            continue
        if found and all(found):
            return start, next((i for i in range(head, len(lines)) if not lines[i]), len(lines))
    return len(lines), len(lines)


def _without_quotes(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for before, line in pairwise(["", *lines]):
        if not line.startswith(">"):
            kept.append(line)
        elif not before.startswith(">"):
            _drop_attribution(kept)
    return kept


def _drop_attribution(lines: list[str]) -> None:
    """Take the line "On ..., ... wrote:" above a quote away; it may have been broken."""
    while lines and not lines[-1]:
        lines.pop()
    if lines and lines[-1].endswith(":"):
        for _ in range(_ATTRIBUTION):
            if lines and lines[-1]:
                lines.pop()


def _without_signature(lines: Sequence[str]) -> str:
    end = len(lines)
    below = 0
    has_contact = False
    for number in range(len(lines) - 1, 0, -1):
        line = lines[number]
        has_contact = has_contact or _CONTACT.search(line) is not None
        is_mark = line == _SIGNATURE_MARK or (has_contact and _RULE.fullmatch(line))
        if is_mark and any(lines[:number]):
            end, below = number, 0
        below += bool(line)
        if below > _SIGNATURE:
            break
    return _BLANK_LINES.sub("\n\n", "\n".join(lines[:end])).strip("\n")
