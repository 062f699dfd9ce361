"""The comparison of both files in full, as they are when a plan is made."""

from __future__ import annotations

import pytest
from harness.containers import XMP_HEADING, encoded, jpeg_with, png_with, without_decoding, xmp
from harness.pictures import EXIF_ORIENTATION, photo
from PIL import Image

from difd.digests import digest_of
from difd.engine.prove.removal import ProofTask, prove


@pytest.fixture
def pair(tmp_path):
    """Write two contents and prove the first by the second."""

    def run(removal: bytes, keeper: bytes, *, seen: bytes | None = None, **more):
        paths = tmp_path / "removal", tmp_path / "keeper"
        for path, content in zip(paths, (removal, keeper), strict=True):
            path.write_bytes(content)
        told = {"rotation": 0, "mirrored": False, "same_pixels": True, "may_lose": False} | more
        return prove(
            ProofTask(
                number=0,
                removal=bytes(paths[0]),
                keeper=bytes(paths[1]),
                removal_digest=digest(removal),
                keeper_digest=digest(keeper if seen is None else seen),
                **told,
            )
        )

    return run


def digest(content: bytes) -> bytes:
    return digest_of(content)


JPEG = encoded("JPEG", quality=90)
PLAIN = without_decoding("PNG", JPEG)


def test_equal_pixels_in_another_format_are_proven(pair):
    assert pair(PLAIN, JPEG).same
    assert pair(JPEG, PLAIN).same


def test_one_other_value_in_one_pixel_is_no_proof(pair):
    changed = photo(80, 60)
    changed.putpixel((79, 59), (1, 2, 3))
    verdict = pair(encoded("PNG"), encoded("PNG", changed))
    assert verdict.reason == "its pixels are not those of the file that stays"


def test_a_file_that_changed_since_the_search_is_no_proof(pair):
    verdict = pair(PLAIN, JPEG, seen=JPEG + b"more")
    assert "not what the search saw" in verdict.reason


def test_what_only_the_removal_holds_keeps_it(pair):
    rich = jpeg_with((0xFE, b"Grandma, 1950"), content=JPEG)
    assert pair(rich, PLAIN).reason == "only this one has the comment 'Grandma, 1950'"
    assert pair(PLAIN, rich).same


def test_what_only_the_removal_holds_may_be_lost_when_that_was_accepted(pair):
    rich = jpeg_with((0xFE, b"Grandma, 1950"), content=JPEG)
    assert pair(rich, PLAIN, may_lose=True).same


def test_what_both_hold_in_different_places_is_the_same(pair):
    exif = Image.Exif()
    exif[0x10E] = "Grandma, 1950"
    by_exif = jpeg_with((0xE1, exif.tobytes()), content=JPEG)
    packet = xmp(
        "<dc:description><rdf:Alt><rdf:li>Grandma, 1950</rdf:li></rdf:Alt></dc:description>"
    )
    by_xmp = jpeg_with((0xE1, XMP_HEADING + packet), content=JPEG)
    assert pair(by_exif, by_xmp).same
    assert pair(by_xmp, by_exif).same


def test_a_damaged_file_does_not_stay_for_an_intact_one(pair):
    damaged = bytearray(encoded("PNG"))
    damaged[-14] ^= 1  # the checksum of the pixels
    verdict = pair(encoded("PNG"), bytes(damaged))
    assert verdict.reason.startswith("the file that stays is damaged: the checksum")
    assert pair(bytes(damaged), encoded("PNG")).same


@pytest.mark.parametrize("same_pixels", [True, False])
def test_what_is_shown_otherwise_does_not_answer(pair, same_pixels):
    linear = png_with((b"gAMA", (100_000).to_bytes(4, "big")))
    verdict = pair(linear, encoded("PNG"), same_pixels=same_pixels)
    assert "different colours, proportions or times" in verdict.reason


def test_alike_pictures_keep_what_only_one_of_them_holds_too(pair):
    moving = encoded("JPEG", quality=90) + b"MotionPhoto" + bytes(1000)
    other = encoded("JPEG", quality=85)
    assert pair(other, moving, same_pixels=False).same
    assert "a movie" in pair(moving, other, same_pixels=False).reason


def test_turned_copies_are_proven_in_the_turn_that_the_search_found(pair):
    turned = encoded("PNG", photo(80, 60).transpose(Image.Transpose.ROTATE_90))
    upright = encoded("PNG")
    assert pair(upright, turned, rotation=90).same
    assert not pair(upright, turned, rotation=270).same
    assert pair(upright, turned, rotation=None, mirrored=None).same


def test_a_turn_by_exif_is_a_turn(pair):
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    shown = encoded("PNG", photo(80, 60).transpose(Image.Transpose.ROTATE_270))
    assert pair(shown, encoded("PNG", exif=exif)).same


def test_all_frames_are_compared(pair):
    frames = [photo(80, 60).rotate(angle) for angle in (90, 180)]
    one = encoded("PNG", save_all=True, append_images=frames)
    other = encoded("PNG", save_all=True, append_images=frames[::-1])
    assert pair(one, one).same
    assert not pair(one, other).same


def test_what_cannot_be_read_is_no_proof(pair):
    verdict = pair(JPEG, JPEG[:200])
    assert not verdict.same
    assert "cannot be compared in full" in verdict.reason
