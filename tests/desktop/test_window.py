"""The review page in a window of its own: it shows, keeps its secret, and ends with the window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness.instance import wait_until
from harness.photos import gallery

from desktop.screen import Desktop, debian_python

SECONDS = 60

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def found(instance, tmp_path):
    """A search of a few photos."""
    photos = gallery(tmp_path / "Pictures")
    answer = instance.difctl("search", photos, "-s", "similar", "--no-same-dim", timeout=180)
    assert answer.returncode == 0, answer.stderr


@contextmanager
def review(desktop: Desktop, python: Path | str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run `difctl review` with a Python that has a backend, or one that has none."""
    with subprocess.Popen(
        [python, "-m", "difclient", "review", *words],
        env=desktop.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # a test that failed would wait for it


def headings(desktop: Desktop) -> list[str]:
    return [widget.name for widget in desktop.widgets("heading")]


@pytest.mark.usefixtures("found")
def test_it_shows_the_groups_and_ends_with_the_window(instance, desktop):
    desktop.environment |= debian_python()
    with review(desktop, "/usr/bin/python3", "--window", "last") as process:
        wait_until(lambda: "4 groups of similar images" in headings(desktop), SECONDS)
        (everything,) = [one for one in desktop.widgets("link") if "in one list" in one.name]
        desktop.click(everything.middle)
        wait_until(lambda: "Group 1 3 files" in headings(desktop), SECONDS)
        # In bytes: an empty window takes a tenth of it, one without pictures half.
        wait_until(lambda: desktop.picture("window").stat().st_size > 250_000, SECONDS)
        for pid, command in instance.processes().items():
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            assert "127.0.0.1" not in command, command
            assert b"key=" not in environment
        desktop.xdotool("key", "alt+F4")
        output, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, output) == (0, "")
    assert "key=" not in errors
    kept = [path for path in instance.root.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"#key=" in path.read_bytes()]


def test_without_what_shows_it_one_sentence_says_what_to_install(desktop):
    """The tests' own Python has pywebview, but neither GTK nor Qt."""
    with review(desktop, sys.executable, "--window") as process:
        output, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, output) == (2, "")
    sentence, hint = errors.splitlines()
    assert sentence == "difctl: A window needs Qt's WebEngine or GTK's WebKit; neither is here."
    assert "apt install python3-gi gir1.2-webkit2-4.1" in hint


def test_without_pywebview_one_sentence_says_what_to_install(desktop):
    script = (
        "import sys; sys.modules['webview'] = None; from difclient.cli.main import main; main()"
    )
    process = subprocess.run(
        [sys.executable, "-c", script, "review", "--window"],
        env=desktop.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.splitlines() == [
        "difctl: A window of its own needs pywebview.",
        "Install it with: pip install 'difd[window]'",
    ]


def test_without_a_desktop_there_is_no_window(instance):
    answer = instance.difctl("review", "--window")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == "difctl: There is no desktop here to show a window on.\n"
    assert not instance.daemons()


@pytest.mark.parametrize("words", [["--window", "--no-browser"], ["--settings", "last"]])
def test_what_excludes_each_other_is_refused(instance, words):
    assert instance.difctl("review", *words).returncode == 2


def test_a_window_that_is_configured_and_impossible_gives_way_to_the_browser(instance, desktop):
    assert instance.difctl("config", "set", "review.window", "true").returncode == 0
    browser = instance.root / "browser"
    browser.write_text('#!/bin/sh\nprintf %s "$1" >"$0.address"\n')
    browser.chmod(0o755)
    desktop.environment["BROWSER"] = os.fspath(browser)
    address = Path(f"{browser}.address")
    with review(desktop, sys.executable, "--settings") as process:
        wait_until(lambda: address.exists() and "go=settings" in address.read_text(), SECONDS)
        process.terminate()
        errors = process.communicate(timeout=SECONDS)[1]
    assert errors.startswith("A window needs Qt's WebEngine or GTK's WebKit; neither is here.")


def test_an_address_of_ours_opens_the_page_again(instance, desktop, tmp_path):
    assert instance.difctl("integrate", "install", "applications").returncode == 0
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >>"{opened}"\n')
    browser.chmod(0o700)
    environment = desktop.environment | {"BROWSER": f"{browser} %s"}
    subprocess.run(["gio", "open", "difd:settings"], env=environment, check=True, timeout=SECONDS)
    wait_until(opened.exists, SECONDS)
    address = opened.read_text()
    assert address.startswith("http://127.0.0.1:")
    assert "go=settings" in address
    assert instance.difctl("integrate", "uninstall", "applications").returncode == 0
    left = [path.name for path in (instance.root / "data" / "applications").glob("*")]
    assert left == []
