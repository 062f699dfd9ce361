"""The settings in words: what each is for, and what can be chosen.

A test holds that every setting has its words. What only experts need is folded away on the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from difd.protocol.keep_rules import RULES_SENTENCE


class SettingWords(NamedTuple):
    """What the page says of a setting.

    Attributes:
        label: what it is for.
        hint: more about it; "" if the label says all.
        choices: what can be chosen, in words, by value; empty if anything may be written.
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
        "How much alike pictures must be",
        choices={
            "duplicates": "The same picture",
            "similar": "Saved again, or slightly changed",
            "edited": "Edited copies, too: crops, captions, collages",
        },
    ),
    "search.overlaps": _switch("With edited copies: tell of pictures that only share a part"),
    "search.same_dim": _switch("Only pictures of the same width and height match"),
    "search.rotate": _switch("Turned pictures match"),
    "search.mirror": _switch("Mirrored pictures match"),
    "search.recursive": _switch("Search subfolders"),
    "search.in_folder": SettingWords(
        "Compare",
        choices={
            "off": "everything with everything",
            "given": "each of the folders by itself",
            "each": "every subfolder by itself",
        },
    ),
    "search.across": SettingWords(
        "Matches count",
        choices={
            "off": "wherever they are",
            "folders": "between different folders only",
            "given": "between the folders that were given only",
        },
    ),
    "search.bins": _switch("Search recycle bins, snapshots and caches, too"),
    "search.exclude": SettingWords(
        "Always left out", "Whole paths, or patterns as in .gitignore, one per line."
    ),
    "search.keep": SettingWords(
        "Which copy stays", f"One rule per line; the first difference decides. {RULES_SENTENCE}"
    ),
    "search.min_bytes": SettingWords("Leave out files smaller than", unit="bytes"),
    "search.limit_extensions": _switch(
        "Read only files with a picture's extension", for_experts=True
    ),
    "search.px_size": SettingWords(
        "Edge of the small square that is compared",
        "10 to 5000. Larger is more precise and slower.",
        unit="pixels",
        for_experts=True,
    ),
    "search.processes": SettingWords(
        "Processes", "Empty: one for each processor.", for_experts=True
    ),
    "search.chunksize": SettingWords("Chunk size", "Empty: chosen by difd.", for_experts=True),
    "search.decode": SettingWords(
        "How large JPEGs are read",
        choices={
            "auto": "in full where a match is near",
            "exact": "always in full",
            "fast": "never in full (a quick first look)",
        },
        for_experts=True,
    ),
    "search.pool": SettingWords(
        "Where searches run",
        choices={"local": "on this machine", "dask": "on a Dask cluster"},
        for_experts=True,
    ),
    "search.scheduler": SettingWords(
        "Address of the Dask scheduler", "Such as tcp://host:8786.", for_experts=True
    ),
    "actions.keep_tree": _switch("When files are moved, keep the folders that they were in"),
    "actions.link_kind": SettingWords(
        "When files are replaced by links",
        choices={
            "": "ask which kind",
            "hard": "hard links",
            "symbolic": "symbolic links",
            "reflink": "copies that share their space on the disk",
        },
        for_experts=True,
    ),
    "actions.only": SettingWords(
        "Only matches of these kinds go",
        'One per line: "bytes", "pixels", "tensor" or "similar". Empty: whatever is chosen.',
        for_experts=True,
    ),
    "review.window": _switch(
        "Show this page in a window of its own", "It needs the extra difd[window]."
    ),
    "cache.limit": SettingWords(
        "Room for what is remembered of pictures", 'Such as "8 GiB" or "500 MB"; at least 64 MiB.'
    ),
    "daemon.idle_minutes": SettingWords(
        "End difd's background process after", "0: never.", unit="minutes without work"
    ),
    "daemon.log_level": SettingWords(
        "How much is written to the log",
        choices={
            "debug": "everything",
            "info": "what happens",
            "warning": "warnings and errors",
            "error": "errors only",
        },
        for_experts=True,
    ),
}
"""What is said of each setting, in the order of the page."""
