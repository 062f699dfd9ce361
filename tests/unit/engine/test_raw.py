"""Camera raw files: the preview where it shows the whole picture, else developed."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tifffile
from harness.pictures import EXIF_ORIENTATION, UPRIGHT, photo, record, tensor_of
from PIL import Image

WIDTH, HEIGHT = 640, 480

CAMERA = [
    (50706, 1, 4, (1, 4, 0, 0), True),  # DNGVersion
    (50707, 1, 4, (1, 1, 0, 0), True),
    (50708, 2, 0, "Test Camera", True),
    (271, 2, 0, "Test", True),
    (272, 2, 0, "Camera", True),
    (50721, 10, 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), True),  # ColorMatrix1
    (50778, 3, 1, 21, True),
    (50728, 5, 3, (1, 1, 1, 1, 1, 1), True),
]
SENSOR = [
    (33421, 3, 2, (2, 2), True),
    (33422, 1, 4, bytes([0, 1, 1, 2]), True),  # red, green, green, blue
    (50717, 4, 1, 16320, True),
]


def preview_of(size, orientation=None):
    exif = Image.Exif()
    if orientation:
        exif[EXIF_ORIENTATION] = orientation
    stream = io.BytesIO()
    photo(*size).save(stream, "JPEG", quality=90, exif=exif)
    return stream.getvalue()


def write_dng(path, preview=None, size=(WIDTH, HEIGHT), orientation=1):
    colours = np.asarray(photo(WIDTH, HEIGHT)).astype(np.uint16) * 64
    sensor = np.empty((HEIGHT, WIDTH), np.uint16)
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        sensor[row::2, column::2] = colours[row::2, column::2, channel]
    held = [(274, 3, 1, orientation, True)]
    with tifffile.TiffWriter(path) as file:
        if preview is None:
            tags = [*CAMERA, *SENSOR, *held]
            file.write(sensor, photometric=32803, extratags=tags, metadata=None)
            return
        # A strip is written as it is; the codec (imagecodecs) only has to be there.
        file.write(
            iter([preview]),
            shape=(size[1], size[0], 3),
            dtype=np.uint8,
            photometric="ycbcr",
            subsampling=(2, 2),
            compression="jpeg",
            subfiletype=1,
            rowsperstrip=size[1],
            subifds=1,
            extratags=[*CAMERA, *held],
            metadata=None,
        )
        file.write(sensor, photometric=32803, extratags=SENSOR, metadata=None)


def test_a_preview_in_full_size_is_the_picture(tmp_path):
    preview = preview_of((WIDTH, HEIGHT))
    write_dng(tmp_path / "a.dng", preview)
    made = record(tmp_path / "a.dng")
    assert (made.format, made.width, made.height) == ("RAW", WIDTH, HEIGHT)
    assert np.array_equal(made.tensor, tensor_of(Image.open(io.BytesIO(preview))))


def test_a_small_preview_is_not_taken_for_the_picture(tmp_path):
    write_dng(tmp_path / "a.dng", preview_of((160, 120)), size=(160, 120))
    write_dng(tmp_path / "b.dng")
    a, b = record(tmp_path / "a.dng"), record(tmp_path / "b.dng")
    assert (a.width, a.height) == (WIDTH, HEIGHT)
    assert np.array_equal(a.tensor, b.tensor)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_the_picture_is_upright_however_the_camera_was_held(tmp_path, orientation):
    expected = tensor_of(photo(WIDTH, HEIGHT).transpose(UPRIGHT[orientation])).astype(int)
    for name, preview in {
        "marked.dng": preview_of((WIDTH, HEIGHT), orientation),
        "unmarked.dng": preview_of((WIDTH, HEIGHT)),
    }.items():
        write_dng(tmp_path / name, preview, orientation=orientation)
        made = record(tmp_path / name)
        size = (HEIGHT, WIDTH) if orientation != 3 else (WIDTH, HEIGHT)
        assert (made.width, made.height) == size
        assert np.abs(made.tensor - expected).mean() < 4
    write_dng(tmp_path / "developed.dng", orientation=orientation)
    made = record(tmp_path / "developed.dng")
    assert (made.width, made.height) == size


def test_a_raw_file_never_has_the_pixels_of_its_own_jpeg(tmp_path):
    preview = preview_of((WIDTH, HEIGHT))
    write_dng(tmp_path / "a.dng", preview)
    (tmp_path / "a.jpg").write_bytes(preview)
    raw, jpeg = record(tmp_path / "a.dng"), record(tmp_path / "a.jpg")
    assert np.array_equal(raw.tensor, jpeg.tensor)
    assert raw.pixel_digest != jpeg.pixel_digest
    assert raw.sums_digest != jpeg.sums_digest
