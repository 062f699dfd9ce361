"""Walks JPEG files: every segment, every scan, and what follows the end of the picture."""

from __future__ import annotations

import re
import struct
from typing import Final

from difd.engine.read.value import nested
from difd.engine.read.value.data import Data
from difd.engine.read.value.exif import note_aspect
from difd.engine.read.value.holdings import Holdings, decoded, size_words
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.scans import Scans
from difd.engine.read.value.tail import kind_of
from difd.engine.read.value.thumbnail import FRAMES, is_thumbnail, jpeg_at
from difd.engine.read.value.worthless import is_encoder_comment, is_padding

_SOI, _EOI, _SOS, _COM, _DRI = 0xD8, 0xD9, 0xDA, 0xFE, 0xDD
_APP0: Final = 0xE0
_APPS: Final = range(0xE0, 0xF0)
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_CODING: Final = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, 0xDE, 0xDF})
"""Markers of frames and tables: the decoder needs them, nobody else."""

_NEXT: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_MARKER: Final = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_RESTARTS: Final = re.compile(rb"\xff([\xd0-\xd7])")

_SEGMENTS_MAX: Final = 100_000
_EXTENDED_MAX: Final = 256 << 20
"""Bytes of an extended XMP packet."""

_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_MORE: Final = b"http://ns.adobe.com/xmp/extension/\0"
_DUCKY_QUALITY: Final = 1
_INKS: Final = 4
"""Components of a picture for printers."""

_PREVIEWS: Final = frozenset({0x010001, 0x010002})
"""Types of MPF entries: a small and a large preview of the picture itself."""

_MP_ENTRIES: Final = 0xB002


class _Walk:
    """One walk; `_extended` are the parts of longer XMP packets, `_pictures` what MPF lists."""

    def __init__(self, data: Data, holdings: Holdings) -> None:
        self._data, self._holdings = data, holdings
        self._extended: dict[bytes, dict[int, bytes]] = {}
        self._pictures: list[tuple[int, int, bool]] = []
        self._restarts, self._area, self._scans = False, 0, Scans()
        self._inks, self._by_adobe = False, False
        self._profile: list[bytes] = []

    def run(self) -> None:
        end = self._segments()
        for parts in self._extended.values():
            nested.take_xmp(b"".join(parts[at] for at in sorted(parts)), self._holdings)
        self._show_profile()
        if self._inks and not self._by_adobe:
            # Pillow takes four inks as Adobe stores them, inverted; other programs do not.
            self._holdings.show("inks", "not Adobe's")
        if end is None:
            self._holdings.blame("the end of its picture is missing")
        else:
            self._tail(end)

    def _show_profile(self) -> None:
        """A profile is part of how it is shown; one that cannot be put together, to some programs.

        Its parts begin with their number, from 1, and how many there are.
        """
        parts = sorted(self._profile)
        count = len(parts)
        if [part[:2] for part in parts] != [bytes([one, count]) for one in range(1, count + 1)]:
            self._holdings.show("broken profile", b"".join(parts).hex())

    def _segments(self) -> int | None:
        """Walk up to the end of the picture and say where that is; None if there is none."""
        at = 2
        for _ in range(_SEGMENTS_MAX):
            start = self._data.find(_MARKER, at, 1)
            if start < 0:
                return None
            if start > at and not self._is_fill(at, start):
                self._holdings.blame(
                    "there is something between its parts that does not belong there"
                )
            marker = self._data.read(start + 1, 1)[0]
            at = start + 2
            if marker == _EOI:
                if not self._scans.are_whole():
                    self._holdings.blame("it ends before its picture is whole")
                return at
            if marker in _ALONE or marker == _SOI:
                self._holdings.blame("its parts are in a wrong order")
                continue
            length = int.from_bytes(self._data.read(at, 2), "big")
            if length < 2 or at + length > self._data.size:  # noqa: PLR2004  itself
                self._holdings.blame("one of its parts is longer than the file")
                return None
            self._take(marker, at + 2, length - 2)
            at += length
            if marker == _SOS:
                at = self._scan(at)
                if at < 0:
                    return None
        self._holdings.blame("it has too many parts")
        return None

    def _is_fill(self, at: int, end: int) -> bool:
        return all(not piece.strip(b"\xff") for piece in self._data.pieces(at, end))

    def _scan(self, at: int) -> int:
        """Where the pixels of a scan end."""
        end = self._data.find(_NEXT, at, 1)
        if self._restarts and end >= 0:
            found = b"".join(_RESTARTS.findall(self._data.read(at, end - at)))
            cycle = bytes(range(0xD0, 0xD8))
            if found != (cycle * (len(found) // 8 + 1))[: len(found)]:
                self._holdings.blame("marks between its pixels are in a wrong order")
        return end

    def _take(self, marker: int, at: int, length: int) -> None:
        if marker in FRAMES:
            head = self._data.read(at, length)
            height, width = struct.unpack_from(">HH", head, 1)
            self._area, self._inks = height * width, head[5] == _INKS
            self._scans.begin(marker, head)
        if marker == _SOS:
            self._scans.add(self._data.read(at, length))
        if marker in _CODING or marker == _SOS:
            if marker == _DRI:
                self._restarts = self._data.read(at, 2) != b"\0\0"
            return
        content = self._data.read(at, length)
        if marker == _COM:
            take_comment(content, self._holdings)
        elif marker in _APPS:
            self._application(marker - _APP0, content, at)
        else:
            self._holdings.add(Kind.DATA, f"marker {marker}", content, size_words(len(content)))

    def _application(self, number: int, content: bytes, at: int) -> None:  # noqa: C901  a list
        match number:
            case 0 if content.startswith(b"JFIF\0"):
                self._jfif(content)
            case 0 if content.startswith(b"JFXX\0") and _is_jfxx(content[5:]):
                pass  # a thumbnail
            case 1 if content.startswith(b"Exif\0"):
                nested.take_exif(content[6:], self._holdings)
            case 1 if content.startswith(_XMP):
                nested.take_xmp(content[len(_XMP) :], self._holdings)
            case 1 if content.startswith(_XMP_MORE):
                self._keep_extended(content[len(_XMP_MORE) :])
            case 2 if content.startswith(b"ICC_PROFILE\0"):
                self._profile.append(content[12:])
            case 2 if content.startswith(b"MPF\0"):
                self._list_pictures(content[4:], at + 4)
            case 12 if content.startswith(b"Ducky"):
                self._ducky(content[5:])
            case 13 if content.startswith(b"Photoshop 3.0\0"):
                nested.take_photoshop(content[14:], self._holdings)
            case 14 if content.startswith(b"Adobe"):
                self._by_adobe = True
                if len(content) > 12:  # noqa: PLR2004  its length
                    self._other(number, content)
            case _ if not is_padding(content):
                self._other(number, content)

    def _jfif(self, content: bytes) -> None:
        """JFIF's own segment: densities and perhaps a thumbnail."""
        if len(content) >= 12:  # noqa: PLR2004  up to the densities
            across, down = struct.unpack_from(">HH", content, 8)
            note_aspect(across, down, self._holdings)
        behind = content[14 + 3 * content[12] * content[13] :] if len(content) >= 14 else b""  # noqa: PLR2004
        if not is_padding(behind):
            self._other(0, behind)

    def _other(self, number: int, content: bytes) -> None:
        head = content[:32].split(b"\0", 1)[0].decode("ascii", "replace")
        # Content credentials come in many parts; meta tables of old cameras are technical.
        if number in {3, 11} or head in {"FPXR", "JP", "Meta", "META", "EPPIM", "PIC"}:
            kind = Kind.TECHNICAL if head != "FPXR" else Kind.OTHER
            self._holdings.add(kind, f"APP{number}", content, f"{head or 'APP'}{number}")
        else:
            self._holdings.add(Kind.DATA, f"APP{number}", content, size_words(len(content)))

    def _keep_extended(self, content: bytes) -> None:
        guid, (_, offset) = content[:32], struct.unpack_from(">II", content, 32)
        parts = self._extended.setdefault(guid, {})
        part = content[40:]
        if sum(map(len, parts.values())) < _EXTENDED_MAX and parts.setdefault(offset, part) == part:
            return
        self._other(1, content)

    def _ducky(self, content: bytes) -> None:
        """Photoshop's own segment: a quality, and perhaps texts."""
        at = 0
        while at + 4 <= len(content):
            tag, length = struct.unpack_from(">HH", content, at)
            if not tag:
                if not is_padding(content[at:]):
                    self._other(12, content[at:])
                return
            if tag != _DUCKY_QUALITY:
                text = content[at + 8 : at + 4 + length].decode("utf-16-be", "replace")
                self._holdings.add_text(Kind.COMMENT, text)
            at += 4 + length

    def _list_pictures(self, content: bytes, start: int) -> None:
        """MPF: where further pictures of the file lie, and of which kind they are."""
        order = "<" if content[:2] == b"II" else ">"
        (at,) = struct.unpack_from(order + "I", content, 4)
        (count,) = struct.unpack_from(order + "H", content, at)
        for entry in range(at + 2, at + 2 + 12 * min(count, 16), 12):
            tag, _, size, place = struct.unpack_from(order + "HHII", content, entry)
            if tag != _MP_ENTRIES:
                continue
            for one in range(place, place + size, 16):
                kind, length, offset = struct.unpack_from(order + "III", content, one)
                if offset:
                    begin = start + offset
                    preview = kind & 0xFFFFFF in _PREVIEWS
                    self._pictures.append((begin, begin + length, preview))

    def _tail(self, at: int) -> None:
        """What follows the end; a preview that MPF lists is the picture itself."""
        for begin, end, preview in sorted(self._pictures):
            if begin < at or end > self._data.size:
                continue
            self._unknown(at, begin)
            small = jpeg_at(self._data, begin, end) if preview else None
            if small is not None and small.area < self._area:
                at = small.end
            else:
                self._holdings.add_range(Kind.PICTURE, "", self._data, begin, end)
                at = end
        self._unknown(at, self._data.size)

    def _unknown(self, at: int, end: int) -> None:
        if at < end and not all(map(is_padding, self._data.pieces(at, end))):
            kind = kind_of(self._data, at, end)
            self._holdings.add_range(kind, "behind", self._data, at, end)


def _is_jfxx(content: bytes) -> bool:
    """Whether an extension of JFIF is a thumbnail, and no more: JPEG, palette, or three bytes."""
    code, across, down = content[0], *content[1:3]
    if code == 0x10:  # noqa: PLR2004  JFIF's number
        return is_thumbnail(content[1:])
    used = across * down * 3 if code == 0x13 else 768 + across * down  # noqa: PLR2004  the same
    return is_padding(content[3 + used :])


def take_comment(content: bytes, holdings: Holdings) -> None:
    """Take in a comment; one with zeros inside is no text."""
    if b"\0" in content.strip(b"\0"):
        holdings.add(Kind.DATA, "comment", content, size_words(len(content)))
    elif not is_encoder_comment(decoded(content)):
        holdings.add_text(Kind.COMMENT, decoded(content))


def walk_jpeg(data: Data, holdings: Holdings) -> None:
    """Walk a JPEG file."""
    _Walk(data, holdings).run()
