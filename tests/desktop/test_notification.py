"""What a user sees of a search that began in a menu: a notification, and the result."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from harness.instance import wait_until
from harness.photos import small_photo

from difclient.client import Client

SERVER = "/usr/lib/notification-daemon/notification-daemon"
SECONDS = 90


@pytest.fixture
def server(desktop):
    """A notification server on the desktop."""
    assert Path(SERVER).exists(), "notification-daemon is not installed; see CONTRIBUTING.md"
    return desktop.start(SERVER)


def shown(desktop) -> dict[str, tuple[int, int]]:
    widgets = desktop.widgets("label", "push button", "text")
    return {widget.name: widget.middle for widget in widgets if widget.name}


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("server")
def test_the_result_is_told_and_opens_at_a_click(desktop, difctl, tmp_path):
    browser = desktop.instance.root / "browser"
    browser.write_text('#!/bin/sh\nprintf %s "$1" >"$0.address"\n')
    browser.chmod(0o755)
    desktop.environment["BROWSER"] = str(browser)
    folder = tmp_path / "<b>me & you</b>"
    small_photo("coffee.png", folder / "one.png")
    shutil.copyfile(folder / "one.png", folder / "two.png")
    desktop.run(difctl, "open", "--", folder)
    wait_until(lambda: "Review" in shown(desktop), SECONDS)
    texts = shown(desktop)
    desktop.picture("notification")
    assert any(text.startswith("1 group of matching images, ") for text in texts), texts
    assert any("<b>me & you</b>" in text for text in texts), texts
    desktop.click(texts["Review"])
    address = Path(f"{browser}.address")
    wait_until(lambda: address.exists() and address.read_text(), SECONDS)
    with Client(start=False) as client:
        job = client.job("last").id
    opened = urlsplit(address.read_text())
    assert (opened.scheme, opened.hostname) == ("http", "127.0.0.1")
    assert job in opened.fragment


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("server")
def test_a_search_that_cannot_begin_is_told(desktop, difctl):
    desktop.run(difctl, "open", "--", "/nowhere at all")
    wait_until(lambda: "difd could not do this" in shown(desktop), SECONDS)
    desktop.picture("notification-failure")
    assert any("/nowhere at all" in text for text in shown(desktop))


@pytest.mark.timeout(300)
def test_a_desktop_without_a_notification_server_is_no_error(desktop, difctl):
    done = subprocess.run(
        [difctl, "open", "--", "/nowhere at all"],
        env=desktop.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "difctl: There is no such file or folder: /nowhere at all\n"


GROWING = """
import sys, time
from difclient import progress_note

progress_note.BEGIN_SECONDS = progress_note.EVERY_SECONDS = 0
with progress_note.ProgressNote() as note:
    for share in (0.1, 0.4, 0.7):
        note.show("Looking for duplicates <b>", "7 of 10 & more", share)
        print(share, flush=True)
        sys.stdin.readline()
"""


def displayed(desktop) -> str:
    """How many notifications the server shows."""
    return desktop.run("dunstctl", "count", "displayed").strip()


@contextmanager
def growing(desktop) -> Iterator[subprocess.Popen[str]]:
    """A process that shows a bar, and goes on at each line that it reads."""
    with subprocess.Popen(
        [sys.executable, "-c", GROWING],
        env=desktop.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.timeout(300)
def test_a_bar_grows_where_the_desktop_has_one_and_goes_away(desktop):
    assert shutil.which("dunst") is not None, "dunst is not installed; see CONTRIBUTING.md"
    desktop.start("dunst")
    wait_until(lambda: displayed(desktop) == "0", SECONDS)
    with growing(desktop) as process:
        for share in ("0.1", "0.4", "0.7"):
            assert process.stdout.readline().strip() == share
            wait_until(lambda: displayed(desktop) == "1", SECONDS)
            desktop.picture(f"progress-{share}")
            process.stdin.write("\n")
            process.stdin.flush()
        assert process.wait(SECONDS) == 0
    wait_until(lambda: displayed(desktop) == "0", SECONDS)


@pytest.mark.timeout(300)
def test_who_closes_the_bar_does_not_see_it_again(desktop):
    desktop.start("dunst")
    wait_until(lambda: displayed(desktop) == "0", SECONDS)
    with growing(desktop) as process:
        assert process.stdout.readline()
        wait_until(lambda: displayed(desktop) == "1", SECONDS)
        desktop.run("dunstctl", "close")
        wait_until(lambda: displayed(desktop) == "0", SECONDS)
        for _ in range(2):
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline()
        assert displayed(desktop) == "0"


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("server")
def test_a_server_without_bars_is_left_alone(desktop):
    with growing(desktop) as process:
        assert process.stdout.readline()
        assert "Looking for duplicates <b>" not in shown(desktop)
