"""One picture in all eight orientations is one picture: stored so, or said so by EXIF."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from harness.instance import Instance
from harness.pictures import EXIF_ORIENTATION, UPRIGHT, photo
from harness.searches import searched
from PIL import Image, ImageOps

pytestmark = pytest.mark.daemon("shared")


ORIENTATIONS = range(1, 9)


def code(width: int = 21, height: int = 21, *, scale: int = 3, mode: str = "1") -> Image.Image:
    """Black and white squares like those of a QR code: after a resize, its turns differ widely."""
    dots = np.random.default_rng(12).integers(0, 2, (height, width), np.uint8) * 255
    return Image.fromarray(dots.repeat(scale, 0).repeat(scale, 1)).convert(mode)


PICTURES = {
    "photo": photo(160, 120),
    "tall photo": photo(70, 300),
    "square photo": photo(128, 128),
    "small photo": photo(50, 50),
    "code": code(),
    "code, not square": code(29, 21, mode="L"),
    "tiny code": code(scale=1, mode="RGB"),
    "palette": photo(90, 61).quantize(16),
}


def displayed(path: str | Path) -> np.ndarray:
    """The pixels as a viewer shows them."""
    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))


def oriented(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture as it is shown with this orientation."""
    return picture.copy() if orientation == 1 else picture.transpose(UPRIGHT[orientation])


def duplicates(instance: Instance, folder: Path, *options: str) -> list[dict]:
    """The files of the only group that a search for duplicates finds."""
    found = searched(instance, folder, *options)
    (group,) = found["groups"]
    assert {mse for matches in found["result"].values() for _, mse in matches} == {0.0}
    return group["files"]


def assert_turns_are_right(files: list[dict]) -> None:
    """Flip left to right, then turn counter-clockwise: that makes each file its keeper."""
    for file in files:
        if file["keeper"] is None:
            continue
        assert file["match"] in {"bytes", "pixels"}
        assert file["action"] == "remove"
        pixels = displayed(file["path"])
        if file["mirrored"]:
            pixels = pixels[:, ::-1]
        pixels = np.rot90(pixels, file["rotation"] // 90)
        assert np.array_equal(pixels, displayed(file["keeper"])), file


@pytest.mark.parametrize("name", PICTURES)
def test_all_eight_are_duplicates_and_the_turn_makes_the_file_its_keeper(instance, tmp_path, name):
    for orientation in ORIENTATIONS:
        oriented(PICTURES[name], orientation).save(tmp_path / f"{orientation}.png")
    files = duplicates(instance, tmp_path, "--mirror")
    assert len(files) == 8
    assert [file["keeper"] for file in files].count(None) == 1
    assert_turns_are_right(files)
    turns = {(file["rotation"], file["mirrored"]) for file in files if file["keeper"]}
    assert len(turns) == 7


@pytest.mark.parametrize("name", ["photo", "code", "tall photo"])
def test_without_mirror_they_are_two_groups_and_without_rotations_none(instance, tmp_path, name):
    for orientation in ORIENTATIONS:
        oriented(PICTURES[name], orientation).save(tmp_path / f"{orientation}.png")
    groups = searched(instance, tmp_path)["groups"]
    assert [len(group["files"]) for group in groups] == [4, 4]
    for group in groups:
        assert_turns_are_right(group["files"])
        assert not any(file["mirrored"] for file in group["files"])
    assert searched(instance, tmp_path, "--no-rotate")["groups"] == []


def save_with_orientation(picture: Image.Image, path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    picture.save(path, exif=exif)


@pytest.mark.parametrize("extension", ["jpg", "tif"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("name", ["photo", "tall photo", "tiny code"])
def test_turned_by_exif_and_stored_as_shown_are_duplicates(
    instance, tmp_path, name, orientation, extension
):
    path = tmp_path / f"by exif.{extension}"
    save_with_orientation(PICTURES[name].convert("RGB"), path, orientation)
    # What a lossy format made of it, without loss.
    Image.fromarray(displayed(path)).save(tmp_path / "as shown.tif")
    files = duplicates(instance, tmp_path, "--no-rotate")
    assert len(files) == 2
    assert_turns_are_right(files)
    assert {(file["rotation"], file["mirrored"]) for file in files if file["keeper"]} == {
        (0, False)
    }


@pytest.mark.parametrize("extension", ["jpg", "tif"])
def test_one_file_with_each_orientation_in_exif_is_one_picture_when_turned(
    instance, tmp_path, extension
):
    """The same pixels as stored; what is shown are the eight orientations."""
    for orientation in ORIENTATIONS:
        path = tmp_path / f"{orientation}.{extension}"
        save_with_orientation(PICTURES["photo"], path, orientation)
    shown = [displayed(path) for path in sorted(tmp_path.iterdir())]
    assert not any(np.array_equal(one, other) for one, other in pairwise(shown))
    files = duplicates(instance, tmp_path, "--mirror")
    assert len(files) == 8
    assert_turns_are_right(files)
    assert searched(instance, tmp_path, "--no-rotate")["groups"] == []


def test_all_ways_to_say_all_orientations_are_one_picture(instance, tmp_path):
    for orientation in ORIENTATIONS:
        oriented(PICTURES["photo"], orientation).save(tmp_path / f"stored {orientation}.png")
        for extension in ("tif", "png"):
            save_with_orientation(
                PICTURES["photo"], tmp_path / f"said {orientation}.{extension}", orientation
            )
    files = duplicates(instance, tmp_path, "--mirror")
    assert len(files) == 24
    assert_turns_are_right(files)
