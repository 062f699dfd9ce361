"""Half of a RAW and JPEG pair: held back and counted, whoever chose it among others."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from harness.containers import XMP_HEADING, jpeg_with, xmp
from harness.folders import contents
from harness.gateway import running_gateway
from harness.photos import small_photo
from playwright.sync_api import expect

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.timeout(300)]


@pytest.fixture
def photos(tmp_path) -> Path:
    """A copy without RAW, a pair of which the JPEG is the longer name, and another copy."""
    folder = tmp_path / "Pictures"
    small_photo("coffee.png", folder / "A.jpg")
    shutil.copyfile(folder / "A.jpg", folder / "IMG_1.jpg")
    (folder / "IMG_1.dng").write_bytes(b"raw")
    small_photo("rocket.jpg", folder / "B.jpg")
    shutil.copyfile(folder / "B.jpg", folder / "B copy.jpg")
    return folder


def test_to_split_pairs_takes_nothing_that_was_held_back_for_another_reason(instance, photos, page):
    """A copy that holds what the one that stays lacks was proposed to nobody, and stays."""
    people = XMP_HEADING + xmp("<mwg-rs:Regions>Grandma</mwg-rs:Regions>")
    valuable = jpeg_with((0xE1, people), content=(photos / "A.jpg").read_bytes())
    (photos / "Z people.jpg").write_bytes(valuable)
    assert instance.difctl("search", photos, "--keep", "shortest-path").returncode == 0
    with running_gateway(instance, "last") as gateway, closing(page):
        page.goto(gateway.listing)
        page.locator("#trash").click()
        page.get_by_role("button", name="Split 1 pair, too …").click()
        expect(page.locator("#dialog")).to_contain_text("half of a RAW and JPEG pair")
        page.locator("#execute").click()
        expect(page.locator("#undo")).to_be_visible()
    assert contents(photos).keys() == {"A.jpg", "B.jpg", "IMG_1.dng", "Z people.jpg"}


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_pair_is_split_only_after_its_number_was_seen(instance, photos, page, by_hand):
    assert instance.difctl("search", photos, "--keep", "shortest-path").returncode == 0
    with running_gateway(instance, "last") as gateway, closing(page):
        page.goto(gateway.listing)
        expect(page.locator("#chosen")).to_contain_text("2 files of 2 groups")
        if by_hand:
            # Any decision makes what goes the user's choice rather than the proposal.
            page.locator(".row", has_text="B.jpg").click()
            page.get_by_role("button", name="All stay").click()
            expect(page.locator("#chosen")).to_contain_text("1 file of 1 group")
        page.locator("#trash").click()
        dialog = page.locator("#dialog")
        held = "1 file held back: It is one half of a RAW and JPEG pair, and the other half stays."
        expect(dialog).to_contain_text(held)
        page.get_by_role("button", name="Split 1 pair, too …").click()
        expect(dialog).to_contain_text("With 1 file something is lost.")
        expect(dialog).to_contain_text("It is half of a RAW and JPEG pair, and IMG_1.dng stays.")
        expect(dialog).not_to_contain_text("held back")
        page.locator("#execute").click()
        left = {"A.jpg", "IMG_1.dng", "B.jpg"} | ({"B copy.jpg"} if by_hand else set())
        expect(page.locator("#undo")).to_be_visible()
        assert contents(photos).keys() == left
