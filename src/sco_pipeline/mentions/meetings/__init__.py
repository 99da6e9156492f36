"""Meetings as a document speaks of them: the one it is about, those to come, those recalled.

The way: ``lines`` rewrites the sentences that can name a meeting as strings of one-letter
tags; ``phrases`` finds in them the words that name a meeting and reads from their clause
when, where and how it is held; ``merging`` puts together the phrases that speak of one
meeting and decides which one the document is about.
"""

from sco_pipeline.mentions.meetings.merging import find_meetings
from sco_pipeline.mentions.meetings.words import MeetingLexicon

__all__ = ["MeetingLexicon", "find_meetings"]
