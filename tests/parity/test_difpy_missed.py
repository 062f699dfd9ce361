"""What difPy 4.2.1 does not find, and difd does; the table is in `test_difpy_defects`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from harness.difpy import difd_search, difpy
from harness.photos import small_photo
from harness.pictures import EXIF_ORIENTATION, LOSSLESS, photo
from PIL import Image, ImageOps

import difd

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.usefixtures("instance")]


def test_defect_10_the_last_of_many_images_is_never_compared_by_difpy(tmp_path):
    for number in range(4):
        photo().save(tmp_path / f"{number}.png")
    answer = difpy(
        """
        search = difPy.search(difPy.build(folder))
        # What it compares for more than 5,000 images.
        pairs = [pair for group in search._yield_comparison_group() for pair in group]
        """,
        folder=tmp_path,
    )
    assert answer.names.pairs == [[0, 1], [0, 2], [1, 2]]
    search = difd_search(tmp_path, chunksize=1)
    assert len(search.result[str(tmp_path / "0.png")]) == 3


def test_defect_11_one_of_the_turns_is_never_tried_by_difpy(tmp_path):
    found = []
    for angle in (90, 180, 270):
        folder = tmp_path / str(angle)
        folder.mkdir()
        photo().save(folder / "a.png")
        photo().rotate(angle, expand=True).save(folder / "b.png")
        theirs = difpy("search = difPy.search(difPy.build(folder), 'similar')", folder=folder)
        found.append(len(theirs.names.search.result))
        assert len(difd_search(folder, similarity="similar").result) == 1
    assert found == [0, 1, 1]


@pytest.mark.parametrize("orientation", range(2, 9))
def test_defect_12_the_orientation_in_exif_is_ignored_by_difpy(tmp_path, orientation):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    photo().save(tmp_path / "as stored.jpg", exif=exif, quality=90)
    with Image.open(tmp_path / "as stored.jpg") as picture:
        upright = ImageOps.exif_transpose(picture)
    upright.save(tmp_path / "as shown.png", exif=b"")
    options = {"similarity": "similar", "rotate": False}
    answer = difpy(
        "search = difPy.search(difPy.build(folder), **options)", folder=tmp_path, options=options
    )
    assert answer.names.search.result == {}
    (group,) = difd_search(tmp_path, rotate=False).groups
    assert [file["match"] for file in group["files"]] == [None, "pixels"]


def test_defect_12_mirrored_pictures_are_no_match_to_difpy(tmp_path):
    photo().save(tmp_path / "a.png")
    ImageOps.mirror(photo()).save(tmp_path / "b.png")
    ImageOps.flip(photo()).save(tmp_path / "c.png")
    answer = difpy("search = difPy.search(difPy.build(folder), 'similar')", folder=tmp_path)
    # A flip is a mirrored picture turned by 180°: these two are each other's turns.
    assert list(answer.names.search.result) == [str(tmp_path / "b.png")]
    (group,) = difd_search(tmp_path, mirror=True).groups
    assert len(group["files"]) == 3
    assert {file["match"] for file in group["files"]} == {None, "pixels"}


def test_defect_13_an_exact_turned_copy_is_no_duplicate_to_difpy(tmp_path):
    photo(160, 120).save(tmp_path / "a.png")
    photo(160, 120).rotate(270, expand=True).save(tmp_path / "b.png")
    theirs = difpy(
        """
        dif = difPy.build(folder)
        duplicates = difPy.search(dif)
        similar = difPy.search(dif, "similar")
        """,
        folder=tmp_path,
    ).names
    assert theirs.duplicates.result == {}
    ((_, mse),) = theirs.similar.result[str(tmp_path / "a.png")]
    assert 0 < mse < 0.5
    search = difd_search(tmp_path)
    assert search.result == {str(tmp_path / "a.png"): [[str(tmp_path / "b.png"), 0.0]]}
    (group,) = search.groups
    assert [file["match"] for file in group["files"]] == [None, "pixels"]


@pytest.mark.parametrize("extension", ["bmp", "avif", "heic", "jxl"])
def test_defect_14_common_formats_are_left_out_by_difpy(tmp_path, extension):
    first = tmp_path / f"a.{extension}"
    photo().save(first, **LOSSLESS.get(extension, {}))
    copy = shutil.copyfile(first, tmp_path / f"b.{extension}")
    theirs = difpy("dif = difPy.build(folder)", folder=tmp_path).names.dif.stats
    assert theirs["invalid_files"]["logs"][str(first)] == "Unsupported file type"
    assert difd_search(tmp_path).result == {str(first): [[str(copy), 0.0]]}


def odd_palette(path: Path) -> Path:
    """A palette with a transparency for each colour, as drawing programs save it."""
    picture = photo().quantize(8)
    picture.save(path, transparency=bytes(range(0, 256, 32)))
    return path


def test_defect_15_palettes_with_transparency_are_rejected_by_difpy(tmp_path):
    first = odd_palette(tmp_path / "a.png")
    copy = shutil.copyfile(first, tmp_path / "b.png")
    theirs = difpy("dif = difPy.build(folder)", folder=tmp_path).names.dif
    assert theirs.tensors == {}
    assert "Palette images with Transparency" in theirs.stats["invalid_files"]["logs"][str(first)]
    assert difd_search(tmp_path).result == {str(first): [[str(copy), 0.0]]}


def test_defect_15_pictures_over_89_megapixels_are_rejected_by_difpy(tmp_path):
    path = tmp_path / "a.png"
    Image.new("1", (10_000, 9_000)).save(path)
    theirs = difpy("dif = difPy.build(folder)", folder=tmp_path).names.dif
    assert "decompression bomb" in theirs.stats["invalid_files"]["logs"][str(path)]
    assert list(difd.build(tmp_path).filenames.values()) == [str(path)]


@pytest.mark.parametrize("place", ["album [2024]/{}.png", ".hidden/{}.png", "album/.{}.png"])
def test_defect_16_folders_in_brackets_and_hidden_files_are_not_seen_by_difpy(tmp_path, place):
    first = small_photo("coffee.png", tmp_path / "all" / place.format("a"))
    copy = Path(shutil.copyfile(first, tmp_path / "all" / place.format("b")))
    given = first.parent if "[" in place else tmp_path / "all"
    theirs = difpy("dif = difPy.build(folder)", folder=given, in_path_order=False).names.dif
    assert theirs.tensors == {}
    assert theirs.stats["total_files"] == 0
    assert difd_search(given).result == {str(first): [[str(copy), 0.0]]}


def test_defect_17_duplicates_among_many_images_are_not_turned_by_difpy(tmp_path):
    photo(160, 120).save(tmp_path / "a.png")
    photo(160, 120).rotate(270, expand=True).save(tmp_path / "b.png")
    answer = difpy(
        """
        dif = difPy.build(folder)
        # What it calls for more than 5,000 images.
        duplicates = difPy.search(dif)._find_matches_batch([(0, 1)])
        similar = difPy.search(dif, "similar")._find_matches_batch([(0, 1)])
        """,
        folder=tmp_path,
    )
    assert answer.names.duplicates == []
    assert len(answer.names.similar) == 1
    assert len(difd_search(tmp_path).result) == 1
