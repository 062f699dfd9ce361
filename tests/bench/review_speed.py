"""How quick the review page is: the first view, the next group in look mode, panning and zooming.

python -m bench.review_speed [GROUPS …]        (from the folder `tests`; 10000 and 100000)

Measured by Chromium's own tracing: the page's marks and frames are read from the trace.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from harness.many_groups import write_search
from harness.photos import whole_photo
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from bench.peers import difctl, own_difd
from bench.table import Row, show

Event = dict[str, Any]
"""Of a trace: `name`, `ts` in microseconds, and more."""

KEYS = 30
SIZE = (4000, 3000)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
CATEGORIES = [
    "blink.user_timing",
    "devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
]

MARKS = """() => {
  const mark = (name) => performance.mark(name);
  const seen = new Set();
  const watched = new MutationObserver(() => {
    for (const [name, part] of Object.entries({ sum: ".boxes", list: "#group .file" })) {
      if (seen.has(name) || !document.querySelector(part)) continue;
      seen.add(name);
      mark(`difd-${name}`);
    }
  });
  watched.observe(document, { childList: true, subtree: true });
  addEventListener("keydown", () => performance.mark("difd-key"), { capture: true });
  document.addEventListener("drawn", () => {
    const figures = [...document.querySelectorAll("[data-look] figure")];
    if (figures.every((figure) => figure.dataset.ready)) mark("difd-shown");
  });
}"""
"""Marks when a view is there, when a key is pressed, and when all pictures of a group are drawn;
they are shown with the next frame."""


def measure(groups: int) -> list[Row]:
    """The rows of the table for a result of so many groups."""
    with own_difd() as environment, tempfile.TemporaryDirectory(prefix="difd-") as folder:
        job = _search(environment, Path(folder), groups)
        with _browser() as browser:
            rows = [
                {
                    "what": f"{groups:,} groups, {words}",
                    "ms": _first(environment, browser, job, view),
                }
                for words, view in (("in sum", "sum"), ("in a list", "list"))
            ]
            rows += [
                {"what": f"{groups:,} groups, {row.pop('what')}", **row}
                for row in _looking(environment, browser, job)
            ]
    return rows


def _search(environment: dict[str, str], folder: Path, groups: int) -> str:
    """A search whose groups are all of one photo of 12 megapixels, to be looked at."""
    photo = whole_photo("coffee.png").convert("RGB").resize(SIZE, Image.Resampling.BICUBIC)
    noise = np.random.default_rng(0).integers(-8, 8, (SIZE[1], SIZE[0], 1))
    values = np.clip(np.asarray(photo).astype(np.int16) + noise, 0, 255).astype(np.uint8)
    path = folder / "photo.jpg"
    Image.fromarray(values).save(path, quality=90)
    os.environ |= environment  # where the journal is
    return write_search(path, groups, size=SIZE, similar=True)


@contextmanager
def _browser() -> Iterator[Browser]:
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _page(environment: dict[str, str], browser: Browser, job: str) -> Iterator[tuple[Page, str]]:
    """A page with the marks, and the address of the sum."""
    run = [difctl(), "review", job, "--no-browser"]
    with subprocess.Popen(run, env=environment, stdout=subprocess.PIPE, text=True) as gateway:
        assert gateway.stdout is not None
        address = gateway.stdout.readline().strip()
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(f"({MARKS})()")
        yield page, address
        page.close()
        gateway.terminate()


@contextmanager
def _traced(browser: Browser, page: Page) -> Iterator[list[Event]]:
    """What the browser tells of the time within."""
    events: list[Event] = []
    browser.start_tracing(page=page, categories=CATEGORIES)
    yield events
    events += json.loads(browser.stop_tracing())["traceEvents"]


def _first(environment: dict[str, str], browser: Browser, job: str, view: str) -> float:
    """From the navigation to the view, in milliseconds."""
    with _page(environment, browser, job) as (page, address):
        with _traced(browser, page) as events:
            page.goto(address if view == "sum" else f"{address}/all")
            page.locator(".boxes" if view == "sum" else "#group .file").first.wait_for(
                timeout=120_000
            )
            page.wait_for_timeout(1000)
        begun = max(_times(events, "navigationStart"))
        return (_shown(events, f"difd-{view}") - begun) / 1000


def _looking(environment: dict[str, str], browser: Browser, job: str) -> Iterator[Row]:
    with _page(environment, browser, job) as (page, address):
        page.goto(f"{address}/look")
        page.locator("#group .file").first.wait_for(timeout=120_000)
        page.keyboard.press("l")
        for what, key in (("next group, decided", "ArrowLeft"), ("next group, skipped", "s")):
            yield {"what": what, **_steps(browser, page, key)}
        for what, move in (("panning", _pan), ("zooming", _zoom)):
            page.keyboard.press("z")
            page.locator(".pane.whole").nth(1).wait_for(timeout=60_000)
            with _traced(browser, page) as events:
                move(page)
            yield {"what": what, **_frames(events)}
            page.keyboard.press("0")


def _steps(browser: Browser, page: Page, key: str) -> dict[str, float]:
    """From a key to the next group, its pictures made ahead, in milliseconds."""
    waits = []
    _settle(page)
    for _ in range(KEYS):
        with _traced(browser, page) as events:
            title = page.locator("[data-look]").get_attribute("data-look")
            page.keyboard.press(key)
            page.locator(f"[data-look]:not([data-look='{title}'])").wait_for()
            _settle(page)
        (pressed,) = _times(events, "difd-key")
        waits.append((_shown(events, "difd-shown") - pressed) / 1000)
    waits.sort()
    return {"ms": statistics.median(waits), "95 %": waits[int(0.95 * KEYS)], "most": waits[-1]}


def _settle(page: Page) -> None:
    """Wait until all is drawn, and what is made ahead is there."""
    page.locator("figure[data-ready]").nth(1).wait_for(timeout=60_000)
    page.locator("[data-look][data-made]").wait_for(timeout=60_000)
    page.wait_for_timeout(150)


def _pan(page: Page) -> None:
    """A finger that moves for two seconds; the browser makes its events itself."""
    gesture = {"x": 400, "y": 400, "xDistance": -400, "yDistance": 160, "speed": 200}
    _synthesize(page, "Scroll", {**gesture, "gestureSourceType": "touch"})


def _zoom(page: Page) -> None:
    """Two fingers that come closer, and go apart again."""
    for factor in (2.5, 0.4):
        gesture = {"x": 400, "y": 400, "scaleFactor": factor, "relativeSpeed": 300}
        _synthesize(page, "Pinch", {**gesture, "gestureSourceType": "touch"})


def _synthesize(page: Page, kind: str, gesture: dict[str, object]) -> None:
    session = page.context.new_cdp_session(page)
    session.send(f"Input.synthesize{kind}Gesture", gesture)
    session.detach()


def _frames(events: list[Event]) -> dict[str, float]:
    """Frames a second while something moved, and the longest time between two, in milliseconds."""
    moves = [float(event["ts"]) for event in events if _is_move(event)]
    drawn = [time for time in _times(events, "DrawFrame") if moves[0] <= time <= moves[-1]]
    gaps = [(after - before) / 1000 for before, after in pairwise(drawn)]
    return {
        "frames a second": 1000 * len(gaps) / sum(gaps),
        "ms": statistics.median(gaps),
        "95 %": sorted(gaps)[int(0.95 * len(gaps))],
        "most": max(gaps),
    }


def _is_move(event: Event) -> bool:
    return event["name"] == "EventDispatch" and event["args"]["data"]["type"] == "pointermove"


def _shown(events: list[Event], mark: str) -> float:
    """When the first frame after a mark was drawn, in microseconds."""
    (made, *_), drawn = _times(events, mark), _times(events, "DrawFrame")
    return next(time for time in drawn if time > made)


def _times(events: list[Event], name: str) -> list[float]:
    """When events of a name were, in microseconds."""
    return sorted(float(event["ts"]) for event in events if event["name"] == name)


if __name__ == "__main__":
    for count in map(int, sys.argv[1:] or ("10000", "100000")):
        show(f"The review page, {count:,} groups", measure(count))
