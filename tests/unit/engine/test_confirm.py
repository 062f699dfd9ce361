"""Turned and mirrored copies are proven pixel by pixel, with a comparison each."""

from __future__ import annotations

import numpy as np
import pytest
from harness.pictures import EXIF_ORIENTATION, UPRIGHT, photo, record
from harness.records import (
    InPlacePool,
    make_library,
    make_options,
    members_of,
    pairs_of,
    run,
)
from PIL import Image

from difd.engine.orientation import allowed_turns, turn_image
from difd.engine.prove.turned_copies import match_kind, turned_copies
from difd.engine.work import Cancelled

ALL = allowed_turns(rotate=True, mirror=True)
ROTATIONS = allowed_turns(rotate=True, mirror=False)


def turned_files(folder, picture, codes):
    """The picture once per turn, without loss; by path order."""
    pixels = np.asarray(picture)
    paths = []
    for number, code in enumerate(codes):
        path = folder / f"{number:03}-{code}.png"
        Image.fromarray(np.ascontiguousarray(turn_image(pixels, code))).save(path)
        paths.append(path)
    return paths


def speckle():
    """A black-and-white picture whose turned copies have tensors that differ widely."""
    rng = np.random.default_rng(4)
    return Image.fromarray((rng.integers(0, 2, (17, 31, 3)) * 255).astype(np.uint8))


def copies_of(paths, allowed=ALL, pool=None):
    records = [record(path) for path in paths]
    return turned_copies(records, allowed, pool or InPlacePool(), lambda: None)


def search(paths, **options):
    made = make_options(px_size=50, **options)
    return list(run(make_library([record(path) for path in paths], made), made).rows())


@pytest.mark.parametrize("picture", [photo(), speckle()], ids=["photo", "speckle"])
def test_all_turns_of_a_picture_are_one_set(tmp_path, picture):
    paths = turned_files(tmp_path, picture, range(8))
    copies = copies_of(paths)
    assert copies.sets == (tuple(range(8)),)
    for image in range(8):
        for onto in range(8):
            turn = copies.turn(image, onto, ALL)
            pixels = [np.asarray(Image.open(paths[n])) for n in (image, onto)]
            assert np.array_equal(turn_image(pixels[0], turn), pixels[1])


def test_without_mirror_a_set_falls_apart_into_two(tmp_path):
    copies = copies_of(turned_files(tmp_path, photo(), range(8)), ROTATIONS)
    assert sorted(copies.sets) == [(0, 1, 2, 3), (4, 5, 6, 7)]


def test_mirrored_copies_of_a_mirrored_first_image_find_each_other(tmp_path):
    copies = copies_of(turned_files(tmp_path, photo(), [0, 4, 5]), ROTATIONS)
    assert copies.sets == ((1, 2),)


def test_without_turns_nothing_is_compared(tmp_path):
    pool = InPlacePool()
    paths = turned_files(tmp_path, photo(), range(4))
    assert copies_of(paths, (0,), pool).sets == ()
    assert pool.calls == 0


def test_a_copy_costs_one_comparison_and_an_identical_one_none(tmp_path):
    pool = InPlacePool()
    paths = turned_files(tmp_path, photo(), [0, 1, 2, 3, 1, 1, 2, 0, 0])
    assert copies_of(paths, ALL, pool).sets == (tuple(range(9)),)
    assert pool.calls == 3


def test_equal_sums_alone_prove_nothing(tmp_path):
    pixels = np.asarray(photo()).copy()
    shuffled = pixels.reshape(-1, 3)[np.random.default_rng(1).permutation(15000)]
    for name, image in {"a": pixels, "b": shuffled.reshape(pixels.shape)}.items():
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    one, other = (record(path) for path in paths)
    assert one.sums_digest == other.sums_digest
    pool = InPlacePool()
    assert copies_of(paths, ALL, pool).sets == ()
    assert pool.calls == 1
    assert pairs_of(search(paths)) == []


def test_pictures_that_differ_from_the_first_are_compared_with_each_other(tmp_path):
    pixels = np.asarray(photo())
    order = np.random.default_rng(1).permutation(15000)
    shuffled = Image.fromarray(pixels.reshape(-1, 3)[order].reshape(pixels.shape))
    (tmp_path / "x").mkdir()
    paths = turned_files(tmp_path, photo(), [0, 2]) + turned_files(tmp_path / "x", shuffled, [0, 1])
    assert sorted(copies_of(paths).sets) == [(0, 1), (2, 3)]


@pytest.mark.parametrize("threshold", [0.0, 5.0])
@pytest.mark.parametrize("same_dim", [False, True])
def test_turned_copies_are_duplicates_whatever_the_resize_made_of_them(
    tmp_path, threshold, same_dim
):
    paths = turned_files(tmp_path, speckle(), range(8))
    rows = search(paths, mirror=True, similarity=threshold, same_dim=same_dim)
    members = members_of(rows)
    assert len(members) == len(paths)
    assert {member.match for member in members.values()} == {None, "pixels"}
    assert {member.action for member in members.values()} == {"keep", "remove"}
    if threshold == 0:
        assert {mse for _, _, mse in pairs_of(rows)} == {0.0}
    else:
        assert max(mse for _, _, mse in pairs_of(rows)) > threshold
    for member in members.values():
        if member.keeper:
            picture = Image.open(member.path.decode())
            if member.mirrored:
                picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            turned = np.rot90(np.asarray(picture), member.rotation // 90)
            assert np.array_equal(turned, np.asarray(Image.open(member.keeper.decode())))


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("picture", [photo(160, 120), speckle()], ids=["photo", "speckle"])
@pytest.mark.parametrize("allowed", [(0,), ROTATIONS, ALL], ids=["still", "rotations", "all"])
def test_a_picture_stored_in_two_orientations_is_equal_to_itself(
    tmp_path, picture, orientation, allowed
):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    picture.save(tmp_path / "a.png", exif=exif)
    picture.transpose(UPRIGHT[orientation]).save(tmp_path / "b.png")
    paths = [tmp_path / "a.png", tmp_path / "b.png"]
    pool = InPlacePool()
    copies = copies_of(paths, allowed, pool)
    assert copies.sets == ((0, 1),)
    assert copies.turn(0, 1, allowed) == 0
    assert pool.calls == 0
    rows = search(paths, rotate=len(allowed) > 1, mirror=len(allowed) > 4)
    assert pairs_of(rows) == [(bytes(paths[0]), bytes(paths[1]), 0.0)]
    (removed,) = (member for member in members_of(rows).values() if member.keeper)
    assert (removed.match, removed.rotation, removed.mirrored) == ("pixels", 0, False)


def test_a_file_that_vanished_before_it_was_compared_is_left_out(tmp_path):
    paths = turned_files(tmp_path, speckle(), [0, 1, 2])
    records = [record(path) for path in paths]
    paths[1].unlink()
    assert turned_copies(records, ALL, InPlacePool(), lambda: None).sets == ((0, 2),)


def test_a_representative_that_vanished_does_not_take_the_others_with_it(tmp_path):
    paths = turned_files(tmp_path, speckle(), [0, 1, 2])
    records = [record(path) for path in paths]
    paths[0].unlink()
    assert turned_copies(records, ALL, InPlacePool(), lambda: None).sets == ((1, 2),)


def test_cancelling_stops_the_comparison(tmp_path):
    records = [record(path) for path in turned_files(tmp_path, photo(), [0, 1, 2])]
    pool = InPlacePool()

    def check():
        raise Cancelled

    with pytest.raises(Cancelled):
        turned_copies(records, ALL, pool, check)
    assert pool.calls == 1


def test_the_strongest_proof_names_the_match(tmp_path):
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    photo().save(first)
    photo().save(second, compress_level=1)
    one, other = record(first), record(second)
    assert match_kind(one, one, turned=False, ssd=0) == "bytes"
    assert match_kind(one, other, turned=False, ssd=0) == "pixels"
    photo().resize((300, 200)).save(second)
    unlike = record(second)
    assert match_kind(one, unlike, turned=True, ssd=9) == "pixels"
    assert match_kind(one, unlike, turned=False, ssd=0) == "tensor"
    assert match_kind(one, unlike, turned=False, ssd=9) == "similar"
