"""The page in the languages of its readers: all of it, in the right one, and with room for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from harness.axe import faults
from harness.catalogues import gateway_in_wide_letters
from harness.edited import edited_copies
from harness.folders import contents
from harness.gateway import running_gateway
from harness.pages import opened_page
from harness.review_views import views
from harness.searches import searched
from playwright.sync_api import Page, expect

from difclient.language.catalogue import NAMES
from difd.protocol.keep_rules import WRITTEN

pytestmark = [pytest.mark.daemon("own"), pytest.mark.timeout(400)]

SCREENSHOTS = Path(__file__).parents[1] / "desktop" / "screenshots"

SAID = """() => {
  const said = [document.title];
  const kinds = NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT;
  const walker = document.createTreeWalker(document.body, kinds);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const part = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (part.closest("script, code, kbd, textarea, noscript") || !part.checkVisibility()) continue;
    if (node !== part) said.push(node.data);
    else said.push(...["aria-label", "placeholder", "alt"].map((name) => part.getAttribute(name)));
  }
  return said.filter(Boolean).join("\\n");
}"""
"""All that is seen or told to a screen reader, but for what is data by its nature."""

SIGNS = {"difd", "min", "PNG", "JPEG", "home", "config", "toml"}
"""Words that are the same in every language: signs, formats, parts of paths."""

METADATA = {"Canon", "EOS", "RF", "mm", "IS", "USM", "ISO", "Darkroom", "Shrinker", "sRGB"}
"""What the files say about themselves."""


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", text))


def is_too_wide(page: Page) -> bool:
    """Whether the page, or the dialog over it, has to be moved sideways."""
    return page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll("dialog[open]")]
          .some((part) => part.scrollWidth > part.clientWidth)"""
    )


def everything(page: Page, address: str) -> Iterator[str]:
    """Every view and dialog, every group, and all groups looked at one by one."""
    page.goto(address)
    expect(page.locator("#group .file").first).to_be_visible()
    listing = page.url
    yield from views(page)
    page.goto(listing)
    expect(page.locator("#group .file").first).to_be_visible()
    for row in page.locator(".row").all():
        row.click()
        shown = page.locator(f"#group .files[data-group='{row.get_attribute('data-number')}']")
        expect(shown).to_be_visible()
        yield f"group {row.get_attribute('data-number')}"
    page.locator("#look").click()
    for place in range(page.locator(".row").count()):
        expect(page.locator(f"[data-look='{place}'] figure[data-ready]").first).to_be_visible()
        yield f"look {place}"
        page.keyboard.press("b")
    expect(page.locator("#looked")).to_be_visible()
    yield "looked"
    page.keyboard.press("Escape")
    page.locator("#rules").click()
    expect(page.locator(".keep-words .small").first).to_be_visible()
    page.locator("#add-rule").click()
    page.locator(".rule-text summary").click()
    page.locator("[name=alike]").check()
    expect(page.locator("#preview [data-speak=preview]")).to_be_visible()
    yield "keep rules"
    page.locator("[name=rule][value=proposed]").check()
    page.locator("[name=scope][value=all]").check()
    expect(page.locator("#preview .tag").first).to_be_visible()
    yield "rule"
    page.keyboard.press("Escape")
    for step in ("Home", "ArrowRight", "ArrowRight"):
        with page.expect_response(re.compile("/rows.*fresh=1")):
            page.locator("#step").press(step)
        yield f"similarity {step}"


def similar(instance, tmp_path) -> tuple[str, Path]:
    from harness.photos import gallery  # noqa: PLC0415

    folder = gallery(tmp_path / "Pictures")
    return searched(instance, folder, "-s", "similar", "--no-same-dim")["job"], folder


def edited(instance, tmp_path) -> tuple[str, Path]:
    folder = edited_copies(tmp_path / "Edited")
    return searched(instance, folder, "-s", "edited")["job"], folder


@pytest.mark.parametrize("search", [similar, edited])
def test_no_string_is_left_that_no_catalogue_says(instance, search, tmp_path, chromium):
    job, folder = search(instance, tmp_path)
    root = Path("/")  # which the picker shows to whoever is at home there
    names = " ".join(map(str, [folder, *folder.rglob("*"), instance.root, *root.iterdir()]))
    data = SIGNS | METADATA | words(" ".join([names, job, job[:8], *WRITTEN, *NAMES.values()]))
    with (
        opened_page(chromium, "de-DE") as page,
        gateway_in_wide_letters(instance, tmp_path / "wide", job) as gateway,
        closing(page),
    ):
        left = {
            name: words(page.evaluate(SAID)) - data for name in everything(page, gateway.listing)
        }
    assert not {name: found for name, found in left.items() if found}


def test_the_main_way_in_german(instance, photos, found, chromium):
    before = contents(photos)
    with (
        opened_page(chromium, "de-AT") as page,
        running_gateway(instance, found) as gateway,
        closing(page),
    ):
        page.goto(gateway.address)
        expect(page.get_by_role("heading", name="4 Gruppen ähnlicher Bilder")).to_be_visible()
        expect(page).to_have_title(re.compile("^Ergebnis "))
        assert page.evaluate("document.documentElement.lang") == "de"
        expect(page.locator(".box.safe")).to_contain_text(re.compile(r"4 Dateien, \d+,\d [kM]B"))
        page.get_by_role("button", name="Alle 4 in den Papierkorb").click()
        page.get_by_role("button", name="4 Dateien in den Papierkorb verschieben").click()
        expect(page.locator("#dialog h2")).to_have_text("4 Dateien in den Papierkorb verschoben")
        assert len(contents(photos)) == len(before) - 4
        page.get_by_role("button", name="Rückgängig").click()
        expect(page.locator("#dialog h2")).to_have_text("4 Dateien zurückgeholt")
        assert contents(photos) == before
        page.get_by_role("button", name="Schließen").click()
        page.get_by_role("link", name="Ansehen").click()
        page.get_by_role("button", name="Nacheinander ansehen").click()
        looking = page.locator("#dialog")
        expect(looking.locator("h2")).to_contain_text("0 von 2 angesehen")
        looking.get_by_role("button", name="Beide behalten").click()
        expect(looking.locator("h2")).to_contain_text("1 von 2 angesehen")
        page.keyboard.press("Escape")
        page.wait_for_load_state("networkidle")  # the group that was decided is shown again
        page.get_by_role("link", name="Einstellungen").click()
        page.get_by_label("Sprache dieser Seite").select_option("Français")
        expect(page.get_by_role("heading", name="Réglages", exact=True)).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == "fr"
        expect(page.get_by_role("combobox", name="Langue de cette page")).to_have_value("fr")


def test_two_browsers_are_answered_in_their_languages_at_the_same_time(instance, found):
    with running_gateway(instance, found) as gateway:
        gateway.enter()
        for _ in range(3):
            for language, word in {"de": "Verlauf", "fr": "Historique", "es": "Historial"}.items():
                answer = gateway.get("/view/history", **{"Accept-Language": language})
                assert f"<h1>{word}</h1>" in answer.text
        assert "<h1>History</h1>" in gateway.get("/view/history").text
        answer = gateway.post("/jobs/nothing/plan", {}, **{"Accept-Language": "de"})
        assert answer.code == 404
        answer = gateway.raw("GET", "/view/start", {"Accept-Language": "de"})
        assert answer.text == "Der Schlüssel fehlt. Die Seite neu öffnen mit: difctl review"


@pytest.mark.parametrize("language", ["de", "fr", "es"])
@pytest.mark.parametrize("width", [320, 1440])
def test_long_words_have_room_and_every_view_is_accessible(
    instance, found, chromium, language, width
):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    wrong: dict[str, object] = {}
    with (
        opened_page(chromium, language) as page,
        running_gateway(instance, found) as gateway,
        closing(page),
    ):
        page.goto(gateway.listing)
        expect(page.locator("#group .file").first).to_be_attached()
        listing = page.url
        page.set_viewport_size({"width": width, "height": 800})
        for name in views(page):
            page.screenshot(path=SCREENSHOTS / f"review-{language}-{name}-{width}.jpg")
            if is_too_wide(page) or (width == 1440 and faults(page)):
                wrong[name] = (is_too_wide(page), faults(page))
        page.goto(listing)
        page.locator("#look").click()
        expect(page.locator("figure[data-ready]").first).to_be_visible()
        page.screenshot(path=SCREENSHOTS / f"review-{language}-look-{width}.jpg")
        if is_too_wide(page) or faults(page):
            wrong["look"] = (is_too_wide(page), faults(page))
    assert not wrong
