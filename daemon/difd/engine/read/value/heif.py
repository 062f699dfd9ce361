"""Walks the `meta` box of HEIF and AVIF: which items there are, and which of them are the picture.

The primary item, its tiles and its alpha channel are decoded. Thumbnails are the picture itself.
Depth maps, gain maps, further pictures, and data of other kinds are value.
"""

from __future__ import annotations

import bisect
import struct
from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter
from typing import Final

from difd.engine.read.value import nested
from difd.engine.read.value.boxes import Box, boxes_of
from difd.engine.read.value.data import Data
from difd.engine.read.value.exif import note_aspect
from difd.engine.read.value.holdings import Holdings, decoded, size_words
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.worthless import is_padding

_ITEMS_MAX: Final = 20_000
_PICTURES: Final = frozenset(
    {b"hvc1", b"av01", b"grid", b"iovl", b"iden", b"avc1", b"jpeg", b"unci"}
)
_USUAL_NCLX: Final = frozenset({(1, 13), (2, 2), (1, 2), (2, 13)})
"""Primaries and transfer of sRGB, or not told."""

_ENUMERATED: Final = frozenset({16, 17, 18})
"""JPEG 2000's numbers of sRGB, its greys, and its luma and chroma."""

_STRUCTURE: Final = frozenset(
    {b"hdlr", b"pitm", b"iinf", b"iloc", b"iref", b"iprp", b"idat", b"dinf"}
)
"""Boxes that say where the items are."""

_PROPERTIES: Final = frozenset(
    b"ispe pixi irot imir clap pasp rloc auxC colr clli mdcv cclv amve hvcC lhvC av1C avcC vvcC "
    b"jpgC uncC cmpd oinf tols lsel a1op a1lx free skip mdft rref".split()
)
"""Properties that say how an item is stored and shown; `mdft` is when it was changed."""

_PADDED: Final = 64
"""Pixels by which encoders make a picture larger, and have it cut off again."""

_FROM_1904: Final = 2_082_844_800

_ALPHA: Final = (b"auxid:1", b":alpha")
_DEPTHS: Final = (b"depth", b"disparity", b"auxid:2")
_MIMES: Final = b"application/rdf+xml"


class Meta:
    """The items of a file.

    Args:
        data: the file.
        box: the `meta` box.
        holdings: takes what is found.
        shows_clap: a clean aperture counts: decoders of AVIF, unlike those of HEIF, leave it out.
        frames: where the frames of a sequence lie, in order, which is decoded instead of the
            primary item; None if it is none.

    Attributes:
        covered: where the data of items lie.
        knows_all: whether everything is told there.
    """

    def __init__(
        self,
        data: Data,
        box: Box,
        holdings: Holdings,
        *,
        shows_clap: bool,
        frames: list[tuple[int, int]] | None,
    ) -> None:
        self._data, self._box, self._holdings = data, box, holdings
        self._shows_clap, self._frames = shows_clap, frames
        self.covered: list[tuple[int, int]] = []
        self.knows_all = True
        self._types: dict[int, tuple[bytes, bytes]] = {}
        self._places: dict[int, list[tuple[int, int]]] = {}
        self._references: defaultdict[bytes, list[tuple[int, list[int]]]] = defaultdict(list)
        self._auxiliary: dict[int, bytes] = {}
        self._areas: dict[int, int] = {}
        self._edges: dict[int, tuple[int, int]] = {}
        self._aperture: tuple[float, float] | None = None
        self._primary = 0
        self._store = (0, 0)

    def walk(self) -> None:
        """Walk it; `covered` is known afterwards."""
        inner = list(boxes_of(self._data, self._box.inside + 4, self._box.end))
        for box in inner:
            if box.name == b"idat":
                self._store = (box.inside, box.end)
        for box in inner:
            self._read(box)
        for places in self._places.values():
            self.covered += places
            if any(end > self._data.size for _, end in places):
                self._holdings.blame("some of its data lie behind its end")
        self._take_items()

    def _read(self, box: Box) -> None:
        content = self._data.read(box.inside, box.end - box.inside)
        match box.name:
            case b"pitm":
                self._primary = _number(content, 4, 4 if content[:1] != b"\0" else 2)
            case b"iinf":
                self._read_types(box)
            case b"iloc":
                self._read_places(content)
            case b"iref":
                self._read_references(box, wide=content[:1] != b"\0")
            case b"iprp":
                self._read_properties(box)
            case b"xml ":
                nested.take_xmp(content[4:], self._holdings)
            case _ if box.name not in _STRUCTURE and not is_padding(content):
                kind = Kind.DATA if box.name != b"grpl" else Kind.TECHNICAL
                self._holdings.add(kind, repr(box.name), content, size_words(len(content)))

    def _read_types(self, box: Box) -> None:
        version = self._data.read(box.inside, 1)
        at = box.inside + (6 if version == b"\0" else 8)
        for entry in boxes_of(self._data, at, box.end):
            if entry.name != b"infe":
                continue
            content = self._data.read(entry.inside, min(entry.end - entry.inside, 4096))
            wide = content[0] > 2  # noqa: PLR2004  a version
            item = _number(content, 4, 4 if wide else 2)
            rest = content[10 if wide else 8 :]
            self._types[item] = rest[:4], rest[4:].split(b"\0", 1)[-1].split(b"\0", 1)[0]

    def _read_places(self, content: bytes) -> None:
        version = content[0]
        sizes = _number(content, 4, 2)
        offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
        index_size = sizes & 15 if version in {1, 2} else 0
        wide = 4 if version == 2 else 2  # noqa: PLR2004  a version
        at, count = 6 + wide, _number(content, 6, wide)
        for _ in range(min(count, _ITEMS_MAX)):
            item = _number(content, at, wide)
            at += wide
            method = 0
            if version in {1, 2}:
                method = _number(content, at, 2) & 15
                at += 2
            base = _number(content, at + 2, base_size)
            at += 2 + base_size
            extents = _number(content, at, 2)
            at += 2
            places = []
            for _ in range(min(extents, _ITEMS_MAX)):
                at += index_size
                place = base + _number(content, at, offset_size)
                length = _number(content, at + offset_size, length_size)
                at += offset_size + length_size
                if method == 1:
                    place += self._store[0]
                places.append((place, place + length if length else self._data.size))
            if method <= 1:
                self._places[item] = places
            else:
                self.knows_all = False

    def _read_references(self, box: Box, *, wide: bool) -> None:
        size = 4 if wide else 2
        for entry in boxes_of(self._data, box.inside + 4, box.end):
            content = self._data.read(entry.inside, entry.end - entry.inside)
            count = min(_number(content, size, 2), _ITEMS_MAX)
            to = [_number(content, size + 2 + size * one, size) for one in range(count)]
            self._references[entry.name].append((_number(content, 0, size), to))

    def _read_properties(self, box: Box) -> None:
        properties: list[tuple[bytes, bytes]] = []
        for inner in boxes_of(self._data, box.inside, box.end):
            if inner.name == b"ipco":
                for one in boxes_of(self._data, inner.inside, inner.end):
                    size = min(one.end - one.inside, 1 << 22)
                    properties.append((one.name, self._data.read(one.inside, size)))
                    take_unknown(*properties[-1], self._holdings)
            elif inner.name == b"ipma":
                self._associate(self._data.read(inner.inside, inner.end - inner.inside), properties)

    def _associate(self, content: bytes, properties: list[tuple[bytes, bytes]]) -> None:
        wide, long = content[0] > 0, content[3] & 1
        at, size = 8, 4 if wide else 2
        for _ in range(min(_number(content, 4, 4), _ITEMS_MAX)):
            item, count = _number(content, at, size), _number(content, at + size, 1)
            at += size + 1
            for _ in range(count):
                step = 2 if long else 1
                index = (_number(content, at, step) & (0x7FFF if long else 0x7F)) - 1
                at += step
                if not 0 <= index < len(properties):
                    continue
                name, value = properties[index]
                if name == b"auxC":
                    self._auxiliary[item] = value[4:]
                elif name == b"ispe":
                    self._edges[item] = _number(value, 4, 4), _number(value, 8, 4)
                    self._areas[item] = self._edges[item][0] * self._edges[item][1]
                elif item == self._primary and name == b"clap" and not self._shows_clap:
                    across, across_by, down, down_by = struct.unpack_from(">IIII", value)
                    self._aperture = across / across_by, down / down_by
                elif item == self._primary:
                    take_properties(name, value, self._holdings)

    def _take_outside(self) -> None:
        """What lies outside of the part that is shown; up to a few pixels are only padding."""
        if self._aperture is None:
            return
        stored = self._edges.get(self._primary, (0, 0))
        if any(edge - shown > _PADDED for edge, shown in zip(stored, self._aperture, strict=True)):
            size = f"{stored[0]} × {stored[1]} pixels, of which a part is shown"
            self._holdings.add(Kind.PICTURE, "outside", self._pieces(self._primary), size)

    def _take_items(self) -> None:
        self._take_outside()
        decoded = self._decoded()
        room = self._areas.get(self._primary, 0)
        thumbnails = {
            item for item, _ in self._references[b"thmb"] if self._areas.get(item, room) < room
        }
        for tiles_of, to in self._references[b"dimg"]:
            if tiles_of in thumbnails:
                thumbnails.update(to)
        for item, (kind, name) in self._types.items():
            if item in decoded or item in thumbnails:
                continue
            if kind == b"Exif":
                take_exif_item(self._content(item), self._holdings)
            elif kind == b"mime" and name == _MIMES:
                nested.take_xmp(self._content(item), self._holdings)
            else:
                self._take_item(item, kind, name)

    def _take_item(self, item: int, kind: bytes, name: bytes) -> None:
        size = size_words(sum(end - at for at, end in self._places.get(item, ())))
        if kind in _PICTURES:
            about = self._auxiliary.get(item, b"").lower()
            sort = Kind.DEPTH if any(mark in about for mark in _DEPTHS) else Kind.PICTURE
            if kind in {b"grid", b"iden", b"iovl"} or any(self._places.get(item, ())):
                self._holdings.add(sort, repr(about), self._pieces(item), size)
        elif any(self._places.get(item, ())):
            self._holdings.add(Kind.DATA, repr((kind, name)), self._pieces(item), size)

    def _decoded(self) -> set[int]:
        """The primary item, what it is made of, and its alpha channel.

        Of a sequence they are decoded only where they are frames, too: mostly the first one.
        """
        decoded, waiting = set[int](), [self._primary]
        while waiting:
            item = waiting.pop()
            if item in decoded:
                continue
            decoded.add(item)
            for one, to in self._references[b"dimg"]:
                if one == item:
                    waiting += to
            for one, to in self._references[b"auxl"]:
                about = self._auxiliary.get(one, b"").lower()
                if item in to and any(mark in about for mark in _ALPHA):
                    waiting.append(one)
        if self._frames is None:
            return decoded
        return {item for item in decoded if self._is_frame(item, self._frames)}

    def _is_frame(self, item: int, frames: list[tuple[int, int]]) -> bool:
        """Whether the data of an item lie inside of frames."""
        for at, end in self._places.get(item, ()):
            before = bisect.bisect(frames, at, key=itemgetter(0))
            if not before or end > frames[before - 1][1]:
                return False
        return True

    def _pieces(self, item: int) -> Iterator[bytes]:
        for at, end in self._places.get(item, ()):
            yield from self._data.pieces(at, end)

    def _content(self, item: int) -> bytes:
        return b"".join(self._pieces(item))


def take_properties(name: bytes, content: bytes, holdings: Holdings) -> None:
    """Take in a property that changes how the picture is shown."""
    match name:
        case b"colr" if content[:4] == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", content, 4)
            if (primaries, transfer) not in _USUAL_NCLX:
                holdings.show("nclx", f"{primaries} {transfer}")
        case b"colr" if content[:1] == b"\1" and len(content) >= 7:  # noqa: PLR2004  JPEG 2000's
            if _number(content, 3, 4) not in _ENUMERATED:
                holdings.show("jp2 colours", str(_number(content, 3, 4)))
        case b"colr" if content[:1] in {b"\2", b"\3", b"\4"}:  # profiles: simple, any, a maker's
            holdings.show("jp2 profile", content[3:].hex())
        case b"pasp" if len(content) >= 8:  # noqa: PLR2004  its length
            across, down = struct.unpack_from(">II", content)
            note_aspect(float(down), float(across), holdings)
        case b"clap" | b"clli" | b"mdcv" | b"cclv" | b"amve":
            holdings.show(name.decode(), content.hex())


def take_unknown(name: bytes, content: bytes, holdings: Holdings) -> None:
    """Take in a property that describes more than how the picture is stored, of whatever item."""
    if name == b"udes":
        # A language, then a name, a description, and tags with commas between them.
        _, title, caption, tags = [*content[4:].split(b"\0", 3), b"", b"", b""][:4]
        holdings.add_text(Kind.TITLE, decoded(title))
        holdings.add_text(Kind.CAPTION, decoded(caption))
        for tag in decoded(tags.rstrip(b"\0")).split(","):
            holdings.add_text(Kind.KEYWORD, tag)
    elif name == b"crtt":
        seconds = _number(content, 4, 8) // 1_000_000 - _FROM_1904
        holdings.add(Kind.DATE, "made", str(seconds).encode())
    elif name not in _PROPERTIES and not is_padding(content):
        holdings.add(Kind.OTHER, repr(name), content, repr(name)[2:-1])


def take_exif_item(content: bytes, holdings: Holdings) -> None:
    """Walk an EXIF block that begins with how far away it is."""
    skip = 4 + _number(content, 0, 4)
    nested.take_exif(content[skip:] if skip < len(content) else content, holdings)


def _number(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "big")
