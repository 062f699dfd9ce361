"""Walks files made of boxes: HEIF, AVIF, JPEG XL and JPEG 2000."""

from __future__ import annotations

import re
from typing import Final

from difd.engine.read.value import nested
from difd.engine.read.value.boxes import Box, boxes_of
from difd.engine.read.value.data import Data
from difd.engine.read.value.heif import Meta, take_exif_item
from difd.engine.read.value.holdings import Holdings, size_words
from difd.engine.read.value.jpeg2000 import take_codestream, take_header
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.samples import descriptions_of, samples_of
from difd.engine.read.value.tail import kind_of
from difd.engine.read.value.worthless import is_padding

_UUIDS: Final = {
    bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): "xmp",
    b"JpgTiffExif->JP2": "exif",
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): "iptc",
}
_GEO: Final = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03")
_STRUCTURE: Final = frozenset(
    {b"ftyp", b"jP  ", b"JXL ", b"jxlc", b"jxlp", b"jxll", b"jxli", b"jp2c"}
)
_PADDED: Final = frozenset({b"free", b"skip", b"wide"})
_NAMES: Final = {b"mpvd": Kind.MOVIE, b"moov": Kind.MOVIE, b"moof": Kind.MOVIE}
_SEQUENCE_PARTS: Final = frozenset({b"mvhd", b"iods"})
_TRACK_PARTS: Final = frozenset({b"tkhd", b"edts", b"tref"})
_BRANDS_MAX: Final = 512
"""Bytes of what a file says it is compatible with: a hundred formats and more."""

_SEQUENCE, _STILL = b"avis", b"avif"
"""Brands of an AVIF whose frames are decoded, and, if it comes first, of one whose are not."""

_ALPHA: Final = re.compile(rb":alpha|auxid:1|\A(?!.*auxi)", re.DOTALL)
"""What a track of transparency says about itself; older encoders say nothing."""


def walk_boxes(data: Data, holdings: Holdings) -> None:
    """Walk a file that begins with a box."""
    boxes = list(boxes_of(data, 0, data.size))
    brands = b"".join(
        data.read(box.inside, min(_BRANDS_MAX, box.end - box.inside))
        for box in boxes
        if box.name == b"ftyp"
    )
    movie = next((box for box in boxes if box.name == b"moov"), None)
    if _SEQUENCE not in brands or brands.startswith(_STILL):
        movie = None
    frames = _sequence(movie, data, holdings) if movie else None
    meta: Meta | None = None
    _second_streams(boxes, data, holdings)
    for box in boxes:
        if not box.whole:
            holdings.blame("one of its parts is longer than the file")
        if box.name == b"ftyp":
            holdings.add_range(Kind.DATA, "ftyp", data, box.inside + _BRANDS_MAX, box.end)
        elif box.name == b"meta" and meta is None:
            meta = Meta(data, box, holdings, shows_clap=b"avi" in brands, frames=frames)
            meta.walk()
        elif box.name != b"mdat" and box is not movie:
            _take(box, data, holdings)
    if meta is None or meta.knows_all:
        covered = [*(frames or ()), *(meta.covered if meta else ())]
        for box in boxes:
            if box.name == b"mdat":
                _unused(box, covered, data, holdings)


def _second_streams(boxes: list[Box], data: Data, holdings: Holdings) -> None:
    """Take in the codestreams of JPEG 2000 behind the first, which is the one that is decoded."""
    streams = [box for box in boxes if box.name == b"jp2c"]
    for box in streams[1:]:
        holdings.add_range(Kind.PICTURE, "second", data, box.inside, box.end)


def _sequence(box: Box, data: Data, holdings: Holdings) -> list[tuple[int, int]]:
    """Take in what a sequence holds beside its frames; where these and their transparency lie."""
    frames: dict[bytes, list[tuple[int, int]]] = {}
    for inner in boxes_of(data, box.inside, box.end):
        if inner.name == b"trak":
            kind = _track(inner, data, holdings)
            if kind in frames:
                holdings.add_range(Kind.PICTURE, "track", data, inner.inside, inner.end)
            elif kind:
                frames[kind] = samples_of(data, inner)
        elif inner.name not in _SEQUENCE_PARTS:
            _take(inner, data, holdings)
    return sorted(place for places in frames.values() for place in places)


def _track(box: Box, data: Data, holdings: Holdings) -> bytes:
    """Take in a track, unless it is frames or their transparency; which of these it is."""
    kinds = []
    for inner in boxes_of(data, box.inside, box.end):
        if inner.name == b"mdia":
            parts = boxes_of(data, inner.inside, inner.end)
            kinds += [data.read(one.inside + 8, 4) for one in parts if one.name == b"hdlr"]
        elif inner.name not in _TRACK_PARTS:
            _take(inner, data, holdings)
    if kinds == [b"pict"]:
        return b"pict"
    if kinds == [b"auxv"] and _ALPHA.search(descriptions_of(data, box).lower()):
        return b"auxv"
    kind = Kind.SOUND if b"soun" in kinds else Kind.DATA
    holdings.add(kind, repr(kinds), data.pieces(box.inside, box.end), size_words(box.end - box.at))
    return b""


def _unused(box: Box, covered: list[tuple[int, int]], data: Data, holdings: Holdings) -> None:
    """What of the media belongs to no item."""
    reached = box.inside
    for at, end in [*sorted(covered), (box.end, box.end)]:
        begin, stop = max(reached, box.inside), min(at, box.end)
        if stop > begin and not all(map(is_padding, data.pieces(begin, stop))):
            holdings.add_range(kind_of(data, begin, stop), "unused", data, begin, stop)
        reached = max(reached, end)


def _take(box: Box, data: Data, holdings: Holdings) -> None:
    size = box.end - box.inside
    if box.name == b"jp2c":
        take_codestream(data, box.inside, box.end, holdings)
    if box.name in _STRUCTURE:
        return
    match box.name:
        case b"Exif":
            take_exif_item(data.read(box.inside, size), holdings)
        case b"xml ":
            nested.take_xmp(data.read(box.inside, size), holdings)
        case b"jp2h":
            take_header(box, data, holdings)
        case b"uuid":
            _uuid(box, data, holdings)
        case b"jbrd" | b"jumb" | b"brob":
            name = box.name.decode()
            holdings.add(Kind.TECHNICAL, name, data.pieces(box.inside, box.end))
        case _ if box.name in _PADDED and all(map(is_padding, data.pieces(box.inside, box.end))):
            pass
        case _ if box.name or not all(map(is_padding, data.pieces(box.at, box.end))):
            kind = _NAMES.get(box.name) or kind_of(data, box.at, box.end)
            holdings.add(
                kind, repr(box.name), data.pieces(box.inside, box.end), size_words(box.end - box.at)
            )


def _uuid(box: Box, data: Data, holdings: Holdings) -> None:
    identity = data.read(box.inside, 16)
    content = data.read(box.inside + 16, box.end - box.inside - 16)
    match _UUIDS.get(identity):
        case "xmp":
            nested.take_xmp(content, holdings)
        case "exif":
            nested.take_exif(content, holdings)
        case "iptc":
            nested.take_iptc(content, holdings)
        case _ if identity == _GEO:
            holdings.add(Kind.PLACE, "geo", content)
        case _:
            holdings.add(Kind.DATA, identity.hex(), content, size_words(len(content)))
