"""difPy 4.2.1 and difd on more than 5,000 images, where difPy takes another way; see
`test_difpy_defects`."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from harness.difpy import difd_search, difpy
from PIL import Image

import difd

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

MANY = 5_010


def sizes():
    """Endlessly many sizes, no two of them the same, nor the same when turned."""
    return ((width, height) for height in count(11) for width in range(10, height))


def noise(seed: int, width: int, height: int):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def save(pixels, path: Path) -> Path:
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, compress_level=1)
    return path


@pytest.fixture(scope="module")
def crowd(tmp_path_factory) -> Path:
    """Thousands of images that match none, each of a size of its own so that difPy is quicker."""
    folder = tmp_path_factory.mktemp("crowd")
    made = sizes()
    for number in range(MANY):
        save(noise(number, *next(made)), folder / f"m{number:05}.png")
    return folder


@pytest.fixture(scope="module")
def searched(crowd):
    """The crowd with some more, searched by both for duplicates and for similar images."""
    base = noise(1_000_000, 10, 10)
    near, far = base // 2 + 60, np.rot90(base)[:, ::-1]
    paths = {
        "base": save(near, crowd / "a base.png"),
        "sums": save(near[:, :, ::-1], crowd / "b same sums.png"),
        "far": save(far // 3, crowd / "c far.png"),
        "near": save(near + 1, crowd / "d near.png"),
        "square": save(noise(1_000_001, 160, 120), crowd / "e base.png"),
        "turned": save(np.rot90(noise(1_000_001, 160, 120)), crowd / "f turned.png"),
    }
    paths["last"] = Path(shutil.copyfile(paths["base"], crowd / "z last.png"))
    answer = difpy(
        """
        dif = difPy.build(folder, px_size=10)
        duplicates = difPy.search(dif)
        similar = difPy.search(dif, "similar")
        """,
        folder=crowd,
        timeout=800,
    )
    assert answer.error is None
    dif = difd.build(crowd, px_size=10)
    ours = difd.search(dif), difd.search(dif, "similar")
    return {name: str(path) for name, path in paths.items()}, answer.names, ours


def matches_of(result, key: str) -> dict[str, float]:
    return dict(result.get(key, []))


def test_defect_05_equal_sums(searched):
    paths, theirs, (ours, _) = searched
    assert matches_of(theirs.duplicates.result, paths["base"])[paths["sums"]] == 0
    assert paths["sums"] not in matches_of(ours.result, paths["base"])


def test_defect_10_the_last_image(searched):
    paths, theirs, (ours, _) = searched
    assert paths["last"] not in matches_of(theirs.duplicates.result, paths["base"])
    assert matches_of(ours.result, paths["base"]) == {paths["last"]: 0.0}


def test_defect_17_turned_duplicates(searched):
    paths, theirs, (ours, _) = searched
    assert paths["square"] not in theirs.duplicates.result
    assert matches_of(ours.result, paths["square"]) == {paths["turned"]: 0.0}


def test_defect_18_the_mse_of_another_pair(searched):
    paths, theirs, (_, ours) = searched
    assert matches_of(theirs.similar.result, paths["base"])[paths["near"]] > 5
    assert matches_of(ours.result, paths["base"]) == {paths["near"]: 1.0, paths["last"]: 0.0}


def test_defect_19_in_folder_compares_everything(crowd, tmp_path):
    first = save(noise(1_000_000, 10, 10), tmp_path / "one.png")
    save(noise(1_000_002, 10, 10), tmp_path / "two.png")  # the last one is never compared
    copy = Path(shutil.copyfile(first, crowd / "one.png"))
    answer = difpy(
        """
        search = difPy.search(difPy.build(*folders, in_folder=True, px_size=10))
        """,
        folders=[str(tmp_path), str(crowd)],
        timeout=800,
    )
    across = [
        (key, match)
        for level in answer.names.search.result.values()
        for key, matches in level.items()
        for match, _ in matches
        if Path(key).parent != Path(match).parent
    ]
    assert sorted(across[0]) == sorted([str(first), str(copy)])
    ours = difd_search(tmp_path, crowd, build={"in_folder": True, "px_size": 10}).result
    for folder, level in ours.items():
        for key, matches in level.items():
            assert {Path(path).parent for path in (key, *dict(matches))} == {Path(folder)}
