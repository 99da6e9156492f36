"""Meetings as a document speaks of them: the one it is about, those to come, those recalled.

The way: ``lines`` rewrites the sentences that can name a meeting as strings of one-letter
tags; ``phrases`` finds in them the words that name a meeting and reads from their clause
when, where and how it is held; ``subject`` chooses the meeting the document is about;
``merging`` puts together the phrases that speak of one meeting; ``completing`` takes from other
lines what is missing of it; ``others`` makes the meetings announced and recalled; ``finding``
ties these together over a ``view`` of the document.
"""

from sco_pipeline.mentions.meetings.finding import find_meetings
from sco_pipeline.mentions.meetings.words import MeetingLexicon

__all__ = ["MeetingLexicon", "find_meetings"]
