"""The menu: which entries there are, what each is shown on, and what it runs; once, for all.

A file manager says differently what is selected; `Rule` is what the simplest of them understand.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from difd.system import desktop

LANGUAGES: Final = ("en", "de", "fr", "es")
"""Languages that every label is in; the first is for everybody else."""

ICON: Final = "edit-find"
"""An icon that every theme has."""


class Selection(Enum):
    """What a menu is opened on; anything else in the selection, and no entry is shown."""

    BACKGROUND = auto()
    """Nothing is selected in an open folder, which is meant."""
    FOLDER = auto()
    FOLDERS = auto()
    IMAGE = auto()
    IMAGES = auto()
    MIXED = auto()
    """Folders and images."""


_ONE: Final = {Selection.FOLDER: "folders", Selection.IMAGE: "images"}
_SEVERAL: Final = {Selection.FOLDERS: "folders", Selection.IMAGES: "images"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Selections for file managers that only know how many files of which kinds are selected.

    Attributes:
        minimum: fewest files.
        maximum: most files, None for any number.
        folders: folders may be among them.
        images: images may be among them.
    """

    minimum: int
    maximum: int | None
    folders: bool
    images: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu.

    Attributes:
        name: its name in files and identifiers; never changes.
        arguments: of difctl; the selected paths follow them.
        labels: by language.
        selections: what it is shown on.
    """

    name: str
    arguments: tuple[str, ...]
    labels: Mapping[str, str]
    selections: frozenset[Selection]

    def label(self, language: str) -> str:
        """The label in a language, in English where there is none.

        Args:
            language: such as `de`, or `de_AT`.
        """
        return self.labels.get(language[:2], self.labels[LANGUAGES[0]])

    @property
    def on_background(self) -> bool:
        """Whether it is shown on an open folder's background."""
        return Selection.BACKGROUND in self.selections

    def rules(self) -> tuple[Rule, ...]:
        """What it is shown on besides the background; no selection fits two of them."""
        one = {kind for selection, kind in _ONE.items() if selection in self.selections}
        several = {kind for selection, kind in _SEVERAL.items() if selection in self.selections}
        if one == several:
            return (_rule(1, None, one),)
        found = ((1, 1, one), (2, None, several))
        return tuple(_rule(*rule) for rule in found if rule[2])


def _rule(minimum: int, maximum: int | None, kinds: set[str]) -> Rule:
    return Rule(minimum, maximum, folders="folders" in kinds, images="images" in kinds)


_FOLDERS: Final = frozenset({Selection.BACKGROUND, Selection.FOLDER, Selection.FOLDERS})
_MANY: Final = _FOLDERS | {Selection.IMAGES, Selection.MIXED}

ENTRIES: Final = (
    Entry(
        "duplicates",
        ("open", "--"),
        {
            "en": "Find duplicate images",
            "de": "Doppelte Bilder finden",
            "fr": "Rechercher les images en double",
            "es": "Buscar imágenes duplicadas",
        },
        _MANY,
    ),
    Entry(
        "similar",
        ("open", "--similar", "--"),
        {
            "en": "Find similar images",
            "de": "Ähnliche Bilder finden",
            "fr": "Rechercher les images similaires",
            "es": "Buscar imágenes similares",
        },
        _FOLDERS,
    ),
    Entry(
        "watch",
        ("open", "--watch", "--"),
        {
            "en": "Watch this folder for duplicates",
            "de": "Diesen Ordner auf Duplikate überwachen",
            "fr": "Surveiller les doublons dans ce dossier",
            "es": "Vigilar esta carpeta en busca de duplicados",
        },
        _FOLDERS,
    ),
    Entry(
        "copies",
        ("open", "--copies", "--"),
        {
            "en": "Find copies of this image…",
            "de": "Kopien dieses Bildes suchen …",
            "fr": "Rechercher des copies de cette image…",
            "es": "Buscar copias de esta imagen…",
        },
        frozenset({Selection.IMAGE}),
    ),
    Entry(
        "compare",
        ("open", "--compare", "--"),
        {
            "en": "Compare these images",
            "de": "Diese Bilder vergleichen",
            "fr": "Comparer ces images",
            "es": "Comparar estas imágenes",
        },
        frozenset({Selection.IMAGES}),
    ),
)
"""All entries, in the order in which a menu has them."""


def user_language(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the desktop, for formats that hold a label in one language only.

    Returns:
        One of `LANGUAGES`.
    """
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for wanted in environment.get(name, "").split(":"):
            if wanted[:2] in LANGUAGES:
                return wanted[:2]
    told = desktop.language()
    return told if told in LANGUAGES else LANGUAGES[0]
