"""What `difctl` shows where: narrow terminals, terminals of few letters, shells that complete."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest
from harness.commands import answered
from harness.photos import album, small_photo


def on_a_terminal(instance, columns: int, *arguments) -> str:
    """What a command prints on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "difclient", *arguments],
        env=instance.environment | {"TERM": "xterm", "COLUMNS": str(columns)},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # how a terminal tells that nobody writes to it any more
            while part := os.read(ours, 1 << 16):
                shown += part
        assert process.wait(60) == 0
    os.close(ours)
    return shown.decode()


def plain(shown: str) -> str:
    """What is read of it."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)


def completed(instance, words: str, *, place: Path) -> list[str]:
    """What bash is offered for the last of the words."""
    answer = subprocess.run(
        [sys.executable, "-c", "from difclient.cli.main import main; main()"],
        env=instance.environment
        | {
            "_DIFCTL_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        },
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.split()


def test_sentences_go_on_after_whole_words_and_paths_are_not_broken(instance, tmp_path):
    folder = album(tmp_path / "album")
    shown = on_a_terminal(instance, 40, "search", "--no-progress", folder)
    lines = [line.rstrip() for line in plain(shown).splitlines()]
    kept = next(at for at, line in enumerate(lines) if line.startswith("keep  coffee.png"))
    assert lines[kept + 1].startswith("      kept: its name is not that of a")
    assert lines[lines.index("extra   coffee copy.png") + 1] == "      same file content"
    last = lines[len(lines) - lines[::-1].index("") :]
    assert max(map(len, last)) <= 40
    assert " ".join(last).startswith("2 groups, 2 extra files; ")


@pytest.mark.parametrize("columns", [40, 60])
def test_on_a_narrow_terminal_words_and_numbers_stay_whole(instance, tmp_path, columns):
    folder = album(tmp_path / "album")
    for number in range(1200):
        (folder / f"{number}.txt").touch()
    answered(instance, "search", folder)
    for arguments in (["show", "last"], ["jobs"], ["search", "--no-progress", folder]):
        wide, narrow = (
            plain(on_a_terminal(instance, width, *arguments)) for width in (300, columns)
        )
        # How long something took, and the number of a search, is another one each time.
        changing = r"in less than a second|in \d+ s|[0-9a-f]{8}|\d+ s ago"
        words = [re.sub(changing, "", one).split() for one in (wide, narrow)]
        assert words[0] == words[1]
        assert "1,200" in narrow or arguments == ["jobs"]
        for line in narrow.splitlines():
            assert len(line) <= columns or str(folder) in line, line


def test_letters_that_the_locale_does_not_know_are_escaped(instance, tmp_path):
    small_photo("moon.png", tmp_path / "mööd.png")
    small_photo("moon.png", tmp_path / "モ.png")
    answer = subprocess.run(
        [sys.executable, "-m", "difclient", "search", tmp_path],
        env=instance.environment | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert b"m\\xf6\\xf6d.png" in answer.stdout
    assert b"\\u30e2.png" in answer.stdout


def test_the_shell_completes_the_searches_that_a_running_daemon_knows(instance, tmp_path):
    assert completed(instance, "difctl show ", place=tmp_path) == ["plain,last"]
    assert not instance.daemons(), "nothing is started by asking"
    folder = album(tmp_path / "album")
    jobs = [answered(instance, "search", folder)["job"][:8] for _ in range(2)]
    offered = completed(instance, "difctl show ", place=tmp_path)
    assert offered == ["plain,last", *(f"plain,{job}" for job in reversed(jobs))]
    assert completed(instance, f"difctl trash {jobs[0][:6]}", place=tmp_path) == [
        f"plain,{jobs[0]}"
    ]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("difctl search Pi", "file,Pi"),
        ("difctl search Pictures --reference Ar", "dir,Ar"),
        ("difctl move last Ex", "dir,Ex"),
        ("difctl watch add Ph", "dir,Ph"),
        ("difctl trash la", "plain,last"),
        ("difctl config set search.px", "plain,search.px_size"),
        ("difctl search --similarity e", "plain,edited"),
        ("difctl search --keep ol", "plain,oldest"),
        ("difctl search --keep oldest,not-i", "plain,oldest,not-in:"),
    ],
)
def test_the_shell_completes_paths_jobs_and_settings(instance, tmp_path, words, offered):
    assert completed(instance, words, place=tmp_path) == [offered]
