"""Which of several copies stays: the keep rules, for engine, review page, settings and messages.

No word of any picture's content is read here: `rules` and the tables that it asks (`copy_names`,
`side_folders`) look at facts, `reading` makes rules of text, `order` applies them to files, and
`directions` decides between folders what the rules leave open.
"""

from difd.protocol.keep_rules.directions import Directions
from difd.protocol.keep_rules.order import arranged, buckets, fixed_first, leading, learn
from difd.protocol.keep_rules.reading import keep_rules, read_rules, refined, silent
from difd.protocol.keep_rules.rules import (
    FOLDER_RULES,
    NAMING_RULES,
    PATTERN_RULES,
    RULES_SENTENCE,
    WRITTEN,
    KeepRule,
    Picture,
)

__all__ = [
    "FOLDER_RULES",
    "NAMING_RULES",
    "PATTERN_RULES",
    "RULES_SENTENCE",
    "WRITTEN",
    "Directions",
    "KeepRule",
    "Picture",
    "arranged",
    "buckets",
    "fixed_first",
    "keep_rules",
    "leading",
    "learn",
    "read_rules",
    "refined",
    "silent",
]
