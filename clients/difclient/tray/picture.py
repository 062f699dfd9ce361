"""The icon's pictures: two overlapping photos, with a mark for the state."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw

from difclient.tray.model import State

EDGE: Final = 64
"""Pixels; trays scale it down."""

PIXMAP_EDGES: Final = (22, 32, 48)
"""Pixels of the pictures that a panel may choose from: few, for panels ask again and again."""

_Colour = tuple[int, int, int, int]
_SCALE: Final = 4
_BLUE: Final = (53, 116, 196, 255)
_GREY: Final = (128, 134, 142, 255)
_WHITE: Final = (250, 250, 250, 255)
_MARKS: Final[dict[State, _Colour]] = {
    "working": (36, 160, 90, 255),
    "attention": (230, 126, 24, 255),
    "paused": (128, 134, 142, 255),
}


def picture_of(state: State) -> Image.Image:
    """The icon for a state, RGBA, `EDGE` pixels square."""
    # Drawn larger and scaled down: Pillow draws without smoothing edges.
    image = Image.new("RGBA", (EDGE * _SCALE,) * 2)
    draw = ImageDraw.Draw(image)
    colour = _GREY if state == "down" else _BLUE
    _photo(draw, (18, 4, 60, 42), colour)
    _photo(draw, (4, 18, 46, 56), colour)
    mark = _MARKS.get(state)
    if mark is not None:
        _shape(draw, (34, 34, 62, 62), mark)
    if state == "paused":
        draw.rectangle(_scaled((42, 41, 46, 55)), _WHITE)
        draw.rectangle(_scaled((50, 41, 54, 55)), _WHITE)
    elif state == "working":
        draw.polygon([_point(44, 41), _point(44, 55), _point(56, 48)], _WHITE)
    elif state == "attention":
        draw.rectangle(_scaled((46, 39, 50, 50)), _WHITE)
        draw.rectangle(_scaled((46, 53, 50, 57)), _WHITE)
    return image.resize((EDGE, EDGE), Image.Resampling.LANCZOS)


def pixmaps_of(image: Image.Image) -> list[list[object]]:
    """A picture in several sizes, as D-Bus wants it: width, height, ARGB32 in network order."""
    return [
        [edge, edge, _argb(image.resize((edge, edge), Image.Resampling.LANCZOS))]
        for edge in PIXMAP_EDGES
    ]


def laid_over(image: Image.Image, size: tuple[int, int], behind: bytes) -> Image.Image:
    """A picture in the middle of what is behind it, RGB of a size.

    Args:
        image: RGBA.
        size: width and height.
        behind: BGRX, four bytes a pixel; white if it is of another size, as on screens of few
            colours.
    """
    width, height = size
    if len(behind) == width * height * 4:
        ground = Image.frombytes("RGB", size, behind, "raw", "BGRX")
    else:
        ground = Image.new("RGB", size, _WHITE[:3])
    edge = min(size)
    picture = image.resize((edge, edge), Image.Resampling.LANCZOS)
    ground.paste(picture, ((width - edge) // 2, (height - edge) // 2), mask=picture)
    return ground


def _argb(image: Image.Image) -> bytes:
    red, green, blue, alpha = image.split()
    return Image.merge("RGBA", (alpha, red, green, blue)).tobytes()


def _photo(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], colour: _Colour) -> None:
    left, top, right, bottom = box
    draw.rounded_rectangle(_scaled(box), 5 * _SCALE, _WHITE)
    draw.rounded_rectangle(_scaled((left + 3, top + 3, right - 3, bottom - 3)), 3 * _SCALE, colour)
    draw.ellipse(_scaled((left + 8, top + 8, left + 15, top + 15)), _WHITE)
    draw.polygon(
        [
            _point(left + 6, bottom - 7),
            _point(left + 19, top + 16),
            _point(left + 27, bottom - 15),
            _point(left + 31, bottom - 19),
            _point(right - 6, bottom - 7),
        ],
        _WHITE,
    )


def _shape(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], colour: _Colour) -> None:
    left, top, right, bottom = box
    draw.ellipse(_scaled((left - 2, top - 2, right + 2, bottom + 2)), (0, 0, 0, 0))
    draw.ellipse(_scaled(box), colour)


def _scaled(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return left * _SCALE, top * _SCALE, right * _SCALE, bottom * _SCALE


def _point(x: int, y: int) -> tuple[int, int]:
    return x * _SCALE, y * _SCALE
