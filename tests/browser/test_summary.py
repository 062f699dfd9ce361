"""A result in sum: what is safe, what is to be looked at, and folders that share pictures."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from harness.axe import faults
from harness.commands import answered
from harness.folders import contents
from harness.gateway import running_gateway
from harness.photos import small_photo
from harness.searches import searched
from PIL import Image
from playwright.sync_api import expect

pytestmark = [pytest.mark.daemon("own"), pytest.mark.timeout(300)]

SCREENSHOTS = Path(__file__).parents[1] / "desktop" / "screenshots"

PHONE, CAMERA = "Phone backup/DCIM", "Camera\n2021/\N{PARTY POPPER} <b>"


@pytest.fixture
def two_folders(tmp_path):
    """Three pictures in two folders; one is in a third one, too, and one only like another."""
    photos = tmp_path / "Pictures"
    for name, photo in {"a": "astronaut.png", "b": "coffee.png", "c": "chelsea.png"}.items():
        small_photo(photo, photos / CAMERA / f"{name}.png")
        (photos / PHONE).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photos / CAMERA / f"{name}.png", photos / PHONE / f"{name}.png")
    (photos / "Other").mkdir()
    shutil.copyfile(photos / PHONE / "a.png", photos / "Other" / "a.png")
    Image.open(photos / PHONE / "b.png").convert("RGB").save(photos / "Other" / "b.jpg", quality=97)
    return photos


@pytest.fixture
def summary(instance, two_folders, page):
    job = searched(instance, two_folders, "-s", "similar", "--no-same-dim")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.address)
        expect(page.get_by_role("heading", name="3 groups of similar images")).to_be_visible()
        yield page


def of_folders(page):
    return page.locator(".pair").filter(has_text="DCIM").filter(has_text="<b>")


def test_what_is_safe_goes_with_two_clicks(summary, two_folders):
    page, before = summary, contents(two_folders)
    expect(page.locator(".box.safe")).to_contain_text("4 files, ")
    expect(page.locator(".box.look")).to_contain_text("0 of 1 group looked at")
    expect(page.locator(".box.done")).to_contain_text("Nothing yet")
    page.get_by_role("button", name="Move all 4 to the trash").click()
    page.locator("#execute").click()
    expect(page.get_by_role("heading", name="4 files moved to the trash")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".box.done")).to_contain_text("4 files gone")
    expect(page.locator(".box.safe")).to_contain_text("Nothing")
    expect(page.locator(".box.look")).to_contain_text("0 of 1 group looked at")
    after = contents(two_folders)
    assert len(before) - len(after) == 4
    assert {before[name] for name in before} == {after[name] for name in after}


def test_two_folders_are_decided_in_one_go_and_that_is_taken_back(summary, instance):
    page = summary
    pair = of_folders(page)
    expect(pair).to_contain_text("3 pictures are in both (")
    expect(pair).to_contain_text("Proposed: they stay in")
    pair.get_by_role("button", name=re.compile("Keep them in Phone")).click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("heading", name=f"Keep them in {PHONE}?")).to_be_visible()
    expect(dialog).to_contain_text("will be chosen to go")
    assert not any(group["decided"] for group in answered(instance, "show", "last")["groups"])
    page.locator("#apply-pair").click()
    expect(page.locator("#said")).to_have_text("3 groups decided.")
    expect(page.locator(".box.look")).to_contain_text("1 of 1 group looked at")
    decided = [
        file
        for group in answered(instance, "show", "last")["groups"]
        for file in group["files"]
        if file["decision"] == "goes"
    ]
    assert {PHONE in file["path"] for file in decided} == {False}
    assert sum("<b>" in file["path"] for file in decided) == 3
    page.get_by_role("link", name=re.compile("in one list")).click()
    page.get_by_role("button", name="Undo the last choice").click()
    expect(page.locator("#said")).to_have_text("3 groups as before.")
    assert not any(group["decided"] for group in answered(instance, "show", "last")["groups"])
    expect(page.get_by_role("button", name="Undo the last choice")).to_have_count(0)


def test_two_folders_are_decided_one_by_one(summary):
    page = summary
    of_folders(page).get_by_role("link", name="Decide one by one").click()
    expect(page.locator("#list-count")).to_have_text("3 groups")
    page.locator("#tools").get_by_label("Show").select_option("To look at")
    expect(page.locator("#list-count")).to_have_text("1 group")


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1440, "dark"), (2560, "light")])
def test_it_is_accessible_and_fits(summary, width, scheme):
    page = summary
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 757})
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    expect(page.locator(".pair .has-picture")).to_have_count(2 * page.locator(".pair").count())
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"review-pairs-{width}-{scheme}.jpg", full_page=True)
    assert not faults(page)
    assert not page.evaluate(too_wide)
    of_folders(page).get_by_role("button", name=re.compile("Keep them in Phone")).click()
    expect(page.locator("#apply-pair")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / f"review-pair-{width}-{scheme}.jpg")
    assert not faults(page)
    assert not page.evaluate(too_wide)


def test_what_is_undecided_is_neither_green_nor_red(summary):
    page = summary
    page.get_by_role("link", name="Look at it").click()
    alike = page.locator("#group .file").filter(has_text="b.jpg")
    expect(alike).to_have_class(re.compile("open"))
    for choice in ("Stays", "Goes"):
        expect(alike.get_by_role("radio", name=choice)).not_to_be_checked()
    page.keyboard.press(alike.locator(".index").inner_text())
    expect(alike.get_by_role("radio", name="Goes")).to_be_checked()
    expect(page.locator("#decided")).to_contain_text("1 of 1 group looked at")
    page.keyboard.press("Control+z")
    expect(alike).to_have_class(re.compile("open"))


def test_the_trash_takes_what_is_listed_or_all_and_says_which(summary, two_folders):
    page, before = summary, contents(two_folders)
    page.get_by_role("link", name="Look at it").click()
    expect(page.locator("#chosen")).to_contain_text("4 files of 3 groups")
    expect(page.get_by_role("button", name="Trash all 4 …")).to_be_visible()
    page.get_by_role("button", name="Trash the 1 listed …").click()
    page.locator("#execute").click()
    expect(page.get_by_role("heading", name="1 file moved to the trash")).to_be_visible()
    assert len(before) - len(contents(two_folders)) == 1


def test_what_was_decided_is_there_on_another_page_and_after_a_restart(summary, instance, chromium):
    page = summary
    page.get_by_role("link", name="Look at it").click()
    page.get_by_role("button", name="All stay").click()
    expect(page.locator("#decided")).to_contain_text("1 of 1 group looked at")
    answered(instance, "show", "last")
    instance.difctl("daemon", "restart")
    context = chromium.new_context()
    with running_gateway(instance, "last") as second:
        other = context.new_page()
        other.goto(second.address)
        expect(other.locator(".box.look")).to_contain_text("1 of 1 group looked at")
        other.get_by_role("link", name="Look again").click()
        other.get_by_role("button", name="As proposed").click()
        expect(other.locator("#chosen")).to_contain_text("4 files of 3 groups")
        page.locator(".row").first.click()
        page.get_by_role("button", name="Not duplicates").click()
        page.get_by_role("button", name="They are duplicates").click()
        expect(page.locator("#chosen")).to_contain_text("4 files of 3 groups")
        context.close()


def test_pictures_that_cannot_be_read_are_no_search_without_duplicates(instance, page, tmp_path):
    for name in ("one.jpg", "two.jpg"):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff\xe0 of " + name.encode())
    job = answered(instance, "search", tmp_path, code=4)["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.address)
        says = "Nothing could be compared: the 2 pictures could not be read."
        expect(page.get_by_role("heading", name=says)).to_be_visible()
        expect(page.get_by_text("The log says why each of them could not be read.")).to_be_visible()
        expect(page.get_by_text("No duplicates")).to_have_count(0)
        page.get_by_role("button", name="Log: 2 files not read").click()
        expect(page.get_by_text("the file is truncated").first).to_be_visible()
