"""A JPEG whose pixels end too early, or not where its data end, stays for no intact one."""

from __future__ import annotations

import io

import pytest
from harness.containers import encoded
from harness.pictures import photo
from PIL import Image

from difd.digests import digest_of
from difd.engine.prove.removal import Proof, ProofTask, prove
from difd.engine.prove.scan_end import ending_fault

PHOTO = photo(200, 150)
KINDS = {
    "baseline": encoded("JPEG", PHOTO, quality=90),
    "progressive": encoded("JPEG", PHOTO, quality=90, progressive=True),
    "grey": encoded("JPEG", PHOTO.convert("L")),
    "optimized": encoded("JPEG", PHOTO, optimize=True, subsampling=0),
    "with marks inside": encoded("JPEG", PHOTO, restart_marker_rows=1),
    "white": encoded("JPEG", Image.new("RGB", (203, 149), "white"), optimize=True),
    "one pixel more": encoded("JPEG", photo(201, 145)),
}
INTACT = KINDS["baseline"]
CUT = INTACT[:-40] + b"\xff\xd9"
LONGER = INTACT[:-2] + b"\x12\x34\x56" * 30 + b"\xff\xd9"


def fault(content: bytes) -> str:
    stream = io.BytesIO(content)
    with Image.open(stream) as picture:
        return ending_fault(picture, stream)


@pytest.mark.parametrize("kind", KINDS)
def test_an_intact_one_is_not_blamed(kind):
    assert fault(KINDS[kind]) == ""


def test_what_was_cut_off_and_closed_again_is_told():
    assert fault(CUT) == "some of its last pixels are missing"
    progressive = KINDS["progressive"]
    assert fault(progressive[:-40] + b"\xff\xd9") == "some of its last pixels are missing"


def test_bytes_behind_the_last_pixel_are_told():
    assert fault(LONGER) == "there is something behind its last pixels"


def proof(tmp_path, removal: bytes, keeper: bytes) -> Proof:
    paths = tmp_path / "removal", tmp_path / "keeper"
    for path, content in zip(paths, (removal, keeper), strict=True):
        path.write_bytes(content)
    return prove(
        ProofTask(
            number=0,
            removal=bytes(paths[0]),
            keeper=bytes(paths[1]),
            rotation=0,
            mirrored=False,
            removal_digest=digest_of(removal),
            keeper_digest=digest_of(keeper),
            same_pixels=True,
            may_lose=False,
        )
    )


def test_an_intact_file_does_not_go_for_it(tmp_path):
    verdict = proof(tmp_path, INTACT, LONGER)
    assert verdict.reason.startswith("the file that stays is damaged: there is something behind")
    assert proof(tmp_path, LONGER, INTACT).same
    assert proof(tmp_path, LONGER, LONGER).same
