"""What the page's scripts say: they get these words in the language of the page, with the page.

A test holds that the scripts say nothing else.
"""

from __future__ import annotations

from typing import Final

from difclient.language.catalogue import ENGLISH, marked, spoken_code, translated

WORDS: Final = (
    marked("The review page has ended. Open it again with: difctl review"),
    marked("The review page has ended."),
    marked("Open it again"),
    marked("This page opens with the address that “difctl review” prints."),
    marked("difd answered %(status)s."),
    marked("Search"),
    marked("History"),
    marked("Settings"),
    marked("Result"),
    marked("Not found"),
    marked("differs"),
    marked("sharpest"),
    marked("%(share)s as sharp"),
    marked("%(number)s%%"),
    marked("no picture"),
    marked("This browser does not tell where that is. Pick the folder, or paste its path."),
    marked("Leave out %(name)s"),
    marked("1 group"),
    marked("%(count)s groups"),
)


def script_words() -> dict[str, str]:
    """The words by their English ones; of English there are none, because the scripts have them."""
    if spoken_code() == ENGLISH:
        return {}
    return {message: translated(message) for message in WORDS}
