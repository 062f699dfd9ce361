"""Which files travel with a picture, and which lie beside it by chance."""

from __future__ import annotations

import os

import pytest
from harness.folders import touch

from difd.actions.company.belongings import belongings, company_of, strangers
from difd.actions.company.companions import KINDS, PICTURES, is_medium

LONG = "Screenshot_20240131_235959_com.example.application"
"""50 characters, which Google cuts to 46 before `.json`."""


def going_with(folder, name: str, *going: str) -> list[str]:
    """The names of what goes with a picture."""
    paths = frozenset(os.fsencode(folder / one) for one in going)
    found = belongings(os.fsencode(folder / name), None, paths).files
    return [os.path.basename(os.fsdecode(path)) for path in found]


def staying_beside(folder, name: str, *going: str) -> list[str]:
    """The names of what is called like a picture and stays."""
    paths = frozenset(os.fsencode(folder / one) for one in going)
    return [os.fsdecode(one) for one in strangers(os.fsencode(folder / name), None, paths)]


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def fill(folder, *names: str) -> None:
    for name in names:
        touch(folder / name)


def test_no_picture_is_a_sidecar():
    assert not PICTURES & KINDS.keys()


@pytest.mark.parametrize("name", ["a.psd", "a.JXL", "a.cr3", "a.mov", "a.svg", "a"])
def test_pictures_that_cannot_be_decoded_and_movies_are_media(name):
    assert is_medium(os.fsencode(name))


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.bak", "a.xmp~", "a.jpg~", "a.zip"])
def test_texts_backups_and_companions_are_no_media(name):
    assert not is_medium(os.fsencode(name))


@pytest.mark.parametrize("sidecar", ["IMG_1.xmp", "IMG_1.JPG.xmp", "IMG_1.AAE", "IMG_1.JPG.XMP"])
@pytest.mark.parametrize(
    "other",
    [
        "IMG_1.json",
        "IMG_1.JPG.json",
        "IMG_1.txt",
        "IMG_1.wav",
        "IMG_1.pp3",
        "IMG_1.JPG.pp3",
        "IMG_1.THM",
        "IMG_1.JPG.xmp~",
        "IMG_1.JPG.bak",
        "IMG_1.JPG_original",
        "IMG_1.xmp.bak",
        "IMG_1.zip",
    ],
)
def test_no_other_file_makes_a_sidecar_stay(folder, sidecar, other):
    fill(folder, "IMG_1.JPG", sidecar, other)
    assert sidecar in going_with(folder, "IMG_1.JPG")


@pytest.mark.parametrize("other", ["IMG_1.psd", "IMG_1.jxl", "IMG_1.CR3", "IMG_1.AVI"])
def test_a_sidecar_stays_with_another_picture_or_movie_that_may_own_it(folder, other):
    fill(folder, "IMG_1.JPG", "IMG_1.xmp", other)
    assert going_with(folder, "IMG_1.JPG") == []


@pytest.mark.parametrize(
    "companion",
    [
        "IMG_1.JPG.pp3",
        "IMG_1.JPG.arp",
        "IMG_1.JPG.dop",
        "IMG_1.jpg.DOP",
        "IMG_1.THM",
        "IMG_1.WAV",
        "IMG_1.acr",
        "IMG_1.on1",
        "IMG_1.vrd",
        "IMG_1.JPG.nksc",
        "IMG_1_01.JPG.xmp",
        "img_1_12.jpg.XMP",
        "IMG_1.JPG.json",
        "IMG_1.JPG.supplemental-metadata.json",
        "IMG_1.JPG.supplemental-metad.json",
        "IMG_1.JPG.s.JSON",
        "IMG_1.JPG..json",
        "IMG_1.json",
    ],
)
def test_what_programs_and_cameras_write_beside_a_picture_goes_with_it(folder, companion):
    fill(folder, "IMG_1.JPG", companion, "IMG_2.JPG")
    assert going_with(folder, "IMG_1.JPG") == [companion]
    assert staying_beside(folder, "IMG_1.JPG") == []
    assert going_with(folder, "IMG_2.JPG") == []


@pytest.mark.parametrize(
    ("picture", "json"),
    [
        ("IMG_1(1).jpg", "IMG_1.jpg(1).json"),
        ("IMG_1(1).jpg", "IMG_1.jpg.supplemental-metadata(1).json"),
        ("IMG_1(12).jpg", "IMG_1.jpg.suppl(12).json"),
        ("IMG_1(1).jpg", "IMG_1(1).jpg.json"),
        (f"{LONG}.jpg", f"{LONG[:46]}.json"),
        (f"{LONG}(1).jpg", f"{LONG[:46]}(1).json"),
        (f"{'ü' * 47}.jpg", f"{'ü' * 46}.json"),
        (f"{LONG[:40]}.jpeg", f"{LONG[:40]}.jpeg.json"),
        (f"{LONG[:43]}.jpeg", f"{LONG[:43]}.jp.json"),
    ],
)
def test_google_moves_numbers_and_cuts_names(folder, picture, json):
    others = ["IMG_1.jpg", "IMG_1(2).jpg", "Screenshot_1.jpg"]
    fill(folder, picture, json, *others)
    assert going_with(folder, picture) == [json]
    for other in others:
        assert going_with(folder, other) == []


def test_a_cut_name_of_two_pictures_goes_when_both_go(folder):
    first, second = f"{LONG}_a.jpg", f"{LONG}_b.jpg"
    fill(folder, first, second, f"{LONG[:46]}.json")
    assert going_with(folder, first) == []
    assert going_with(folder, first, first, second) == [f"{LONG[:46]}.json"]


def test_the_json_of_a_name_without_camera_is_asked_whether_google_wrote_it(folder):
    fill(folder, "package.png", "holiday.png")
    touch(folder / "package.json", b'{"dependencies": {}}')
    touch(folder / "holiday.json", b'{"title": "holiday", "photoTakenTime": {"timestamp": "1"}}')
    assert going_with(folder, "package.png") == []
    assert staying_beside(folder, "package.png") == ["package.json"]
    assert going_with(folder, "holiday.png") == ["holiday.json"]


def test_a_song_is_no_voice_memo_of_its_cover(folder):
    fill(folder, "Yesterday.jpg", "Yesterday.wav")
    assert going_with(folder, "Yesterday.jpg") == []
    assert staying_beside(folder, "Yesterday.jpg") == ["Yesterday.wav"]


def test_a_version_belongs_to_the_picture_of_that_name_if_there_is_one(folder):
    fill(folder, "IMG_1.JPG", "IMG_1_01.JPG", "IMG_1_01.JPG.xmp")
    assert going_with(folder, "IMG_1.JPG") == []
    assert going_with(folder, "IMG_1_01.JPG") == ["IMG_1_01.JPG.xmp"]
    (folder / "IMG_1_01.JPG").unlink()
    touch(folder / "IMG_1_01.JPG.bak")
    assert going_with(folder, "IMG_1.JPG") == ["IMG_1_01.JPG.xmp"]


def test_what_goes_need_not_look_like_a_picture_to_own_a_sidecar(folder):
    fill(folder, "scan.dat", "scan.jpg", "scan.xmp")
    assert going_with(folder, "scan.dat") == []
    assert going_with(folder, "scan.dat", "scan.dat", "scan.jpg") == ["scan.xmp"]
    assert going_with(folder, "scan.jpg") == ["scan.xmp"]


def test_texts_stay_and_are_named_unless_a_picture_stays_to_which_they_may_belong(folder):
    fill(folder, "IMG_1.jpg", "IMG_1.png", "IMG_1.txt", "IMG_1.jpg.bak", "IMG_1.xmp")
    assert staying_beside(folder, "IMG_1.jpg") == []
    going = ("IMG_1.jpg", "IMG_1.png")
    assert staying_beside(folder, "IMG_1.jpg", *going) == ["IMG_1.jpg.bak", "IMG_1.txt"]


def test_what_a_keeper_shares_is_its_company_too(folder):
    fill(folder, "IMG_1.jpg", "IMG_1.dng", "IMG_1.xmp")
    assert going_with(folder, "IMG_1.jpg") == []
    assert company_of(os.fsencode(folder / "IMG_1.jpg")) == [os.fsencode(folder / "IMG_1.xmp")]
