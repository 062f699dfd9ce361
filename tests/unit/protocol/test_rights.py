"""Whether a file can be taken from its place: searches and actions ask alike, and ask each time."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.folders import touch
from harness.instance import as_plain_user

from difd.actions.checks import protection
from difd.engine.find.discover import discover
from difd.protocol.options import SearchOptions
from difd.protocol.rights import Rights, obstacle

ASK = """
import json, os, sys
from difd.actions.checks import protection
from difd.engine.find.discover import discover
from difd.protocol.options import SearchOptions
if os.geteuid() == 0 and sys.argv[2] == "nobody":
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
found = discover(SearchOptions(paths=(os.fsencode(sys.argv[1]),)), lambda: False, lambda _: None)
print(json.dumps({
    os.path.basename(os.fsdecode(file.path)): [file.writable, protection.obstacle(file.path)]
    for file in found.files
}))
"""


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that other users may enter."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path
        for folder in path.rglob("*/"):
            folder.chmod(0o755)


def asked(folder: Path, user: str = "me") -> dict[str, list[object]]:
    """What a search and an action say of every file, without the rights of root."""
    run = subprocess.run(
        [*as_plain_user(), sys.executable, "-c", ASK, str(folder), user],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("folder", "stays"),
    [
        ("Photos Library.photoslibrary/originals/0", True),
        ("My Lightroom.lrlibrary/abc/originals/2019", True),
        ("iPhoto Library/Masters/2019", True),
        ("Aperture.APLIBRARY/Masters", True),
        ("Photos Library/originals", False),
        ("library", False),
        ("old.photoslibrary copy/2019", False),
    ],
)
def test_what_a_program_has_in_its_library_stays_there(tmp_path, folder, stays):
    picture = touch(tmp_path / folder / "a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / folder)
    reason = "It lies in the library of a program, which would miss it." if stays else None
    for path in (picture, tmp_path / "link" / "a.jpg"):
        assert obstacle(bytes(path)) == protection.obstacle(bytes(path)) == reason
    (found,) = discover(
        SearchOptions(paths=(bytes(tmp_path),)), lambda: False, lambda _: None
    ).files
    assert found.fixed == (reason or "")


def test_a_write_protected_file_and_a_read_only_folder_are_no_places_to_take_from(public):
    touch(public / "free/a.jpg")
    touch(public / "free/protected.jpg").chmod(0o444)
    touch(public / "closed/b.jpg")
    (public / "closed").chmod(0o555)
    assert asked(public) == {
        "a.jpg": [True, None],
        "protected.jpg": [False, "It is write-protected, and stays."],
        "b.jpg": [False, "Its folder is read-only for you."],
    }


def test_of_a_sticky_folder_only_the_owner_takes_away(public):
    touch(public / "shared/a.jpg").chmod(0o666)
    (public / "shared").chmod(0o1777)
    expected = "It belongs to another user, and its folder lets only the owner take it away."
    if not as_plain_user():
        pytest.skip("needs root, to be another user")
    assert asked(public, "nobody") == {"a.jpg": [False, expected]}
    assert asked(public) == {"a.jpg": [True, None]}


def test_a_file_of_another_user_stays(public):
    if not as_plain_user():
        pytest.skip("needs root, to be another user")
    touch(public / "open/a.jpg").chmod(0o644)
    (public / "open").chmod(0o777)
    assert asked(public, "nobody") == {"a.jpg": [False, "It belongs to another user, and stays."]}


def test_one_search_asks_once_for_a_folder_and_the_next_asks_anew(public):
    path = bytes(touch(public / "a/a.jpg"))
    rights = Rights()
    assert rights.obstacle(path) is None
    (public / "a/a.jpg").unlink()
    assert rights.obstacle(path) == "It cannot be reached: No such file or directory."
    (public / "a").rmdir()
    assert obstacle(path) == "It cannot be reached: No such file or directory."
    assert protection.obstacle(path) == obstacle(path)
