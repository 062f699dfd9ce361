"""Pixels in memory as a picture of Pillow's: where the loops cannot, or may not, do the work."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def image_of(pixels: NDArray[Any]) -> Image.Image:
    """Grey, or four bytes a pixel, (height, width), as a picture."""
    height, width = pixels.shape
    mode = "L" if pixels.dtype.itemsize == 1 else "RGBX"
    return Image.frombuffer(mode, (width, height), pixels.view(np.uint8), "raw", mode, 0, 1)


def narrow_in_memory(pixels: NDArray[Any], px: int) -> NDArray[np.uint8]:
    """Rows of grey or of four bytes a pixel resized to the width `px`."""
    image = image_of(pixels)
    made: NDArray[np.uint8] = np.asarray(image.resize((px, image.height), Image.Resampling.BICUBIC))
    return made if made.ndim == 2 else made[..., :3]  # noqa: PLR2004  grey has no channels
