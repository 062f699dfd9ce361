"""What the daemon and its engine host say to each other, on their `channel`."""

from __future__ import annotations

from typing import Final

import msgspec

from difd.protocol.description import Description
from difd.protocol.error_info import ErrorInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import Box, Lie, Progress, Summary
from difd.protocol.watching import KnownImage
from difd.service.hosts.channel import Alive


class RunSearch(msgspec.Struct, frozen=True, tag="run"):
    """Take this job up; one at a time."""

    job: str
    options: SearchOptions


class StopSearch(msgspec.Struct, frozen=True, tag="stop"):
    """Give this job up; `SearchFailed` with the code of a cancelled job follows.

    Attributes:
        keep: end it early rather: compare what was read; `SearchFinished` follows, if anything was.
    """

    job: str
    keep: bool = False


class MakeThumbnail(msgspec.Struct, frozen=True, tag="thumbnail"):
    """Make a small picture of a file; a `PictureReport` with the same number follows."""

    number: int
    path: bytes
    size: int


class CutWindow(msgspec.Struct, frozen=True, tag="window"):
    """Cut a part out of a picture at full size; a `PictureReport` with the same number follows.

    Attributes:
        window: left, top, width and height, in pixels of the picture as displayed.
    """

    number: int
    path: bytes
    window: tuple[int, int, int, int]


class DescribePicture(msgspec.Struct, frozen=True, tag="describe"):
    """Tell what a file says about itself; a `PictureReport` with the same number follows."""

    number: int
    path: bytes


class LocateDifferences(msgspec.Struct, frozen=True, tag="differences"):
    """Tell where two pictures differ; a `PictureReport` with the same number follows.

    Attributes:
        path: the one.
        other: the picture whose places are told.
        rotation, mirrored: what turns the one onto the other, see `Member`; None if not known.
        lie: how the one lies in the other, if it is an edited copy of it.
    """

    number: int
    path: bytes
    other: bytes
    rotation: int | None
    mirrored: bool | None
    lie: Lie | None


class WatchedFolder(msgspec.Struct, frozen=True):
    """A watched folder to look at.

    Attributes:
        folder: absolute.
        options: of its searches; `paths` is the folder.
        added_ns: what changed since then, by our clock, is new although it is not `learned` yet.
        learned: its pictures were all read once.
        places: files and folders in it that changed; None: all of it is to be looked at.
    """

    folder: bytes
    options: SearchOptions
    added_ns: int
    learned: bool
    places: tuple[bytes, ...] | None


class RunLook(msgspec.Struct, frozen=True, tag="look"):
    """Look at changes in watched folders; `LookFinished` or `SearchFailed` follows.

    Attributes:
        job: the id of the job that comes of it if something is found.
        generation: that of the watch list; what is known is read again if it was another. When
            the look is written down, the job's id is.
        watches: the folders to look at; their searches compare alike.
        options: of the search, with all watched folders and all their reference folders.
        gone: what vanished before the changes began.
    """

    job: str
    generation: str
    watches: tuple[WatchedFolder, ...]
    options: SearchOptions
    gone: tuple[bytes, ...] = ()


GIVEN_UP: Final = "nobody waits for it any more"
"""Why nothing is reported of a picture that was asked for."""


class ForgetPicture(msgspec.Struct, frozen=True, tag="forget"):
    """Nobody waits any more for the report of this number; it comes soon, and says that."""

    number: int


PictureQuestion = MakeThumbnail | CutWindow | DescribePicture | LocateDifferences
Command = RunSearch | StopSearch | PictureQuestion | ForgetPicture | RunLook


class SearchStarted(msgspec.Struct, frozen=True, tag="started"):
    """The job was taken up."""

    job: str


class SearchProgressed(msgspec.Struct, frozen=True, tag="progressed"):
    """The job got further; at most five times a second."""

    job: str
    progress: Progress


class ClusterJoined(msgspec.Struct, frozen=True, tag="cluster_joined"):
    """The job runs on a cluster, whose dashboard, if any, is at this address."""

    job: str
    dashboard: str | None


class SearchRows(msgspec.Struct, frozen=True, tag="rows"):
    """A page of the result: a msgpack array whose first element is row `first_row`."""

    job: str
    first_row: int
    rows: bytes


class SearchFinished(msgspec.Struct, frozen=True, tag="finished"):
    """All rows were sent."""

    job: str
    summary: Summary


class SearchFailed(msgspec.Struct, frozen=True, tag="failed"):
    """The job ended without a result."""

    job: str
    error: ErrorInfo


class ThumbnailMade(msgspec.Struct, frozen=True, tag="thumbnail_made"):
    """A JPEG, PNG or BMP file."""

    number: int
    image: bytes


class PictureDescribed(msgspec.Struct, frozen=True, tag="picture_described"):
    """What a file says about itself."""

    number: int
    description: Description


class DifferencesFound(msgspec.Struct, frozen=True, tag="differences_found"):
    """Where two pictures differ, see `DifferencesReply`."""

    number: int
    places: tuple[Box, ...]


class PictureLost(msgspec.Struct, frozen=True, tag="picture_lost"):
    """Why a question about a picture has no answer."""

    number: int
    reason: str


class LookLearned(msgspec.Struct, frozen=True, tag="look_learned"):
    """Some images that are known from now on, and nothing new."""

    job: str
    images: tuple[KnownImage, ...]


class LookFinished(msgspec.Struct, frozen=True, tag="look_finished"):
    """A look at watched folders is done; if it found something, all rows were sent.

    Attributes:
        images: the new images, known from now on.
        gone: paths that are known no more.
        learned: the folders whose pictures were all read.
        away: folders that are not there, or empty because their volume is not.
        problems: folders that could not be looked at, and why.
        summary: of the result, None if nothing was found.
        duplicates: new images in groups.
        folders: the watched folders in which these are.
    """

    job: str
    images: tuple[KnownImage, ...]
    gone: tuple[bytes, ...]
    learned: tuple[bytes, ...]
    away: tuple[bytes, ...]
    problems: tuple[tuple[bytes, ErrorInfo], ...]
    summary: Summary | None
    duplicates: int
    folders: tuple[bytes, ...]


SearchReport = SearchStarted | SearchProgressed | SearchRows | SearchFinished | SearchFailed
LookReport = LookLearned | SearchRows | LookFinished | SearchFailed
PictureReport = ThumbnailMade | PictureDescribed | DifferencesFound | PictureLost
Report = SearchReport | ClusterJoined | PictureReport | LookLearned | LookFinished | Alive

decode_command = msgspec.msgpack.Decoder(Command).decode
decode_report = msgspec.msgpack.Decoder(Report).decode
