"""Speech acts: what the actors of a document say and decide."""

from sco_pipeline.mentions.speech_acts.cues import SpeechActLexicon
from sco_pipeline.mentions.speech_acts.reading import find_speech_acts

__all__ = ["SpeechActLexicon", "find_speech_acts"]
