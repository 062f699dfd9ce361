"""Walks TIFF files, and the EXIF blocks of other files, which are TIFF inside.

Tags that describe the stored pixels are known and worthless; EXIF's tags have their meaning in
`exif`; every other tag, further pictures, channels that are not decoded, and bytes that no table
points at are value.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from difd.engine.read.value import exif
from difd.engine.read.value.data import Data, Excess
from difd.engine.read.value.holdings import Holdings
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.strips import take_deflated, take_jpeg
from difd.engine.read.value.tail import add_tail
from difd.engine.read.value.thumbnail import AREA_MAX, is_thumbnail
from difd.engine.read.value.tiff_values import SIZES, Value, whole_numbers
from difd.engine.read.value.worthless import INTEROP_TAGS, LAYOUT_TAGS, is_padding
from difd.protocol.patterns import pattern

_ENTRIES_MAX: Final = 2000
_DIRECTORIES_MAX: Final = 5000
_STRETCHES_MAX: Final = 200_000
"""Strips and tiles whose place is looked at."""

_SLACK: Final = 16
"""Gaps of so many bytes are alignment."""

_CLASSIC, _BIG = 42, 43
_OLD_JPEG: Final = 6
_JPEG: Final = 7
_TABLES: Final = 347
"""Tables of all JPEGs of a page, which are one, too."""

_DEFLATED: Final = (8, 32946)

_PROFILE: Final = 34675
"""Of colours: part of how a TIFF is shown; in the EXIF of other files nobody looks at it."""

_DNG: Final = 50706
"""The first of the tags of DNG, which tell of a preview how it was made."""

_UNPACKED: Final = 4
"""Bytes of a pixel of a thumbnail that is no JPEG, at most."""

_ALPHAS: Final = (1, 2)
"""Values of ExtraSamples that are decoded as transparency."""

_GHOST: Final = pattern(rb"GDAL_STRUCTURAL_METADATA_SIZE=(\d{6}) bytes\n")
"""GDAL's note about its own layout, before the first directory; it says how long it is."""

_LAYOUT_MAX: Final = 256
_LONG: Final = frozenset({273, 279, 288, 289, 291, 301, 320, 324, 325, 330, 347, *range(512, 522)})
"""Tags of the layout that may have more bytes than `_LAYOUT_MAX`: a number for every strip, tile,
colour or tone, and tables of JPEG."""


class _Form(NamedTuple):
    """How numbers and directories are written."""

    order: str
    big: bool
    first: int

    @property
    def entry(self) -> int:
        return 20 if self.big else 12

    @property
    def inline(self) -> int:
        return 8 if self.big else 4


class _Directory(NamedTuple):
    """A directory's values, and where the next one is."""

    at: int
    values: dict[int, Value]
    following: int


def walk_tiff(data: Data, holdings: Holdings, *, whole: bool) -> bool:
    """Walk a TIFF.

    Args:
        data: all of it.
        holdings: takes what is found.
        whole: it is a file whose pages are decoded, not a block that describes another picture.

    Returns:
        Whether it is one.
    """
    form = _form_of(data)
    if form is None:
        return False
    _Walk(data, holdings, form, whole=whole).run()
    return True


def _form_of(data: Data) -> _Form | None:
    head = data.read(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:  # noqa: PLR2004  the header
        return None
    (magic,) = struct.unpack_from(order + "H", head, 2)
    if magic == _BIG and len(head) == 16:  # noqa: PLR2004  the header
        return _Form(order, True, struct.unpack_from(order + "Q", head, 8)[0])  # noqa: FBT003
    # Raw files of Olympus and Panasonic have other numbers here.
    return _Form(order, False, struct.unpack_from(order + "I", head, 4)[0])  # noqa: FBT003


class _Walk:
    """One walk; `_covered` are the stretches that some table points at."""

    def __init__(self, data: Data, holdings: Holdings, form: _Form, *, whole: bool) -> None:
        self._data, self._holdings, self._form, self._whole = data, holdings, form, whole
        self._covered: list[tuple[int, int]] = [(0, 16 if form.big else 8)]
        self._seen: set[int] = set()
        self._knows_all = True
        self._unpacked: set[tuple[int, int]] = set()
        self._packed_size = 0

    def run(self) -> None:
        main: _Directory | None = None
        for number, directory in enumerate(self._chain(self._form.first)):
            if number and not self._whole:
                # The second directory of EXIF is the thumbnail.
                self._thumbnail(directory.values)
                self._tags(directory.values)
                continue
            main = main or directory
            exif.show_colours(directory.values, self._holdings, number)
            exif.show_aspect(directory.values, self._holdings, number)
            if self._whole:
                self._holdings.page = number
                exif.show_stored(directory.values, self._holdings, number)
            self._page(directory, main)
        if self._whole:
            self._holdings.page = 0
        if main is None:
            self._holdings.blame("its first table is missing")
        self._gaps()

    def _page(self, directory: _Directory, main: _Directory | None) -> None:
        values = directory.values
        if self._whole:
            self._cover_pixels(values)
            self._channels(values)
        for at in whole_numbers(values.get(330), _STRETCHES_MAX):
            for sub in self._chain(at):
                self._sub_picture(sub, values)
        self._tags(values)
        self._directories(values)
        if directory is main:
            exif.take_substitutes(values, self._holdings)

    def _tags(self, values: dict[int, Value]) -> None:
        for tag, value in values.items():
            if tag not in LAYOUT_TAGS:
                exif.take_main(tag, value, self._holdings)
            elif not self._is_layout(tag, value):
                exif.take_private(tag, value, self._holdings)

    def _is_layout(self, tag: int, value: Value) -> bool:
        """Whether a tag of the layout is no more than that."""
        if tag == _PROFILE:
            return self._whole
        return tag in _LONG or value.size <= _LAYOUT_MAX

    def _thumbnail(self, values: dict[int, Value]) -> None:
        """EXIF's small picture; a larger one, or what is none, is value."""
        self._cover_pixels(values)
        stretches = [place for place in self._stretches(values) if place[1] > place[0]]
        if 513 in values:  # noqa: PLR2004  a JPEG
            small = all(is_thumbnail(self._data.read(at, end - at)) for at, end in stretches)
        else:
            stored = sum(end - at for at, end in stretches)
            small = _area(values) <= AREA_MAX and stored <= _UNPACKED * max(1, _area(values))
        if not small:
            self._add_pixels(Kind.PICTURE, "thumbnail", values)

    def _directories(self, values: dict[int, Value]) -> None:
        """EXIF's own directories."""
        for at in whole_numbers(values.get(34665), 1):
            for directory in self._chain(at, single=True):
                for tag, value in directory.values.items():
                    exif.take_photo(tag, value, self._holdings)
                exif.show_adobe(directory.values, self._interop(directory.values), self._holdings)
        for at in whole_numbers(values.get(34853), 1):
            for directory in self._chain(at, single=True):
                exif.take_place(directory.values, self._holdings)

    def _interop(self, values: dict[int, Value]) -> dict[int, Value]:
        for at in whole_numbers(values.get(40965), 1):
            directory = self._read(at)
            if directory is not None:
                for tag, value in directory.values.items():
                    if tag not in INTEROP_TAGS:
                        exif.take_private(tag, value, self._holdings)
                return directory.values
        return {}

    def _channels(self, values: dict[int, Value]) -> None:
        """Channels that are stored and not decoded."""
        extra = whole_numbers(values.get(338), 64)
        unseen = len(extra) - (1 if extra and extra[0] in _ALPHAS else 0)
        if unseen > 0:
            self._add_pixels(Kind.MASK, f"channels {unseen}", values)

    def _sub_picture(self, sub: _Directory, main: dict[int, Value]) -> None:
        """A picture that hangs below a page: worthless only if it is that page in small."""
        self._cover_pixels(sub.values)
        kinds = whole_numbers(sub.values.get(254), 1)
        smaller = _area(sub.values) < _area(main) and _bits(sub.values) <= _bits(main)
        if kinds and kinds[0] & 1 and smaller:
            self._tags({tag: value for tag, value in sub.values.items() if tag < _DNG})
            return
        self._add_pixels(Kind.PICTURE, "below", sub.values)
        self._tags(sub.values)

    def _add_pixels(self, kind: Kind, name: str, values: dict[int, Value]) -> None:
        stretches = list(self._stretches(values))
        layout = [whole_numbers(values.get(tag), 8) for tag in (256, 257, 258, 259, 262, 277)]

        def pieces() -> Iterator[bytes]:
            for at, end in stretches:
                yield from self._data.pieces(at, end)

        size = f"{layout[0][0]} × {layout[1][0]} pixels" if layout[0] and layout[1] else ""
        self._holdings.add(kind, f"{name} {layout}", pieces(), size)

    def _chain(self, at: int, *, single: bool = False) -> Iterator[_Directory]:
        """The directory at a place and those that follow it, each only once."""
        while at:
            directory = self._read(at)
            if directory is None:
                return
            yield directory
            at = 0 if single else directory.following

    def _read(self, at: int) -> _Directory | None:
        if at in self._seen or len(self._seen) >= _DIRECTORIES_MAX:
            return None
        self._seen.add(at)
        order, big = self._form.order, self._form.big
        head = self._data.read(at, 8 if big else 2)
        if len(head) < (8 if big else 2):
            self._holdings.blame("a table in it lies behind its end")
            return None
        (count,) = struct.unpack(order + ("Q" if big else "H"), head)
        if count > _ENTRIES_MAX:
            self._holdings.blame("a table in it is too long")
            return None
        start, step = at + len(head), self._form.entry
        table = self._data.read(start, count * step + self._form.inline)
        if len(table) < count * step:
            self._holdings.blame("a table in it is cut off")
        self._covered.append((at, start + len(table)))
        values: dict[int, Value] = {}
        for place in range(0, min(len(table), count * step) - step + 1, step):
            tag, kind = struct.unpack_from(order + "HH", table, place)
            value = self._value(kind, table[place + 4 : place + step], start + place + 4)
            if value is not None and values.setdefault(tag, value) is not value:
                exif.take_again(tag, value, values[tag], self._holdings)
        tail = table[count * step :]
        full = len(tail) == self._form.inline
        following = struct.unpack(order + ("Q" if big else "I"), tail)[0] if full else 0
        return _Directory(at, values, following)

    def _value(self, kind: int, rest: bytes, place: int) -> Value | None:
        order, big = self._form.order, self._form.big
        (count,) = struct.unpack_from(order + ("Q" if big else "I"), rest)
        size = SIZES.get(kind, 1) * count
        if size > self._form.inline:
            (place,) = struct.unpack_from(order + ("QQ" if big else "II"), rest)[1:]
            if place + size > self._data.size:
                self._holdings.blame("a value in it lies behind its end")
                size = max(0, self._data.size - place)
            self._covered.append((place, place + size))
        else:
            place += 8 if big else 4
        return Value(self._data, order, kind, place, size)

    def _stretches(self, values: dict[int, Value]) -> Iterator[tuple[int, int]]:
        """Where the stored pixels of a directory lie."""
        for offsets, lengths in ((273, 279), (324, 325), (513, 514)):
            places = whole_numbers(values.get(offsets), _STRETCHES_MAX)
            sizes = whole_numbers(values.get(lengths), _STRETCHES_MAX)
            if len(places) != len(sizes) or len(places) >= _STRETCHES_MAX:
                self._knows_all = False
            # More bytes than the pixels of a strip take are something else.
            most = _strip_size(values) if offsets == 273 else None  # noqa: PLR2004  strips
            for at, size in zip(places, sizes, strict=False):
                yield at, at + (size if most is None else min(size, most))

    def _cover_pixels(self, values: dict[int, Value]) -> None:
        if whole_numbers(values.get(259), 1)[:1] == [_OLD_JPEG] and 513 not in values:  # noqa: PLR2004
            self._knows_all = False
        for at, end in self._stretches(values):
            self._covered.append((at, end))
            if end > self._data.size and self._whole:
                self._holdings.blame("some of its pixels lie behind its end")
        if self._whole:
            self._packed(values)

    def _packed(self, values: dict[int, Value]) -> None:
        """What strips and tiles hold beside pixels.

        Unpacking them takes as long as decoding: it is done when two files are compared in full.
        """
        packing = whole_numbers(values.get(259), 1)[:1]
        if packing == [_JPEG] and _TABLES in values:
            take_jpeg(Data(values[_TABLES].content()), self._holdings)
        for at, end in self._stretches(values):
            if packing == [_JPEG]:
                take_jpeg(self._data.part(at, end - at), self._holdings)
            elif packing and packing[0] in _DEFLATED and self._holdings.is_proof:
                self._deflated(at, end, _unpacked_size(values) or 0)

    def _deflated(self, at: int, end: int, room: int) -> None:
        """Look behind a deflated strip; empty tiles of honest files are one and the same."""
        if (at, end) in self._unpacked:
            return
        self._unpacked.add((at, end))
        self._packed_size += end - at
        if self._packed_size > self._data.size:
            raise Excess  # strips that overlap: a thousandfold of each would be unpacked
        take_deflated(self._data, at, end, room, self._holdings)

    def _gaps(self) -> None:
        """Bytes that no table points at."""
        if not self._knows_all:
            return
        reached = 0
        for at, end in sorted(self._covered):
            if at > reached + _SLACK:
                self._gap(reached, at)
            reached = max(reached, end)
        if self._whole:
            add_tail(self._data, reached, self._holdings)
        elif self._data.size > reached + _SLACK:
            self._gap(reached, self._data.size)

    def _gap(self, at: int, end: int) -> None:
        ghost = _GHOST.match(self._data.read(at, 64)) if self._whole else None
        if ghost is not None:
            at += ghost.end() + int(ghost[1])
        if all(map(is_padding, self._data.pieces(at, end))):
            return
        kind = Kind.DATA if self._whole else Kind.TECHNICAL
        self._holdings.add_range(kind, "gap", self._data, at, end)


def _strip_size(values: dict[int, Value]) -> int | None:
    """Bytes of a strip's pixels at most; None if they are packed, or that is not told."""
    return _unpacked_size(values) if whole_numbers(values.get(259), 1)[:1] == [1] else None


def _unpacked_size(values: dict[int, Value]) -> int | None:
    """Bytes of the pixels of a strip or tile at most, as they are unpacked; None if not told."""
    tags = (256, 257, 277, 278)
    width, height, channels, rows = (whole_numbers(values.get(tag), 1)[:1] for tag in tags)
    if 324 in values:  # noqa: PLR2004  tiles
        width, height, rows = (whole_numbers(values.get(tag), 1)[:1] for tag in (322, 323, 323))
    if not (width and height):
        return None
    row = -(-width[0] * (channels or [1])[0] * _bits(values) // 8)
    return row * min((rows or height)[0], height[0])


def _area(values: dict[int, Value]) -> int:
    width, height = (whole_numbers(values.get(tag), 1) for tag in (256, 257))
    return width[0] * height[0] if width and height else 0


def _bits(values: dict[int, Value]) -> int:
    return max(whole_numbers(values.get(258), 8), default=1)
