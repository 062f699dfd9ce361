"""Sizes, shares, lengths of time and dates, as the language writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from difclient.language.catalogue import _, counted, number, spoken_code

_THOUSAND: Final = 1000
_MINUTE: Final = 60
_HOUR: Final = 3600

_MOMENTS: Final = {
    "en": "%Y-%m-%d %H:%M",
    "de": "%d.%m.%Y %H:%M",
    "fr": "%d/%m/%Y %H:%M",
    "es": "%d/%m/%Y %H:%M",
}


def size(count: int) -> str:
    """A number of bytes, in decimal units."""
    if count < _THOUSAND:
        return counted("%(count)s byte", "%(count)s bytes", count)
    units = (_("kB"), _("MB"), _("GB"), _("TB"))
    power = next((one for one in (1, 2, 3) if count < _THOUSAND ** (one + 1)), len(units))
    return f"{number(count / _THOUSAND**power, 1)} {units[power - 1]}"


def percent(share: float) -> str:
    """A share of a whole, 0 to 1, in percent."""
    return _("%(number)s%%", number=number(100 * share))


def duration(seconds: float) -> str:
    """A length of time: 4 s, 3 min 20 s, 2 h 5 min; these signs are the same everywhere."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def when(seconds: float) -> str:
    """A time as people write it, in this machine's zone."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        return _("an impossible date")
    return moment.strftime(_MOMENTS[spoken_code()])
