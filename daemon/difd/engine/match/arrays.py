"""Arrays that are read here and there, such as the tensors of a tile, wherever they lie.

A read through a map of a file brings its neighbours along, 64 kB at once on Linux: two threads that
read small arrays at random bring a hundred megabytes in a millisecond, sooner than anybody can let
go of them. Read by calls from the same file they take as long, and no memory but their own.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from difd.system import files, mapped


class Arrays:
    """Arrays of bytes, each in one piece.

    Args:
        arrays: all of them.
    """

    def __init__(self, arrays: Sequence[NDArray[np.uint8]]) -> None:
        self._arrays = arrays
        self._file: NDArray[np.int32] | None = None
        maps = sorted(
            (_address(np.frombuffer(own, np.uint8)), len(own), descriptor)
            for own, descriptor in mapped.everything()
        )
        if not maps or sum(array.nbytes for array in arrays) <= mapped.RESIDENT_BYTES:
            return
        starts, lengths, descriptors = np.array(maps, np.int64).T
        addresses = np.fromiter(map(_address, arrays), np.int64, len(arrays))
        place = np.maximum(np.searchsorted(starts, addresses, "right") - 1, 0)
        self._offset = addresses - starts[place]
        inside = (self._offset >= 0) & (self._offset < lengths[place])
        if inside.any():
            self._file = np.where(inside, descriptors[place], -1).astype(np.int32)

    @property
    def are_far(self) -> bool:
        """Whether they are in mapped files, and too many to be read through the maps."""
        return self._file is not None

    def take(self, numbers: Sequence[int]) -> list[NDArray[np.uint8]]:
        """Some of them, in memory of their own if they are in a mapped file.

        Args:
            numbers: which.

        Raises:
            OSError: they cannot be read.
        """
        wanted = [self._arrays[number] for number in numbers]
        if self._file is None:
            return wanted
        which = np.asarray(numbers, np.int64)
        places = zip(self._file[which].tolist(), self._offset[which].tolist(), strict=True)
        return [_read(array, *place) for array, place in zip(wanted, places, strict=True)]


def _read(array: NDArray[np.uint8], descriptor: int, offset: int) -> NDArray[np.uint8]:
    if descriptor < 0:
        return array
    held = files.read_at(descriptor, array.nbytes, offset)
    if len(held) != array.nbytes:
        raise OSError(errno.EIO, "a file of the cache was cut off")
    return np.frombuffer(held, np.uint8).reshape(array.shape)


def _address(array: NDArray[np.uint8]) -> int:
    return int(array.__array_interface__["data"][0])
