"""Every command that the manual shows is run, line by line, as it stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from harness.commands import answered
from harness.instance import Instance
from harness.photos import small_photo
from PIL import Image

from difclient.cli.main import difctl

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "commands.md"),
]
PLACEHOLDERS = {"JOB": "last", "N": "1", "FOLDER": "extra", "DIR": "extra"}
# These would wait for somebody, open a window or a port, ask another machine, or change the system.
# What they are called with is looked at, and they are run by tests of their own.
ONLY_READ = {
    ("daemon",),
    ("review",),
    ("tray",),
    ("uninstall",),
    ("watch", "follow"),
    ("keys", "allow"),
    ("keys", "trust"),
    ("keys", "revoke"),
}
ASKS = {"trash", "move", "delete", "link"}
# A search that has ended is neither cancelled, paused nor resumed, and nothing of it is broken.
TOO_LATE = {("cancel",), ("pause",), ("resume",)}


def commands(page: Path) -> Iterator[list[str]]:
    """The command lines of a page that begin with difctl, in words."""
    for line in page.read_text().splitlines():
        found = re.match(r"    (?:\w+\$ )?(?:\.venv/bin/)?difctl (.*)", line)
        if found is None:
            continue
        command = found[1].split(" | ")[0].replace(" &", "")
        first, *rest = shlex.split(command, comments=True)
        for verb in first.split("|"):
            if not rest or "|" not in rest[0]:
                yield [verb, *rest]
                continue
            for second in rest[0].split("|"):
                yield [verb, second, *rest[1:]]


def verb_of(words: list[str]) -> tuple[str, ...]:
    """The command without what it is given; it has to be one."""
    command: click.Command = difctl
    found: list[str] = []
    for word in words:
        if not isinstance(command, click.Group):
            break
        below = command.get_command(click.Context(command), word)
        assert below is not None, f"difctl has no command {' '.join((*found, word))}"
        found.append(word)
        command = below
    return tuple(found)


def is_only_read(words: list[str]) -> bool:
    return (
        words[0] == "--host"
        or "dask" in words
        or any(verb_of(words)[: len(each)] == each for each in ONLY_READ)
    )


@pytest.fixture
def home(instance, monkeypatch) -> Path:
    """Folders as the manual names them, with a search that has three groups."""
    home = instance.root / "home"
    for folder in ("Pictures", "Phone", "New", "Archive", "extra"):
        (home / folder).mkdir(parents=True, exist_ok=True)
        for number in range(3):
            name = ("coffee.png", "astronaut.png", "rocket.jpg")[number]
            place = small_photo(name, home / folder / f"{number}.png")
            Image.open(place).rotate(90, expand=True).save(home / folder / f"{number} turned.png")
    small_photo("coffee.png", home / "holiday.jpg")
    monkeypatch.chdir(home)
    answered(instance, "search", home / "Pictures")
    return home


def given(words: list[str], home: Path, instance: Instance) -> list[str]:
    """The words as a shell and a person would make them."""
    made = [PLACEHOLDERS.get(word, word).replace("~", str(home)) for word in words]
    made = [word.replace("/home/ada", str(home)) for word in made]
    if words[0] in ASKS | {"show", "ignore"}:
        # What was said before on the page may have taken or hidden all of it.
        answered(instance, "search", home / "Pictures")
    if verb_of(words) == ("ignore", "remove"):
        made[2:] = [answered(instance, "ignore", "list")[0]["id"]]
    if words[0] in ASKS:
        made.append("--yes")
    return made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_shows_works(page, request):
    shown = list(commands(page))
    for words in shown:
        if words[0] != "--host":
            verb_of(words)
    run = [words for words in shown if not is_only_read(words)]
    if not run:
        return
    instance, home = request.getfixturevalue("instance"), request.getfixturevalue("home")
    for words in run:
        (home / "difd.txt").unlink(missing_ok=True)  # nothing is overwritten
        answer = instance.difctl(*given(words, home, instance))
        told = answer.stdout + answer.stderr
        assert "Traceback" not in told
        if verb_of(words) in TOO_LATE:
            assert answer.returncode in {0, 2}, (words, told)
        else:
            assert answer.returncode == 0, (words, told)
