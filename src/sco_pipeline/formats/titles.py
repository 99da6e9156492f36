"""Titles that files carry in their properties."""

from __future__ import annotations

import re

_NO_LETTER = re.compile(r"[\W_]+")
#: Where a title is printed, it is near the top: characters that are looked through.
_HEAD = 4000
_SHORTEST = 8


def printed_title(title: str | None, text: str) -> str | None:
    r"""Keep the title of a file's properties only where the text opens with it too.

    Others are file names, templates' titles and those of the document it was made from.

    >>> printed_title("Joint Communiqué", "SCO\n\nJOINT COMMUNIQUÉ\n\nThe Heads of State met.")
    'Joint Communiqué'
    >>> printed_title("Microsoft Word - final2.doc", "JOINT COMMUNIQUÉ") is None
    True
    """
    if not title:
        return None
    wanted = _NO_LETTER.sub("", title[:_HEAD]).casefold()
    if len(wanted) < _SHORTEST or wanted not in _NO_LETTER.sub("", text[:_HEAD]).casefold():
        return None
    return " ".join(title.split())
