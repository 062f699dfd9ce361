"""The pixel digest and the orientation-free sums of a picture, from its bands.

Equal pixel digests mean the same picture. Equal sums are what a picture shares with its turned
and mirrored copies: they only say which pictures are worth comparing pixel by pixel.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray
from PIL import Image

from difd.digests import digest_of, new_digest, short_digest
from difd.engine.native.chosen import loops
from difd.engine.read.bands import CONVERTED_MODES, AnyBand, as_sampled, frame_label, samples
from difd.engine.read.pixel_memory import CHANNELS, pixels_of

_NARROW_SEGMENT: Final = 256
"""8-bit products are added in float32 over this many pixels: 256 · 255² is below 2^24, so every
partial sum is an exact integer (2.5 ms a megapixel; in float64 8 ms)."""

_TALLIED: Final = {"L": 1, "RGB": 3}
"""Modes that JPEGs are decoded to, and how many channels they have."""

_TALLY: Final = 12
"""Bytes of a tally: it only says which pictures are worth a second look."""

_WIDE_SEGMENT: Final = 1 << 20
"""16-bit products are added in float64 over this many: 2^20 · 65535² is below 2^53."""


class Fingerprint:
    """Collects frames, then gives both digests.

    Args:
        profile: what decides how the values are shown: the colour profile's bytes.
    """

    def __init__(self, profile: bytes) -> None:
        self._pixels = new_digest(profile)
        self._sums = new_digest(profile)
        self._frames = 0
        self.tally = b""
        """See `tally_of`; empty until a frame has ended, and for modes that no first look sees."""

    def begin_frame(self, picture: Image.Image, turn: int) -> None:
        """Take what is not in the pixels: size, mode, and how long the frame is shown.

        Args:
            picture: the frame, as it is stored.
            turn: the turn in which its bands will come.
        """
        width, height = picture.size
        if turn % 2:
            width, height = height, width
        label = frame_label(picture).encode()
        self._size, self._mode = picture.size, picture.mode
        self._pixels.update(struct.pack("<QQ", width, height) + label)
        self._sums.update(struct.pack("<QQ", *sorted((width, height))) + label)
        self._totals: NDArray[Any] | None = None
        self._frames += 1

    def add_band(self, band: AnyBand) -> None:
        """Take the next band of the frame, as displayed.

        What is hashed of 8-bit pictures is row by row, and in a row channel by channel: that is
        what the loops make anyway.
        """
        planes, sums = _count_in_place(band) or _count_by_numpy(band)
        self._pixels.update(np.ascontiguousarray(planes).reshape(-1).view(np.uint8).data)
        self._totals = sums if self._totals is None else self._totals + sums

    def end_frame(self) -> None:
        """Close the frame."""
        totals = () if self._totals is None else self._totals.tolist()
        self._sums.update(repr(totals).encode())
        channels = _TALLIED.get(self._mode)
        if channels and totals:
            self.tally = tally_of(self._size, totals[:channels])

    def pixel_digest(self) -> bytes:
        """32 bytes, equal for the same picture as displayed."""
        return self._closed(self._pixels).digest()

    def sums_digest(self) -> bytes:
        """16 bytes, equal for a picture and its turned and mirrored copies."""
        return short_digest(self._closed(self._sums))

    def _closed(self, state: blake3) -> blake3:
        final = state.copy()
        final.update(struct.pack("<Q", self._frames))
        return final


def _count_in_place(band: AnyBand) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """The values row by row and channel by channel, and the sums; 7 ms for 12 megapixels."""
    image = band.image if band.mode in CONVERTED_MODES else None
    image = None if image is None else as_sampled(image)
    pixels = band.pixels if image is None else pixels_of(image)
    if pixels is None:
        return None
    channels = CHANNELS[band.mode if image is None else image.mode]
    sums = np.zeros(channels + channels * (channels + 1) // 2, np.int64)
    if channels == 1:
        loops.add_grey(pixels, sums)
        return pixels, sums
    rows, width = pixels.shape
    planes = np.empty((rows, channels, width), np.uint8)
    loops.split_and_add(pixels, planes, sums)
    return planes, sums


def _count_by_numpy(band: AnyBand) -> tuple[NDArray[Any], NDArray[Any]]:
    """The same in any mode; 72 ms for 12 megapixels of RGB."""
    values = samples(band.image)
    return values.transpose(0, 2, 1), channel_sums(values.reshape(-1, values.shape[2]))


def channel_sums(values: NDArray[Any]) -> NDArray[Any]:
    """Sums of the channels and of the products of each two (squares included), exact.

    Args:
        values: (pixels, channels) uint8 or uint16.

    Returns:
        Python integers as an object array, of length c + c·(c + 1)/2.
    """
    narrow = values.dtype.itemsize == 1
    segment = _NARROW_SEGMENT if narrow else min(_WIDE_SEGMENT, max(1, len(values)))
    pixels, channels = values.shape
    count = -(-pixels // segment)
    planar = np.zeros((channels, count * segment), np.float32 if narrow else np.float64)
    planar[:, :pixels] = values.T
    rows = planar.reshape(channels, count, segment)
    parts = [row.sum(axis=1) for row in rows]
    parts += [
        np.einsum("ij,ij->i", rows[i], rows[j]) for i in range(channels) for j in range(i, channels)
    ]
    # Each part is a row of exact integers; 64 bits hold their sum over any band.
    return np.array([int(part.astype(np.uint64).sum()) for part in parts], dtype=object)


def tally_of(size: tuple[int, int], sums: Sequence[int]) -> bytes:
    """What a picture shares with its turned and mirrored copies, and costs next to nothing.

    Args:
        size: width and height.
        sums: of its channels.
    """
    return digest_of(struct.pack(f"<{2 + len(sums)}Q", min(size), max(size), *sums))[:_TALLY]


def tally_of_pixels(pixels: NDArray[Any]) -> bytes:
    """The same of pixels in L or RGB, (height, width); see `pixel_memory`."""
    grey = pixels.dtype.itemsize == 1
    sums = np.zeros(2 if grey else 3, np.int64)
    if grey:
        loops.add_grey(pixels, sums)
    else:
        loops.add_channels(pixels, sums)
    return tally_of(pixels.shape, sums[: 1 if grey else 3].tolist())


def opaque_digest(purpose: bytes, digest: bytes) -> bytes:
    """A digest that only the same file shares, for files that hold more than is decoded."""
    return digest_of(purpose + digest)
