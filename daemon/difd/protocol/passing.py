"""Places where files do not stay: bins, snapshots, caches. What lies there answers for nothing.

One table for discovery, keep rules, plans and clients. A place is known by the names of its folders
or, where everything is gone after a restart, by the kind of its file system.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import lru_cache
from typing import Final, NamedTuple

from difd.protocol.patterns import pattern
from difd.protocol.places import resolved
from difd.system import paths
from difd.system.mounts import memory_behind, snapshot_behind

BIN: Final = "a recycle bin"
SNAPSHOT: Final = "a snapshot"
VERSIONS: Final = "a folder of old versions"
CACHE: Final = "a cache"
RESCUED: Final = "a folder of rescued files"
MEMORY: Final = "a file system in memory"
TEMPORARY: Final = "a folder for temporary files"
INSIDE: Final = "the inside of a document or program"

_LEVEL: Final = rb"(?:alpha|beta|gamma|delta)\.[0-9]+"
"""What rsnapshot calls its snapshots, and people perhaps an album."""

_PLACES: Final = (
    # Bins: somebody decided that these files go; a person, a limit or a date empties them.
    (
        rb"",
        rb"\.[^/]*(?:trash|recycle)[^/]*",
        BIN,
        "desktops, phones, Samba, digiKam, sync clients",
    ),
    (
        rb"",
        rb"trash(?:-[0-9]+)?/(?:files|info|expunged)",
        BIN,
        "the trash of a home, anybody's",
    ),
    (
        rb"",
        rb"\.(?:deleted|wastebasket|rubbish|papierkorb|corbeille|papelera|cestino)",
        BIN,
        "drives and programs of all languages",
    ),
    (rb"", rb"\$recycle\.bin|recycler|recycled", BIN, "Windows, each of its generations"),
    (
        rb"",
        rb"[#@](?:recycle|trash|deleted|synorecycle|sharebin)",
        BIN,
        "Synology, Asustor, TerraMaster, QNAP",
    ),
    (
        rb"",
        rb"(?:network )?recycle[ ._-]?bin(?: [^/]*)?|trashbox|_nas_recycle_[^/]+",
        BIN,
        "other makers' network drives",
    ),
    (rb"\.gallery2", rb"recycle", BIN, "galleries of older phones"),
    (rb"", rb"network trash folder|\.temporaryitems", BIN, "macOS on drives of others"),
    (rb"", rb"files_trashbin", BIN, "Nextcloud and ownCloud on their server"),
    (rb"", rb"\.debris|syncdebris", BIN, "MEGA puts here what was deleted elsewhere"),
    (
        rb"",
        rb"windows\.old(?:\.[0-9]+|\([0-9]+\))?|\$windows\.~(?:bt|ws)|\$winreagent",
        VERSIONS,
        "Windows keeps the system before an update for ten days",
    ),
    # Snapshots: a schedule removes the oldest; most cannot be written to.
    (
        rb"",
        rb"\.snap(?:s|shots?)?|\.ckpt",
        SNAPSHOT,
        "snapper, Btrfs, NetApp, CephFS, Gluster, UFS",
    ),
    (rb"", rb"[~#@]snapshots?|@recently-snapshot", SNAPSHOT, "NetApp on Windows, Synology, QNAP"),
    (rb"", rb"\.btrfs/snapshots?", SNAPSHOT, "ReadyNAS"),
    (rb"", rb"\.zfs(?:/(?:snapshot|shares))?", SNAPSHOT, "ZFS"),
    (rb"", rb"@gmt-[0-9.-]+|\.previous versions", SNAPSHOT, "shadow copies of Windows and Samba"),
    (rb"", rb"system volume information", SNAPSHOT, "Windows keeps restore points here"),
    (rb"", rb"timeshift(?:-btrfs)?/snapshots[^/]*", SNAPSHOT, "Timeshift"),
    (rb"", rb"_?btrbk[_-]snap(?:shots?)?", SNAPSHOT, "btrbk keeps so many"),
    (rb"", rb"(?:hourly|daily|weekly|monthly|yearly)\.[0-9]+", SNAPSHOT, "rsnapshot keeps so many"),
    (
        rb"",
        _LEVEL + rb"(?=/localhost/|/[^/]+/(?:etc|home|media|mnt|opt|root|srv|usr|var)/)",
        SNAPSHOT,
        "rsnapshot, too: below lie machines, with whole paths",
    ),
    (rb"", rb"[0-9]{8}-[0-9]{6}-[0-9]{3}/backup", SNAPSHOT, "Back In Time thins these"),
    (rb"", rb"filehistory/[^/]+/[^/]+/data", SNAPSHOT, "the file history of Windows"),
    (
        rb"",
        rb"backups\.backupdb|\.mobilebackups|\.timemachine",
        SNAPSHOT,
        "Time Machine thins these",
    ),
    (
        rb"",
        rb"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{6}\.(?:previous|interrupted|inprogress)",
        SNAPSHOT,
        "Time Machine, on APFS",
    ),
    (rb"", rb"\.documentrevisions-v100", VERSIONS, "macOS keeps versions of documents here"),
    (rb"", rb"_gsdata_", VERSIONS, "GoodSync removes what it saved here by age"),
    (rb"", rb"\.ipynb_checkpoints", VERSIONS, "Jupyter overwrites these"),
    (rb"@synologydrive", rb"@sync", VERSIONS, "Synology Drive keeps so many"),
    (
        rb"",
        rb"\.(?:st)?versions|files_versions",
        VERSIONS,
        "Syncthing and Nextcloud remove them by age",
    ),
    (rb"", rb"\.sync", VERSIONS, "Resilio keeps its archive here for 30 days"),
    # Caches: the program that fills them empties them, too.
    (rb"", rb"\.[^/]*cache", CACHE, "the caches of a home, of Dropbox, of QNAP"),
    (
        rb"",
        rb"\.[^/]*thumb[^/]*|@__thumb|\.xvpics|\.wdmc|@eadir",
        CACHE,
        "thumbnails of desktops, phones, drives",
    ),
    (rb"", rb"\.te?mp", CACHE, "programs, while they work"),
    (rb"drivefs(?:/[0-9]+)?", rb"content_cache", CACHE, "Google Drive: what it has streamed"),
    (rb"\.pcloud(?:drive)?", rb"cache", CACHE, "pCloud: what it has streamed"),
    (rb"", rb"\.seafile-data", CACHE, "Seafile, for its transfers"),
    (rb"", rb"\.tmp\.drive(?:download|upload)", CACHE, "Google Drive, while it transfers"),
    (rb"", rb"\.(?:owncloud|nextcloud)sync[^/]*", CACHE, "sync clients, while they transfer"),
    (rb"", rb"\.~tmp~|\.rsync-(?:partial|tmp)", CACHE, "rsync, while it transfers"),
    (rb"library", rb"caches", CACHE, "macOS empties it when it needs room"),
    (rb"var", rb"folders", CACHE, "temporary files and caches of macOS"),
    (
        rb"appdata/local(?:low)?|windows|local settings|drive_c/users/[^/]+",
        rb"temp",
        CACHE,
        "temporary files of Windows, also under wine",
    ),
    (rb"packages/[^/]+", rb"tempstate|localcache", CACHE, "temporary files of apps of Windows"),
    (rb"var", rb"cache", CACHE, "programs of the system"),
    (
        rb"\.config/[^/]+(?:/[^/]+)?",
        rb"cache|code cache|cachestorage|gpucache|service worker",
        CACHE,
        "programs that are browsers inside: messengers, editors",
    ),
    (rb"tdata(?:/user_data[^/]*)?", rb"(?:media_)?cache|temp", CACHE, "Telegram, per account"),
    (rb"", rb"\.statuses", CACHE, "WhatsApp: what its people see for 24 hours"),
    (rb"library", rb"mail downloads", CACHE, "macOS removes these with their mail"),
    (rb"plex media server|jellyfin|emby(?:-server)?", rb"cache", CACHE, "media servers"),
    (rb"userdata", rb"thumbnails", CACHE, "Kodi makes these small pictures again"),
    (rb"\.var/app/[^/]+|android/data/[^/]+", rb"cache", CACHE, "Flatpak and Android, per program"),
    (rb"default|profile [0-9]+", rb"cache", CACHE, "Chromium and its relatives"),
    (rb"", rb"cache2/entries|inetcache|temporary internet files", CACHE, "other browsers"),
    (rb"", rb"[^/]*previews\.lrdata", CACHE, "Lightroom makes previews again"),
    (
        rb"[^/]+\.photos?library/resources",
        rb"derivatives|proxies|caches|cpl/cloudsync\.noindex",
        CACHE,
        "Photos of macOS makes them again; originals and edited pictures lie beside",
    ),
    (
        rb"[^/]+\.(?:photo|ap|migratedphoto)library|iphoto library",
        rb"thumbnails|previews",
        CACHE,
        "iPhoto and Aperture make them again",
    ),
    (rb"captureone|[^/]+\.cocatalog", rb"cache", CACHE, "Capture One makes previews again"),
    (rb"", rb"syndication\.photoslibrary", CACHE, "what others sent; macOS removes it"),
    (rb"appdata_[^/]+", rb"preview", CACHE, "Nextcloud makes previews again"),
    (rb"_data", rb"i(?=/(?:upload|galleries)/)", CACHE, "Piwigo makes smaller pictures again"),
    (rb"", rb"onedrivetemp", CACHE, "OneDrive, while it transfers"),
    (rb"", rb"ipod photo cache", CACHE, "iTunes makes these small pictures again"),
    (rb"photoprism(?:/[^/]+)?|storage", rb"cache", CACHE, "PhotoPrism makes previews again"),
    (rb"", rb"thumbs/[0-9a-f]{8}-[0-9a-f-]{27}", CACHE, "immich makes previews again"),
    # What is one document, or one program, to people: it goes as a whole, or is replaced.
    (rb"", rb"[^/]+\.(?:rtfd|textbundle)", INSIDE, "documents of macOS with pictures in them"),
    (rb"[^/]+\.(?:pages|numbers|key)", rb"data", INSIDE, "documents of Apple's offices"),
    (rb"[^/]+\.(?:app|framework)", rb"contents|versions", INSIDE, "programs of macOS"),
    # What a repair found: nobody knows where it belongs, and nobody looks for it there.
    (rb"", rb"lost\+found|lost\.dir|found\.[0-9]{3}", RESCUED, "repairs of file systems"),
)
"""The folder above (empty: any), the names of a place's folder below, what such a place is, and who
makes it or why nothing stays there. All in lower case, without slashes around. An album may be
called "Trash" or "cache": a name that people give is here only together with what programs add."""

_FILE: Final = pattern(rb"\.(?:trashed|pending)-[0-9]+-[^/]+")
"""Android renames what was deleted, and leaves it in its folder for 30 days; what an app never
finished goes after seven."""

_NAMES: Final = pattern(
    # One look behind for all rows: at most letters of a path it is all that is tried.
    rb"(?<=/)(?:%s)(?=/)"
    % b"|".join(
        rb"%s(?P<row%d>%s)" % (rb"(?:%s)/" % above if above else b"", number, name)
        for number, (above, name, _, _) in enumerate(_PLACES)
    )
)

_TEMPORARY_FOLDERS: Final = (b"/tmp/", b"/var/tmp/")

_ROTATED: Final = pattern(b"/" + _LEVEL + b"/")


class Place(NamedTuple):
    """A place where files do not stay.

    Attributes:
        kind: what it is, such as "a recycle bin".
        start: where its name begins in the path; -1 for what only its file system tells.
        top: what tells it from others: the path of its folder, or the file system.
    """

    kind: str
    start: int
    top: bytes


def passing_places(path: bytes, device: int | None = None) -> list[Place]:
    """All passing places that a file lies in, the outermost first, by its path.

    Args:
        path: of the file, absolute, links resolved.
        device: that of the file, to say of a file system in memory or a snapshot, too; it comes
            last.
    """
    folder, _, name = paths.slashed(path).rpartition(b"/")
    found = [*named_places(folder)]
    if is_passing_name(name):
        found.append(Place(BIN, len(folder) + 1, path))
    if device is not None and (place := place_of_device(device, path)):
        found.append(place)
    return found


def place_of_device(device: int, path: bytes) -> Place | None:
    """The passing place that a file lies in by what its file system tells; None if in none.

    Args:
        device: that of the file.
        path: of the file, absolute, links resolved.
    """
    if memory := memory_behind(device, path):
        return Place(MEMORY, -1, memory.encode())
    if snapshot := snapshot_behind(device, path):
        return Place(SNAPSHOT, -1, snapshot.encode())
    return None


def named_places(folder: bytes) -> tuple[Place, ...]:
    """The passing places that a folder lies in or is, the outermost first, by its path.

    Args:
        folder: absolute, links resolved.
    """
    return _named_places(paths.slashed(folder), paths.slashed(_home_trash()))


@lru_cache(maxsize=1024)
def _named_places(folder: bytes, trash: bytes) -> tuple[Place, ...]:
    """The same, known for a while: a plan names many files of each folder."""
    found = []
    for match in _NAMES.finditer(folder.lower() + b"/"):
        row = match.lastgroup or ""
        kind = _PLACES[int(row.removeprefix("row"))][2]
        found.append(Place(kind, match.start(row), folder[: match.end()]))
    if not found and (folder + b"/").startswith(trash + b"/"):
        found.append(Place(BIN, trash.rfind(b"/") + 1, trash))
    return tuple(found)


def is_passing_name(name: bytes) -> bool:
    """Whether the name of a file says that it is in a bin, though it lies among others."""
    return name.startswith(b".") and _FILE.fullmatch(name.lower()) is not None


class Standing(NamedTuple):
    """How a file that stays and one that goes lie to each other.

    Attributes:
        sooner: what kind of passing place the one that stays lies in and the other one does not;
            empty if in none. A file in a bin answers for nothing outside that bin; one in memory
            answers for what lies in the same file system, which is gone when it is gone.
        by_itself: what kind of passing place the one that goes lies in, so that nobody has to
            delete it; empty if in none. A file system in memory in which the other one lies, too,
            is where somebody works.
    """

    sooner: str
    by_itself: str


def standing(keeper: bytes, removal: bytes) -> Standing:
    """How they lie to each other now.

    Args:
        keeper: path of the file that stays, absolute.
        removal: path of the file that goes, absolute.
    """
    own, other = _places_now(removal), _places_now(keeper)
    shared = {place.top for place in own}
    sooner = next((place.kind for place in other if place.top not in shared), "")
    if not (sooner or own):
        known = _doubtful_places(removal)
        sooner = next((kind for kind in _doubtful_places(keeper) if kind not in known), "")
    named = next((place.kind for place in own if place.kind != MEMORY), "")
    shared = {place.top for place in other}
    alone = next((place.kind for place in own if place.top not in shared), "")
    return Standing(sooner, named or alone)


def leaves_sooner(keeper: bytes, removal: bytes) -> str:
    """The `sooner` of their `Standing`."""
    return standing(keeper, removal).sooner


def _doubtful_places(path: bytes) -> list[str]:
    """What a file lies in where the system, or perhaps a schedule, removes what is old.

    Whoever works there may search and delete there; but what lies elsewhere must not go for it.
    """
    folder = paths.slashed(resolved(os.path.dirname(path))) + b"/"
    found = [TEMPORARY] if folder.startswith(_TEMPORARY_FOLDERS) else []
    return [*found, SNAPSHOT] if _ROTATED.search(folder.lower()) else found


def _places_now(path: bytes) -> list[Place]:
    folder, name = os.path.split(path)
    real = os.path.join(resolved(folder), name)
    device = None
    with suppress(OSError):
        device = os.lstat(real).st_dev
    return passing_places(real, device)


def _home_trash() -> bytes:
    """The user's own trash, wherever a link has taken it."""
    data, home = (os.environ.get(name, "") for name in ("XDG_DATA_HOME", "HOME"))
    return _trash_of(data, home, int(time.monotonic()))


@lru_cache(maxsize=1)
def _trash_of(data: str, _home: str, _second: int) -> bytes:
    if not os.path.isabs(data):  # the specification wants such a value ignored
        data = os.path.expanduser("~/.local/share")
    return os.path.realpath(os.path.join(os.fsencode(data), b"Trash"))
