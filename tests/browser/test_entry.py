"""The whole way, in two languages: from the entry of a file manager to the trash, and back."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections import deque
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from harness.folders import contents
from harness.gateway import running_gateway
from harness.household import household
from harness.instance import Instance
from harness.menus import surroundings, write_difctl
from harness.pages import opened_page
from playwright.sync_api import expect

from difclient.client import Client
from difshell.linux.thunar import Thunar

pytestmark = [pytest.mark.daemon("own"), pytest.mark.timeout(300)]

ENTRY = {"en": "Find similar images", "de": "Ähnliche Bilder finden"}
SAID = {
    "en": {
        "groups": "groups of similar images",
        "all": "Move all 4 to the trash",
        "gone": "4 files moved to the trash",
        "back": "4 files brought back",
        "decided": "All is decided",
        "undo": "Undo",
        "restored": re.compile(r"\d files? brought back"),
    },
    "de": {
        "groups": "Gruppen ähnlicher Bilder",
        "all": "Alle 4 in den Papierkorb",
        "gone": "4 Dateien in den Papierkorb verschoben",
        "back": "4 Dateien zurückgeholt",
        "decided": "Alles ist entschieden",
        "undo": "Rückgängig",
        "restored": re.compile(r"\d Datei(en)? zurückgeholt"),
    },
}


def command_of(instance: Instance, language: str, folder: Path) -> list[str]:
    """What Thunar runs for the entry with this label on a folder, as it reads that itself."""
    difctl = instance.root / "it's my (env)" / "difctl"
    difctl.parent.mkdir()
    write_difctl(difctl)
    Thunar(surroundings(instance.root, command=str(difctl), language=language)).install()
    # Our own file.
    actions = ET.parse(instance.root / "home" / ".config" / "Thunar" / "uca.xml").getroot()  # noqa: S314
    line = next(
        one.findtext("command", "")
        for one in actions
        if ENTRY[language] in {name.text for name in one.iter("name")}
    )
    return [str(folder) if word == "%F" else word for word in shlex.split(line)]


@pytest.mark.parametrize("language", ["en", "de"])
def test_from_an_entry_over_the_page_to_the_trash_and_back(instance, tmp_path, chromium, language):
    folder, words = household(tmp_path / "Pictures"), SAID[language]
    before = contents(folder)
    run = command_of(instance, language, folder)
    started = subprocess.run(
        run,
        env=instance.environment | {"LANGUAGE": language},
        capture_output=True,
        text=True,
        check=True,
    )
    job = started.stdout.split()[0]
    with Client() as client:
        (ended,) = deque(client.follow(job), maxlen=1)
    assert ended.state == "done"
    with (
        opened_page(chromium, language) as page,
        running_gateway(instance, job) as gateway,
        closing(page),
    ):
        page.goto(gateway.address)
        expect(page.locator("#view h1")).to_contain_text(words["groups"])
        assert page.evaluate("document.documentElement.lang") == language
        # What is safe goes.
        page.get_by_role("button", name=words["all"]).click()
        page.locator("#execute").click()
        expect(page.locator("#dialog h2")).to_have_text(words["gone"])
        assert len(before) - len(contents(folder)) == 4
        page.keyboard.press("Escape")
        # What is only alike is looked at, a key for each.
        page.keyboard.press("l")
        expect(page.locator("#group .file").first).to_be_visible()
        page.keyboard.press("l")
        for number in range(3):
            expect(page.locator("#dialog-title")).to_contain_text(re.compile(f"{number} .* 3 "))
            expect(page.locator("figure[data-ready]").nth(1)).to_be_visible()
            if page.locator("#look-left").count():
                page.keyboard.press("ArrowLeft")
            else:
                page.keyboard.press("3")
                page.keyboard.press("Enter")
        expect(page.locator("#dialog-title")).to_have_text(words["decided"])
        page.keyboard.press("Escape")
        decided = contents(folder)
        page.locator("#trash").click()
        page.locator("#execute").click()
        expect(page.locator("#undo")).to_be_visible()
        assert len(contents(folder)) < len(decided)
        page.locator("#undo").click()
        expect(page.locator("#dialog h2")).to_have_text(words["restored"])
        assert contents(folder) == decided
        # What went first comes back from the history.
        page.keyboard.press("Escape")
        page.goto(f"{gateway.origin}/#/history")
        page.get_by_role("button", name=re.compile(f"^{words['undo']}: ")).click()
        expect(page.locator("#dialog h2")).to_have_text(words["back"])
        assert contents(folder) == before
