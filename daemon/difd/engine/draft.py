"""A quick look at a JPEG: decoded in a reduced size, and whether that is good enough.

libjpeg can leave out the fine detail of every block before it does the expensive part. In other
formats there is nothing to gain: once a picture is decoded in full, the exact tensor costs a tenth.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.engine.bands import bands_of
from difd.engine.resample import Resampler

_EDGES: Final = 8
"""A reduced picture has edges of at least so many times those of the tensor. (With 4, drawings
with hard edges had errors up to 7.5 grey levels, root mean square; with 8 up to 2.5.)"""

_DOUBT: Final = 1.0
"""How much a tensor may change, root mean square, when the picture is halved once more. Photos do
not reach it; of drawings a sixth do, and those with errors over 1.84 are all among them."""


def reduce(picture: Image.Image, px: int) -> bool:
    """Have a JPEG that was opened decoded in a reduced size; false if it would not be smaller."""
    if picture.format != "JPEG":
        return False
    before = picture.size
    picture.draft(picture.mode, (_EDGES * px, _EDGES * px))
    return picture.size != before


def is_doubtful(reduced: Image.Image, tensor: NDArray[np.uint8], turn: int) -> bool:
    """Whether so much detail was left out that the tensor may be far off.

    Args:
        reduced: the picture, decoded in a reduced size.
        tensor: what it became, (px, px, 3).
        turn: the turn of the picture as it is stored.
    """
    half = reduced.reduce(2)
    resampler = Resampler(half.size, len(tensor))
    for band in bands_of(half, resampler.turn):
        resampler.add(band)
    coarse = resampler.planes(turn)[0]
    change = np.subtract(coarse, tensor, dtype=np.float32)
    return float(np.mean(change * change)) > _DOUBT * _DOUBT
