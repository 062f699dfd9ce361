"""Sentences and clauses of the daemon that people read on the page: the list of `phrases`.

A sentence stands here as a clause, without its capital and full stop. A place for something has a
name: `why`, `damage`, `place`, `kinds`, `lost` and `number` are read as `phrases` says, with a line
below their name where there are two; everything else is a name that stays as it is. A test holds
the list against the daemon's code.
"""

from __future__ import annotations

from typing import Final

from difclient.language.catalogue import marked

_WHY_IT_STAYS: Final = (
    marked("it lies in a reference folder"),
    marked("it is gone already"),
    marked("edited copies come from it"),
    marked("it matches only files listed under another one that stays"),
    marked("it cannot be removed (%(why)s), and is no worse"),
    marked("it is the first by the keep rules among all files of the group"),
    marked("it is equal by every rule, and its name comes first"),
    marked("of the folders %(first)s and %(second)s, the first keeps what both have"),
    marked("the other one lies in %(place)s, where files do not stay"),
    marked("it holds %(lost)s, which the other one lacks"),
    marked("it holds more beside the picture than the other one"),
    marked("it holds more details than the other one"),
    marked("it has %(kinds)s, which the other one lacks"),
    marked("it is undamaged, the other one is not: %(damage)s"),
    marked("it is larger, %(one)s against %(other)s"),
    marked("it is the larger file, %(number)s bytes against %(number_)s"),
    marked("it is the smaller file, %(number)s bytes against %(number_)s"),
    marked("it is %(format)s, which is preferred over %(other)s"),
    marked("it tells when it was taken, %(date)s"),
    marked("it was taken earlier, %(date)s against %(other)s"),
    marked("it is older, by less than a second"),
    marked("it is older, %(date)s against %(other)s"),
    marked("it is newer, by less than a second"),
    marked("it is newer, %(date)s against %(other)s"),
    marked("its name is not that of a copy, as the other one's is: %(name)s"),
    marked("fewer of its folders are for backups, downloads or the like"),
    marked('it lies in an album, the other one in %(place)s ("%(name)s")'),
    marked("it lies in %(folder)s"),
    marked("it does not lie in %(folder)s"),
    marked("its path is shorter"),
    marked("its path is longer"),
    marked("its name matches %(pattern)s"),
    marked("its name does not match %(pattern)s"),
)
"""From the keep rules and the report of a search."""

_WHY_NOT_PROPOSED: Final = (
    marked("of %(name)s and this one, one is a still and one moves"),
    marked("it shows something that the other one does not"),
    marked("it has a higher resolution"),
    marked("others are listed under it"),
    marked("it cannot be removed: %(why)s"),
    marked("it cannot be reached: %(system)s"),
    marked("it lies on a read-only file system"),
    marked("it lies in the library of a program, which would miss it"),
    marked("its folder is read-only for you"),
    marked("it is write-protected, and stays"),
    marked("it belongs to another user, and stays"),
    marked("it belongs to another user, and its folder lets only the owner take it away"),
    marked("the symbolic link %(name)s leads to it"),
)

LOSSES: Final = (
    marked("the file that stays is damaged, and this one is not: %(damage)s"),
    marked("the file that stays is smaller, %(size)s"),
    marked("it is half of a RAW and JPEG pair, and %(name)s stays"),
    marked("what goes with it has no equal beside the file that stays"),
    marked("the file that stays lacks its extended attributes %(names)s"),
    marked("only this one has %(lost)s"),
)
"""Warnings of something that is lost with a file."""

_TO_KNOW: Final = (
    marked("only the names decide which of the two stays"),
    marked("removing it frees nothing: the file has other names"),
    marked("the destination is on another file system: it is copied, checked, removed"),
    marked("the destination lies in a searched folder: the next search finds it there"),
    marked("%(name)s beside it stays"),
    marked("%(names)s beside it stay"),
    marked("the file that stays is not the best of its group"),
    marked("as a link it has the owner and the permissions of the file that stays, which differ"),
)

_CHANGES: Final = (
    marked("shares %(share)s of it"),
    marked("cropped to %(share)s"),
    marked("has a border"),
    marked("shows it on %(share)s of its area"),
    marked("shows a part of it on %(share)s of its area"),
    marked("mirrored"),
    marked("turned by %(degrees)s°"),
    marked("stretched"),
    marked("seen aslant"),
    marked("without what lies over the other one"),
    marked("with a caption"),
    marked("something lies over it"),
    marked("inverted"),
    marked("brighter"),
    marked("darker"),
    marked("more contrast"),
    marked("less contrast"),
    marked("in fewer tones"),
    marked("grey"),
    marked("coloured"),
    marked("more colourful"),
    marked("less colourful"),
    marked("blurred"),
    marked("sharper"),
)
"""What was done to an edited copy."""

_HELD_BACK: Final = (
    marked("it is one half of a RAW and JPEG pair, and the other half stays"),
    marked("it is a file that stays"),
    marked("no file that matches it stays"),
    marked("it holds something that the file that stays lacks; --accept loss lets it go"),
    marked("the file that stays has fewer pixels; --accept loss compares the two in full"),
    marked("it is undamaged, and the file that would stay is not"),
    marked("the file that would stay lies in a recycle bin, snapshot, cache or in memory"),
    marked("you said that it is not a duplicate of the file that stays"),
    marked("it is the same at small size only; --accept tensor compares it in full"),
    marked("it is only similar; --accept similar compares it in full"),
    marked("it is an edited copy; --accept edited compares it in full"),
    marked("it only overlaps the file that stays"),
    marked("it is not proposed for removal: %(why)s"),
    marked("its match is '%(match)s', which was not asked for"),
    marked("it is not there any more"),
    marked("it has changed since the search"),
    marked("its content has changed since the search"),
    marked("the file that stays in its place is not there any more"),
    marked("the file that stays in its place has changed since the search"),
    marked("the file that stays in its place lies in a recycle bin, snapshot, cache or in memory"),
    marked("it lies in a recycle bin, snapshot, cache or in memory: empty that instead"),
    marked("it is another name of the file that stays"),
    marked("only files with the same bytes can be replaced by a link"),
    marked("it is in the destination already"),
    marked("a hard link cannot reach the file that stays: another file system"),
    marked("its sidecar or movie cannot be read"),
    marked("its sidecar or movie is too large to be one"),
    marked(
        "its sidecar or movie would be lost: the file that stays has no equal one. "
        "Trash or move it instead"
    ),
    marked("a symbolic link leads to it"),
    marked("a symbolic link leads to it: %(name)s"),
    marked("a symbolic link that difd made leads to it; undo that first: difctl undo %(action)s"),
    marked("it lies in the trash already"),
    marked("there is no trash that can be written to"),
    marked("another program is writing to it"),
    marked("another program has locked it; try again later"),
    marked("it could not be put into the trash: %(system)s"),
    marked("it could not be moved: %(system)s"),
    marked("it could not be deleted: %(system)s"),
    marked("it could not be replaced by a link: %(system)s"),
    marked("it cannot be read any more: %(system)s"),
    marked("its old name is taken by another file"),
    marked("there is another file in its place now"),
    marked("it is no longer the same as the one that stays"),
)
"""Why a file does not go, in a plan and afterwards."""

_COMPARED: Final = (
    marked("one of the two files is not what the search saw"),
    marked("it cannot be compared in full: %(damage)s"),
    marked("it cannot be compared in full: that needs too much memory"),
    marked("it cannot be compared in full: one of the two shows more than is decoded"),
    marked("it cannot be compared in detail: %(damage)s"),
    marked("it cannot be compared in detail: that needs too much memory"),
    marked("the file that stays is damaged: %(damage)s"),
    marked("the two are shown in different colours, proportions or times"),
    marked("the colours of the two are described by different profiles"),
    marked("its pixels are not those of the file that stays"),
    marked("it holds more than can be compared: layers, another view, a movie, or finer shades"),
    marked("it has %(number)s frames, and the one that stays has %(number_)s"),
    marked("it is too long an animation to be compared in full"),
    marked("the frames are shown for different times"),
    marked("it has other proportions: %(one)s, and the one that stays %(other)s"),
    marked("it holds more detail than the one that stays: %(one)s pixels instead of %(other)s"),
    marked("something in it differs from the one that stays: look at that place"),
    marked("they have other proportions"),
    marked("they do not fit onto each other"),
)
"""What the last comparison in full found against it."""

_PLACES: Final = (
    marked("a recycle bin"),
    marked("a snapshot"),
    marked("a folder of old versions"),
    marked("a cache"),
    marked("a folder of rescued files"),
    marked("the inside of a document or program"),
    marked("a file system in memory"),
    marked("a folder for temporary files"),
    marked("a folder for backups"),
    marked("a folder for duplicates"),
    marked("a folder for rescued files"),
    marked("a folder for downloads"),
    marked("the folder of a messenger"),
    marked("a folder for exports"),
)

_DAMAGE: Final = (
    marked("the file is truncated"),
    marked("it is cut off"),
    marked("it ends before its picture is whole"),
    marked("its end is missing"),
    marked("its end (IEND) is missing"),
    marked("the end of its picture is missing"),
    marked("some of its pixels are missing"),
    marked("its pixels are damaged, or their checksum is wrong"),
    marked("the checksum of one of its parts (%(part)s) is wrong"),
    marked("one of its parts is longer than the file"),
    marked("it is damaged inside"),
)
"""The damage that is met most often."""

_KINDS: Final = (
    marked("date"),
    marked("place"),
    marked("camera"),
    marked("rating"),
    marked("title"),
)

_NOTICES: Final = (
    marked("nothing matched --exclude %(pattern)s"),
    marked("the folder %(folder)s was not searched: %(system)s"),
    marked("no picture was found in %(folder)s"),
    marked(
        "more files were left out than were counted: recycle bins, snapshots and caches hold "
        "over %(number)s entries"
    ),
    marked("%(name)s was named and could not be read: %(damage)s"),
    marked("the keep rule '%(rule)s' had no effect: no searched file lies in %(folder)s"),
    marked("the keep rule '%(rule)s' had no effect: no searched file has such a name"),
    marked("the keep rule '%(rule)s' had no effect: no searched file has such a format"),
    marked("waiting for another action on files, which is under way"),
    marked("another process is changing files; this waits for its end"),
    marked("process %(process)s is changing files; this waits for its end"),
    marked("unsupported file type"),
)
"""What is said beside a result, or while it is waited for."""

_DEPTHS: Final = (
    marked("%(bits)s bit: %(why)s"),
    marked("%(bits)s bits: %(why)s"),
    marked("black and white"),
    marked("grey, transparency"),
    marked("palette"),
    marked("palette, transparency"),
    marked("red, green, blue"),
    marked("red, green, blue, transparency"),
    marked("cyan, magenta, yellow, black"),
    marked("brightness and colour"),
    marked("grey, floating point"),
    marked("sRGB, as its tags say"),
)

PHRASES: Final = (
    *_WHY_IT_STAYS,
    *_WHY_NOT_PROPOSED,
    *LOSSES,
    *_TO_KNOW,
    *_CHANGES,
    *_HELD_BACK,
    *_COMPARED,
    *_PLACES,
    *_DAMAGE,
    *_KINDS,
    *_NOTICES,
    *_DEPTHS,
)

THINGS: Final = frozenset(
    {
        marked("a movie"),
        marked("a sound"),
        marked("layers"),
        marked("a mask"),
        marked("a depth map"),
        marked("another picture"),
        marked("an archive"),
        marked("further data"),
        marked("a text"),
        marked("the caption"),
        marked("the title"),
        marked("people in it"),
        marked("the keyword"),
        marked("the comment"),
        marked("the rating"),
        marked("where it was taken"),
        marked("the date taken"),
        marked("the camera"),
        marked("author or copyright"),
        marked("a property"),
        marked("settings of edits"),
        marked("a technical detail"),
    }
)
"""What a file holds beside its pixels, one of a kind."""

SEVERAL: Final = frozenset(
    {
        marked("movies"),
        marked("sounds"),
        marked("sets of layers"),
        marked("masks"),
        marked("depth maps"),
        marked("other pictures"),
        marked("archives"),
        marked("pieces of further data"),
        marked("texts"),
        marked("captions"),
        marked("titles"),
        marked("entries about people"),
        marked("keywords"),
        marked("comments"),
        marked("ratings"),
        marked("places"),
        marked("dates"),
        marked("names of camera and maker"),
        marked("names of author or copyright"),
        marked("properties"),
        marked("settings of edits"),
        marked("technical details"),
    }
)
"""Several of a kind, behind their number."""
