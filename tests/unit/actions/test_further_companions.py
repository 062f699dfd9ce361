"""Companions of maps, developers and exports that are named by rules of their own."""

from __future__ import annotations

import os

import pytest
from harness.folders import touch

from difd.actions.company.belongings import belongings, strangers


def going_with(folder, name: str, *going: str) -> list[str]:
    """The names of what goes with a picture."""
    paths = frozenset(os.fsencode(folder / one) for one in going)
    found = belongings(os.fsencode(folder / name), None, paths).files
    return [os.path.basename(os.fsdecode(path)) for path in found]


@pytest.mark.parametrize(
    ("picture", "companion"),
    [
        ("map.tif", "map.tfw"),
        ("map.jpg", "map.jgw"),
        ("map.tif", "map.tif.aux.xml"),
        ("map.tif", "map.tif.ovr"),
        ("map.tif", "map.tif.points"),
        ("IMG_1.jpg", "IMG_1.jpg.out.pp3"),
        ("IMG_1.NEF", "IMG_1.photo-edit"),
        ("IMG_1.NEF", "IMG_1.NEF.cfg"),
        ("IMG_1234.jpg", "IMG_1234.yml"),
    ],
)
def test_it_goes_with_its_picture(tmp_path, picture, companion):
    touch(tmp_path / picture)
    touch(tmp_path / companion)
    assert going_with(tmp_path, picture) == [companion]


@pytest.mark.parametrize("name", ["map.xml", "map.tif.xml", "map.cfg", "map.yml", "map.prj"])
def test_a_file_that_may_be_anything_stays(tmp_path, name):
    touch(tmp_path / "map.tif")
    touch(tmp_path / name)
    assert going_with(tmp_path, "map.tif") == []


@pytest.mark.parametrize(
    ("edited", "data"),
    [
        ("IMG_1-edited.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1-bearbeitet.jpg", "IMG_1.jpg.json"),
        ("IMG_1-edited(1).jpg", "IMG_1.jpg(1).json"),
    ],
)
def test_what_google_knows_goes_with_a_picture_and_its_edited_version_only_together(
    tmp_path, edited, data
):
    picture = "IMG_1(1).jpg" if "(1)" in data else "IMG_1.jpg"
    for name in (picture, edited, data):
        touch(tmp_path / name)
    assert going_with(tmp_path, picture) == []
    assert going_with(tmp_path, edited) == []
    both = [going_with(tmp_path, name, picture, edited) for name in (picture, edited)]
    assert sorted(both) == [[], [data]]


@pytest.mark.parametrize(
    ("content", "goes"), [(b"\0\5\x16\7\0\2\0\0", True), (b"a picture", False)]
)
def test_what_macos_keeps_of_a_picture_beside_it_goes_with_it(tmp_path, content, goes):
    touch(tmp_path / "IMG_1.JPG")
    (tmp_path / "._IMG_1.JPG").write_bytes(content)
    assert going_with(tmp_path, "IMG_1.JPG") == (["._IMG_1.JPG"] if goes else [])


@pytest.mark.parametrize(
    "beside",
    [
        ".comments/IMG_1.JPG.xml",
        ".metadata/IMG_1.JPG.gq.xmp",
        ".picasaoriginals/IMG_1.JPG",
        "NKSC_PARAM/IMG_1.JPG.nksc",
        "CaptureOne/Settings153/IMG_1.JPG.cos",
        "IMG_1.JPG.xmp.bak",
    ],
)
def test_what_stays_of_a_picture_is_named(tmp_path, beside):
    for name in ("IMG_1.JPG", "IMG_1.JPG.xmp", "IMG_2.JPG", beside):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        touch(tmp_path / name)
    assert strangers(os.fsencode(tmp_path / "IMG_1.JPG")) == [beside.encode()]
    assert strangers(os.fsencode(tmp_path / "IMG_2.JPG")) == []
