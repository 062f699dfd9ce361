"""On a terminal, groups that exceed the screen go through the pager; after it, numbers remain."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness.photos import distinct_photos
from harness.terminal import Terminal

pytestmark = pytest.mark.daemon("shared")

HEAD = "20 groups of duplicates in "
SAFE = "  20 extra files, proven equal, safe to let go: "
SUMMARY = "20 groups, 20 extra files; "
PROMPT = "Space goes on, q leaves"
PAGED = "Group 20  2 files"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Twenty groups."""
    place = tmp_path_factory.mktemp("album")
    distinct_photos(place / "Trip", 20)
    shutil.copytree(place / "Trip", place / "Backup")
    return place


@pytest.fixture
def terminal(instance, folder):
    """Runs `difctl search` of the folder on a terminal, with other settings of the environment."""

    def run(*options, rows=24, **settings) -> Terminal:
        environment = {"TERM": "xterm-256color", **instance.environment}
        for name in ("PAGER", "LESS", "LINES", "COLUMNS", "NO_COLOR"):
            environment.pop(name, None)
        environment |= settings
        words = ("-m", "difclient", "search", "--no-progress", *options, folder)
        return Terminal(environment, sys.executable, *words, rows=rows)

    return run


def ends_with_the_numbers(text: str) -> bool:
    """Whether the last lines are the numbers and the commands to go on."""
    lines = [line.strip() for line in text.splitlines()]
    summary, look, move = " ".join(lines[-4:-2]), *lines[-2:]
    return (
        SUMMARY in summary
        and "40 images compared. Job" in summary
        and look.startswith("Look and decide: difctl review ")
        and move.startswith("Move the 20 extra files to the trash: difctl trash ")
    )


def test_what_exceeds_the_screen_is_paged_and_the_numbers_remain(terminal, folder):
    shown = terminal()
    shown.wait_for(PROMPT)
    assert HEAD + str(folder) in shown.text
    assert SAFE in shown.text
    assert "keep  Trip/00000.jpg" in shown.text
    assert "extra   Backup/00000.jpg" in shown.text or "extra   Trip/00000.jpg" in shown.text
    assert SUMMARY not in shown.text
    assert PAGED not in shown.text
    shown.type("q")
    assert shown.end() == 0
    assert PAGED not in shown.text
    assert ends_with_the_numbers(shown.text)


def test_all_of_it_is_there_to_its_end(terminal):
    shown = terminal()
    shown.wait_for(PROMPT)
    shown.type("G")
    shown.wait_for(PAGED)
    shown.type("q")
    assert shown.end() == 0
    assert ends_with_the_numbers(shown.text)


def test_what_fits_is_not_paged(terminal):
    shown = terminal(rows=500, PAGER="false")
    assert shown.end() == 0
    assert PAGED in shown.text
    assert SAFE in shown.text
    assert ends_with_the_numbers(shown.text)


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (["--no-pager"], {}),
        ([], {"PAGER": ""}),
        ([], {"PAGER": "cat"}),
        ([], {"PAGER": "/no/such pager"}),
        ([], {"PAGER": "less 'without an end"}),
        ([], {"PAGER": "/etc/passwd"}),
        ([], {"TERM": "dumb"}),
        (["--no-pager"], {"NO_COLOR": "1"}),
    ],
)
def test_without_a_pager_it_is_printed(terminal, options, settings):
    shown = terminal(*options, **settings)
    assert shown.end() == 0
    assert PAGED in shown.text
    assert ends_with_the_numbers(shown.text)
    assert "Traceback" not in shown.text


def test_a_pager_that_cannot_be_started_is_as_none(terminal, tmp_path):
    program = tmp_path / "pager"
    program.write_bytes(b"\x7fELF but not really")
    program.chmod(0o755)
    shown = terminal(PAGER=str(program))
    assert shown.end() == 0
    assert PAGED in shown.text
    assert "Traceback" not in shown.text


def test_the_pager_is_no_line_for_a_shell(terminal, tmp_path):
    written = tmp_path / "arguments"
    program = tmp_path / "my pager"
    program.write_text(f'#!/bin/sh\nfor each; do echo "$each"; done >"{written}"\ncat >/dev/null\n')
    program.chmod(0o755)
    shown = terminal(PAGER=f"'{program}' -x '$(touch pwned)' ; `touch pwned`")
    assert shown.end() == 0
    assert written.read_text() == "-x\n$(touch pwned)\n;\n`touch\npwned`\n"
    assert ends_with_the_numbers(shown.text)


def test_ctrl_c_is_the_pagers(terminal):
    shown = terminal()
    shown.wait_for(PROMPT)
    shown.type("\x03\x03")
    # After an interrupt less may lose a key.
    until = time.monotonic() + 60
    while PAGED not in shown.text and time.monotonic() < until:
        time.sleep(0.5)
        shown.type("G")
        assert shown.read()
    shown.type("q")
    assert shown.end() == 0
    assert "Traceback" not in shown.text
    assert ends_with_the_numbers(shown.text)


def test_ctrl_c_ends_a_pager_that_does_not_hear_it_and_the_numbers_remain(terminal, tmp_path):
    program = tmp_path / "pager"
    program.write_text("#!/bin/sh\necho It is open\nexec sleep 60\n")
    program.chmod(0o755)
    shown = terminal(PAGER=str(program))
    shown.wait_for("It is open")
    shown.type("\x03")
    assert shown.end() == 0
    assert "Traceback" not in shown.text
    assert ends_with_the_numbers(shown.text)


def test_a_pager_that_ends_at_once_is_fine(terminal):
    shown = terminal(PAGER="head -c 10")
    assert shown.end() == 0
    assert "Traceback" not in shown.text
    assert "Broken pipe" not in shown.text
    assert ends_with_the_numbers(shown.text)


def test_colours_are_shown_by_less_whatever_its_settings(terminal):
    shown = terminal(LESS="-i")
    shown.wait_for("\n:")
    shown.type("q")
    assert shown.end() == 0
    assert "ESC[" not in shown.text
    assert b"\x1b[1;32mkeep" in shown.raw


def test_in_the_background_nothing_waits_for_keys(instance, folder, tmp_path):
    script = tmp_path / "script"
    search = f"'{sys.executable}' -m difclient search --no-progress '{folder}'"
    script.write_text(f"set -m\n{search} &\nwait\necho all done\n")
    environment = {"TERM": "xterm-256color", **instance.environment}
    environment.pop("PAGER", None)
    shown = Terminal(environment, "/bin/bash", script)
    shown.wait_for("all done")
    shown.end()
    assert PAGED in shown.text
    assert PROMPT not in shown.text


def test_in_a_pipe_there_is_no_pager_no_colour_and_whole_paths(instance, folder):
    environment = instance.environment | {"PAGER": "false", "TERM": "xterm", "COLUMNS": "20"}
    done = subprocess.run(
        [sys.executable, "-m", "difclient", "search", folder],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "\x1b" not in done.stdout
    assert f"{HEAD}{folder}\n{SAFE}" in done.stdout
    assert done.stdout.count(f"{folder}/") == 40
    assert PAGED in done.stdout
    *_, empty, summary, look, move = done.stdout.splitlines()
    assert (empty, summary.startswith(SUMMARY)) == ("", True)
    assert look.startswith("Look and decide: ")
    assert move.startswith("Move the 20 extra files to the trash: ")


def test_whoever_reads_the_pipe_may_have_enough(instance, folder):
    search = [sys.executable, "-m", "difclient", "search", folder]
    with subprocess.Popen(
        search, env=instance.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.read(5)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
