"""Camera raw files through rawpy: the embedded preview if it is full size, else developed."""

from __future__ import annotations

import importlib
import io
from typing import IO, Any, Final

from PIL import ExifTags, Image

from difd.engine.formats import Refused, check_size, open_picture, raw_reason

_FULL_SIZE: Final = 0.97
"""Cameras cut some rows and columns of the sensor off in their own JPEGs."""


_FLIPS: Final = {3: 3, 5: 8, 6: 6}
"""LibRaw's codes for how the camera was held, as EXIF orientations."""


def open_raw(stream: IO[bytes]) -> Image.Image:
    """The picture of a camera raw file, not necessarily decoded.

    Raises:
        Refused: rawpy is not installed, or the file is damaged or of an unknown camera.
    """
    missing = raw_reason()
    if missing is not None:
        raise Refused(missing)
    rawpy = importlib.import_module("rawpy")
    try:
        with rawpy.imread(stream) as raw:
            size = (raw.sizes.iwidth, raw.sizes.iheight)
            check_size(size)
            return _preview(rawpy, raw, size) or _developed(raw)
    except rawpy.LibRawError as error:
        detail = error.args[0] if error.args else ""
        text = detail.decode("ascii", "replace") if isinstance(detail, bytes) else str(detail)
        raise Refused(f"camera raw file cannot be read: {text.lower()}") from None


def _preview(rawpy: Any, raw: Any, size: tuple[int, int]) -> Image.Image | None:  # noqa: ANN401
    """The embedded JPEG, if it shows the whole picture in full size."""
    try:
        thumbnail = raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        return None
    if thumbnail.format != rawpy.ThumbFormat.JPEG:
        return None
    picture = open_picture(io.BytesIO(thumbnail.data))
    if any(
        edge < _FULL_SIZE * full
        for edge, full in zip(sorted(picture.size), sorted(size), strict=True)
    ):
        return None
    exif = picture.getexif()
    upright = (picture.width > picture.height) != (size[0] > size[1])
    if ExifTags.Base.Orientation not in exif and not upright and raw.sizes.flip in _FLIPS:
        exif[ExifTags.Base.Orientation] = _FLIPS[raw.sizes.flip]
    return picture


def _developed(raw: Any) -> Image.Image:  # noqa: ANN401 - rawpy has no types
    return Image.fromarray(raw.postprocess(use_camera_wb=True, no_auto_bright=True, output_bps=8))
