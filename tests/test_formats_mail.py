from datetime import date
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import hypothesis.strategies as st
import pytest
from hostile import GOOD, LIMITS, hostile_files, make_pdf, make_png, make_zip, nested_mail
from hypothesis import given, settings

from sco_pipeline.errors import RawFileError
from sco_pipeline.formats.mail import mail_attachments, own_text, read_mail, unflow
from sco_pipeline.formats.members import Member, safe_name
from sco_pipeline.limits import Limits
from sco_pipeline.model import Loss, Metadata

TEXT = GOOD.strip()


def message(text: str = GOOD, subtype: str = "plain", charset: str = "utf-8", **fields: str):
    mail = EmailMessage()
    mail["From"] = "Press <press@example.org>"
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, subtype=subtype, charset=charset)
    return mail


def attached(content: bytes) -> list[str]:
    return [item.name for item in mail_attachments(content, LIMITS) if isinstance(item, Member)]


def test_read_mail_header_and_body():
    mail = message(
        Subject="Fwd: RE: Совместное заявление",
        Date="Sat, 25 Jun 2016 02:00:00 +0500",
        Organization="Министерство иностранных дел",
        Archived_At="<https://example.org/msg/1>",
        List_Archive="<https://example.org/>",
    )
    found = read_mail(mail.as_bytes(), None)
    assert found.text == TEXT
    assert found.media_type == "message/rfc822"
    assert found.losses == ()
    assert found.metadata == Metadata(
        title="Совместное заявление",
        publisher="Министерство иностранных дел",
        published_on=date(2016, 6, 25),
        source_url="https://example.org/msg/1",
    )


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("=?utf-8?b?0KHQvtCy?= plain =?koi8-r?b?8/I=?=", "Сов plain СР"),
        ("SCO: Joint statement", "SCO: Joint statement"),
        ("AW: WG: Joint statement", "Joint statement"),
        ("回复：转发: Отв[2]: Joint statement", "Joint statement"),
        ("=?x-none?q?Caf=E9?=", "Café"),
        ("=?utf-8?b?a?=", "=?utf-8?b?a?="),
        ("Встреча =?utf-8?q?=D0=A8?=", "Встреча Ш"),
        ("folded\n into two", "folded into two"),
    ],
)
def test_read_mail_subject(header, title):
    content = f"Subject: {header}\nX: y\n\n{GOOD}".encode()
    assert read_mail(content, None).metadata.title == title


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r"])
def test_read_mail_charsets_and_encodings(charset, encoding):
    text = "Министры встретились в Ташкенте. " * 9
    mail = EmailMessage()
    mail.set_content(text, charset=charset, cte=encoding)
    content = mail.as_bytes()
    assert read_mail(content, None).text == text.strip()
    unknown = content.replace(charset.encode(), b"x-unknown")
    if charset == "utf-8":
        assert read_mail(unknown, None).text == text.strip()


def test_read_mail_lines_broken_by_a_mail_program_are_joined():
    content = f"Subject: x\nContent-Type: text/plain; format=flowed\n\n{GOOD}".encode()
    assert read_mail(content.replace(b". They", b". \nThey"), None).text == TEXT
    assert unflow("uni \nty", delete_space=True) == "unity"
    assert unflow("a \n> b \n> c\n-- \nd") == "a \n> b c\n-- \nd"


def test_read_mail_prefers_plain_text_unless_it_is_a_stub():
    page = "".join(f"<p>{block}</p>" for block in GOOD.strip().split("\n\n"))
    quoted = f'{page}<blockquote type="cite"><p>What was said before.</p></blockquote>'
    mail = message("The same in HTML.")
    mail.add_alternative(f"<html><body>{quoted}</body></html>", subtype="html")
    assert read_mail(mail.as_bytes(), None).text == TEXT
    mail = message(GOOD)
    mail.add_alternative(f"<html><body>{page}</body></html>", subtype="html")
    assert read_mail(mail.as_bytes(), None).text == TEXT
    mail = message(f"<html><body>{page}</body></html>", subtype="html")
    assert read_mail(mail.as_bytes(), None).text == TEXT


def test_read_mail_leaves_quotes_and_signatures_out():
    body = f"{GOOD}\nOn Friday, the press office\nwrote:\n> Old text.\n>> Older.\n\n-- \nJ. Smith\n"
    footer = f"{'_' * 47}\nA mailing list\nhttps://example.org\n"
    assert read_mail(message(body + footer).as_bytes(), None).text == TEXT
    rule = "First part.\n\n--\n" + "A line.\n" * 30
    assert own_text(rule, False) == rule.strip()  # no signature is so long


def test_read_mail_rules_are_no_signatures_unless_an_address_follows():
    signed = f"{TEXT}\n\n{'_' * 24}\n\nSigned by:\nG. Asanova, for Kyrgyzstan, on 04.05.2021"
    assert own_text(signed, False) == signed
    for contact in ("press@example.org", "+996 312 00-00-00", "(495) 000-00-00"):
        assert own_text(f"{TEXT}\n\n{'_' * 24}\nPress office\n{contact}", False) == TEXT


def test_read_mail_lines_escaped_by_mail_files_are_no_quotes():
    body = f"{GOOD}\n>From 2017 on, they will meet twice.\n>>From them more is hoped.\n"
    content = (
        b"From a@example.org Fri Jun 24 10:00:00 2016\n" + message(body, Subject="x").as_bytes()
    )
    found = read_mail(content, None)
    assert found.text == f"{TEXT}\n\nFrom 2017 on, they will meet twice."
    assert found.metadata.title == "x"


def test_mail_attachments_of_a_mail_from_a_mail_file():
    mail = message()
    mail.add_attachment(make_pdf(), maintype="application", subtype="pdf", filename="a.pdf")
    assert attached(b"From a@example.org Fri Jun 24 10:00:00 2016\n" + mail.as_bytes()) == ["a.pdf"]


def test_read_mail_signed():
    mail = MIMEMultipart("signed")
    mail.attach(MIMEText(GOOD))
    mail.attach(MIMEText("-----BEGIN PGP SIGNATURE-----", "x"))
    assert read_mail(mail.as_bytes(), None).text == TEXT


FORWARDED = f"-----Original Message-----\nFrom: X <x@example.org>\nSubject: y\n\n{GOOD}"
GMAIL = FORWARDED.replace("-----Original Message-----", "---------- Forwarded message ---------")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (FORWARDED, TEXT),
        (f"For your information.\n\n{GMAIL}", TEXT),
        (f"Begin forwarded message:\n\n{GOOD}".replace("\n", "\n> "), None),
        ("".join(f"> {line}\n" for line in GOOD.split("\n")), TEXT),
        (FORWARDED.partition("\n")[2], TEXT),
        (f"К сведению.\n\nОт: X\nОтправлено: 24.06.2016\nТема: y\n\n{GOOD}", TEXT),
        (f"*Von:* X\n*Datum:* 24.06.2016\n*Betreff:* y\n\n{GOOD}", TEXT),
        (f"De : X\nObjet : y\n\n{GOOD}", TEXT),
        (f"发件人：X\n主题：y\n\n{GOOD}", TEXT),
        (f"{GOOD * 3}\n{FORWARDED}", (GOOD * 3).strip()),
    ],
)
def test_read_mail_forwarded_in_the_text(body, text):
    found = read_mail(message(body, Subject="Fwd: y").as_bytes(), None).text
    assert found == text if text else TEXT in found


def test_read_mail_answer_is_not_the_mail_it_answers():
    for subject in ("Re: y", "Отв: y", "回复：y"):
        answer = message(f"I agree.\n\n{GMAIL}", Subject=subject)
        assert read_mail(answer.as_bytes(), None).text == "I agree."


def test_read_mail_forwarded_as_a_part():
    inner = message(Subject="Statement", Date="Fri, 24 Jun 2016 10:00:00 +0000")
    inner.add_attachment(make_pdf(), maintype="application", subtype="pdf", filename="a.pdf")
    outer = message("For your information.", Subject="Fwd: Statement")
    outer.add_attachment(inner)
    found = read_mail(outer.as_bytes(), None)
    assert found.text == TEXT
    assert found.metadata.published_on == date(2016, 6, 24)
    assert attached(outer.as_bytes()) == ["a.pdf"]
    answer = message(GOOD * 3, Subject="Other")
    answer.add_attachment(inner)
    assert read_mail(answer.as_bytes(), None).text == (GOOD * 3).strip()
    assert attached(answer.as_bytes()) == ["attachment-1.eml"]


def test_mail_attachments_are_documents_with_safe_names():
    mail = message("Please find the text attached.")
    archive = make_zip({"a.txt": GOOD.encode()})
    for content, kind, name in (
        (make_pdf(), "application/pdf", "../../Совместное заявление.pdf"),
        (archive, "application/zip", "C:\\x\\docs.zip"),
        (archive, "application/zip", "C-x-docs.zip"),
        (GOOD.encode(), "application/octet-stream", ""),
        (make_png(), "image/png", "logo.png"),
        (b"BEGIN:VCALENDAR", "text/calendar", "x.ics"),
        (b"<p>x</p>", "text/html", "page.html"),
    ):
        maintype, _, subtype = kind.partition("/")
        mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=name or None)
    items = list(mail_attachments(mail.as_bytes(), LIMITS))
    assert [item.name for item in items] == [
        "Совместное заявление.pdf", "C-x-docs.zip", "C-x-docs-2.zip", "attachment-4", "page.html",
    ]  # fmt: skip
    assert items[1].content == archive
    assert [type(item) for item in mail_attachments(mail.as_bytes(), Limits(file_bytes=20))] == [
        Loss, Loss, Loss, Loss, Member,
    ]  # fmt: skip


def test_read_mail_without_a_text_says_so():
    mail = EmailMessage()
    mail["Subject"] = "The text"
    mail.add_attachment(make_pdf(), maintype="application", subtype="pdf", filename="a.pdf")
    with pytest.raises(RawFileError, match="only attachments") as error:
        read_mail(mail.as_bytes(), None)
    assert error.value.reason == "empty"
    assert attached(mail.as_bytes()) == ["a.pdf"]
    with pytest.raises(RawFileError, match="no header"):
        read_mail(b"\n\nNo mail.", None)


def test_read_mail_nests_as_deep_as_people_do():
    assert read_mail(nested_mail(9), None).text == TEXT


def reasons(content: bytes) -> list[str]:
    """Why a mail could not be read, wholly or in part."""
    try:
        return [loss.reason for loss in read_mail(content, None).losses]
    except RawFileError as error:
        return [error.reason]


@pytest.mark.parametrize(
    "file", [file for file in hostile_files() if file.name.endswith(".eml")],
    ids=lambda file: file.name,
)  # fmt: skip
def test_hostile_mails(file):
    # What is wrong with an attachment is told by whoever reads it.
    expected = [] if file.reason in (None, "unsafe_path") else [file.reason]
    assert reasons(file.content) == expected


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.binary(max_size=8)), max_size=8),
    st.integers(0, 5_000),
    st.binary(max_size=200),
)
def test_read_mail_never_fails_unexpectedly(edits, cut, noise):
    mail = message(Subject="Заявление", Date="Fri, 24 Jun 2016 10:00:00 +0000")
    mail.add_attachment(GOOD.encode(), maintype="application", subtype="x", filename="Файл.doc")
    mail.add_attachment(message())
    content = bytearray(mail.as_bytes())
    for place, patch in edits:
        place %= len(content)
        content[place : place + len(patch)] = patch
    for changed in (bytes(content[: cut or None]), noise):
        assert set(reasons(changed)) <= {
            "damaged", "empty", "nested_too_deep", "too_many_members", "truncated", "undecodable",
            "binary",
        }  # fmt: skip
        for item in mail_attachments(changed, LIMITS):
            assert isinstance(item, Member)
            assert safe_name(item.name, "") == item.name


def test_of_a_mailbox_the_first_mail_is_read_and_the_others_are_missed():
    opening = b"From press@example.org Sat Jun 25 02:00:00 2016\n"
    first, second = message(Subject="One").as_bytes(), message("Another text.").as_bytes()
    found = read_mail(opening + first + b"\n" + opening + second, None)
    assert (found.text, found.metadata.title) == (TEXT, "One")
    [loss] = found.losses
    assert loss.reason == "unsupported_format"
    assert "save them one by one" in loss.detail
    assert read_mail(opening + first, None).losses == ()
