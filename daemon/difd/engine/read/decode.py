"""From a file to its `Record`: opened safely, decoded in full, made planes and digests.

Runs in workers. Whatever is wrong with a file is that file's `Unreadable`, with a reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from difd.engine.features.features import working_size
from difd.engine.formats import (
    FAULTS,
    PIXEL_LIMIT,
    Refused,
    check_claim,
    check_size,
    count_frames,
    is_raw_file,
    open_picture,
    quiet,
    reason_of,
)
from difd.engine.read import metadata
from difd.engine.read.bands import (
    AnyBand,
    bands_of,
    bands_of_array,
    displayed_bands,
    displayed_size,
)
from difd.engine.read.colours import profile_of, shown_band
from difd.engine.read.depth import is_reduced
from difd.engine.read.extras import holds_more
from difd.engine.read.fingerprint import Fingerprint, opaque_digest
from difd.engine.read.grey import Looked, features_in, grey_of_pixels, upright, working_grey
from difd.engine.read.jpeg import pixels_of_jpeg
from difd.engine.read.look import look
from difd.engine.read.raw import open_raw
from difd.engine.read.resample import Resampler, value_range_of
from difd.engine.read.source import Source, open_source
from difd.engine.read.value.survey import Survey, survey
from difd.engine.record import Digested, Found, ReadRequest, Record, Unreadable

ANIMATION_LIMIT: Final = 1_500_000_000
"""Pixels of all frames together that are digested; a longer animation is equal to its own bytes
only, and its first, middle and last frame are still compared."""


_CHANGED: Final = "changed during the search"
_TOO_LARGE: Final = f"too large: over {PIXEL_LIMIT // 1_000_000} megapixels"
_NEEDS_MEMORY: Final = "needs more memory than a worker may take"


class _Frames(msgspec.Struct):
    """What the frames of a picture add up to."""

    turn: int
    orientation: int
    size: tuple[int, int]
    planes: list[list[NDArray[np.uint8]]]
    value_range: tuple[float, float] | None
    features: bytes | None


class _Frame(NamedTuple):
    """A decoded frame: Pillow's, or the pixels of a JPEG."""

    picture: Image.Image
    pixels: NDArray[Any] | None

    def bands(self, turn: int) -> Iterator[AnyBand]:
        """Its bands, as they are after a turn."""
        if self.pixels is None:
            return bands_of(self.picture, turn)
        return bands_of_array(self.pixels, turn)

    def grey(self, value_range: tuple[float, float] | None) -> Looked:
        """In its working size, as it is stored."""
        if self.pixels is None:
            return working_grey(self.picture, value_range)
        size = self.picture.size
        return Looked(grey_of_pixels(self.pixels, size, working_size(size)), None)


def read(request: ReadRequest) -> Record | Digested | Unreadable:
    """What a file becomes: its record, its digest if that says enough, or why there is neither."""
    path = request.file.path
    try:
        with open_source(path) as source:
            _check_unchanged(request.file, source.status)
            if not request.decode or source.digest in request.known:
                return Digested(source.digest)
            return _decode_or_blame(request, source)
    except Refused as refusal:
        return Unreadable(path, str(refusal))
    except OSError as error:
        return Unreadable(path, damage_reason(error))


def open_any(path: bytes, stream: IO[bytes]) -> tuple[Image.Image, bool]:
    """The picture in a stream, and whether the file holds more than is decoded of it.

    Raises:
        Refused: it will not be read.
    """
    if is_raw_file(path, stream):
        return open_raw(stream), True
    picture = open_picture(stream)
    return picture, is_reduced(picture, stream) or holds_more(picture)


def colour_profile(picture: Image.Image) -> bytes:
    """The bytes of the colour profile; empty if there is none."""
    profile = picture.info.get("icc_profile")
    return profile if isinstance(profile, bytes) else b""


def shown_as(picture: Image.Image, found: Survey) -> bytes:
    """All that decides how the picture's values are shown, in one form; empty if all is as usual.

    Args:
        picture: as opened.
        found: the walk of its file.
    """
    return colour_profile(picture) + found.shown


def load_frame(picture: Image.Image, index: int) -> None:
    """Decode one frame in full.

    Raises:
        Refused: it has too many pixels, or more than its file has room for.
    """
    if index:
        picture.seek(index)
        # Only in TIFF has a frame a size of its own.
        if isinstance(picture, TiffImagePlugin.TiffImageFile) and picture.fp is not None:
            check_claim(picture, picture.fp)
    check_size(picture.size)
    picture.load()
    check_size(picture.size)


def _check_unchanged(file: Found, status: os.stat_result) -> None:
    # Not the device: every machine that mounts a storage gives it a number of its own.
    now = (status.st_ino, status.st_size, status.st_mtime_ns)
    if now != (file.inode, file.size, file.mtime_ns):
        raise Refused(_CHANGED)


def _check_same(before: bytes, now: bytes) -> None:
    if now != before:
        raise Refused(_CHANGED)


def _decode_or_blame(request: ReadRequest, source: Source) -> Record | Unreadable:
    """The record of an open file, or what is wrong with it."""
    path = request.file.path
    try:
        return _decode(request, source)
    except Refused as refusal:
        return Unreadable(path, str(refusal), source.digest)
    except Image.DecompressionBombError:
        return Unreadable(path, _TOO_LARGE, source.digest)
    except MemoryError:
        return Unreadable(path, _NEEDS_MEMORY)
    except FAULTS as error:
        # Some decoders put a lack of memory into words of their own.
        elsewhere = isinstance(error, OSError) and error.errno is not None
        blameless = elsewhere or "memory" in str(error).lower()
        return Unreadable(path, damage_reason(error), b"" if blameless else source.digest)


def _decode(request: ReadRequest, source: Source) -> Record:
    seen = look(request, source) if request.mode == "fast" else None
    if seen is not None:
        return seen
    with quiet():
        return _decode_in_full(request, source)


def _decode_in_full(request: ReadRequest, source: Source) -> Record:
    picture, incomplete = open_any(request.file.path, source.stream)
    with picture:
        found = survey(source.stream, str(picture.format))
        count = count_frames(picture)
        incomplete = incomplete or count * picture.width * picture.height > ANIMATION_LIMIT
        fingerprint = None if incomplete else Fingerprint(shown_as(picture, found))
        profile = profile_of(picture, found.shown)
        frames = _read_frames(
            picture, count, request, fingerprint, profile if request.shown else b""
        )
        record = _record(request, source, picture, frames, fingerprint)
        if profile:
            record = replace(record, colours="shown" if request.shown else "stored")
        return replace(record, **_details(record.format, picture, found))


def _details(kind: str, picture: Image.Image, found: Survey) -> dict[str, Any]:
    """What a file holds beside its pixels, as fields of its record."""
    # What makers of cameras do in their own formats is no damage.
    damage = "" if kind == "RAW" else found.damage
    return {
        "metadata": metadata.kinds_of(picture),
        "value": found.value,
        "damage": damage,
        "taken": found.taken,
        "described": True,
    }


def describe(record: Record) -> Record | Unreadable:
    """The record of a first look with what its file holds beside the pixels."""
    path = record.file.path
    try:
        with quiet(), open_source(path) as source:
            _check_unchanged(record.file, source.status)
            _check_same(record.digest, source.digest)
            with open_picture(source.stream) as picture:
                found = survey(source.stream, str(picture.format))
                return replace(record, **_details(record.format, picture, found))
    except Refused as refusal:
        return Unreadable(path, str(refusal))
    except FAULTS as error:
        return Unreadable(path, damage_reason(error))


def _record(
    request: ReadRequest,
    source: Source,
    picture: Image.Image,
    frames: _Frames,
    fingerprint: Fingerprint | None,
) -> Record:
    width, height = displayed_size(frames.size, frames.turn)
    digests = (
        (fingerprint.pixel_digest(), fingerprint.sums_digest())
        if fingerprint is not None
        else (opaque_digest(b"pixels", source.digest), opaque_digest(b"sums", source.digest))
    )
    return Record(
        file=request.file,
        width=width,
        height=height,
        format="RAW" if is_raw_file(request.file.path, source.stream) else str(picture.format),
        orientation=frames.orientation,
        frames=count_frames(picture),
        digest=source.digest,
        former=source.former,
        pixel_digest=digests[0],
        sums_digest=digests[1],
        value_range=frames.value_range,
        metadata=(),
        planes=_stack(frames.planes),
        tally=fingerprint.tally if fingerprint is not None and len(frames.planes) == 1 else b"",
        features=frames.features,
    )


def _read_frames(
    picture: Image.Image,
    count: int,
    request: ReadRequest,
    fingerprint: Fingerprint | None,
    profile: bytes,
) -> _Frames:
    """Decode the frames in order; planes come from the first, the middle and the last one.

    Args:
        picture: as opened.
        count: of frames.
        request: what is wanted.
        fingerprint: what takes all pixels; None if they do not say everything.
        profile: by which the planes are brought to sRGB, if it is not empty.
    """
    shown = (0, count // 2, count - 1) if count > 1 else (0,)
    orientation = 1
    size = picture.size
    by_index: dict[int, list[NDArray[np.uint8]]] = {}
    ranges = []
    features = None
    for index in range(count):
        if fingerprint is None and index not in shown:
            continue
        frame = _frame(picture, index)
        if index == 0:
            orientation = metadata.orientation_left(picture)
            size = picture.size
        turn = metadata.turn_for(orientation)
        wanted = index in shown
        values = value_range_in(picture) if wanted else None
        if values is not None:
            ranges.append(values)
        resampler = Resampler(picture.size, request.px_size, values) if wanted else None
        if fingerprint is not None:
            fingerprint.begin_frame(picture, turn)
        _pass_bands(frame, turn, fingerprint, resampler, profile)
        if index == 0 and request.features:
            features = features_in(upright(frame.grey(values), turn))
        if fingerprint is not None:
            fingerprint.end_frame()
        if resampler is not None:
            by_index[index] = resampler.planes(turn)
    return _Frames(
        turn=metadata.turn_for(orientation),
        orientation=orientation,
        size=size,
        planes=[by_index[index] for index in shown],
        value_range=(min(r[0] for r in ranges), max(r[1] for r in ranges)) if ranges else None,
        features=features,
    )


def _frame(picture: Image.Image, index: int) -> _Frame:
    pixels = pixels_of_jpeg(picture) if index == 0 else None
    if pixels is None:
        load_frame(picture, index)
    return _Frame(picture, pixels)


def _pass_bands(
    frame: _Frame,
    turn: int,
    fingerprint: Fingerprint | None,
    resampler: Resampler | None,
    profile: bytes,
) -> None:
    """One pass over the picture for both, or one for each if they want it in different turns."""
    shared = resampler is not None and resampler.turn == turn
    if fingerprint is not None and not shared:
        for band in frame.bands(turn):
            fingerprint.add_band(band)
    if resampler is not None:
        for band in frame.bands(resampler.turn):
            resampler.add(shown_band(band, profile) if profile else band)
            if fingerprint is not None and shared:
                fingerprint.add_band(band)


def value_range_in(picture: Image.Image) -> tuple[float, float] | None:
    """The witness of modes without a fixed range; a PGM in mode I is 16-bit by definition."""
    if picture.mode == "F" or (picture.mode == "I" and picture.format != "PPM"):
        return value_range_of(displayed_bands(picture))
    return None


def _stack(frames: list[list[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """Planes in the order of the record; an opaque frame is its own picture on black."""
    widest = max(len(planes) for planes in frames)
    ordered = [plane for planes in frames for plane in (planes * widest)[:widest]]
    return np.ascontiguousarray(np.stack(ordered))


def damage_reason(error: Exception) -> str:
    """What a decoder complains about, as a short phrase."""
    if isinstance(error, OSError) and error.errno is not None:
        return reason_of(error)
    text = " ".join(str(error).split())
    if "truncated" in text.lower() or isinstance(error, EOFError):
        return "the file is truncated"
    return f"damaged: {text[:200]}" if text else f"damaged: {type(error).__name__}"
