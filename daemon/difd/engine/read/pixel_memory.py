"""The memory in which Pillow keeps a picture, as an array, without a copy.

Pillow exports it by the Arrow C data interface (Pillow 11.2.1). `np.asarray` makes two copies of
the picture instead: 35 ms for 12 megapixels, most of it page faults.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CHANNELS: Final = {"L": 1, "RGB": 3, "YCbCr": 3, "HSV": 3, "RGBA": 4, "CMYK": 4}
"""Modes that are kept as one byte a pixel, or as four of which so many count. (LAB is kept with
another zero than it is shown with.)"""

BLOCK_BYTES: Final = 1 << 30
"""Pictures up to this size are kept in one piece, as the export needs it."""

_ARROW_ARRAY: Final = b"arrow_array"


class _ArrowArray(ctypes.Structure):
    """`struct ArrowArray` of the Arrow C data interface, up to what is read of it."""

    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
        ("children", ctypes.POINTER(ctypes.c_void_p)),
    )


_pointer_of: Final = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = (ctypes.py_object, ctypes.c_char_p)

_core: Any = vars(Image)["core"]  # which Pillow does not mention in its types
_core.set_block_size(BLOCK_BYTES)


def pixels_of(picture: Image.Image) -> NDArray[Any] | None:
    """The pixels of a decoded picture of one of the modes of `CHANNELS`, not to be written to.

    The array keeps the picture's memory alive.

    Returns:
        (height, width) uint8, or uint32 for four bytes a pixel (the first channel is the lowest
        byte); None if the picture lies in several pieces.
    """
    try:
        _, capsule = picture.__arrow_c_array__()
    except ValueError:
        return None
    exported = _ArrowArray.from_address(_pointer_of(capsule, _ARROW_ARRAY))
    kind: Any = np.uint8
    if exported.n_children:
        exported = _ArrowArray.from_address(exported.children[0])
        kind = np.dtype("<u4")
    values = (ctypes.c_uint8 * exported.length).from_address(exported.buffers[1])
    values.capsule = capsule
    array = np.frombuffer(values, kind)
    return array.reshape(picture.height, picture.width)
