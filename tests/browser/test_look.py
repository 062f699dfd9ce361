"""Looking at one group after the other in the whole window: a key or a swipe decides."""

from __future__ import annotations

import re
import time
from contextlib import closing
from pathlib import Path

import pytest
from harness.axe import faults
from harness.commands import answered
from harness.exif import camera_exif
from harness.folders import contents
from harness.gateway import running_gateway
from harness.photos import small_photo
from harness.searches import searched
from PIL import Image, ImageFilter
from playwright.sync_api import Route, expect

pytestmark = [pytest.mark.daemon("own"), pytest.mark.timeout(400)]

SCREENSHOTS = Path(__file__).parents[1] / "desktop" / "screenshots"
PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")


def alike(folder: Path, count: int) -> Path:
    """Pairs of pictures that are only alike, of many photos; the larger file is the better one."""
    for number in range(count):
        photo = PHOTOS[number % len(PHOTOS)]
        size = (200 + 7 * number, 160 + 5 * number)
        path = small_photo(photo, folder / "Camera" / f"{number:02}.png", size=size)
        (folder / "Messages").mkdir(exist_ok=True)
        with Image.open(path) as picture:
            saved = picture.convert("RGB")
            # Another picture for each: a corner of its own.
            saved.paste((9 * number % 256, 40, 90), (0, 0, 60, 60))
            saved.save(path)
            saved.save(folder / "Messages" / f"{number:02}.jpg", quality=97)
    return folder


@pytest.fixture
def few(instance, tmp_path, page):
    """The list of four such pairs."""
    folder = alike(tmp_path / "Pictures", 4)
    job = searched(instance, folder, "-s", "similar")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(f"{running.address}/look")
        expect(page.locator("#list-count")).to_have_text("4 groups")
        yield page


def drawn(page):
    expect(page.locator("figure[data-ready]:visible")).to_have_count(2)


def decided(instance) -> dict[str, str | None]:
    """What was decided about each file that goes or stays, by its folder and name."""
    return {
        "/".join(file["path"].split("/")[-2:]): file["decision"]
        for group in answered(instance, "show", "last")["groups"]
        for file in group["files"]
        if file["decision"] is not None
    }


def test_keys_decide_and_the_next_one_comes(few, instance):
    page = few
    first = page.locator(".row-name").all_inner_texts()
    page.keyboard.press("l")
    heading = page.locator("#dialog-title")
    expect(heading).to_contain_text("0 of 4 looked at")
    drawn(page)
    expect(page.locator(".look-title strong").first).to_contain_text("Camera")
    page.keyboard.press("ArrowLeft")
    expect(heading).to_contain_text("1 of 4 looked at")
    page.keyboard.press("ArrowRight")
    expect(heading).to_contain_text("2 of 4 looked at")
    page.keyboard.press("b")
    expect(heading).to_contain_text("3 of 4 looked at")
    stems = [name.split(".")[0] for name in first]
    assert decided(instance) == {
        f"Camera/{stems[0]}.png": "stays", f"Messages/{stems[0]}.jpg": "goes",
        f"Camera/{stems[1]}.png": "goes", f"Messages/{stems[1]}.jpg": "stays",
        f"Camera/{stems[2]}.png": "stays", f"Messages/{stems[2]}.jpg": "stays",
    }  # fmt: skip
    page.keyboard.press("u")
    expect(heading).to_contain_text("2 of 4 looked at")
    assert f"Camera/{stems[2]}.png" not in decided(instance)
    page.keyboard.press("k")
    expect(page.locator(".look-title").first).to_contain_text(stems[1])
    page.keyboard.press("s")
    expect(page.locator(".look-title").first).to_contain_text(stems[2])
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(heading).to_contain_text("3 of 4 looked at")
    assert decided(instance)[f"Messages/{stems[2]}.jpg"] == "goes"
    page.keyboard.press("b")
    expect(heading).to_have_text("All is decided")
    page.keyboard.press("Escape")
    expect(page.locator("#decided")).to_contain_text("4 of 4 groups looked at")
    expect(page.locator("#chosen")).to_contain_text("3 files of 3 groups")


def test_of_a_burst_all_are_shown_at_once_and_which_is_the_sharpest(instance, tmp_path, page):
    """Four photos of one moment, two of them shaken."""
    folder = tmp_path / "Burst"
    first = small_photo("coffee.png", folder / "1.png", size=(600, 400))
    with Image.open(first) as photo:
        sharp = photo.convert("RGB")
    for number, radius in ((2, 0.7), (3, 1.5), (4, 0)):
        sharp.filter(ImageFilter.GaussianBlur(radius)).save(folder / f"{number}.jpg", quality=96)
    job = searched(instance, folder, "-s", "60")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(f"{running.address}/look")
        expect(page.locator("#list-count")).to_have_text("1 group")
        page.keyboard.press("l")
        expect(page.locator("figure[data-ready]:visible")).to_have_count(4)
        told = {
            caption.split("/")[-1][:5]: caption
            for caption in page.locator("figcaption").all_inner_texts()
        }
        assert "sharpest" in told["1.png"]
        shares = {
            name: int(re.search(r"(\d+)% as sharp", told[name])[1]) for name in ("2.jpg", "3.jpg")
        }
        assert 100 > shares["2.jpg"] > shares["3.jpg"]
        # Places that differ are those of two pictures.
        steps = page.locator(".compare-places")
        expect(steps).to_be_hidden()
        page.keyboard.press("Space")
        expect(steps).to_be_visible()
        expect(page.locator("#places")).not_to_have_text(re.compile("^…?$"))
        page.keyboard.press("Space")
        page.locator("[name=mode][value=all]").check()
        expect(steps).to_be_hidden()
        page.locator("#stage").focus()
        page.keyboard.press(".")
        expect(page.locator("#zoom")).to_have_text("100%")
        page.keyboard.press("3")
        page.keyboard.press("Enter")
        expect(page.locator("#dialog-title")).to_have_text("All is decided")
    assert sorted(decided(instance).values()) == ["goes", "stays", "stays", "stays"]


def test_what_the_better_one_alone_has_is_told_before_the_other_is_kept(instance, tmp_path, page):
    folder = tmp_path / "Pictures"
    exif = camera_exif()
    rich = small_photo("coffee.png", folder / "Camera" / "1.jpg", size=(600, 400), exif=exif)
    with Image.open(rich) as photo:
        photo.convert("RGB").resize((300, 200)).save(folder / "poor.jpg", quality=95)
    job = searched(instance, folder, "-s", "similar", "--no-same-dim")["job"]
    told = re.compile("This one would be held back: .*300 × 200. Only this one has .*the camera")
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.listing)
        card = page.locator("#group .file", has_text="600 × 400")
        expect(card.locator(".stake")).to_have_text(told)
        expect(card.locator(".stake")).to_have_class(re.compile("quiet"))
        card.get_by_role("radio", name="Goes").check()
        expect(card.locator(".stake")).to_have_class(re.compile("mind"))
        expect(page.locator(".note.mind")).to_contain_text("something is lost")
        page.keyboard.press("u")
        expect(page.locator("#said")).to_contain_text("as before")
        expect(card.locator(".stake")).to_have_class(re.compile("quiet"))
        page.keyboard.press("l")
        drawn(page)
        expect(page.locator(".look-stake")).to_have_count(1)
        better = page.locator("figcaption", has_text="600 × 400")
        expect(better.locator(".look-stake")).to_have_text(told)
        assert not faults(page)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / "review-look-stake.jpg")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#looked")).to_be_visible()
        page.keyboard.press("Escape")
        page.locator("#trash").click()
        # The plan says the same, but after the choice.
        expect(page.locator("#dialog h2")).to_have_text("There is nothing to do")
        expect(page.locator("#dialog .plan")).to_contain_text("600 × 400 pixels instead of 300")


def test_one_file_of_a_group_has_to_stay(few, instance):
    page = few
    page.keyboard.press("l")
    drawn(page)
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator("#trouble")).to_contain_text("One file of every group has to stay.")
    expect(page.locator("#dialog-title")).to_contain_text("0 of 4 looked at")
    assert decided(instance) == {}


def test_pictures_blink_and_show_their_difference(few):
    page = few
    page.keyboard.press("l")
    drawn(page)
    page.keyboard.press("Space")
    left, right = page.locator("figure[data-side=left]"), page.locator("figure[data-side=right]")
    expect(left).to_be_visible()
    expect(right).to_be_hidden()
    page.keyboard.press("Space")
    expect(right).to_be_visible()
    expect(left).to_be_hidden()
    page.keyboard.press("d")
    expect(page.locator("#stage")).to_have_attribute("data-mode", "difference")
    page.keyboard.press("d")
    expect(page.locator("#stage")).to_have_attribute("data-mode", "all")
    page.keyboard.press("+")
    expect(page.locator("#zoom")).to_have_text("150%")


@pytest.mark.usefixtures("interceptable")
def test_who_goes_on_waits_for_no_comparison_of_what_was_left(few):
    page = few

    def hold(_route: Route) -> None:
        """The gateway is not asked, and nothing comes."""

    page.route("**/places?*", hold)
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    with page.expect_request("**/places?*") as asked:
        page.keyboard.press("l")
        drawn(page)
    with page.expect_event("requestfailed"):
        page.keyboard.press("s")
    assert failed == [asked.value.url]
    with page.expect_request("**/places?*") as asked:
        pass
    with page.expect_event("requestfailed"):
        page.keyboard.press("Escape")
    assert failed[1:] == [asked.value.url]
    expect(page.locator("#trouble")).to_be_empty()


def test_where_nothing_differs_there_is_nothing_to_step_through(few):
    page = few
    page.keyboard.press("l")
    expect(page.locator("#places")).to_have_text("No place differs visibly")
    expect(page.locator("#place-next")).to_be_hidden()
    expect(page.locator("#place-before")).to_be_hidden()


HEAD = """() => {
  const all = [...document.querySelector(".compare-head").children];
  const parts = all.filter((one) => one.checkVisibility());
  const boxes = parts.map((one) => one.getBoundingClientRect());
  const middles = boxes.map(({ top, bottom }) => (top + bottom) / 2).sort((a, b) => a - b);
  const lines = middles.filter((one, place) => !place || one - middles[place - 1] > 12).length;
  const close = document.querySelector(".compare-head [data-close]").getBoundingClientRect();
  const title = document.querySelector(".compare-head h2").getBoundingClientRect();
  return { lines, height: document.querySelector(".compare-head").clientHeight,
    beside: Math.abs((close.top + close.bottom - title.top - title.bottom) / 2) < 24,
    title: title.height };
}"""
"""Of the head of what is looked at: its lines, and whether what closes ends the first one."""


@pytest.mark.parametrize("language", ["en-US", "de-DE"])
def test_the_head_breaks_into_few_lines_at_every_width(few, language):
    wrong = {}
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    few.context.set_extra_http_headers({"Accept-Language": language})
    few.reload()
    expect(few.locator("#list-count")).to_contain_text("4")
    few.keyboard.press("l")
    drawn(few)
    expect(few.locator("#places")).not_to_have_text(re.compile("^…?$"))
    for width in (900, 1100, 1280, 1440, 1500, 1920):
        few.set_viewport_size({"width": width, "height": 800})
        few.screenshot(path=SCREENSHOTS / f"review-look-head-{language}-{width}.jpg")
        head = few.evaluate(HEAD)
        lines = 1 if width > 1760 else 2 if width > 1000 else 3
        if head["lines"] > lines or not head["beside"] or head["title"] > 60:
            wrong[width] = head
    assert not wrong


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1440, "light"), (2560, "dark")])
def test_it_is_accessible_and_fits(few, width, scheme):
    page = few
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.keyboard.press("l")
    drawn(page)
    page.set_viewport_size({"width": width, "height": 757})
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"review-look-{width}-{scheme}.jpg")
    assert not faults(page)
    dialog = page.locator("dialog[open]")
    assert not dialog.evaluate("one => one.scrollWidth > one.clientWidth")
    assert page.locator("#stage").bounding_box()["height"] > 250
    box = page.locator("#look-both").bounding_box()
    assert box["y"] + box["height"] <= 757, "the buttons are below the fold"


SWIPE = """([one, from, to]) => {
  const at = (x) => new Touch({ identifier: 1, target: one, clientX: x, clientY: 200 });
  const send = (kind, touches, changed) => one.dispatchEvent(
    new TouchEvent(kind, { touches, changedTouches: changed, bubbles: true }));
  send("touchstart", [at(from)], [at(from)]);
  send("touchend", [], [at(to)]);
}"""


def test_a_swipe_decides_on_a_phone(few, instance):
    page = few
    page.set_viewport_size({"width": 375, "height": 700})
    page.locator(".back").click()
    page.locator("#look").click()
    drawn(page)
    name = page.locator(".look-title").first.inner_text().split("/")[-1].split(".")[0]
    stage = page.locator("#stage").element_handle()
    page.evaluate(SWIPE, [stage, 200, 180])
    expect(page.locator("#dialog-title")).to_contain_text("0 of 4 looked at")
    page.evaluate(SWIPE, [stage, 300, 60])
    expect(page.locator("#dialog-title")).to_contain_text("1 of 4 looked at")
    assert decided(instance)[f"Messages/{name}.jpg"] == "goes"


def test_what_vanished_meanwhile_is_said_and_nothing_is_lost(few, tmp_path):
    page = few
    for path in (tmp_path / "Pictures" / "Messages").iterdir():
        path.unlink()
    page.keyboard.press("l")
    expect(page.locator("#trouble")).to_contain_text(re.compile("no picture|gone|not"))
    page.keyboard.press("b")
    expect(page.locator("#dialog-title")).to_contain_text("1 of 4 looked at")


@pytest.mark.early
def test_thirty_are_decided_with_a_key_each_and_all_goes_with_few_clicks(instance, tmp_path, page):
    folder = alike(tmp_path / "Pictures", 30)
    for number in range(300):
        copy = folder / f"Backup {number // 30}" / f"{number % 30:02}.png"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes((folder / "Camera" / copy.name).read_bytes())
    job = searched(instance, folder, "-s", "similar")["job"]
    before = contents(folder)
    clicks = keys = 0
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.address)
        page.get_by_role("button", name="Move all 300 to the trash").click()
        page.locator("#execute").click()
        expect(page.get_by_role("heading", name="300 files moved to the trash")).to_be_visible()
        clicks += 2
        assert len(before) - len(contents(folder)) == 300
        page.keyboard.press("Escape")
        expect(page.locator("#dialog")).not_to_be_visible()
        page.keyboard.press("l")
        expect(page.locator("#list-count")).to_have_text("30 groups")
        page.keyboard.press("l")
        keys += 3
        drawn(page)
        slowest = 0.0
        for number in range(30):
            if number:
                drawn(page)
            begun = time.monotonic()
            page.keyboard.press("ArrowLeft")
            keys += 1
            if number < 29:
                expect(page.locator("#dialog-title")).to_contain_text(f"{number + 1} of 30")
                slowest = max(slowest, time.monotonic() - begun)
        expect(page.locator("#dialog-title")).to_have_text("All is decided")
        print(
            f"\n{clicks + 1} clicks from the notification to 300 copies in the trash, "
            f"{keys} keys to 30 look-alikes decided, the slowest next one after {slowest:.3f} s"
        )
        assert (clicks + 1, keys) == (3, 33)
    assert sum(one == "goes" for one in decided(instance).values()) == 30


def test_what_the_files_say_differently_stands_beneath(instance, tmp_path, page):
    folder = alike(tmp_path / "Pictures", 1)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS R5"
    exif[0x9C9E] = "Sea;Sun".encode("utf-16-le")
    with Image.open(folder / "Messages" / "00.jpg") as picture:
        picture.convert("RGB").save(folder / "Messages" / "00.jpg", quality=97, exif=exif)
    job = searched(instance, folder, "-s", "similar")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(f"{running.address}/look")
        expect(page.locator("#list-count")).to_have_text("1 group")
        page.keyboard.press("l")
        described = page.locator("figcaption", has_text="Messages")
        expect(described).to_contain_text("Camera: Canon EOS R5 · Keywords: Sea, Sun")
        other = page.locator("figcaption", has_text="Camera/")
        expect(other).to_contain_text("Camera: \N{EN DASH} · Keywords: \N{EN DASH}")
        assert "Rating" not in described.inner_text(), "what both do not say differs in nothing"
        assert not faults(page)
