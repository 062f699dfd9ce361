"""From a file to its picture in grey, no larger than it is needed."""

from __future__ import annotations

import io
from typing import IO

from difd.engine.formats import Refused
from difd.engine.read.decode import load_frame, open_any, value_range_in
from difd.engine.read.grey import Grey, Looked, grey_of_picture, grey_of_pixels, upright
from difd.engine.read.jpeg import FULL, decode, header_of
from difd.engine.read.metadata import orientation_left, turn_for
from difd.engine.read.source import open_source


def grey_of_file(path: bytes, digest: bytes, edge: int) -> Grey:
    """The first frame of a picture in grey, as it is displayed, transparent parts on white.

    Args:
        path: absolute.
        digest: of the file's bytes.
        edge: longest edge wanted; a picture that is smaller stays as it is.

    Raises:
        Refused: the file cannot be read, or holds something else by now.
        Exception: whatever a damaged file makes its decoder raise.
    """
    with open_source(path) as source:
        if not source.has_content(digest):
            raise Refused("is not what the search saw")
        picture, _ = open_any(path, source.stream)
        with picture:
            grey = _grey_of_jpeg(source.stream, picture.size, edge)
            if grey is None:
                load_frame(picture, 0)
                size = _within(picture.size, edge)
                grey = grey_of_picture(picture, value_range_in(picture), size).grey
            return upright(Looked(grey, None), turn_for(orientation_left(picture))).grey


def _within(size: tuple[int, int], edge: int) -> tuple[int, int]:
    zoom = min(1.0, edge / max(size))
    return max(1, round(size[0] * zoom)), max(1, round(size[1] * zoom))


def _grey_of_jpeg(stream: IO[bytes], size: tuple[int, int], edge: int) -> Grey | None:
    """The same of a plain JPEG, from a reduced decode; None of all else."""
    if not isinstance(stream, io.BytesIO):
        return None
    data = stream.getvalue()
    header = header_of(data)
    if header is None or header.size != size:
        return None
    eighths = next((few for few in (1, 2, 4) if few * max(size) >= FULL * edge), FULL)
    pixels = decode(data, size, header.channels, eighths)
    if pixels is None:
        return None
    within = (size[0] * eighths / FULL, size[1] * eighths / FULL)
    return grey_of_pixels(pixels, within, _within(size, edge))
