"""Folders in which copies pile up beside the albums: backups, downloads, messengers, and so on.

One table, by what such folders are called in several languages. Nothing is lost by a name that is
missing here: another rule decides then.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final, NamedTuple

from difd.protocol.keep_rules.copy_names import folded, says_copy
from difd.protocol.patterns import pattern
from difd.system import paths


class SideFolder(NamedTuple):
    """A folder on a path in which copies pile up.

    Attributes:
        name: of the folder.
        kind: what it is, such as "a folder for backups".
    """

    name: str
    kind: str


_TABLE: Final = (
    (
        "a folder for backups",
        r".*backup.*",
        r"back-up|bak|mobilesync|time machine|filehistory|dateiversionsverlauf",
        r"(?:daten|foto|bilder|handy|telefon|iphone|system|festplatten)?sicherung(?:en|skopien?)?",
        r"sauvegardes?",
        r"copias? de seguridad|respaldos?",
        r"copi[ae] di sicurezza",
        r"cópias? de segurança",
        r"reservekopie(?:ën)?|kopia zapasowa|kopie zapasowe|säkerhetskopi\w*|sikker?hedskopi\w*",
        r"sikkerhetskopi\w*|varmuuskopio\w*|zálohy?|резервн\w+ копи\w+|バックアップ|备份|備份",
    ),
    (
        "a folder for duplicates",
        r"duplicates?|dupes|duplikate?|doppelte|dubletten|doublons|duplicad[oa]s|doppioni|duplicati",
    ),
    (
        "a folder for rescued files",
        r"recovered|recup_dir|wiederhergestellt\w*|récupérée?s?|recuperad[oa]s|recuperat[ei]",
    ),
    (
        "a folder for downloads",
        r".*download.*",
        r"heruntergeladen\w*",
        r"téléchargements?",
        r"descargas?",
        r"scaricati",
        r"transferências|pobrane|hämtningar|hentet|letöltések|загрузки|ダウンロード|下载|下載",
    ),
    (
        "the folder of a messenger",
        r".*whatsapp.*",
        r"telegram|viber|wechat|weixin|micromsg|kakaotalk|snapchat|threema|messenger|skype",
    ),
    (
        "a folder for temporary files",
        r"tmp|temp|temporary|scratch|cache",
        r"temporär\w*",
        r"temporaires?",
        r"temporal(?:es)?",
        r"temporane[oi]",
        r"tijdelijk\w*",
    ),
    (
        "a folder for exports",
        r"exports?|exported|takeout",
        r"exporte|exportiert\w*",
        r"exporté?e?s?",
        r"exportad[oa]s?|exportaciones",
        r"esportat[eio]|esportazion[ei]",
    ),
)
"""What a folder is, and the words for it: English, German, French, Spanish, Italian, others. A word
counts if no letter stands beside it: "Temp 2", "my_tmp", and not "Temple"."""

_WHOLE: Final = {
    "signal": "the folder of a messenger",
    "line": "the folder of a messenger",
    "discord": "the folder of a messenger",
}
"""Names that say it only where nothing stands beside them: "Signal", and not "Signal Hill"."""

_TESTS: Final = tuple(
    (kind, pattern(rf"(?:.*[\W\d_])?(?:{'|'.join(words)})(?:[\W\d_].*)?"))
    for kind, *words in _TABLE
)


@lru_cache(4096)
def side_folders(folder: bytes) -> tuple[SideFolder, ...]:
    """The folders on a path in which copies pile up, from the outermost inwards.

    Args:
        folder: absolute.
    """
    parts = (_side_folder(os.fsdecode(name)) for name in paths.slashed(folder).split(b"/") if name)
    return tuple(part for part in parts if part is not None)


@lru_cache(4096)
def _side_folder(name: str) -> SideFolder | None:
    lowered = folded(name)
    kind = _WHOLE.get(lowered)
    if kind is None:
        kind = next((kind for kind, test in _TESTS if test.fullmatch(lowered)), None)
    if kind is None and says_copy(lowered):
        kind = "a copy of a folder"
    return None if kind is None else SideFolder(name, kind)
