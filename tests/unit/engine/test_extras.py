"""Files that show one of several pictures equal only their own bytes; what is carried is value."""

from __future__ import annotations

import pytest
from harness.pictures import photo, record

from difd.engine.formats import open_picture
from difd.engine.read.extras import holds_more
from difd.engine.read.value import lost


def more(path):
    with path.open("rb") as file, open_picture(file) as picture:
        return holds_more(picture)


def write_sizes(path):
    photo(64, 64).save(path, sizes=[(16, 16), (64, 64)])


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.ico", write_sizes), ("a.icns", lambda path: photo(64, 64).save(path))],
)
def test_a_file_with_several_sizes_is_known(tmp_path, name, write):
    write(tmp_path / name)
    assert more(tmp_path / name)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.heic", "a.tif", "a.avif", "a.gif"])
def test_a_plain_picture_is_all_there_is(tmp_path, name):
    photo().save(tmp_path / name)
    assert not more(tmp_path / name)


def test_layers_are_more(corpus):
    assert more(corpus / "hostile/hopper_merged.psd")


def test_the_frames_of_an_animation_are_all_compared(tmp_path):
    photo().save(tmp_path / "a.gif", save_all=True, append_images=[photo().rotate(90)])
    assert not more(tmp_path / "a.gif")


def write_views(path):
    photo().save(path, save_all=True, append_images=[photo(150, 100).rotate(180)], format="MPO")


def write_motion_photo(path):
    photo().save(path)
    with path.open("ab") as file:
        file.write(b"\0" * (1 << 20) + b"MotionPhoto_Data" + b"\0\0\0\x18ftypmp42")


def write_gain_map(path):
    photo().save(path, xmp=b'<rdf:Description hdrgm:Version="1.0"/>')


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (write_views, "another picture of"),
        (write_motion_photo, "a movie of 1 MB"),
        (write_gain_map, "a technical detail"),
    ],
)
def test_what_a_file_carries_beside_its_picture_is_found_as_value(tmp_path, write, words):
    photo().save(tmp_path / "still.jpg")
    write(tmp_path / "more.jpg")
    still, carrier = record(tmp_path / "still.jpg"), record(tmp_path / "more.jpg")
    assert still.pixel_digest == carrier.pixel_digest
    assert lost(carrier.value, still.value).startswith(words)
    assert lost(still.value, carrier.value) == ""
