"""Which walker a file needs, and what comes of the walk; hostile files cost one opaque thing."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Final

import msgspec

from difd.engine.read.value.data import Data
from difd.engine.read.value.gif import walk_gif
from difd.engine.read.value.holdings import Holdings, Item
from difd.engine.read.value.isobmff import walk_boxes
from difd.engine.read.value.jpeg import walk_jpeg
from difd.engine.read.value.jpeg2000 import walk_codestream
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.nested import FAULTS
from difd.engine.read.value.others import walk_bmp, walk_qoi, walk_unknown
from difd.engine.read.value.packed import pack
from difd.engine.read.value.photoshop import walk_psd
from difd.engine.read.value.png import walk_png
from difd.engine.read.value.pnm import walk_pnm
from difd.engine.read.value.riff import walk_webp
from difd.engine.read.value.tga import walk_tga
from difd.engine.read.value.tiff import walk_tiff

_Walker = Callable[[Data, Holdings], object]

_BOXES: Final = (b"ftyp", b"jP  ", b"JXL ", b"meta")
_PNM: Final = tuple(b"P%c" % kind for kind in b"1234567fF")


class Survey(msgspec.Struct, frozen=True):
    """What a file holds beside its pixels.

    Attributes:
        items: the things of value.
        damage: what is wrong with the file, though it may be decoded; empty if nothing is.
        shown: what changes how the picture is shown, beside its colour profile, in one form;
            empty if all is as usual.
        taken: when the picture was taken, `YYYY-MM-DD HH:MM:SS`; empty if the file does not tell.
    """

    items: list[Item]
    damage: str
    shown: bytes
    taken: str

    @property
    def value(self) -> bytes:
        """The items in a few bytes, see `packed`."""
        return pack(self.items)


def survey(stream: IO[bytes], kind: str, key: bytes = b"") -> Survey:
    """Walk a file; never raises for what is in it.

    Args:
        stream: the file, seekable; its position is kept.
        kind: Pillow's name of the format, for those whose first bytes do not tell.
        key: see `Holdings`.
    """
    position = stream.tell()
    holdings = Holdings(key)
    try:
        data = Data(stream)
        try:
            _walker_of(data.read(0, 16), kind)(data, holdings)
        except FAULTS:
            # What cannot be understood is one thing of value, and perhaps damage; which, is not
            # for a walker to say.
            holdings.depth = 0
            holdings.add(Kind.DATA, "file", Data(stream).pieces(0, data.size))
    finally:
        stream.seek(position)
    return Survey(holdings.all_items(), holdings.damage, holdings.shown, holdings.taken)


def _walker_of(head: bytes, kind: str) -> _Walker:  # noqa: C901, PLR0911  one line a format
    if head.startswith(b"\xff\xd8"):
        return walk_jpeg
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return walk_png
    if head.startswith((b"GIF87a", b"GIF89a")):
        return walk_gif
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return walk_webp
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"IIU\0", b"IIRO", b"IIRS")):
        return _walk_whole_tiff
    if head[4:8] in _BOXES:
        return walk_boxes
    if head.startswith(b"\xff\x4f\xff\x51"):
        return walk_codestream
    if head.startswith(b"BM"):
        return walk_bmp
    if head.startswith(_PNM) and kind == "PPM":
        return walk_pnm
    if head.startswith(b"8BPS"):
        return walk_psd
    if head.startswith(b"qoif"):
        return walk_qoi
    if kind == "TGA":
        return walk_tga
    # Bare streams of JPEG XL, too: only their decoder could tell where they end.
    return walk_unknown


def _walk_whole_tiff(data: Data, holdings: Holdings) -> None:
    walk_tiff(data, holdings, whole=True)
