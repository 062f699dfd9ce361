"""The detail check: copies pass, and whatever the small squares overlook does not."""

from __future__ import annotations

import io
import os
import pickle

import numpy as np
import pytest
from harness.photos import whole_photo
from harness.pictures import EXIF_ORIENTATION, photo, with_alpha
from PIL import Image, ImageCms, ImageDraw, ImageFont

from difd.digests import digest_of
from difd.engine.prove.detail import DetailTask, compare_detail

SIZE = (900, 600)


def save(path, picture, **options):
    if path.suffix == ".png":
        options.setdefault("compress_level", 1)  # packing better takes most of the time
    picture.save(path, **options)
    return path


def task(removal, keeper, rotation=0, mirrored=0):
    digests = [digest_of(path.read_bytes()) for path in (removal, keeper)]
    return DetailTask(
        7,
        os.fsencode(removal),
        os.fsencode(keeper),
        rotation,
        mirrored if mirrored is None else bool(mirrored),
        *digests,
    )


def compare(removal, keeper, rotation=0, mirrored=0):
    return compare_detail(task(removal, keeper, rotation, mirrored))


def cat():
    return photo(*SIZE)


def astronaut():
    return whole_photo("astronaut.png")


def resaved(picture, quality):
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return Image.open(target)


def covers(place, box, size):
    """Whether a place and a box in pixels overlap."""
    left, top, width, height = place
    right, bottom = (left + width) * size[0], (top + height) * size[1]
    return left * size[0] < box[2] and right > box[0] and top * size[1] < box[3] and bottom > box[1]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("copy.jpg", {"quality": 60}),
        ("copy.jpg", {"quality": 75, "subsampling": 0}),
        ("copy.jpg", {"quality": 95}),
        ("copy.webp", {"quality": 90}),
        ("copy.webp", {"lossless": True}),
        ("copy.avif", {"quality": 80}),
        ("copy.png", {}),
        ("copy.bmp", {}),
    ],
)
@pytest.mark.parametrize("picture", [cat, astronaut], ids=["cat", "astronaut"])
def test_a_picture_saved_again_shows_the_same(tmp_path, picture, name, options):
    keeper = save(tmp_path / "keeper.png", picture())
    verdict = compare(save(tmp_path / name, picture(), **options), keeper)
    assert verdict.same
    assert not verdict.reason
    assert verdict.place is None
    assert verdict.difference <= verdict.limit


@pytest.mark.parametrize("kernel", ["LANCZOS", "BICUBIC", "BILINEAR", "BOX"])
@pytest.mark.parametrize("percent", [50, 75, 90])
def test_a_smaller_copy_may_go(tmp_path, percent, kernel):
    size = tuple(edge * percent // 100 for edge in SIZE)
    small = cat().resize(size, Image.Resampling[kernel])
    keeper = save(tmp_path / "keeper.png", cat())
    assert compare(save(tmp_path / "small.png", small), keeper).same


def test_the_larger_one_may_not_go_for_a_thumbnail(tmp_path):
    large = save(tmp_path / "large.jpg", cat())
    small = save(tmp_path / "small.jpg", cat().resize((200, 133)))
    verdict = compare(large, small)
    assert not verdict.same
    assert "more detail than the one that stays: 900 × 600 pixels instead of 200 × 133" in (
        verdict.reason
    )
    assert compare(small, large).same


def test_a_keeper_that_was_enlarged_is_not_as_good(tmp_path):
    small = astronaut().resize((128, 128), Image.Resampling.LANCZOS)
    keeper = save(tmp_path / "keeper.png", small.resize((1024, 1024), Image.Resampling.BICUBIC))
    assert not compare(save(tmp_path / "sharp.png", astronaut()), keeper).same


def test_sizes_that_differ_by_a_few_pixels_count_as_close(tmp_path):
    slightly = cat().resize((891, 594), Image.Resampling.LANCZOS)
    larger = save(tmp_path / "a.png", cat())
    assert compare(larger, save(tmp_path / "b.png", slightly)).same


def test_other_proportions_are_another_picture(tmp_path):
    squeezed = save(tmp_path / "a.png", cat().resize((600, 600)))
    verdict = compare(squeezed, save(tmp_path / "b.png", cat()))
    assert not verdict.same
    assert "proportions" in verdict.reason


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("told", [True, False])
def test_turned_copies_are_compared_upright(tmp_path, rotation, mirrored, told):
    turned = cat().transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else cat()
    keeper = save(tmp_path / "keeper.png", turned.rotate(rotation, expand=True))
    removal = save(tmp_path / "removal.jpg", cat(), quality=85)
    turn = (rotation, mirrored) if told else (None, None)
    assert compare(removal, keeper, *turn).same
    assert not compare(removal, keeper, (rotation + 180) % 360, mirrored).same


def test_exif_orientation_is_applied_before_the_turn(tmp_path):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    stored = cat().transpose(Image.Transpose.ROTATE_90)
    keeper = save(tmp_path / "keeper.jpg", stored, exif=exif, quality=90)
    assert compare(save(tmp_path / "upright.png", cat()), keeper).same


def test_forty_stars_of_one_pixel_are_seen_and_pointed_at(tmp_path):
    sky = Image.new("RGB", (4000, 3000), (10, 12, 20))
    starry = sky.copy()
    chance = np.random.default_rng(5)
    for x, y in zip(chance.integers(3000, 3900, 40), chance.integers(100, 900, 40), strict=True):
        starry.putpixel((int(x), int(y)), (250, 250, 240))
    small = [one.resize((50, 50), Image.Resampling.BICUBIC) for one in (sky, starry)]
    assert small[0].tobytes() == small[1].tobytes()
    removal = save(tmp_path / "starry.png", starry, compress_level=1)
    verdict = compare(removal, save(tmp_path / "sky.png", sky, compress_level=1))
    assert not verdict.same
    assert covers(verdict.place, (3000, 100, 3900, 900), sky.size)


def contract(amount="13,480.00", *, signed=False, stamped=False, dpi=150):
    page = Image.new("RGB", (round(8.27 * dpi), round(11.69 * dpi)), "white")
    draw = ImageDraw.Draw(page)
    text = ImageFont.load_default(dpi * 10 / 72)
    words = ["the", "parties", "agree", "that", "all", "amounts", "fall", "due", "within", "days"]
    for number in range(40):
        line = words[number % 10 :] + words[: number % 10]
        if number == 12:
            line[4] = f"EUR {amount}"
        draw.text((dpi, dpi + number * dpi // 5), " ".join(line), "black", text)
    if signed:
        draw.line([(dpi + 9 * x, 1450 + 40 * (x % 2)) for x in range(30)], (20, 20, 90), 2)
    if stamped:
        draw.rectangle((800, 1400, 1000, 1500), None, (200, 60, 60), 2)
        draw.text((820, 1420), "PAID", (200, 60, 60), ImageFont.load_default(50))
    return page


CONTRACTS = {
    "another amount": {"amount": "13,430.00"},
    "signed": {"signed": True},
    "stamped": {"stamped": True},
}


@pytest.mark.parametrize("quality", [None, 75])
@pytest.mark.parametrize("percent", [100, 50])
@pytest.mark.parametrize("change", CONTRACTS)
def test_contracts_that_differ_in_one_thing_stay_both(tmp_path, change, percent, quality):
    suffix, options = ("png", {}) if quality is None else ("jpg", {"quality": quality})
    files = []
    for name, page in (("a", contract()), ("b", contract(**CONTRACTS[change]))):
        size = tuple(edge * percent // 100 for edge in page.size)
        scaled = page.resize(size, Image.Resampling.LANCZOS)
        files.append(save(tmp_path / f"{name}.{suffix}", scaled, **options))
    assert not compare(*files).same
    assert not compare(*reversed(files)).same


def test_the_place_of_the_changed_digit_is_told(tmp_path):
    one, other = contract(), contract("13,430.00")
    removal = save(tmp_path / "a.jpg", other, quality=85)
    verdict = compare(removal, save(tmp_path / "b.jpg", one, quality=85))
    changed = np.argwhere(np.asarray(one) != np.asarray(other))[:, 1::-1]
    box = (*changed.min(0), *(changed.max(0) + 1))
    assert covers(verdict.place, box, one.size)
    assert verdict.place[2] * one.width < 100


@pytest.mark.parametrize("quality", [60, 75, 90])
def test_a_contract_saved_again_shows_the_same(tmp_path, quality):
    keeper = save(tmp_path / "a.png", contract())
    assert compare(save(tmp_path / "b.jpg", contract(), quality=quality), keeper).same


def eyes_closed(picture):
    for left, top, right, bottom in ((195, 96, 219, 110), (235, 97, 260, 111)):
        skin = picture.crop((left, top + 16, right, bottom + 16))
        picture.paste(skin, (left, top))
    return picture


def other_face(picture):
    face = picture.crop((180, 60, 270, 180)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture.paste(face, (180, 60))
    return picture


def dated(picture):
    ImageDraw.Draw(picture).text((430, 490), "14.07.2019", (255, 150, 0))
    return picture


def cut(picture):
    return picture.crop((3, 3, 512, 512)).resize((512, 512), Image.Resampling.BICUBIC)


def a_moment_later(picture):
    return picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, 2.5, 0, 1, 1))


@pytest.mark.parametrize("quality", [50, 75, 95])
@pytest.mark.parametrize("change", [eyes_closed, other_face, dated, cut, a_moment_later])
def test_a_changed_photo_is_another_photo(tmp_path, change, quality):
    keeper = save(tmp_path / "a.jpg", astronaut(), quality=quality)
    removal = save(tmp_path / "b.jpg", change(astronaut()), quality=quality)
    assert not compare(removal, keeper).same
    assert not compare(keeper, removal).same


def test_two_shots_of_a_still_scene_share_no_noise(tmp_path):
    scene = np.asarray(astronaut(), np.float64)
    shots = [
        Image.fromarray(
            np.clip(scene + np.random.default_rng(seed).normal(0, 9, scene.shape), 0, 255).astype(
                np.uint8
            )
        )
        for seed in (1, 2)
    ]
    first, second = (save(tmp_path / f"{n}.jpg", s, quality=92) for n, s in enumerate(shots))
    assert not compare(first, second).same
    again = save(tmp_path / "again.jpg", resaved(shots[0], 92), quality=75)
    assert compare(again, first).same


def test_other_colours_of_the_same_brightness_are_seen(tmp_path):
    red, green = Image.new("RGB", SIZE, "white"), Image.new("RGB", SIZE, "white")
    ImageDraw.Draw(red).ellipse((300, 300, 330, 330), (200, 60, 60))
    ImageDraw.Draw(green).ellipse((300, 300, 330, 330), (40, 140, 60))
    a, b = save(tmp_path / "a.png", red), save(tmp_path / "b.png", green)
    assert not compare(a, b).same


def test_a_grey_copy_does_not_stand_for_a_colour_photo(tmp_path):
    grey = save(tmp_path / "a.jpg", cat().convert("L"))
    colour = save(tmp_path / "b.jpg", cat())
    assert not compare(colour, grey).same


def test_transparency_counts(tmp_path):
    clear = with_alpha(*SIZE)
    flat = Image.alpha_composite(Image.new("RGBA", SIZE, "white"), clear)
    a, b = save(tmp_path / "a.png", clear), save(tmp_path / "b.png", flat)
    assert not compare(a, b).same
    assert compare(save(tmp_path / "c.webp", clear, lossless=True), a).same


def frames(count):
    moved = [cat().crop((n, 0, n + 300, 200)) for n in range(0, 40 * count, 40)]
    return {"save_all": True, "append_images": moved[1:], "duration": 100}, moved[0]


def test_all_frames_are_compared(tmp_path):
    options, first = frames(4)
    keeper = save(tmp_path / "a.png", first, **options)
    assert compare(save(tmp_path / "b.webp", first, lossless=True, **options), keeper).same
    other, _ = frames(3)
    verdict = compare(save(tmp_path / "c.png", first, **other), keeper)
    assert not verdict.same
    assert "3 frames" in verdict.reason
    options["append_images"][-1] = options["append_images"][-1].rotate(180)
    assert not compare(save(tmp_path / "d.png", first, **options), keeper).same


def test_a_file_that_changed_since_the_search_stays(tmp_path):
    a, b = save(tmp_path / "a.png", cat()), save(tmp_path / "b.png", cat())
    seen = task(a, b)
    save(a, cat().rotate(180))
    verdict = compare_detail(seen)
    assert not verdict.same
    assert "not what the search saw" in verdict.reason


@pytest.mark.parametrize("spoil", ["gone", "text", "truncated", "link"])
@pytest.mark.parametrize("which", [0, 1])
def test_a_file_that_cannot_be_read_is_a_verdict(tmp_path, spoil, which):
    files = [save(tmp_path / name, cat(), quality=85) for name in ("a.jpg", "b.jpg")]
    spoilt = files[which]
    data = spoilt.read_bytes()
    if spoil == "text":
        spoilt.write_bytes(b"no picture at all")
    if spoil == "truncated":
        spoilt.write_bytes(data[: len(data) // 2])
    asked = task(*files)
    if spoil in {"gone", "link"}:
        spoilt.unlink()
    if spoil == "link":
        spoilt.symlink_to(files[1 - which])
    verdict = compare_detail(asked)
    assert not verdict.same
    assert verdict.reason
    assert verdict.difference is None


def test_finer_shades_are_not_given_up(tmp_path):
    deep = Image.fromarray(np.arange(60_000, dtype=np.uint16).reshape(200, 300))
    a = save(tmp_path / "a.png", deep)
    flat = Image.fromarray((np.asarray(deep) // 257).astype(np.uint8))
    verdict = compare(a, save(tmp_path / "b.png", flat))
    assert not verdict.same
    assert "finer shades" in verdict.reason


def test_another_colour_profile_is_another_look(tmp_path):
    def profile(name):
        return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()

    plain = save(tmp_path / "a.png", cat())
    usual = save(tmp_path / "b.png", cat(), icc_profile=profile("sRGB"))
    other = save(tmp_path / "c.png", cat(), icc_profile=profile("XYZ"))
    assert compare(usual, plain).same
    verdict = compare(other, plain)
    assert not verdict.same
    assert "profiles" in verdict.reason


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (9, 8), (17, 1)])
def test_tiny_pictures_are_compared_too(tmp_path, size):
    one = Image.new("RGB", size, (200, 30, 30))
    a, b = save(tmp_path / "a.png", one), save(tmp_path / "b.bmp", one)
    assert compare(b, a).same
    other = save(tmp_path / "c.png", Image.new("RGB", size, (30, 30, 200)))
    assert not compare(other, a).same


def test_tasks_and_verdicts_travel_between_processes(tmp_path):
    asked = task(save(tmp_path / "a.png", cat()), save(tmp_path / "b.png", cat()))
    assert pickle.loads(pickle.dumps(asked)) == asked  # noqa: S301  our own
    verdict = compare_detail(asked)
    assert pickle.loads(pickle.dumps(verdict)) == verdict  # noqa: S301  our own
