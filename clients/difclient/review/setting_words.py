"""The settings in words: what each is for, and what can be chosen.

A test holds that every setting has its words. What only experts need is folded away on the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from difclient.language.catalogue import NAMES, marked


class SettingWords(NamedTuple):
    """What the page says of a setting.

    All words are English, and translated where they are shown.

    Attributes:
        label: what it is for.
        hint: more about it; "" if the label says all.
        choices: what can be chosen, by value, in words; empty if anything may be written.
        unit: of a number.
        is_switch: it is on or off.
        for_experts: who does not know what it means should leave it as it is.
    """

    label: str
    hint: str = ""
    choices: Mapping[str, str] = {}
    unit: str = ""
    is_switch: bool = False
    for_experts: bool = False


def _switch(label: str, hint: str = "", *, for_experts: bool = False) -> SettingWords:
    return SettingWords(label, hint, is_switch=True, for_experts=for_experts)


WORDS: Final[Mapping[str, SettingWords]] = {
    "search.similarity": SettingWords(
        marked("How much alike pictures must be"),
        choices={
            "duplicates": marked("The same picture"),
            "similar": marked("Saved again, or slightly changed"),
            "edited": marked("Edited copies, too: crops, captions, collages"),
        },
    ),
    "search.overlaps": _switch(
        marked("With edited copies: tell of pictures that only share a part")
    ),
    "search.same_dim": _switch(marked("Only pictures of the same width and height match")),
    "search.rotate": _switch(marked("Turned pictures match")),
    "search.mirror": _switch(marked("Mirrored pictures match")),
    "search.recursive": _switch(marked("Search subfolders")),
    "search.in_folder": SettingWords(
        marked("Compare"),
        choices={
            "off": marked("everything with everything"),
            "given": marked("each of the folders by itself"),
            "each": marked("every subfolder by itself"),
        },
    ),
    "search.across": SettingWords(
        marked("Matches count"),
        choices={
            "off": marked("wherever they are"),
            "folders": marked("between different folders only"),
            "given": marked("between the folders that were given only"),
        },
    ),
    "search.bins": _switch(marked("Search recycle bins, snapshots and caches, too")),
    "search.exclude": SettingWords(
        marked("Always left out"),
        marked("Whole paths, or patterns as in .gitignore, one per line."),
    ),
    "search.keep": SettingWords(
        marked("Which copy stays"),
        marked("For every search that does not say otherwise."),
    ),
    "search.min_bytes": SettingWords(marked("Leave out files smaller than"), unit=marked("bytes")),
    "search.limit_extensions": _switch(
        marked("Read only files with a picture's extension"), for_experts=True
    ),
    "search.px_size": SettingWords(
        marked("Edge of the small square that is compared"),
        marked("10 to 5000. Larger is more precise and slower."),
        unit=marked("pixels"),
        for_experts=True,
    ),
    "search.processes": SettingWords(
        marked("Processes"), marked("Empty: one for each processor."), for_experts=True
    ),
    "search.chunksize": SettingWords(
        marked("Chunk size"), marked("Empty: chosen by difd."), for_experts=True
    ),
    "search.decode": SettingWords(
        marked("How large JPEGs are read"),
        choices={
            "auto": marked("in full where a match is near"),
            "exact": marked("always in full"),
            "fast": marked("never in full (a quick first look)"),
        },
        for_experts=True,
    ),
    "search.pool": SettingWords(
        marked("Where searches run"),
        choices={"local": marked("on this machine"), "dask": marked("on a Dask cluster")},
        for_experts=True,
    ),
    "search.scheduler": SettingWords(
        marked("Address of the Dask scheduler"),
        marked("Such as tcp://host:8786."),
        for_experts=True,
    ),
    "actions.keep_tree": _switch(
        marked("When files are moved, keep the folders that they were in")
    ),
    "actions.link_kind": SettingWords(
        marked("When files are replaced by links"),
        choices={
            "": marked("ask which kind"),
            "hard": marked("hard links"),
            "symbolic": marked("symbolic links"),
            "reflink": marked("copies that share their space on the disk"),
        },
        for_experts=True,
    ),
    "actions.only": SettingWords(
        marked("Only matches of these kinds go"),
        marked(
            'One per line: "bytes", "pixels", "tensor" or "similar". Empty: whatever is chosen.'
        ),
        for_experts=True,
    ),
    "review.window": _switch(
        marked("Show this page in a window of its own"), marked("It needs the extra difd[window].")
    ),
    "desktop.language": SettingWords(
        marked("Language of this page, notifications and tray"),
        choices={"auto": marked("as browser and desktop have it"), **NAMES},
    ),
    "cache.limit": SettingWords(
        marked("Room for what is remembered of pictures"),
        marked('Such as "8 GiB" or "500 MB"; at least 64 MiB.'),
    ),
    "daemon.idle_minutes": SettingWords(
        marked("End difd's background process after"),
        marked("0: never."),
        unit=marked("minutes without work"),
    ),
    "daemon.log_level": SettingWords(
        marked("How much is written to the log"),
        choices={
            "debug": marked("everything"),
            "info": marked("what happens"),
            "warning": marked("warnings and errors"),
            "error": marked("errors only"),
        },
        for_experts=True,
    ),
}
"""What is said of each setting, in the order of the page."""
