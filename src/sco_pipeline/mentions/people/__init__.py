"""People named in a document, with the office beside the name."""

from sco_pipeline.mentions.people.finding import find_people
from sco_pipeline.mentions.people.lexicon import PeopleLexicon
from sco_pipeline.mentions.people.linking import first_mentions
from sco_pipeline.mentions.people.names import family_name, regular_name

__all__ = ["PeopleLexicon", "family_name", "find_people", "first_mentions", "regular_name"]
