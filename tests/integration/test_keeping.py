"""Keep rules and reference folders mean the same on the command line and in Python."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from harness.folders import contents
from harness.photos import small_photo

import difd
from difd.protocol.errors import InvalidOption, PathNotFound

pytestmark = pytest.mark.daemon("shared")


@pytest.fixture
def folder(tmp_path) -> Path:
    """The same photo in three folders; the one in `archive` is the oldest."""
    for number, name in enumerate(("archive", "inbox", "new")):
        path = small_photo("coffee.png", tmp_path / "p" / name / "photo.png")
        os.utime(path, (1000 + number, 1000 + number))
    return tmp_path / "p"


@pytest.fixture(params=["command line", "Python"])
def searched(request, instance, monkeypatch, folder):
    """Search the folder with some options; the groups, and what is of lower quality."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder / "inbox"))
    monkeypatch.setitem(instance.environment, "HOME", str(folder / "inbox"))

    def search(keep=None, reference=()):
        if request.param == "command line":
            options = ["--keep", keep] if keep is not None else []
            options += [word for path in reference for word in ("--reference", path)]
            answer = instance.difctl("search", folder, "--json", *options)
            assert answer.returncode == 0, answer.stdout + answer.stderr
            found = json.loads(answer.stdout)
            return found["groups"], found["lower_quality"]
        dif = difd.build(folder, reference=reference, show_progress=False)
        more = {} if keep is None else {"keep": keep}
        found = difd.search(dif, show_progress=False, **more)
        return found.groups, found.lower_quality

    return search


@pytest.mark.parametrize(
    ("keep", "stays"),
    [
        (None, "archive"),
        ("newest", "new"),
        ("resolution,bytes,newest", "new"),
        ("in:inbox", "inbox"),
        ("in:./inbox/../new,oldest", "new"),
        ("not-in:archive,oldest", "inbox"),
        ("in:~", "inbox"),
    ],
)
def test_the_rules_choose_what_stays(searched, folder, keep, stays):
    ((group,), _) = searched(keep)
    assert group["keep"] == [str(folder / stays / "photo.png")]
    assert {file["action"] for file in group["files"]} == {"keep", "remove"}


def test_a_reference_inside_the_searched_folder_stays_against_all_rules(searched, folder):
    ((group,), lower) = searched("oldest", [folder / "new"])
    assert group["keep"] == [str(folder / "new" / "photo.png")]
    assert str(folder / "new" / "photo.png") not in lower
    ((group,), lower) = searched("oldest", [folder / "new", folder / "inbox"])
    assert set(group["keep"]) == {str(folder / name / "photo.png") for name in ("new", "inbox")}
    assert lower == [str(folder / "archive" / "photo.png")]


def test_references_alone_are_no_group(searched, folder):
    shutil.rmtree(folder / "archive")
    assert searched(reference=[folder / "inbox", folder / "new"]) == ([], [])


@pytest.mark.usefixtures("instance")
def test_python_removes_no_reference(folder, tmp_path):
    dif = difd.build(folder, reference=folder / "inbox", show_progress=False)
    difd.search(dif, show_progress=False).move_to(tmp_path / "extra")
    assert contents(folder).keys() == {"inbox/photo.png"}
    assert len(contents(tmp_path / "extra")) == 2


def test_a_rule_with_a_folder_that_is_not_there_is_refused(instance, folder):
    answer = instance.difctl("search", folder, "--keep", f"in:{folder}/typo")
    assert answer.returncode == 2
    assert "There is no such folder for the keep rule 'in'" in answer.stderr
    dif = difd.build(folder, show_progress=False)
    with pytest.raises(PathNotFound):
        difd.search(dif, keep=["oldest", f"not-in:{folder}/typo"], show_progress=False)
    with pytest.raises(InvalidOption, match="prettiest"):
        difd.search(dif, keep="oldest,prettiest", show_progress=False)
