"""People of a document -> who took part in the meeting it is about, as whom and how.

The way: ``cues`` finds the wordings of taking part; ``wordings`` decides which of them governs
which mention of a person; ``standing`` tells whom a person represents and as what; ``finding``
makes one participant of all mentions of a person.
"""

from sco_pipeline.participants.cues import ParticipationLexicon
from sco_pipeline.participants.finding import find_participants

__all__ = ["ParticipationLexicon", "find_participants"]
