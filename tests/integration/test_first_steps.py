"""The first five minutes: difctl alone, and first searches that find nothing, or cannot."""

from __future__ import annotations

import signal
import sys

import pytest
from harness.commands import said
from harness.instance import wait_until
from harness.photos import many_photos
from harness.terminal import Terminal

from difclient.client import Client

pytestmark = pytest.mark.daemon("shared")


@pytest.fixture
def home(instance, tmp_path):
    """A home of its own for what is asked without a daemon."""
    instance.environment["HOME"] = str(tmp_path)
    return tmp_path


def shown_alone(instance) -> str:
    """What `difctl` without anything shows on a terminal."""
    terminal = Terminal(
        {"TERM": "xterm", **instance.environment}, sys.executable, "-m", "difclient"
    )
    assert terminal.end() == 0
    return terminal.text


def test_alone_it_says_how_to_begin_with_the_pictures_that_are_there(instance, home):
    (home / "Pictures").mkdir()
    text = shown_alone(instance)
    assert text.startswith("difd finds duplicate and similar images, and never loses one.")
    assert "\n  difctl search ~/Pictures  " in text
    assert "`difctl --help` lists all commands." in text


def test_a_folder_of_pictures_with_a_name_for_nobody_is_quoted(instance, home):
    odd = home / "My $(pictures) \x1b[1m"
    odd.mkdir()
    settings = home / "config"
    settings.mkdir()
    instance.environment["XDG_CONFIG_HOME"] = str(settings)
    (settings / "user-dirs.dirs").write_text(f'XDG_PICTURES_DIR="{odd}"\n')
    text = shown_alone(instance)
    assert "\n  difctl search ~/'My $(pictures) " in text
    assert "\x1b[1m" not in text


@pytest.mark.usefixtures("home")
def test_without_a_terminal_or_a_folder_of_pictures(instance):
    assert "\n  difctl search FOLDER  " in shown_alone(instance)
    answer = instance.difctl()
    assert (answer.stdout, answer.returncode) == ("", 2)
    assert answer.stderr.startswith("Usage: difctl [OPTIONS] COMMAND")
    assert answer.stderr.count("Usage:") == 1
    assert "Error" not in answer.stderr


def test_who_names_no_search_is_told_how_to_name_one(instance):
    told = said(instance, "trash", code=2)
    assert "Missing argument 'JOB'. `last` is the newest search" in told


def test_a_search_without_pictures_names_the_next_step(instance, tmp_path):
    told = said(instance, "search", tmp_path, code=4)
    assert "No images found." in told
    assert "Name the folder that your pictures are in" in told
    (tmp_path / "notes.txt").write_text("a text\n")
    told = said(instance, "search", tmp_path, code=4)
    assert "Try --no-limit-extensions" in told
    (tmp_path / "above" / "below").mkdir(parents=True)
    assert "Try --recursive" in said(
        instance, "search", tmp_path / "above", "--no-recursive", code=4
    )


def test_a_search_that_was_interrupted_names_the_next_step(instance, tmp_path):
    many_photos(tmp_path / "many", edge=2000)
    options = ("--processes", "1", "--px-size", "1000", "--no-progress")
    process = instance.start("search", tmp_path / "many", *options)
    with Client() as client:
        # Other tests have searched by this daemon.
        wait_until(
            lambda: any(job.state == "running" and job.progress.decoded for job in client.jobs())
        )
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert "Go on where it was: difctl resume " in output, (process.returncode, errors)
