"""Looking closer: the original's own pixels, at one place of all pictures: mouse, keys, touch."""

from __future__ import annotations

import base64
import io
import re
from contextlib import closing

import numpy as np
import pytest
from harness.axe import faults
from harness.edited import edited_copies
from harness.gateway import running_gateway
from harness.photos import whole_photo
from harness.searches import searched
from PIL import Image, ImageDraw
from playwright.sync_api import expect

pytestmark = [pytest.mark.daemon("own"), pytest.mark.timeout(400)]

SIZE = (2600, 1800)


def detailed(size: tuple[int, int] = SIZE) -> Image.Image:
    """A photo in which no two places look the same."""
    photo = whole_photo("coffee.png").convert("RGB").resize(size)
    noise = np.random.default_rng(0).integers(-40, 40, (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.asarray(photo).astype(int) + noise, 0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return detailed()


@pytest.fixture
def looked(instance, tmp_path, picture, page):
    """The picture and a copy that is smaller, looked at."""
    folder = tmp_path / "Pictures"
    folder.mkdir()
    picture.save(folder / "large.png", compress_level=1)
    picture.resize((1300, 900)).save(folder / "small.jpg", quality=95)
    job = searched(instance, folder, "-s", "similar", "--no-same-dim")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(f"{running.address}/look")
        expect(page.locator("#list-count")).to_have_text("1 group")
        page.keyboard.press("l")
        expect(page.locator("figure[data-ready]:visible")).to_have_count(2)
        yield page


SHARP = """([side]) => {
  const pane = document.querySelector(`figure[data-side=${side}] .pane`);
  const [copy, sharp] = pane.querySelectorAll("canvas");
  const [left, top] = copy.style.transform.match(/-?[\\d.]+/g).map(Number);
  return { left, top, image: sharp.toDataURL().split(",")[1] };
}"""


def sharp(page, side: str) -> tuple[np.ndarray, tuple[float, float]]:
    """What is drawn over a copy, and where the picture's upper left corner is there."""
    expect(page.locator(f"figure[data-side={side}] .pane.whole")).to_have_count(1)
    told = page.evaluate(SHARP, [side])
    drawn = Image.open(io.BytesIO(base64.b64decode(told["image"])))
    return np.asarray(drawn.convert("RGB")), (told["left"], told["top"])


def is_original(page, picture: Image.Image) -> bool:
    """Whether the left pane shows the picture pixel for pixel."""
    pixels, (left, top) = sharp(page, "left")
    height, width = pixels.shape[:2]
    box = (round(-left), round(-top), round(-left) + width, round(-top) + height)
    return np.array_equal(pixels, np.asarray(picture.crop(box)))


def under_the_mouse(page, share: tuple[float, float]) -> tuple[float, float]:
    """Move the mouse to a place of the left picture; where that is in its pane."""
    pane = page.locator("figure[data-side=left] .pane").bounding_box()
    by = min(pane["width"] / SIZE[0], pane["height"] / SIZE[1])
    at = [
        (pane[edge] - size * by) / 2 + part * size * by
        for edge, size, part in zip(("width", "height"), SIZE, share, strict=True)
    ]
    page.mouse.move(pane["x"] + at[0], pane["y"] + at[1])
    return at[0], at[1]


def test_a_key_shows_the_original_pixel_for_pixel_at_the_mouse(looked, picture):
    page = looked
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    at = under_the_mouse(page, (0.3, 0.6))
    page.keyboard.press("z")
    assert is_original(page, picture)
    _, (left, top) = sharp(page, "left")
    assert at[0] - left == pytest.approx(0.3 * SIZE[0], abs=3)
    assert at[1] - top == pytest.approx(0.6 * SIZE[1], abs=3)
    expect(page.locator("#original")).to_have_attribute("aria-pressed", "true")
    # The smaller one shows the same place, its pixels twice as large.
    other, corner = sharp(page, "right")
    assert corner == (left, top)
    assert any(
        np.array_equal(
            other[y : y + 200 : 2, x : x + 200 : 2],
            other[y + 1 : y + 201 : 2, x + 1 : x + 201 : 2],
        )
        for y in (100, 101)
        for x in (100, 101)
    )
    tiles = re.findall(r"pictures/(\d+)/(\d+)/(\d+)", " ".join(asked))
    assert len(tiles) == len(set(tiles))
    assert ("2", "2", "0") not in tiles, "what nobody sees is fetched"
    page.keyboard.press("z")
    expect(page.locator("#zoom")).to_have_text("100%")
    expect(page.locator("canvas.sharp")).to_have_count(0)


def test_a_button_a_double_click_and_the_wheel_do_the_same(looked, picture):
    page = looked
    page.locator("#original").click()
    assert is_original(page, picture)
    page.locator("#fit").click()
    expect(page.locator("canvas.sharp")).to_have_count(0)
    under_the_mouse(page, (0.7, 0.3))
    stage = page.locator("#stage")
    box = stage.bounding_box()
    stage.dblclick(position={"x": box["width"] / 4, "y": box["height"] / 2})
    assert is_original(page, picture)
    page.mouse.wheel(0, -400)
    pixels, _ = sharp(page, "left")
    # Nearer than that, every pixel is a square.
    steps = (np.diff(pixels[200].astype(int), axis=0) != 0).any(axis=1)
    assert 0.2 < steps.mean() < 0.7
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 60, steps=4)
    page.mouse.up()
    sharp(page, "left")


def test_two_fingers_come_closer_and_one_moves(looked):
    page = looked
    page.set_viewport_size({"width": 412, "height": 800})
    touch = page.context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    box = page.locator("figure[data-side=left] .pane").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", (middle[0] - 20, middle[1]), (middle[0] + 20, middle[1]))
    for apart in range(30, 150, 10):
        fingers("touchMove", (middle[0] - apart, middle[1]), (middle[0] + apart, middle[1]))
    fingers("touchEnd")
    expect(page.locator("#zoom")).not_to_have_text("100%")
    expect(page.locator(".pane.whole")).to_have_count(2)
    _, before = sharp(page, "left")
    fingers("touchStart", middle)
    for step in range(1, 6):
        fingers("touchMove", (middle[0] + 8 * step, middle[1]))
    fingers("touchEnd")
    _, after = sharp(page, "left")
    assert after[0] == pytest.approx(before[0] + 40, abs=2)
    # It was no swipe that decides.
    expect(page.locator("#dialog-title")).to_contain_text("0 of 1 looked at")
    expect(page.locator("#original")).to_be_visible()
    page.locator("#original").click()
    expect(page.locator("#original")).to_have_attribute("aria-pressed", "true")


TWO_FRAMES = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


def black(page) -> int:
    """The lightest value of the stage, without its rim, where the focus is shown."""
    shot = Image.open(io.BytesIO(page.locator("#stage").screenshot())).convert("RGB")
    return int(np.asarray(shot)[8:-8, 8:-8].max())


def test_equal_pixels_are_black_in_the_difference_at_every_zoom(instance, tmp_path, picture, page):
    """One of them lies turned, so that its tiles begin elsewhere."""
    folder = tmp_path / "Pictures"
    folder.mkdir()
    picture.save(folder / "a.png", compress_level=1)
    picture.rotate(90, expand=True).save(folder / "b.png", compress_level=1)
    job = searched(instance, folder)["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.listing)
        page.locator("#group .file").first.wait_for()
        page.keyboard.press("c")
        page.get_by_role("radio", name="Difference").check()
        expect(page.locator("figure[data-ready]:visible")).to_have_count(2)
        page.locator("#stage").focus()
        page.keyboard.press("z")
        for number in range(8):
            page.evaluate(TWO_FRAMES)
            expect(page.locator(".pane.whole")).to_have_count(2)
            page.evaluate(TWO_FRAMES)
            assert black(page) == 0, page.locator("#zoom").inner_text()
            page.keyboard.press("+" if number % 2 else "ArrowLeft")


def test_a_crop_shows_the_same_place_as_the_picture_that_it_comes_from(instance, tmp_path, page):
    folder = edited_copies(tmp_path / "Pictures")
    job = searched(instance, folder, "-s", "edited")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.listing)
        page.locator(".row", has_text="rocket.jpg").click()
        for name in ("rocket crop.jpg", "rocket mirrored crop.jpg"):
            page.get_by_role("button", name=f"Compare {name}", exact=True).click()
            expect(page.locator("figure[data-ready]:visible")).to_have_count(2)
            page.locator("#stage").focus()
            for _ in range(5):
                page.keyboard.press("+")
            left, right = sharp(page, "left")[0], sharp(page, "right")[0]
            inside = (right > 0).all(axis=2) & (left > 0).all(axis=2)
            assert inside.mean() > 0.15
            apart = np.abs(left.astype(int) - right)[inside].mean()
            assert apart < 12, name
            page.get_by_role("button", name="Close").click()


MARKS = ((260, 180, 330, 240), (2000, 1500, 2040, 1560))
"""Where the marked copy is painted over, in pixels."""


@pytest.fixture
def marked(instance, tmp_path, picture, page):
    """The picture and one in which two places were painted over, looked at."""
    folder = tmp_path / "Pictures"
    folder.mkdir()
    picture.save(folder / "a.png", compress_level=1)
    changed = picture.copy()
    for box in MARKS:
        ImageDraw.Draw(changed).rectangle(box, fill=(20, 220, 60))
    changed.save(folder / "b.png", compress_level=1)
    job = searched(instance, folder, "-s", "200")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(f"{running.address}/look")
        expect(page.locator("#list-count")).to_have_text("1 group")
        page.keyboard.press("l")
        expect(page.locator("figure[data-ready]:visible")).to_have_count(2)
        yield page


def centres(page, selector: str) -> list[tuple[float, float]]:
    """The middles of marks, as shares of the panes that they are in."""
    found: list[tuple[float, float]] = page.locator(selector).evaluate_all(
        """all => all.map((one) => {
          const box = (part) => part.getBoundingClientRect();
          const [mark, pane] = [box(one), box(one.closest(".pane"))];
          return [(mark.x + mark.width / 2 - pane.x) / pane.width,
                  (mark.y + mark.height / 2 - pane.y) / pane.height];
        })"""
    )
    return found


def test_places_that_differ_are_marked_and_stepped_through(marked):
    page = marked
    expect(page.locator("#places")).to_have_text("2 places differ")
    expect(page.locator("figure:visible .marked rect")).to_have_count(4)
    page.keyboard.press(".")
    expect(page.locator("#places")).to_have_text("1 of 2")
    expect(page.locator("rect.current")).to_have_count(2)
    for centre in centres(page, "rect.current"):
        assert centre == pytest.approx((0.5, 0.5), abs=0.03)
    first, _ = sharp(page, "left")
    green = (np.abs(first.astype(int) - (20, 220, 60)).max(axis=2) < 3).mean()
    other, _ = sharp(page, "right")
    green += (np.abs(other.astype(int) - (20, 220, 60)).max(axis=2) < 3).mean()
    assert green > 0.05, "the painted place does not fill the pane"
    page.locator("#place-next").click()
    expect(page.locator("#places")).to_have_text("2 of 2")
    page.locator("#stage").focus()
    page.keyboard.press(",")
    expect(page.locator("#places")).to_have_text("1 of 2")
    # What was in the middle stays there where both lie on each other.
    page.keyboard.press("d")
    expect(page.locator(".marks rect")).to_have_count(2)
    (centre,) = centres(page, ".marks rect.current")
    assert centre == pytest.approx((0.5, 0.5), abs=0.03)
    assert not faults(page)


def test_that_nothing_differs_is_said(looked):
    page = looked
    expect(page.locator("#places")).to_have_text(
        re.compile("No place differs visibly|places? differ")
    )
    page.keyboard.press("0")


def test_in_an_edited_copy_the_caption_is_a_place(instance, tmp_path, page):
    folder = edited_copies(tmp_path / "Pictures")
    job = searched(instance, folder, "-s", "edited")["job"]
    with running_gateway(instance, job) as running, closing(page):
        page.goto(running.listing)
        page.locator(".row", has_text="rocket.jpg").click()
        page.get_by_role("button", name="Compare rocket caption.jpg", exact=True).click()
        expect(page.locator("#places")).to_have_text(re.compile(r"^\d+ places? differs?$"))
        ends = centres(page, "figure[data-side=left] .marked rect")
        assert any(y < 0.3 for _, y in ends)
        assert any(y > 0.7 for _, y in ends)
        # Two copies are not compared with each other, and that is said.
        page.get_by_label("Left picture").select_option(label="rocket crop.jpg")
        expect(page.locator("#places")).to_contain_text("picture that it comes from")
