"""Why a file stays, or another one in its place, what is lost with it, and what else to know.

Made of what the protocol says as data wherever it does; the rest is the daemon's own words.
"""

from __future__ import annotations

import os

from difclient.language.catalogue import _, upper_first
from difclient.language.phrases import is_loss, spoken, things
from difclient.language.text import printable, sentence
from difclient.review.result import File
from difd.protocol.keep_rules import WRITTEN
from difd.protocol.results import Member

_KEPT = "kept: "
_OTHER_STAYS = "; that one stays: "
_NOT_PROPOSED = "not proposed: "
"""How the daemon begins and joins its reasons; what it says beside is known as data, too."""

_BY_COMMAND = "; --accept"
"""How it ends them where an option of `difctl` would let the file go; in every language."""


def reason(member: Member) -> str:
    """Why a file stays, or the other one; of an edited copy where it comes from."""
    name = printable(os.path.basename(member.keeper or b""))
    if member.is_beside:
        return _("Comes from %(name)s", name=name)
    _likeness, stays, why = member.reason.rpartition(_OTHER_STAYS)
    if stays:
        return _("%(name)s stays: %(why)s", name=name, why=spoken(why))
    if member.loses:
        return _("Look first: only this one has %(things)s", things=things(member.loses))
    why = member.reason.removeprefix(_KEPT).removeprefix(_NOT_PROPOSED)
    return upper_first(spoken(why))


def why_fixed(file: File) -> str:
    """Why a file cannot be chosen to go, as a clause."""
    against = file.against
    return "; ".join(map(spoken, against)) if against else spoken(file.fixed or "")


def valid_rules() -> str:
    """All keep rules as they are written, in a sentence."""
    return _("Valid rules are: %(rules)s.", rules=", ".join(WRITTEN))


def losses(file: File) -> list[str]:
    """What is lost if a file goes, as sentences."""
    return lost_with(file.member.loses, file.warnings)


def held_because(words: str) -> str:
    """Why a plan holds a file back, without what only the command line has to let it go."""
    why, cut, _rest = spoken(words).partition(_BY_COMMAND)
    return f"{why}." if cut else why


def lost_with(loses: str, warnings: tuple[str, ...]) -> list[str]:
    """What is lost with a file, by what the search and the plan say of it, as sentences."""
    lost = [_("Only this one has %(things)s.", things=things(loses))] if loses else []
    return lost + [sentence(spoken(words)) for words in warnings if is_loss(words)]


def notes(warnings: tuple[str, ...]) -> list[str]:
    """What else to know before a file goes, as sentences."""
    return [sentence(spoken(words)) for words in warnings if not is_loss(words)]
