"""What goes with a picture: all of what is its own, nothing of what others need."""

from __future__ import annotations

import os
import struct

import pytest
from harness.folders import touch

from difd.actions.company.belongings import Belongings, belongings
from difd.actions.company.siblings import Siblings

IDENTIFIER = b"1A2B3C4D-0000-4000-8000-123456789ABC"
OTHER = b"FFFFFFFF-0000-4000-8000-123456789ABC"


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


TAKEN = 10**9
"""When all pictures and movies here were made, in seconds since 1970."""


def movie(
    seconds: float = 3, identifier: bytes | None = None, *, long: bool = False, begun: int = TAKEN
) -> bytes:
    """A movie as phones write it: the data first, then what describes it."""
    since_1904 = begun + 2_082_844_800
    if long:
        header = struct.pack(">B3xQQIQ", 1, since_1904, 0, 600, int(seconds * 600)) + bytes(80)
    else:
        header = struct.pack(">B3xIIII", 0, since_1904, 0, 600, int(seconds * 600)) + bytes(80)
    meta = b""
    if identifier:
        key = b"com.apple.quicktime.content.identifier"
        meta = box(b"meta", box(b"keys", b"mdta" + key) + box(b"ilst", box(b"data", identifier)))
    data = struct.pack(">I4sQ", 1, b"mdat", 16 + 5000) + bytes(5000)
    return box(b"ftyp", b"qt  ") + data + box(b"moov", box(b"mvhd", header) + meta)


def picture(identifier: bytes | None = None) -> bytes:
    return b"\xff\xd8 Apple iOS \0" + (identifier or b"") + b"\xff\xd9"


def found(folder, name: str, going=(), siblings=None) -> tuple[list[str], str | None]:
    """What belongs to a picture, by name."""
    answer = belongings(
        os.fsencode(folder / name),
        siblings,
        frozenset(os.fsencode(folder / one) for one in going),
    )
    files = [os.path.relpath(os.fsdecode(path), folder) for path in answer.files]
    return files, answer.partner and os.path.relpath(os.fsdecode(answer.partner), folder)


def filled(folder, *names: str):
    for name in names:
        touch(folder / name)
    return folder


@pytest.mark.parametrize(
    ("name", "beside", "expected"),
    [
        ("IMG.jpg", ["IMG.xmp"], ["IMG.xmp"]),
        ("IMG.jpg", ["IMG.jpg.xmp"], ["IMG.jpg.xmp"]),
        ("IMG.JPG", ["img.jpg.XMP", "Img.Xmp"], ["Img.Xmp", "img.jpg.XMP"]),
        ("IMG_1234.HEIC", ["IMG_1234.AAE"], ["IMG_1234.AAE"]),
        ("IMG_1234.HEIC", ["IMG_O1234.AAE"], ["IMG_O1234.AAE"]),
        ("IMG_E1234.JPG", ["IMG_1234.AAE", "IMG_O1234.AAE"], []),
        ("IMG_1234.HEIC", ["IMG_E1234.JPG", "IMG_1234.AAE"], ["IMG_1234.AAE"]),
        # adjustments of another picture, and sidecars that only begin alike
        ("IMG_1234.HEIC", ["IMG_O1235.AAE", "IMG_12345.xmp", "IMG_1234 (2).xmp"], []),
        ("IMG_O1234.HEIC", ["IMG_1234.AAE", "IMG_O1234.AAE"], ["IMG_O1234.AAE"]),
        ("IMG_1234.HEIC", ["IMG_O1234.HEIC", "IMG_O1234.AAE"], []),
        # a picture that has the name of a sidecar's stem
        ("IMG.jpg", ["IMG.png.xmp"], []),
        ("IMG", ["IMG.xmp"], ["IMG.xmp"]),
        (".hidden", [".hidden.xmp"], [".hidden.xmp"]),
        ("-rf\n.jpg", ["-rf\n.xmp"], ["-rf\n.xmp"]),
        ("\udcff.jpg", ["\udcff.xmp"], ["\udcff.xmp"]),
        # in the form of macOS, and without capitals
        ("caf\u00e9.jpg", ["cafe\u0301.jpg.xmp"], ["cafe\u0301.jpg.xmp"]),
        ("cafe\u0301.jpg", ["caf\u00e9.xmp"], ["caf\u00e9.xmp"]),
        ("CAF\u00c9.jpg", ["caf\u00e9.xmp"], ["caf\u00e9.xmp"]),
    ],
)
def test_sidecars_go_with_their_picture(tmp_path, name, beside, expected):
    filled(tmp_path, name, *beside)
    assert found(tmp_path, name) == (expected, None)


@pytest.mark.parametrize(
    ("sidecar", "others"),
    [
        ("IMG.xmp", ["IMG.cr2"]),
        ("IMG.xmp", ["IMG.png"]),
        ("IMG.xmp", ["IMG.MP4"]),
        ("IMG.aae", ["img.JPG"]),
        ("IMG.jpg.xmp", ["IMG.JPG"]),
        ("IMG.xmp", ["IMG.cr2", "IMG.tif"]),
    ],
)
def test_what_several_share_goes_with_the_last_of_them_and_only_once(tmp_path, sidecar, others):
    filled(tmp_path, "IMG.jpg", sidecar, *others)
    everybody = ["IMG.jpg", *others]
    for name in everybody:
        assert found(tmp_path, name)[0] == []
        assert found(tmp_path, name, everybody[:-1])[0] == [] or name == everybody[-1]
    assert [found(tmp_path, name, everybody)[0] for name in sorted(everybody)] == [
        [sidecar],
        *([[]] * len(others)),
    ]


@pytest.mark.parametrize(
    ("still", "moving", "belongs"),
    [
        (picture(IDENTIFIER), movie(3, IDENTIFIER), True),
        (picture(IDENTIFIER), movie(3, IDENTIFIER, long=True), True),
        (picture(IDENTIFIER), movie(90, IDENTIFIER), True),  # the identifier decides
        (picture(OTHER), movie(3, IDENTIFIER), False),
        (picture(), movie(3, IDENTIFIER), False),
        (picture(IDENTIFIER), movie(3), True),  # written without, at the same moment
        (picture(), movie(5), True),
        (picture(), movie(5, long=True), True),
        (picture(), movie(7), False),
        (picture(), movie(7, long=True), False),
        (picture(), b"", False),
        (b"", movie(3, IDENTIFIER), False),
        (picture(), b"no movie at all", False),
        (picture(), movie(3)[:-100], False),
        (picture(), struct.pack(">I4s", 3, b"moov") + b"x" * 50, False),
        (picture(), struct.pack(">I4s", 1, b"moov"), False),
        (picture(), struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1), False),
    ],
)
@pytest.mark.parametrize("names", [("IMG_1.HEIC", "IMG_1.MOV"), ("IMG_1.jpg", "img_1.mp4")])
def test_a_movie_belongs_to_a_live_photo_when_it_proves_it(tmp_path, names, still, moving, belongs):
    for name, content in zip(names, (still, moving), strict=True):
        touch(tmp_path / name, content)
        os.utime(tmp_path / name, (TAKEN, TAKEN))
    assert found(tmp_path, names[0])[0] == ([names[1]] if belongs else [])


@pytest.mark.parametrize(
    ("begun", "belongs"),
    [
        (TAKEN - 9, True),
        (TAKEN + 2 * 3600 - 4, True),  # in local time
        (TAKEN - 5 * 3600 - 1800, True),
        (TAKEN - 300, False),
        (TAKEN - 15 * 3600, False),
        (TAKEN - 7 * 365 * 86400, False),
        (-2_082_844_800, False),  # it does not say
    ],
)
def test_strangers_that_were_copied_at_one_time_stay_strangers(tmp_path, begun, belongs):
    touch(tmp_path / "IMG_1.jpg", picture())
    touch(tmp_path / "IMG_1.MOV", movie(begun=begun))
    for name in ("IMG_1.jpg", "IMG_1.MOV"):
        os.utime(tmp_path / name, (TAKEN, TAKEN))
    assert found(tmp_path, "IMG_1.jpg")[0] == (["IMG_1.MOV"] if belongs else [])


def test_a_movie_of_another_time_is_a_stranger(tmp_path):
    touch(tmp_path / "IMG_1.jpg", picture())
    touch(tmp_path / "IMG_1.MOV", movie())
    os.utime(tmp_path / "IMG_1.MOV", (TAKEN, TAKEN))
    os.utime(tmp_path / "IMG_1.jpg", (TAKEN + 60, TAKEN + 60))
    assert found(tmp_path, "IMG_1.jpg")[0] == []


def test_the_movie_and_the_sidecars_of_a_live_photo_go_together(tmp_path):
    touch(tmp_path / "IMG_1.HEIC", picture(IDENTIFIER))
    touch(tmp_path / "IMG_1.MOV", movie(3, IDENTIFIER))
    filled(tmp_path, "IMG_1.AAE", "IMG_1.xmp")
    assert found(tmp_path, "IMG_1.HEIC")[0] == ["IMG_1.AAE", "IMG_1.MOV", "IMG_1.xmp"]


def test_a_movie_of_two_pictures_goes_when_both_go(tmp_path):
    for name in ("IMG_1.HEIC", "IMG_1.JPG"):
        touch(tmp_path / name, picture(IDENTIFIER))
    touch(tmp_path / "IMG_1.MOV", movie(3, IDENTIFIER))
    assert found(tmp_path, "IMG_1.HEIC")[0] == []
    assert found(tmp_path, "IMG_1.HEIC", ["IMG_1.JPG"])[0] == ["IMG_1.MOV"]
    assert found(tmp_path, "IMG_1.JPG", ["IMG_1.HEIC"])[0] == []


def test_a_movie_beside_a_drawing_is_a_stranger(tmp_path):
    touch(tmp_path / "IMG_1.png", picture(IDENTIFIER))
    touch(tmp_path / "IMG_1.MOV", movie(3, IDENTIFIER))
    assert found(tmp_path, "IMG_1.png")[0] == []


@pytest.mark.parametrize(
    ("name", "beside", "partner"),
    [
        ("IMG.jpg", ["IMG.CR2"], "IMG.CR2"),
        ("IMG.CR2", ["img.JPEG"], "img.JPEG"),
        ("IMG.HEIC", ["IMG.dng"], "IMG.dng"),
        ("IMG.dng", ["IMG.heic", "IMG.jpg"], "IMG.jpg"),
        ("IMG.jpg", ["IMG.nef", "IMG.dng"], "IMG.dng"),
        ("IMG.jpg", ["IMG.png", "IMG2.nef"], None),
        ("IMG.png", ["IMG.nef"], None),
        ("IMG.nef", ["IMG.dng"], None),
    ],
)
def test_the_other_half_of_a_pair_is_named(tmp_path, name, beside, partner):
    filled(tmp_path, name, *beside)
    assert found(tmp_path, name) == ([], partner)


def test_links_and_folders_are_no_belongings(tmp_path):
    filled(tmp_path, "IMG.jpg", "elsewhere/IMG.xmp")
    (tmp_path / "IMG.xmp").symlink_to(tmp_path / "elsewhere" / "IMG.xmp")
    (tmp_path / "IMG.aae").mkdir()
    os.mkfifo(tmp_path / "IMG.MOV")
    assert found(tmp_path, "IMG.jpg") == ([], None)


def test_a_picture_that_is_not_there_has_no_belongings(tmp_path):
    filled(tmp_path, "IMG.xmp")
    assert found(tmp_path, "IMG.jpg") == ([], None)
    assert belongings(b"/nowhere/at/all.jpg") == Belongings((), None)


def test_a_folder_is_read_once_for_all_of_its_pictures(tmp_path):
    filled(tmp_path, "1.jpg", "2.jpg", "1.xmp")
    siblings = Siblings()
    assert found(tmp_path, "1.jpg", siblings=siblings)[0] == ["1.xmp"]
    filled(tmp_path, "2.xmp")
    assert found(tmp_path, "2.jpg", siblings=siblings)[0] == []
    assert found(tmp_path, "2.jpg")[0] == ["2.xmp"]


def test_ten_thousand_pictures_of_one_folder_are_looked_up(tmp_path):
    names = [f"{number}{ending}" for number in range(10_000) for ending in (".jpg", ".xmp")]
    for name in names:
        (tmp_path / name).touch()
    going = frozenset(os.fsencode(tmp_path / name) for name in names if name.endswith(".jpg"))
    siblings = Siblings()
    counts = [len(belongings(path, siblings, going).files) for path in going]
    assert counts == [1] * 10_000
