"""How Google Takeout names the JSON files beside pictures, and how to know one without its name.

The rules are not documented; people found them in their exports. A name is cut, and the number of
an equal name stands elsewhere than in the picture's own.
"""

from __future__ import annotations

import os
import re
from typing import Final

from difd.system import files

_TAKEOUT: Final = b".supplemental-metadata"
_TAKEOUT_MAX: Final = 46
"""Google cuts what stands before `.json` to so many characters, 51 in all."""

_EDITED: Final = [
    word.encode()
    for word in (
        *("edited", "bearbeitet", "modifié", "editado", "editada", "modificato", "bewerkt"),
        *("edytowane", "redigerad", "redigeret", "redigert", "muokattu", "düzenlendi"),
        *("szerkesztett", "upravené", "изменено", "編集済み", "已修改", "수정됨"),
    )
]
"""How Google calls an edited version, in the language of its user: `IMG_1-edited.jpg`."""

_NUMBER: Final = re.compile(rb"\A(.+)(\(\d+\))\Z", re.DOTALL)

_HEAD: Final = 1 << 16
"""Bytes that are read; the whole file takes about two thousand."""


def takeout_names(stem: bytes) -> list[bytes]:
    """The whole names of pictures that a JSON file of Google Takeout may be about.

    `IMG_1.jpg` and `IMG_1.jpg.supplemental-metadata` are about IMG_1.jpg, the latter cut at any
    place. Of `IMG_1(1).jpg` the number stands at the end: `IMG_1.jpg(1)`.

    Args:
        stem: of the JSON file, in lower case.
    """
    names = [stem, *_without_ending(stem)]
    if found := _NUMBER.match(stem):
        for whole in (found[1], *_without_ending(found[1])):
            root, suffix = os.path.splitext(whole)
            names.append(root + found[2] + suffix)
    return names


def edited_names(whole: bytes) -> list[bytes]:
    """The names that the edited version of a picture may have; it has no JSON file of its own.

    Args:
        whole: name of the picture, in lower case.
    """
    root, suffix = os.path.splitext(whole)
    number = b""
    if found := _NUMBER.match(root):
        root, number = found[1], found[2]
    return [root + b"-" + word + number + suffix for word in _EDITED]


def takeout_beginning(stem: bytes) -> tuple[bytes, bytes] | None:
    """What a picture's name begins with, if Google had to cut it, and the number that it ends with.

    Args:
        stem: of a JSON file, in lower case.

    Returns:
        None if the name is shorter or longer than one that was cut.
    """
    found = _NUMBER.match(stem)
    beginning, number = (found[1], found[2]) if found else (stem, b"")
    text = beginning.decode("utf-8", "surrogateescape")
    # Characters as Python counts them or as Java does, which Google's servers run.
    lengths = {len(text), len(text.encode("utf-16-le", "surrogatepass")) // 2}
    return (beginning, number) if _TAKEOUT_MAX in lengths else None


def is_takeout(path: bytes) -> bool:
    """Whether a JSON file comes from Google Takeout, which writes when a picture was taken."""
    try:
        descriptor = files.open_plain(path)
        with open(descriptor, "rb") as stream:
            return b'"photoTakenTime"' in stream.read(_HEAD)
    except OSError:
        return False


def _without_ending(stem: bytes) -> list[bytes]:
    """A name without `.supplemental-metadata`, however much of that was cut."""
    dot = stem.rfind(b".")
    if dot > 0 and _TAKEOUT.startswith(stem[dot:]):
        return [stem[:dot]]
    return []
