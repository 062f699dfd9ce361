"""Entries that a package has for all users: the same as one user's, and never beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from harness.menus import surroundings, tree, write_recorder

from difshell.linux.application import Application
from difshell.linux.dolphin import Dolphin
from difshell.linux.for_all_users import shared_files
from difshell.linux.nemo import Nemo
from difshell.linux.pcmanfm import PCManFM
from difshell.linux.python_extension import Caja, Nautilus
from difshell.linux.thunar import Thunar
from difshell.surroundings import Surroundings

KINDS = (Nautilus, Nemo, Caja, PCManFM, Dolphin, Application)


@pytest.fixture
def place(tmp_path):
    """A user's folders on a machine whose package has no entries yet."""
    write_recorder(tmp_path / "difctl")
    mine = surroundings(tmp_path, command=str(tmp_path / "difctl"))
    return replace(mine, shared=(tmp_path / "local", tmp_path / "share"))


def share(place: Surroundings) -> None:
    """Have a package bring the entries."""
    for path, text in shared_files(("/usr/bin/difctl",), place.shared[1]).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize("kind", KINDS)
def test_what_all_users_have_is_told_and_not_written_again(place, kind):
    plugin = kind(place)
    assert plugin.status() == "absent"
    share(place)
    before = tree(place.home)
    assert plugin.status() == "shared"
    plugin.install()
    assert plugin.status() == "shared"
    plugin.uninstall()
    assert plugin.status() == "shared"
    assert tree(place.home) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_user_s_own_from_before_are_told_to_be_twice_and_go(place, kind):
    plugin = kind(place)
    before = tree(place.home)
    plugin.install()
    assert plugin.status() == "installed"
    share(place)
    assert plugin.status() == "installed"
    twice = plugin.verify()[0]
    assert "twice" in twice.what
    assert str(place.shared[1]) in twice.what
    assert twice.fix == f"difctl integrate install {plugin.name}"
    plugin.install()
    assert plugin.status() == "shared"
    assert not any("twice" in problem.what for problem in plugin.verify())
    assert tree(place.home) == before


def test_thunar_s_own_actions_are_the_user_s_and_all_users_have_send_to(place):
    share(place)
    assert Thunar(place).status() == "absent"
    entries = list((place.shared[1] / "Thunar" / "sendto").iterdir())
    assert {path.name for path in entries} == {
        "difd-duplicates.desktop", "difd-similar.desktop", "difd-watch.desktop",
    }  # fmt: skip
    Thunar(place).install()
    assert Thunar(place).status() == "installed"


def test_no_entry_for_all_users_says_that_one_user_wrote_it():
    for path, text in shared_files(("/usr/bin/difctl",), Path("/usr/share")).items():
        assert path.is_relative_to("/usr/share")
        assert "/nonexistent" not in text
        assert "integrate" not in text
