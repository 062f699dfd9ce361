"""The entries in real file managers: where they belong, and run with what was meant.

The first entry of each begins a search by the real difctl. What the others call is only written
down, and read as difctl reads it: starting it every time was half of what these tests took.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from harness.menus import OURS, recorded, write_difctl, write_recorder
from harness.photos import small_photo

from desktop.file_managers import FileManager, driven, labels
from desktop.screen import Desktop
from difclient.cli.open import COMPARED, open_, search_options
from difclient.client import Client
from difclient.paths import existing_path
from difd.protocol.options import DUPLICATES, SIMILAR, SearchOptions
from difshell.linux.for_all_users import shared_files
from difshell.menu import ENTRIES, Selection

NAMES = (
    "plain",
    "with space",
    'quo\'te "dbl"',
    "-dash",
    "--help",
    "ünï日本",
    "semi;$(touch pwned)&%F`touch pwned`",
    "100% %20",
    "new\nline",
)
NOT_UTF8 = os.fsdecode(b"latin \xff")
ALL_LABELS = [entry.label("en") for entry in ENTRIES]
LABELS = {
    selection: {entry.label("en") for entry in ENTRIES if selection in entry.selections}
    for selection in Selection
}
SECONDS = 60
NOTHING = "nothing was called"


Searched = Callable[[], SearchOptions | None]
"""Waits for what an entry calls, and says which search that is; None: nothing was called."""


class Case(NamedTuple):
    """A folder that is opened, what is in it, and which entry is clicked.

    Attributes:
        content: names; folders, or images where they end so.
        selection: what selecting all of it is; None for something that is not for us.
        label: of the entry; None: no entry is there.
        similarity: of the search that begins.
    """

    name: str
    content: tuple[str, ...]
    selection: Selection | None
    label: str | None = None
    similarity: float = DUPLICATES


IMAGES = tuple(f"{name}.png" for name in NAMES)
CASES = (
    Case("folder", NAMES[6:7], Selection.FOLDER, "Find similar images", SIMILAR),
    Case("folders", NAMES, Selection.FOLDERS, "Find duplicate images"),
    Case("background", IMAGES[1:2], Selection.BACKGROUND, "Find duplicate images"),
    Case("image", IMAGES[6:7], Selection.IMAGE, "Find copies of this image…", SIMILAR),
    Case("images", IMAGES, Selection.IMAGES, "Compare these images", COMPARED),
    Case("mixed", (*NAMES[1:4], *IMAGES[1:4]), Selection.MIXED, "Find duplicate images"),
    Case("not UTF-8", (NOT_UTF8, f"{NOT_UTF8} 2"), Selection.FOLDERS, "Find duplicate images"),
    Case("text", ("notes.txt",), None),
)


def laid_out(place: Path, case: Case) -> Path:
    """The folder of a case; its own name is hostile, too, for the background."""
    folder = place / case.name / 'it\'s 100% "$(touch pwned)"'
    folder.mkdir(parents=True)
    for number, name in enumerate(case.content):
        if name.endswith(".png"):
            small_photo("coffee.png", folder / name, compress_level=number % 10)
        elif name.endswith(".txt"):
            (folder / name).write_text("a text\n")
        else:
            (folder / name).mkdir()
    return folder


def opened_menu(
    manager: FileManager, case: Case, expected: set[str]
) -> tuple[dict[str, tuple[int, int]], set[str]]:
    """The entries in a menu; tried again while the file manager is not ready."""
    background = case.selection is Selection.BACKGROUND
    deadline = time.monotonic() + SECONDS
    while True:
        items = manager.menu(background=background)
        found = labels(items, ALL_LABELS)
        # Nothing can be cut where nothing is selected.
        meant = bool(items) and any(item.startswith("Cut") for item in items) is not background
        if meant and found.keys() == expected:
            return found, set(items)
        if time.monotonic() > deadline:
            return (found if meant else {}), set(items)
        manager.leave_menu()


def begun(before: int) -> SearchOptions | None:
    """The search that the real difctl began."""
    deadline = time.monotonic() + SECONDS
    with Client(start=False) as client:
        while time.monotonic() < deadline:
            jobs = client.jobs()
            if len(jobs) > before:
                return jobs[0].options
            time.sleep(0.1)
    return None


def called(command: Path) -> SearchOptions | None:
    """The search that difctl would begin with the arguments that were written down."""
    record = Path(f"{command}.arguments")
    deadline = time.monotonic() + SECONDS
    while not record.exists():
        if time.monotonic() > deadline:
            return None
        time.sleep(0.1)
    verb, *arguments = map(os.fsdecode, recorded(command))
    record.unlink()
    assert verb == "open"
    given = open_.make_context("open", arguments).params
    paths = tuple(existing_path(path) for path in given["paths"])
    return search_options(given["what"] or "duplicates", paths)[0]


def tried(manager: FileManager, case: Case, folder: Path, searched: Searched) -> str:
    """The outcome of a case; of a second try, if a click fell on a menu that was drawn anew."""
    first = outcome(manager, case, folder, searched)
    return outcome(manager, case, folder, searched) if first == NOTHING else first


def outcome(
    manager: FileManager, case: Case, folder: Path, searched: Searched, *, installed: bool = True
) -> str:
    """What became of a case: `pass`, or what was wrong."""
    expected = LABELS[case.selection] if case.selection and installed else set()
    manager.open(folder)
    try:
        found, items = opened_menu(manager, case, expected)
        manager.desktop.picture(f"{manager.name}-{case.name}{'' if installed else ' after'}")
        if found.keys() != expected:
            return f"shows {sorted(found)} of {sorted(items)}, expected {sorted(expected)}"
        if not expected:
            manager.leave_menu()
            return "pass"
        manager.choose(found[case.label])
        options = searched()
    finally:
        manager.close()
    if options is None:
        return NOTHING
    wanted = {folder} if case.selection is Selection.BACKGROUND else set(folder.iterdir())
    paths = {Path(os.fsdecode(path)) for path in options.paths}
    if paths != wanted or len(options.paths) != len(wanted):
        return f"searched {options.paths}"
    return "pass" if options.similarity == case.similarity else f"{options.similarity}"


@pytest.mark.early
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("name", OURS[:-2])
def test_entries_are_where_they_belong_and_search_what_was_meant(
    desktop, instance, difctl, tmp_path, name
):
    before = {path for place in ("config", "data") for path in (instance.root / place).rglob("*")}
    told = desktop.run(difctl, "integrate", "install", name)
    assert "installed     yes" in told, f"is {name} installed? {told}"
    instance.difctl("daemon", "start")
    manager = driven(desktop, name)
    first, *others = CASES
    results = {first.name: tried(manager, first, laid_out(tmp_path, first), partial(begun, 0))}
    write_recorder(difctl)
    searched = partial(called, difctl)
    for case in others:
        if case.name != "not UTF-8" or manager.any_bytes:
            results[case.name] = tried(manager, case, laid_out(tmp_path, case), searched)
    manager.end()
    write_difctl(difctl)
    assert "absent" in desktop.run(difctl, "integrate", "uninstall", name)
    case = CASES[1]
    folder = laid_out(tmp_path / "after", case)
    results["uninstall"] = outcome(manager, case, folder, searched, installed=False)
    print(name, results)
    assert set(results.values()) == {"pass"}, results
    assert not [*tmp_path.rglob("pwned"), *instance.root.rglob("pwned"), *Path().glob("pwned")]
    ours = [
        path
        for place in ("config", "data")
        for path in (instance.root / place).rglob("*")
        if path not in before and "difd" in path.name
    ]
    assert ours == []


def share(desktop: Desktop, difctl: Path) -> None:
    """Put the entries where all users of a desktop have them."""
    place = desktop.instance.root / "share"
    for path, text in shared_files((str(difctl),), place).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    desktop.environment["XDG_DATA_DIRS"] = f"{place}:/usr/local/share:/usr/share"


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("name", ["nemo", "pcmanfm", "dolphin"])
def test_entries_for_all_users_work_and_are_not_written_again(desktop, difctl, tmp_path, name):
    """Nautilus and Caja look for them in `/usr/share` only, which is not the tests' to write to."""
    share(desktop, difctl)
    assert "shared        yes" in desktop.run(difctl, "integrate", "install", name)
    write_recorder(difctl)
    manager = driven(desktop, name)
    results = {
        case.name: tried(manager, case, laid_out(tmp_path, case), partial(called, difctl))
        for case in CASES[1:5]
    }
    manager.end()
    assert set(results.values()) == {"pass"}, results


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("case", [CASES[1], CASES[3], CASES[4]], ids=lambda case: case.name)
def test_thunar_has_the_entries_for_all_users_below_send_to(desktop, difctl, tmp_path, case):
    share(desktop, difctl)
    write_recorder(difctl)
    folder = laid_out(tmp_path, case)
    manager = driven(desktop, "thunar")
    manager.open(folder)
    deadline = time.monotonic() + SECONDS
    while "Send To" not in (items := manager.menu(background=False)):
        assert time.monotonic() < deadline, items
        manager.leave_menu()
    desktop.click(items["Send To"])
    # One picture is sent to the search for duplicates, too: kinds are all that such entries know.
    label = "Find duplicate images"
    while label not in (items := manager.submenu()):
        assert time.monotonic() < deadline, items
        time.sleep(0.2)
    desktop.picture(f"thunar-send to-{case.name}")
    desktop.click(items[label])
    options = called(difctl)
    manager.end()
    assert {Path(os.fsdecode(path)) for path in options.paths} == set(folder.iterdir())
    assert options.similarity == DUPLICATES
