"""Files with more in them than the picture that is compared equal only their own bytes."""

from __future__ import annotations

import pytest
from harness.pictures import photo, record

from difd.engine.extras import holds_more
from difd.engine.formats import open_picture


def more(path):
    with path.open("rb") as file, open_picture(file) as picture:
        return holds_more(picture, file)


def write_views(path):
    photo().save(path, save_all=True, append_images=[photo(150, 100).rotate(180)], format="MPO")


def write_sizes(path):
    photo(64, 64).save(path, sizes=[(16, 16), (64, 64)])


def write_motion_photo(path):
    photo().save(path)
    with path.open("ab") as file:
        file.write(b"\0" * (1 << 20) + b"MotionPhoto_Data" + b"\0\0\0\x18ftypmp42")


def write_gain_map(path):
    photo().save(path, xmp=b'<rdf:Description hdrgm:Version="1.0"/>')


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.mpo", write_views),
        ("a.ico", write_sizes),
        ("a.icns", lambda path: photo(64, 64).save(path)),
        ("motion.jpg", write_motion_photo),
        ("gain.jpg", write_gain_map),
    ],
)
def test_a_file_with_more_in_it_is_known(tmp_path, name, write):
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


def test_a_motion_photo_is_not_equal_in_pixels_to_its_still(tmp_path):
    photo().save(tmp_path / "still.jpg")
    write_motion_photo(tmp_path / "motion.jpg")
    still, motion = record(tmp_path / "still.jpg"), record(tmp_path / "motion.jpg")
    assert (still.tensor == motion.tensor).all()
    assert still.pixel_digest != motion.pixel_digest
    assert still.sums_digest != motion.sums_digest
