"""Frames of two pictures made comparable: upright, of one size, as planes of brightness and colour.

Memory is that of the decoded frames and of one scaled frame; turning is done by strides.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from difd.engine.formats import Refused
from difd.engine.native.chosen import loops
from difd.engine.orientation import compose, turn_image
from difd.engine.read.bands import displayed_size
from difd.engine.read.pixel_memory import pixels_of
from difd.engine.read.resample import flatten, to_colours
from difd.protocol.holding import same_proportions

BLOCK: Final = 8
"""Edge of a block, that of JPEG: a plane has at least one."""

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
"""Brightness, and two colour differences of half its size."""

GROUNDS: Final = (255, 0)
"""What transparent pictures are put on: two that differ in transparency differ on one of these."""

_COARSE: Final = 32
"""Edge of the squares by which turns are tried first."""


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def area(self) -> int:
        """In pixels."""
        return self.width * self.height


class Canvas(msgspec.Struct, frozen=True, eq=False):
    """A decoded frame.

    Attributes:
        colours: in RGB, or RGBA if it may be transparent; as it is stored.
        turn: code of the turn that displays it.
    """

    colours: Image.Image
    turn: int

    @property
    def size(self) -> Size:
        """As displayed."""
        return Size(*displayed_size(self.colours.size, self.turn))

    @property
    def transparent(self) -> bool:
        """Whether it may be transparent."""
        return self.colours.mode == "RGBA"

    def turned(self, code: int) -> Canvas:
        """The same, displayed in another turn."""
        return Canvas(self.colours, compose(self.turn, code))

    def planes(self, size: Size, kernel: Image.Resampling, ground: int) -> Planes:
        """Its planes, scaled to a size.

        Args:
            size: as displayed.
            kernel: the filter, where it is scaled.
            ground: grey level that transparent parts are put on.

        Raises:
            Refused: it is larger than Pillow keeps in one piece.
        """
        colours = flatten(self.colours, ground) if self.transparent else self.colours
        stored = displayed_size(size, self.turn)
        if colours.size != stored:
            colours = colours.resize(stored, kernel)
        pixels = pixels_of(colours)
        if pixels is None:
            raise Refused("too large to be compared in full")
        half = (-(-size.height // 2), -(-size.width // 2))
        luma, blue, red = (np.empty(shape, np.uint8) for shape in ((size[1], size[0]), half, half))
        loops.split_colours(turn_image(pixels, self.turn, axis=0), luma, blue, red)
        return _at_least_a_block(luma), _at_least_a_block(blue), _at_least_a_block(red)

    def coarse(self) -> NDArray[np.float32]:
        """As displayed, (32, 32) brightness."""
        edges = (_COARSE, _COARSE)
        small = self.colours.resize(edges, Image.Resampling.BOX, reducing_gap=1.0).convert("L")
        return turn_image(np.asarray(small, np.float32), self.turn, axis=0)


def check_shades(frame: Image.Image) -> None:
    """Refuse a decoded frame of more than 256 shades.

    Raises:
        Refused: it has more; a plane would not show them.
    """
    if frame.mode.startswith(("I", "F")):
        raise Refused("it has finer shades than can be compared")


def canvas_of(frame: Image.Image, turn: int) -> Canvas:
    """A decoded frame as a canvas; its own memory, where it is RGB.

    Args:
        frame: decoded, of a mode with a fixed range.
        turn: code of the turn that displays it.
    """
    if frame.mode == "RGB" and "transparency" not in frame.info:
        return Canvas(frame, turn)
    colours = to_colours(frame, None)
    return Canvas(colours if colours.mode == "RGBA" else colours.convert("RGB"), turn)


def by_likeness(removal: Canvas, keeper: Canvas, codes: list[int]) -> list[int]:
    """The turns of one canvas under which it has the other's proportions, the most like first."""
    fitting = [code for code in codes if same_proportions(removal.turned(code).size, keeper.size)]
    if len(fitting) < 2:  # noqa: PLR2004  nothing to sort
        return fitting
    own, other = removal.coarse(), keeper.coarse()
    return sorted(
        fitting, key=lambda code: float(np.square(turn_image(own, code, axis=0) - other).sum())
    )


def _at_least_a_block(plane: Plane) -> Plane:
    """A plane of at least one block; the last row and column are repeated."""
    height, width = plane.shape
    if min(height, width) >= BLOCK:
        return plane
    return np.pad(plane, ((0, max(0, BLOCK - height)), (0, max(0, BLOCK - width))), mode="edge")
