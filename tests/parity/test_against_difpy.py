"""difd gives what difPy gives, wherever difPy is right: tensors, matches, MSE, order.

The data of the tests of equality are free of difPy's defects, and each test says so first: both
formulas, difPy's and difd's, give the same on them. difPy lists files in path order here (its own
order is the file system's).

Where the two must differ, besides the defects in `test_difpy_defects`:

- difPy takes any two images with the same two numbers for images of the same dimensions. In difd
  a turn swaps width and height: with same_dim, 160×120 matches 120×160 turned, and only turned. So
  a landscape squeezed into a portrait is no match, and two landscapes are not compared on edge.
- Turned copies are matches whatever the threshold is, with MSE 0 in a search for duplicates.
- A search with a threshold above 0 compares colours as they are shown: a copy that lost the profile
  of its colours differs by what one sees. difPy compares the numbers that are stored.
- in_folder=True has two meanings in difPy's manuals; what difPy does is `"given"` here.
- Ties of quality are broken by bytes and the keep rules; in difPy the last name wins.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness.difpy import difd_search, difpy
from harness.photos import PHOTOS, bare_photo, small_photo
from PIL import Image, ImageFilter

import difd

PX = 50

NAMES = ("chelsea.png", "coffee.png", "rocket.jpg", "ihc.png", "astronaut.png", "retina.jpg")

SAVED = {
    "a.jpg": {},
    "progressive.jpg": {"progressive": True, "quality": 60, "subsampling": 2},
    "fine.jpg": {"quality": 100, "subsampling": 0},
    "a.png": {},
    "a.bmp": {},
    "a.webp": {"quality": 70},
    "lossless.webp": {"lossless": True},
    "a.tif": {},
    "lzw.tif": {"compression": "tiff_lzw"},
    "jpeg.tif": {"compression": "jpeg"},
    "a.gif": {},
    "a.ppm": {},
    "a.tga": {},
    "a.jp2": {},
}


@pytest.fixture(scope="module")
def formats(tmp_path_factory) -> Path:
    """Opaque pictures without an orientation, in sizes below, at and above the tensor's."""
    folder = tmp_path_factory.mktemp("formats")
    sizes = [(160, 120), (50, 50), (33, 47), (301, 7), (1, 1), (640, 427), (49, 500)]
    for number, (name, options) in enumerate(SAVED.items()):
        for size in sizes if name in {"a.png", "a.jpg"} else (sizes[0], sizes[number % 7]):
            path = folder / "{}x{} {}".format(*size, name)
            small_photo(NAMES[number % len(NAMES)], path, size=size, **options)
    with Image.open(PHOTOS / "coffee.png") as photo:
        for mode in ("L", "1", "P", "CMYK", "YCbCr"):
            photo.convert(mode).save(folder / f"{mode}.tif")
    return folder


@pytest.mark.parametrize("px", [10, 50, 77, 200])
def test_tensors_are_equal_bit_for_bit(formats, px):
    theirs = difpy(
        "dif = difPy.build(folder, px_size=px, limit_extensions=False)", folder=formats, px=px
    ).names.dif.tensors
    dif = difd.build(formats, px_size=px, limit_extensions=False)
    ours = {dif.filenames[number]: tensor for number, tensor in dif.tensors.items()}
    assert list(ours) == list(theirs)
    assert len(ours) == len(list(formats.iterdir())) > 40
    assert [path for path in ours if not np.array_equal(ours[path], theirs[path])] == []


# Results

THRESHOLDS = (0.0, 0.5, 5.0, 25.0, 60.0)
OPTIONS = tuple(product((True, False), (True, False), THRESHOLDS))
"""same_dim, rotate, similarity"""


def photos(folder: Path) -> None:
    """Photos with copies: of the same bytes, a little brighter, saved again, resized."""
    rng = np.random.default_rng(3)
    for number, name in enumerate(NAMES[:4]):
        wide = number % 2 == 0
        size = (160, 120) if wide else (120, 160)
        first = folder / f"{rng.integers(100, 1000)} {name}.png"
        # Without the finest detail, so that no difference between copies reaches 16.
        blurred = bare_photo(name).resize(size).filter(ImageFilter.GaussianBlur(1.5))
        blurred.save(first)
        shutil.copyfile(first, folder / f"{rng.integers(100, 1000)} copy.png")
        with Image.open(first) as photo:
            for brighter in (1, 2, 4):
                pixels = np.minimum(np.asarray(photo), 250) + np.uint8(brighter)
                Image.fromarray(pixels).save(folder / f"{rng.integers(100, 1000)} brighter.png")
            photo.save(folder / "deep" / f"{rng.integers(100, 1000)} again.jpg", quality=95)
            for factor in (2, 3):
                larger = photo.resize(
                    (size[0] * factor, size[1] * factor), Image.Resampling.BICUBIC
                )
                larger.save(folder / f"{rng.integers(100, 1000)} large.png")


def faint(folder: Path) -> None:
    """Photos in 15 shades: their differences never wrap in difPy, whatever the threshold is."""
    for number, name in enumerate(NAMES * 2):
        picture = bare_photo(name).crop((9 * number, 5 * number, 320, 240))
        picture = picture.resize([(120, 90), (90, 120), (100, 100)][number % 3])
        Image.fromarray(np.asarray(picture) // 17 + np.uint8(100)).save(folder / f"{number:02}.png")


def turned(folder: Path) -> None:
    """Photos with copies turned by the angles that difPy tries."""
    for name in NAMES[:4]:
        first = small_photo(name, folder / f"{name} 0.png", size=(160, 120))
        with Image.open(first) as photo:
            for angle in (180, 270):
                photo.rotate(angle, expand=True).save(folder / f"{name} {angle}.png")


def sizes(folder: Path) -> None:
    """Photos in three sizes each."""
    for name in NAMES[:4]:
        smooth = bare_photo(name).resize((160, 120)).filter(ImageFilter.GaussianBlur(2))
        for number, factor in enumerate((1.0, 2.0, 1.5)):
            size = (round(160 * factor), round(120 * factor))
            smooth.resize(size, Image.Resampling.BICUBIC).save(folder / f"{name} {number}.png")


@dataclass(frozen=True)
class Compared:
    """A folder that both read: difPy's searches and counts by options, difd's build, all sizes."""

    theirs: dict[tuple[bool, bool, float], Any]
    counts: dict[tuple[bool, bool, float], dict[str, int]]
    dif: difd.Build
    sizes: list[tuple[int, int]]

    def ours(self, *, same_dim: bool, rotate: bool, similarity: float) -> difd.Search:
        return difd.search(self.dif, similarity, same_dim=same_dim, rotate=rotate)


@pytest.fixture(scope="module")
def compare(tmp_path_factory):
    """Make a folder, and let difPy search it in all ways at once."""

    @cache
    def make(kind) -> Compared:
        folder = tmp_path_factory.mktemp(kind.__name__)
        (folder / "deep").mkdir()
        kind(folder)
        names = ("same_dim", "rotate", "similarity")
        answer = difpy(
            """
            dif = difPy.build(folder)
            searches, counts = [], []
            for given in options:
                searches.append(difPy.search(dif, **given))
                # All searches of a build share one dictionary.
                counts.append(dict(searches[-1].stats["process"]["search"]["matches_found"]))
            """,
            folder=folder,
            options=[dict(zip(names, given, strict=True)) for given in OPTIONS],
        )
        assert answer.error is None
        dif = difd.build(folder)
        sizes = []
        for path in dif.filenames.values():
            with Image.open(path) as picture:
                sizes.append(picture.size)
        searches = dict(zip(OPTIONS, answer.names.searches, strict=True))
        counts = dict(zip(OPTIONS, map(vars, answer.names.counts), strict=True))
        return Compared(searches, counts, dif, sizes)

    return make


def squares(one, other, *, wrap: bool) -> float:
    """The mean squared error; in eight bits, as difPy computes it, if `wrap`."""
    if wrap:
        return float(np.square(np.subtract(one, other)).mean())
    return float(np.square(one.astype(np.int64) - other).mean())


def difpys_mse(one, other, sizes, *, same_dim: bool, rotate: bool) -> float:
    """What difPy computes: no turn by 270°, eight bits, dimensions as a set of two numbers."""
    if same_dim and sorted(sizes[0]) != sorted(sizes[1]):
        return math.inf
    turns = range(3 if rotate else 1)
    return min(squares(one, np.rot90(other, turn), wrap=True) for turn in turns)


def difds_mse(one, other, sizes, *, same_dim: bool, rotate: bool) -> float:
    """What difd computes: with same_dim, turns by which the two get the same dimensions."""
    found = math.inf
    for turn in range(4 if rotate else 1):
        if not same_dim or sizes[0] == (sizes[1][::-1] if turn % 2 else sizes[1]):
            found = min(found, squares(one, np.rot90(other, turn), wrap=False))
    return found


def listings(compared: Compared, formula, **options) -> dict[float, dict[str, list]]:
    """difPy's result by threshold: every image once, under the earliest one that it matches."""
    dif, sizes = compared.dif, compared.sizes
    paths = list(dif.filenames.values())
    matches = []
    for one, other in combinations(range(len(paths)), 2):
        pair = (sizes[one], sizes[other])
        matches.append((one, other, formula(dif.tensors[one], dif.tensors[other], pair, **options)))
    found = {}
    for similarity in THRESHOLDS:
        result: dict[str, list] = {}
        seen = set()
        for one, other, mse in matches:
            if mse <= similarity and other not in seen:
                seen.add(other)
                result.setdefault(paths[one], []).append([paths[other], mse])
        found[similarity] = result
    return found


@pytest.mark.parametrize(
    ("kind", "same_dim", "rotate", "thresholds"),
    [
        *((photos, *dims, (0.0, 0.5, 5.0, 25.0)) for dims in product((True, False), repeat=2)),
        (turned, True, True, (0.5, 5.0, 25.0, 60.0)),
        (turned, False, True, (0.5, 5.0, 25.0, 60.0)),
        (turned, True, False, THRESHOLDS),
        (turned, False, False, THRESHOLDS),
        (faint, False, False, THRESHOLDS),
    ],
)
def test_matches_mse_order_and_counts_are_equal(compare, kind, same_dim, rotate, thresholds):
    compared = compare(kind)
    options = {"same_dim": same_dim, "rotate": rotate}
    theirs_by_formula = listings(compared, difpys_mse, **options)
    ours_by_formula = listings(compared, difds_mse, **options)
    for similarity in thresholds:
        assert theirs_by_formula[similarity] == ours_by_formula[similarity], "no data for this test"
        theirs = compared.theirs[same_dim, rotate, similarity]
        ours = compared.ours(similarity=similarity, **options)
        assert ours.result == theirs.result
        assert list(ours.result) == list(theirs.result)
        counts = ours.stats["process"]["search"]["matches_found"]
        assert counts == compared.counts[same_dim, rotate, similarity]
    matches = sum(map(len, ours.result.values()))
    assert matches == 0 if kind is turned and not rotate else matches >= 8


@pytest.mark.parametrize(("same_dim", "rotate"), [(True, True), (True, False), (False, True)])
def test_where_they_differ_each_follows_its_own_formula(compare, same_dim, rotate):
    """The turn that difPy leaves out, and dimensions that are the same only after a turn."""
    compared = compare(faint)
    options = {"same_dim": same_dim, "rotate": rotate}
    theirs_by_formula = listings(compared, difpys_mse, **options)
    ours_by_formula = listings(compared, difds_mse, **options)
    for similarity in THRESHOLDS:
        theirs = compared.theirs[same_dim, rotate, similarity]
        ours = compared.ours(similarity=similarity, **options)
        assert theirs.result == theirs_by_formula[similarity]
        assert ours.result == ours_by_formula[similarity]
    assert theirs_by_formula != ours_by_formula


def test_lower_quality_is_equal_where_no_two_are_of_one_size(compare):
    compared = compare(sizes)
    for similarity in (0.5, 5.0, 25.0):
        theirs = compared.theirs[False, False, similarity]
        ours = compared.ours(same_dim=False, rotate=False, similarity=similarity)
        assert ours.result == theirs.result
        assert sorted(ours.lower_quality) == sorted(theirs.lower_quality)
    assert len(ours.lower_quality) == 8


@pytest.fixture
def two_folders(tmp_path) -> tuple[Path, Path]:
    """Two folders with subfolders and copies within and across."""
    folders = (tmp_path / "album a", tmp_path / "album b")
    for folder in folders:
        for number, name in enumerate(NAMES[:3]):
            first = small_photo(name, folder / f"{number}.png")
            (folder / "deep" / "er").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(first, folder / "deep" / f"{number} copy.png")
            shutil.copyfile(first, folder / "deep" / "er" / f"{number} copy.png")
    (folders[0] / "notes.txt").write_text("no picture")
    (folders[1] / "broken.jpg").write_bytes(b"no picture either")
    return folders


@pytest.mark.parametrize("in_folder", [False, True])
@pytest.mark.parametrize("recursive", [False, True])
def test_folders_are_searched_in_the_same_way(two_folders, in_folder, recursive):
    build = {"in_folder": in_folder, "recursive": recursive}
    answer = difpy(
        """
        dif = difPy.build(*folders, **build)
        search = difPy.search(dif)
        """,
        folders=list(map(str, two_folders)),
        build=build,
    )
    theirs, ours = answer.names.search, difd_search(*two_folders, build=build)
    assert ours.result == theirs.result
    assert list(ours.result) == list(theirs.result)
    assert bool(ours.result) == (recursive or not in_folder)


def test_stats_have_the_same_names_and_numbers(two_folders):
    answer = difpy(
        """
        dif = difPy.build(*folders)
        search = difPy.search(dif, "similar", rotate=False)
        """,
        folders=list(map(str, two_folders)),
    )
    theirs = answer.names.search.stats
    ours = difd_search(*two_folders, similarity="similar", rotate=False).stats
    assert names_in(ours) == names_in(theirs)
    for name in ("directory", "total_files"):
        assert ours[name] == theirs[name]
    assert ours["invalid_files"]["count"] == theirs["invalid_files"]["count"] == 2
    logs = ours["invalid_files"]["logs"], theirs["invalid_files"]["logs"]
    assert sorted(logs[0]) == sorted(logs[1])
    text = str(two_folders[0] / "notes.txt")
    assert logs[0][text] == logs[1][text] == "Unsupported file type"
    for name in ("files_searched", "matches_found"):
        assert ours["process"]["search"][name] == theirs["process"]["search"][name]
    for step in ("build", "search"):
        assert ours["process"][step]["parameters"] == theirs["process"][step]["parameters"]


def names_in(stats: Any) -> Any:
    """All names of a nested dictionary; those of the files aside."""
    if not isinstance(stats, dict):
        return None
    return {name: names_in(value) for name, value in stats.items() if name != "logs"}
