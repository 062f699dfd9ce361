"""Decides when a worker changes to compiled loops: once it has, or will have, enough to do.

Loading them takes 0.6 s, and 3 s more the first time on a machine; they save 100 ms on a picture
of 12 megapixels and nothing on thumbnails. Until then Pillow and numpy do the same, bit for bit.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

import numpy as np
from PIL import Image

from difd.engine.bicubic import narrow_by_loops, narrow_by_pillow
from difd.engine.pixel_memory import pixels_of

PATIENCE: Final = 64_000_000
"""Pixels that a worker passes, or is going to pass, before it loads the loops."""


class PixelLoops:
    """The compiled loops of this process, or None while it does without.

    Args:
        patience: pixels before they are loaded.

    Attributes:
        ahead: how many pictures are still to come, perhaps as large as the one at hand.
    """

    def __init__(self, patience: int = PATIENCE) -> None:
        self._left = patience
        self._waits = True
        self._loops: Any = None
        self.ahead = 0

    def after(self, pixels: int) -> Any:  # noqa: ANN401  the module `kernels`
        """The loops for a picture of so many pixels; None if it is Pillow's and numpy's turn."""
        if self._waits:
            self._left -= pixels
            self._waits = self._left >= pixels * self.ahead
            if not self._waits:
                self._loops = _load()
        return self._loops


def _load() -> Any:  # noqa: ANN401  a module
    """The loops, if this machine can compile them and they agree with its Pillow."""
    try:
        loops = importlib.import_module("difd.engine.kernels")
        return loops if _agree(loops) else None
    except (ImportError, OSError, RuntimeError):
        return None  # slower, and just as right


def _agree(loops: Any) -> bool:  # noqa: ANN401  a module
    """Try some widths: a Pillow whose compiler fused operations rounds differently."""
    noise = np.random.default_rng(0).integers(0, 256, (2, 4001, 3), np.uint8)
    for width, px in ((4001, 50), (777, 50), (4001, 1000), (30, 100)):
        band = Image.fromarray(np.ascontiguousarray(noise[:, :width]))
        pixels = pixels_of(band)
        if pixels is None or not np.array_equal(
            narrow_by_loops(pixels, px, loops), narrow_by_pillow(band, px)
        ):
            return False
    return True


LOOPS: Final = PixelLoops()
"""The loops of this process."""
