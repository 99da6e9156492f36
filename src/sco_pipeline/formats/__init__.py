"""Bytes of any format -> text and what the file says of itself.

Pure: no file but the package's own data, no network. Each format has a module; the libraries
they need are imported when a file needs them, so that plain text stays fast.
"""

from __future__ import annotations

from sco_pipeline.errors import RawFileError
from sco_pipeline.formats import detection, plain
from sco_pipeline.limits import Limits
from sco_pipeline.model import RawText, Sidecar


def read_text(content: bytes, name: str, sidecar: Sidecar, limits: Limits) -> RawText:
    """Read a document of any format.

    Args:
        content: The file's bytes.
        name: Its path.
        sidecar: What is known of it; of a web page, where its text stands.
        limits: How much is read.

    Raises:
        RawFileError: It cannot be used; says why.
    """
    match media_type := detection.detect(content, name):
        case detection.TEXT:
            return plain.read_plain(content)
        case detection.MARKDOWN:
            return plain.read_markdown(content)
        case detection.HTML:
            from sco_pipeline.formats.html import read_html

            return read_html(content, sidecar.selectors, sidecar.charset)
        case detection.MHTML:
            from sco_pipeline.formats.mhtml import read_mhtml

            return read_mhtml(content, sidecar.selectors)
        case detection.PDF:
            from sco_pipeline.formats.pdf import read_pdf

            return read_pdf(content, limits)
        case detection.DOCX:
            from sco_pipeline.formats.docx import read_docx

            return read_docx(content, limits)
        case detection.MAIL:
            from sco_pipeline.formats.mail import read_mail

            return read_mail(content, sidecar.selectors)
        case _:
            detail = f"{media_type} holds documents, is none"
            raise RawFileError("read", "unsupported_format", detail)
