"""What tests of the review page share: a gateway, and a browser in front of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from harness.gateway import Gateway, running_gateway
from harness.instance import Instance
from harness.pages import PATIENCE_MS, opened_page
from harness.photos import gallery
from harness.searches import searched
from playwright.sync_api import Browser, Page, expect, sync_playwright

from difclient.client import Client
from difd.protocol.deciding import Decision

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    # A machine that stands still for seconds must not end the process that draws, and with the
    # third of them the browser.
    "--disable-gpu-watchdog",
    "--disable-gpu-process-crash-limit",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
def gateway(instance) -> Iterator[Gateway]:
    """A gateway that nobody has entered yet."""
    with running_gateway(instance) as running:
        yield running


@pytest.fixture(scope="package")
def chromium(tmp_path_factory) -> Iterator[Browser]:
    """Debian's Chromium; without it tests fail: nothing else shows that the page works.

    The build without windows takes half the time: it has no tabs of its own to draw.

    Ended with this folder: Playwright's loop would go on under the tests of others.
    """
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert program, "the review page needs it: apt-get install chromium-headless-shell"
    expect.set_options(timeout=PATIENCE_MS)
    # The first test's own directories end with it, and so would what was started in them.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment["HOME"] = str(tmp_path_factory.mktemp("home"))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS, env=environment)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium) -> Iterator[Page]:
    """An empty page of a browser of its own; what it says on its console fails the test."""
    with opened_page(chromium) as opened:
        yield opened


@pytest.fixture
def interceptable(page) -> None:
    """Requests can be held from the first one on; a page that is open may let one through."""
    page.route("**/nobody-asks-for-this", lambda route: route.abort())


@pytest.fixture
def photos(tmp_path) -> Path:
    """A folder of photos with copies of all kinds."""
    return gallery(tmp_path / "Pictures")


@pytest.fixture
def found(instance, photos) -> str:
    """A search for similar pictures of any size among them: its job."""
    return _searched(instance, photos)


@pytest.fixture(scope="module")
def shared_search(shared_instance, tmp_path_factory) -> str:
    """The same for all tests of a module that change nothing but their own page."""
    return _searched(shared_instance, gallery(tmp_path_factory.mktemp("shared") / "Pictures"))


def _searched(instance: Instance, photos: Path) -> str:
    job: str = searched(instance, photos, "-s", "similar", "--no-same-dim")["job"]
    return job


def _forget_decisions(job: str) -> None:
    """Of a search that several tests share: decisions stay with it."""
    with Client() as client:
        decided = [Decision(group, None) for group in client.deciding.all(job)]
        client.deciding.decide(client.job(job), decided)
        if entries := [entry.id for entry in client.ignoring.groups()]:
            client.ignoring.remove(entries)


@pytest.fixture
def review(instance, found, page) -> Iterator[Page]:
    """The page with the groups of a search; it ends before the gateway, which it may be asking."""
    _forget_decisions(found)
    with running_gateway(instance, found) as running, closing(page):
        page.goto(running.listing)
        expect(page.locator("#group .file").first).to_be_visible()
        yield page
